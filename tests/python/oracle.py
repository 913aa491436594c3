"""The judge: every mart about content and followers, computed again without a database.

Source: the specification of the marts, sections 0 and 1; it shares no SQL with the warehouse.
Shape:  one `World` (a workspace, its deliveries, seeds, an as-of instant) in -> `marts()`:
        mart name -> rows as dicts, in a deterministic order.
Units:  instants aware, UTC; scores Decimal; counts int, or None where nothing is provided.
Errors: none of its own; a record outside the generic format is a bug of the caller.

Plain loops on purpose: slow, and short enough to be checked by reading.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

Row = dict[str, object]
PostKey = tuple[str, str]  # platform, the platform's post id
ActorKey = tuple[str, str]  # platform, the platform's user id

TOTALS = {
    "comment": "total_comments",
    "like": "total_likes",
    "share": "total_shares",
    "save": "total_saves",
    "profile_visit": "total_profile_visits",
    "link_click": "total_link_clicks",
    "query": "total_queries",
    "follow": "total_follows",
    "reaction": "total_reactions",
    "dm": "total_dms",
    "mention": "total_mentions",
    "view": "total_views",
    "click": "total_clicks",
    "message": "total_messages",
    "voice_join": "total_voice_joins",
    "join": "total_joins",
}
TYPES = tuple(TOTALS)

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
IDENTITY_FIELDS = ("actor_id", "post_id", "occurred_at")
VERSIONED_FIELDS = (
    "type",
    "kind",
    "text",
    "sentiment",
    "thread_id",
    "parent_id",
    "metadata",
    "actor_kind",
)
PROFILE_FIELDS = ("username", "display_name", "profile_url", "follower_count", "is_verified")
# Decisions that undo each other are one kind, of which the latest holds.
DECISION_KINDS = {
    "bot": "bot",
    "not_bot": "bot",
    "staff": "staff",
    "not_staff": "staff",
    "vip": "vip_status",
    "normal": "vip_status",
    "blocked": "vip_status",
}
EXCLUSIONS = ("erased", "opted_out", "blocked", "bot", "staff")  # the first that holds

DAY = timedelta(hours=24)
MONTH = 30 * DAY
PERCENTILE_WINDOW = 90 * DAY
FEWEST_POSTS_FOR_PERCENTILE = 5


# --- what goes in ---------------------------------------------------------------------------


@dataclass(frozen=True)
class Delivery:
    """One record of the generic format, and where in the order of deliveries it came."""

    run_seq: int
    load_no: int
    line_no: int
    received_at: datetime
    record: Mapping[str, Any]

    @property
    def order(self) -> tuple[int, int, int]:
        """Its place in the delivery order."""
        return (self.run_seq, self.load_no, self.line_no)


@dataclass(frozen=True)
class Decision:
    """What somebody decided about an account; of one kind the greatest `order` holds."""

    order: int
    kind: str
    platform: str
    actor_id: str


@dataclass(frozen=True)
class Capability:
    """Whether a platform provides a metric, on days in [valid_from, valid_to)."""

    platform: str
    metric: str
    support: str
    names_people: bool | None = None
    valid_from: date | None = None
    valid_to: date | None = None


@dataclass(frozen=True)
class Workspace:
    """A tenant and how it cuts its days and weeks."""

    workspace_id: str
    time_zone: str = "UTC"
    week_start: str = "monday"
    issue_teams: tuple[str, ...] = ()  # whose ids are issues; none: everybody's


@dataclass(frozen=True)
class Seeds:
    """What analysts configure: weights per type, score tiers, capabilities, metric names."""

    weights: Mapping[str, Decimal]
    tiers: Sequence[tuple[str, Decimal]]
    capabilities: Sequence[Capability] = ()
    counter_metrics: Mapping[str, str] | None = None  # native metric -> type; None: identity
    half_life: timedelta = 30 * timedelta(hours=24)


@dataclass(frozen=True)
class World:
    """Everything that the numbers are a function of."""

    workspace: Workspace
    deliveries: Sequence[Delivery]
    seeds: Seeds
    as_of: datetime
    known_at: datetime | None = None
    decisions: Sequence[Decision] = ()


def capabilities_from_rows(rows: Iterable[Mapping[str, str]]) -> list[Capability]:
    """The rows of `platform_capabilities.csv`; an empty cell is None."""
    capabilities = []
    for row in rows:
        names_people = row.get("names_people") or None
        valid_from, valid_to = row.get("valid_from"), row.get("valid_to")
        capabilities.append(
            Capability(
                platform=row["platform"],
                metric=row["metric"],
                support=row["support"],
                names_people=None
                if names_people is None
                else names_people.lower() in ("true", "t", "yes", "1"),
                valid_from=date.fromisoformat(valid_from) if valid_from else None,
                valid_to=date.fromisoformat(valid_to) if valid_to else None,
            )
        )
    return capabilities


# --- small rules ----------------------------------------------------------------------------


def key(*parts: str) -> uuid.UUID:
    """The uuid of natural ids: md5 of the parts joined with U+001F."""
    return uuid.UUID(hashlib.md5("\x1f".join(parts).encode()).hexdigest())


def instant(value: Any) -> datetime | None:
    """A time of a record (ISO 8601 with offset) in UTC; None stays None."""
    return None if value is None else datetime.fromisoformat(value).astimezone(UTC)


def in_window(moment: datetime | None, start: datetime, end: datetime) -> bool:
    """Whether a known time lies in (start, end]."""
    return moment is not None and start < moment <= end


def local_date(workspace: Workspace, moment: datetime) -> date:
    """The day of an instant on the workspace's calendar."""
    return moment.astimezone(ZoneInfo(workspace.time_zone)).date()


def week_of(workspace: Workspace, moment: datetime) -> date:
    """The first day of the workspace's week in which an instant lies."""
    day = local_date(workspace, moment)
    return day - timedelta(days=(day.weekday() - WEEKDAYS.index(workspace.week_start)) % 7)


def week_end(workspace: Workspace, week: date) -> datetime:
    """The instant at which the week that starts on `week` is over."""
    zone = ZoneInfo(workspace.time_zone)
    return datetime.combine(week + timedelta(days=7), time(0), tzinfo=zone).astimezone(UTC)


def tier_of(seeds: Seeds, score: Decimal) -> str:
    """The tier with the highest threshold that a score reaches, else inactive."""
    reached = [(threshold, tier) for tier, threshold in seeds.tiers if score >= threshold]
    return max(reached)[1] if reached else "inactive"


def mapped_type(native_type: str | None) -> str | None:
    """The canonical type of a native one: itself, or None where the vocabulary lacks it."""
    return native_type if native_type in TYPES else None


def shown_count(world: World, platform: str, metric: str, count: int) -> int | None:
    """An observed count, or None where its being zero says nothing."""
    if count > 0:
        return count
    today = world.as_of.date()
    valid = []
    for capability in world.seeds.capabilities:
        if (capability.platform, capability.metric) != (platform, metric):
            continue
        if capability.valid_from is not None and today < capability.valid_from:
            continue
        if capability.valid_to is not None and today >= capability.valid_to:
            continue
        valid.append(capability)
    if not valid:
        return 0
    newest = max(valid, key=lambda capability: capability.valid_from or date.min)
    if newest.support == "unsupported" or newest.names_people is False:
        return None
    return 0


def total(counts: Iterable[int | None]) -> int | None:
    """The sum of what is known; None where nothing is."""
    known = [count for count in counts if count is not None]
    return sum(known) if known else None


# --- interactions: from deliveries to what is in effect -------------------------------------


@dataclass(frozen=True)
class Interaction:
    """What is known of an interaction after some set of its deliveries."""

    platform: str
    native_id: str
    actor_id: str | None
    post_id: str | None
    occurred_at: datetime | None
    received_at: datetime
    type: str | None  # canonical
    text: str | None
    actor_kind: str | None
    is_retracted: bool
    version_at: datetime | None  # of the newest version
    versioned: tuple[object, ...]  # all fields that an edit can change, to tell a change

    def says_the_same_as(self, other: Interaction) -> bool:
        """Whether nothing that is reported differs; a newer version may say the same."""
        return (
            self.actor_id == other.actor_id
            and self.post_id == other.post_id
            and self.occurred_at == other.occurred_at
            and self.is_retracted == other.is_retracted
            and self.versioned == other.versioned
        )


@dataclass(frozen=True)
class Conflict:
    """A later delivery that contradicts what identifies an interaction."""

    order: tuple[int, int, int]
    platform: str
    native_id: str
    field: str


def known_deliveries(world: World, record_kind: str) -> list[Delivery]:
    """The records of one kind that had been received by `known_at`, in delivery order."""
    deliveries = []
    for delivery in world.deliveries:
        if delivery.record["record"] != record_kind:
            continue
        if world.known_at is not None and delivery.received_at > world.known_at:
            continue
        deliveries.append(delivery)
    return sorted(deliveries, key=lambda delivery: delivery.order)


def deliveries_per_interaction(world: World) -> dict[tuple[str, str], list[Delivery]]:
    """Platform and native id -> the deliveries of that interaction, in delivery order."""
    groups: dict[tuple[str, str], list[Delivery]] = {}
    for delivery in known_deliveries(world, "interaction"):
        identity = (delivery.record["platform"], delivery.record["id"])
        groups.setdefault(identity, []).append(delivery)
    return groups


def identity_value(record: Mapping[str, Any], field: str) -> Any:
    """The value of an identity field, times as instants so that offsets don't matter."""
    value = record.get(field)
    return instant(value) if field == "occurred_at" else value


def first_known(deliveries: Sequence[Delivery], field: str) -> Any:
    """The first value that is not null, in delivery order."""
    for delivery in deliveries:
        value = identity_value(delivery.record, field)
        if value is not None:
            return value
    return None


def version_order(delivery: Delivery) -> tuple[datetime, tuple[int, int, int]]:
    """What makes one version newer than another."""
    version_at = instant(delivery.record.get("version_at"))
    return (version_at or delivery.received_at, delivery.order)


def interaction_after(deliveries: Sequence[Delivery]) -> Interaction:
    """What is known after these deliveries of one interaction, given in delivery order."""
    newest = max(deliveries, key=version_order).record
    return Interaction(
        platform=newest["platform"],
        native_id=newest["id"],
        actor_id=first_known(deliveries, "actor_id"),
        post_id=first_known(deliveries, "post_id"),
        occurred_at=first_known(deliveries, "occurred_at"),
        received_at=deliveries[0].received_at,
        type=mapped_type(newest.get("type")),
        text=newest.get("text"),
        actor_kind=newest.get("actor_kind"),
        is_retracted=bool(newest.get("retracted")),
        version_at=instant(newest.get("version_at")),
        versioned=tuple(newest.get(field) for field in VERSIONED_FIELDS),
    )


def states_of(
    deliveries: Sequence[Delivery],
) -> list[tuple[Interaction | None, datetime | None]]:
    """The states of one interaction after each run, each with the time it takes effect.

    None as that time means always. A run that changes nothing adds no state. Only a version
    that the run itself delivered says when it took effect. A state of unknown time whose
    time becomes known never held (None); what replaces it holds from that time.
    """
    states: list[tuple[Interaction | None, datetime | None]] = []
    replaced: Interaction | None = None
    for run_seq in sorted({delivery.run_seq for delivery in deliveries}):
        known = [delivery for delivery in deliveries if delivery.run_seq <= run_seq]
        state = interaction_after(known)
        if replaced is None:
            states.append((state, state.occurred_at))
        elif not state.says_the_same_as(replaced):
            replaced_from = states[-1][1]
            changed_at = None
            if max(known, key=version_order).run_seq == run_seq:
                changed_at = state.version_at
            if replaced.occurred_at is None and state.occurred_at is not None:
                states[-1] = (None, replaced_from)
                changed_at = state.occurred_at
            times = [at for at in (replaced_from, changed_at) if at is not None]
            states.append((state, max(times, default=None)))
        replaced = state
    return states


def interactions_in_effect(world: World) -> list[Interaction]:
    """Gross: the state as of `as_of` of every interaction that has one, retracted or not."""
    in_effect = []
    for deliveries in deliveries_per_interaction(world).values():
        standing = None
        for state, effective_from in states_of(deliveries):
            if effective_from is None or effective_from <= world.as_of:
                standing = state
        if standing is not None:
            in_effect.append(standing)
    return in_effect


def occurrence_times(interactions: Iterable[Interaction]) -> list[datetime]:
    """The times that are known, of some interactions."""
    return [item.occurred_at for item in interactions if item.occurred_at is not None]


def conflicts(world: World) -> list[Conflict]:
    """Every identity value that contradicts the first one known, in delivery order."""
    found = []
    for (platform, native_id), deliveries in deliveries_per_interaction(world).items():
        for field in IDENTITY_FIELDS:
            holds = first_known(deliveries, field)
            for delivery in deliveries:
                value = identity_value(delivery.record, field)
                if value is not None and value != holds:
                    found.append(Conflict(delivery.order, platform, native_id, field))
    return sorted(found, key=lambda conflict: (conflict.order, conflict.field))


# --- facts: everything that is known, one structure per entity ------------------------------


@dataclass(frozen=True)
class Post:
    """A post of a content item or of a post record."""

    platform: str
    external_post_id: str
    title: str | None
    url: str | None
    posted_at: datetime | None
    author_id: str | None
    native_type: str | None
    community_id: str | None
    community_name: str | None


@dataclass(frozen=True)
class Content:
    """The newest record of a content item, and the posts that are its own."""

    content_id: uuid.UUID
    external_content_id: str
    title: str | None
    slug: str | None
    tags: tuple[tuple[str, str], ...]
    posts: tuple[PostKey, ...]


@dataclass(frozen=True)
class Follower:
    """An account, what it did (net), and what follows from that."""

    follower_id: uuid.UUID
    platform: str
    actor_id: str
    profile: Mapping[str, object]
    net: tuple[Interaction, ...]
    gross_interaction_count: int
    score: Decimal
    tier: str
    first_seen: datetime | None
    last_seen: datetime | None
    first_landed_at: datetime | None
    exclusion_reason: str | None


@dataclass(frozen=True)
class Counted:
    """A platform's own count, and when it was read off."""

    count: int
    observed_at: datetime | None


@dataclass(frozen=True)
class Facts:
    """All entities of a world as of its instant."""

    gross: tuple[Interaction, ...]
    net: tuple[Interaction, ...]
    posts: Mapping[PostKey, Post]
    contents: tuple[Content, ...]
    content_of_post: Mapping[PostKey, uuid.UUID]
    reported: Mapping[tuple[str, str, str], Counted]  # platform, post id, type -> the latest
    followers: tuple[Follower, ...]


def observed_until(world: World, delivery: Delivery) -> bool:
    """Whether a profile or counter had been observed by `as_of`; an unknown time counts."""
    observed_at = instant(delivery.record.get("observed_at"))
    return observed_at is None or observed_at <= world.as_of


def observation_order(delivery: Delivery) -> tuple[datetime, tuple[int, int, int]]:
    """Oldest first; an unknown time comes before every known one."""
    observed_at = instant(delivery.record.get("observed_at"))
    return (observed_at or datetime.min.replace(tzinfo=UTC), delivery.order)


def last_known(records: Iterable[Mapping[str, Any]], field: str) -> Any:
    """The last value that is not null."""
    value = None
    for record in records:
        if record.get(field) is not None:
            value = record[field]
    return value


def newest_contents(world: World) -> list[Delivery]:
    """The newest record of every content item, oldest delivered first."""
    newest: dict[str, Delivery] = {}
    for delivery in known_deliveries(world, "content"):
        newest[delivery.record["content_id"]] = delivery
    return sorted(newest.values(), key=lambda delivery: delivery.order)


def find_contents(world: World) -> list[Content]:
    """All content items; a post named by several belongs to the one delivered last."""
    deliveries = newest_contents(world)
    owner: dict[PostKey, str] = {}
    for delivery in deliveries:
        for post in delivery.record.get("posts") or []:
            owner[post["platform"], post["post_id"]] = delivery.record["content_id"]
    contents = []
    for delivery in deliveries:
        record = delivery.record
        tags = {(tag["type"], tag["value"]) for tag in record.get("tags") or []}
        posts = [post for post, owner_id in owner.items() if owner_id == record["content_id"]]
        contents.append(
            Content(
                content_id=key(world.workspace.workspace_id, "content", record["content_id"]),
                external_content_id=record["content_id"],
                title=record.get("title"),
                slug=record.get("slug"),
                tags=tuple(sorted(tags)),
                posts=tuple(sorted(posts)),
            )
        )
    return contents


def find_posts(world: World, contents: Sequence[Content]) -> dict[PostKey, Post]:
    """Every post that a post record names or that a content item has."""
    records: dict[PostKey, list[Mapping[str, Any]]] = {}
    for content in contents:
        for post_key in content.posts:
            records[post_key] = []
    for delivery in known_deliveries(world, "post"):
        post_key = (delivery.record["platform"], delivery.record["post_id"])
        records.setdefault(post_key, []).append(delivery.record)
    posts = {}
    for post_key, delivered in records.items():
        posts[post_key] = Post(
            platform=post_key[0],
            external_post_id=post_key[1],
            title=last_known(delivered, "title"),
            url=last_known(delivered, "url"),
            posted_at=instant(last_known(delivered, "posted_at")),
            author_id=last_known(delivered, "author_id"),
            native_type=last_known(delivered, "type"),
            community_id=last_known(delivered, "community_id"),
            community_name=last_known(delivered, "community_name"),
        )
    return posts


def find_reported(world: World) -> dict[tuple[str, str, str], Counted]:
    """The latest counter per post and mapped metric."""
    names = world.seeds.counter_metrics
    latest: dict[tuple[str, str, str], Counted] = {}
    for delivery in sorted(known_deliveries(world, "counter"), key=observation_order):
        record = delivery.record
        metric = mapped_type(record["metric"] if names is None else names.get(record["metric"]))
        if metric is not None and observed_until(world, delivery):
            observed_at = instant(record.get("observed_at"))
            place = (record["platform"], record["post_id"], metric)
            latest[place] = Counted(record["value"], observed_at)
    return latest


def find_profiles(world: World) -> dict[ActorKey, dict[str, object]]:
    """Per account with a profile: the last known value of every attribute."""
    records: dict[ActorKey, list[Mapping[str, Any]]] = {}
    for delivery in sorted(known_deliveries(world, "profile"), key=observation_order):
        if observed_until(world, delivery):
            actor = (delivery.record["platform"], delivery.record["actor_id"])
            records.setdefault(actor, []).append(delivery.record)
    return {
        actor: {field: last_known(observed, field) for field in PROFILE_FIELDS}
        for actor, observed in records.items()
    }


def exclusion_reason(world: World, actor: ActorKey, gross: Sequence[Interaction]) -> str | None:
    """Why an account takes no part in leaderboards; None: it does."""
    latest: dict[str, str] = {}
    for decision in sorted(world.decisions, key=lambda decision: decision.order):
        if (decision.platform, decision.actor_id) == actor:
            latest[DECISION_KINDS.get(decision.kind, decision.kind)] = decision.kind
    decided = set(latest.values())
    acts_as_bot = any(interaction.actor_kind == "bot" for interaction in gross)
    if acts_as_bot and "not_bot" not in decided:
        decided.add("bot")
    for reason in EXCLUSIONS:
        if reason in decided:
            return reason
    return None


def weighted_score(world: World, interactions: Iterable[Interaction]) -> Decimal:
    """The sum of the weights of these interactions' types."""
    score = Decimal(0)
    for interaction in interactions:
        if interaction.type is not None:
            score += world.seeds.weights.get(interaction.type, Decimal(0))
    return score


def find_followers(world: World, gross: Sequence[Interaction]) -> list[Follower]:
    """Every account that did something or has a profile."""
    profiles = find_profiles(world)
    actors = set(profiles)
    for interaction in gross:
        if interaction.actor_id is not None:
            actors.add((interaction.platform, interaction.actor_id))
    followers = []
    for actor in sorted(actors):
        platform, actor_id = actor
        own = [
            interaction
            for interaction in gross
            if (interaction.platform, interaction.actor_id) == actor
        ]
        net = [interaction for interaction in own if not interaction.is_retracted]
        times = occurrence_times(net)
        score = weighted_score(world, net)
        followers.append(
            Follower(
                follower_id=key(world.workspace.workspace_id, platform, actor_id),
                platform=platform,
                actor_id=actor_id,
                profile=profiles.get(actor, dict.fromkeys(PROFILE_FIELDS)),
                net=tuple(net),
                gross_interaction_count=len(own),
                score=score,
                tier=tier_of(world.seeds, score),
                first_seen=min(times, default=None),
                last_seen=max(times, default=None),
                first_landed_at=min((item.received_at for item in own), default=None),
                exclusion_reason=exclusion_reason(world, actor, own),
            )
        )
    return followers


def find_facts(world: World) -> Facts:
    """Everything the marts are made of."""
    gross = interactions_in_effect(world)
    contents = find_contents(world)
    return Facts(
        gross=tuple(gross),
        net=tuple(interaction for interaction in gross if not interaction.is_retracted),
        posts=find_posts(world, contents),
        contents=tuple(contents),
        content_of_post={
            post: content.content_id for content in contents for post in content.posts
        },
        reported=find_reported(world),
        followers=tuple(find_followers(world, gross)),
    )


def post_of(interaction: Interaction) -> PostKey | None:
    """The post on which something was done, if it is known."""
    if interaction.post_id is None:
        return None
    return (interaction.platform, interaction.post_id)


def on_posts(
    interactions: Iterable[Interaction], posts: Iterable[PostKey]
) -> list[Interaction]:
    """The interactions with one of these posts, known actor or not."""
    wanted = set(posts)
    return [interaction for interaction in interactions if post_of(interaction) in wanted]


def said(interaction: Interaction, field: str) -> Any:
    """A field that an edit can change."""
    return interaction.versioned[VERSIONED_FIELDS.index(field)]


def key_of(world: World, interaction: Interaction, native_id: str | None) -> uuid.UUID | None:
    """The key of something on the platform of an interaction."""
    if native_id is None:
        return None
    return key(world.workspace.workspace_id, interaction.platform, native_id)


def described(world: World, interaction: Interaction) -> Row:
    """What marts of single interactions say of each, beside who, what and when."""
    return {
        "post_id": key_of(world, interaction, interaction.post_id),
        "thread_id": key_of(world, interaction, said(interaction, "thread_id")),
        "parent_id": key_of(world, interaction, said(interaction, "parent_id")),
        "native_type": said(interaction, "type"),
        "native_kind": said(interaction, "kind"),
        "received_at": interaction.received_at,
    }


def counts_per_type(
    world: World, platform: str, net: Sequence[Interaction]
) -> dict[str, int | None]:
    """Column name -> count of one platform's interactions, for every canonical type."""
    counts = {}
    for type_ in TYPES:
        count = sum(1 for interaction in net if interaction.type == type_)
        counts[f"{type_}_count"] = shown_count(world, platform, type_, count)
    return counts


def ordered(rows: Iterable[Row], *columns: str) -> list[Row]:
    """Rows in the order of the text of some columns."""
    return sorted(rows, key=lambda row: tuple(str(row[column]) for column in columns))


# --- marts about followers ------------------------------------------------------------------


def followers(world: World, facts: Facts) -> list[Row]:
    """One row per account."""
    rows: list[Row] = []
    for follower in facts.followers:
        rows.append(
            {
                "id": follower.follower_id,
                "workspace_id": world.workspace.workspace_id,
                "platform": follower.platform,
                "platform_user_id": follower.actor_id,
                **follower.profile,
                "first_seen": follower.first_seen,
                "last_seen": follower.last_seen,
                "first_landed_at": follower.first_landed_at,
                "is_eligible": follower.exclusion_reason is None,
                "exclusion_reason": follower.exclusion_reason,
            }
        )
    return ordered(rows, "id")


def shown_name(follower: Follower) -> object:
    """The name that people see of an account."""
    return name_in(follower.profile)


def name_in(profile: Mapping[str, object]) -> object:
    """The username, or the display name where there is none."""
    username = profile["username"]
    return profile["display_name"] if username is None else username


def windowed_score(world: World, follower: Follower, days: int) -> Decimal:
    """The score of what was done in (as of - days of 24 hours, as of]."""
    start = world.as_of - days * DAY
    recent = [item for item in follower.net if in_window(item.occurred_at, start, world.as_of)]
    return weighted_score(world, recent)


def decayed_score(world: World, follower: Follower) -> float:
    """The score in which every interaction loses half its weight each half-life."""
    score = 0.0
    for item in follower.net:
        if item.occurred_at is not None and item.type is not None:
            age = (world.as_of - item.occurred_at) / world.seeds.half_life
            score += float(world.seeds.weights.get(item.type, Decimal(0))) * 0.5**age
    return score


def is_active(follower: Follower, start: datetime, end: datetime) -> bool:
    """Whether anything net was done in (start, end]."""
    return any(in_window(item.occurred_at, start, end) for item in follower.net)


def activity_state(world: World, follower: Follower) -> str:
    """What the last 30 days (a) and the 30 before (b) say."""
    start_a, start_b = world.as_of - MONTH, world.as_of - 2 * MONTH
    in_a = is_active(follower, start_a, world.as_of)
    in_b = is_active(follower, start_b, start_a)
    if in_window(follower.first_seen, start_a, world.as_of):
        return "new"
    if in_a and in_b:
        return "returning"
    if in_a:
        return "resurrected"
    if in_b:
        return "at_risk"
    return "dormant"


def follower_engagement_scores(world: World, facts: Facts) -> list[Row]:
    """One row per account with its counts and scores."""
    rows: list[Row] = []
    for follower in facts.followers:
        rows.append(
            {
                "follower_id": follower.follower_id,
                "workspace_id": world.workspace.workspace_id,
                "platform": follower.platform,
                "engagement_score": follower.score,
                "decayed_score": decayed_score(world, follower),
                "engagement_tier": follower.tier,
                "interaction_count": len(follower.net),
                "gross_interaction_count": follower.gross_interaction_count,
                **counts_per_type(world, follower.platform, follower.net),
                "score_7d": windowed_score(world, follower, 7),
                "score_30d": windowed_score(world, follower, 30),
                "score_90d": windowed_score(world, follower, 90),
                "activity_state": activity_state(world, follower),
                "username": shown_name(follower),
                "first_seen": follower.first_seen,
                "last_seen": follower.last_seen,
                "first_landed_at": follower.first_landed_at,
                "is_eligible": follower.exclusion_reason is None,
                "exclusion_reason": follower.exclusion_reason,
            }
        )
    return ordered(rows, "follower_id")


def follower_interactions(world: World, facts: Facts) -> list[Row]:
    """One row per net interaction of a known account."""
    rows: list[Row] = []
    for follower in facts.followers:
        for interaction in follower.net:
            post = post_of(interaction)
            rows.append(
                {
                    "interaction_id": key(
                        world.workspace.workspace_id,
                        interaction.platform,
                        interaction.native_id,
                    ),
                    "workspace_id": world.workspace.workspace_id,
                    "follower_id": follower.follower_id,
                    "content_id": facts.content_of_post.get(post) if post else None,
                    "platform": interaction.platform,
                    "interaction_type": interaction.type,
                    "interaction_value": interaction.text
                    if interaction.type == "comment"
                    else None,
                    "sentiment": said(interaction, "sentiment"),
                    **described(world, interaction),
                    "occurred_at": interaction.occurred_at,
                }
            )
    return ordered(rows, "interaction_id")


TIMELINE = (
    *("interaction_id", "follower_id", "content_id", "post_id", "workspace_id", "platform"),
    *("interaction_type", "interaction_value", "occurred_at", "received_at"),
)


def follower_activity_timeline(world: World, facts: Facts) -> list[Row]:
    """Some columns of the same rows, with the name under which the account goes."""
    usernames = {follower.follower_id: shown_name(follower) for follower in facts.followers}
    rows: list[Row] = []
    for row in follower_interactions(world, facts):
        follower_id = row["follower_id"]
        assert isinstance(follower_id, uuid.UUID)
        shown = {column: value for column, value in row.items() if column in TIMELINE}
        rows.append({**shown, "username": usernames[follower_id]})
    return rows


def top_engaged_followers(world: World, facts: Facts) -> list[Row]:
    """One row per eligible account that did something, best first."""
    eligible = [
        follower
        for follower in facts.followers
        if follower.exclusion_reason is None and follower.net
    ]
    eligible.sort(key=lambda item: (-item.score, -len(item.net), item.follower_id))
    rows: list[Row] = []
    for rank, follower in enumerate(eligible, start=1):
        counts = counts_per_type(world, follower.platform, follower.net)
        rows.append(
            {
                "rank": rank,
                "follower_id": follower.follower_id,
                "workspace_id": world.workspace.workspace_id,
                "username": shown_name(follower),
                "platform": follower.platform,
                "engagement_score": follower.score,
                "engagement_tier": follower.tier,
                "comment_count": counts["comment_count"],
                "interaction_count": len(follower.net),
                "activity_state": activity_state(world, follower),
                "last_seen": follower.last_seen,
            }
        )
    return rows


def cohorts(world: World, facts: Facts) -> dict[tuple[date, str], list[Follower]]:
    """Week of the first interaction and platform -> its accounts."""
    members: dict[tuple[date, str], list[Follower]] = {}
    for follower in facts.followers:
        if follower.first_seen is not None:
            cohort = (week_of(world.workspace, follower.first_seen), follower.platform)
            members.setdefault(cohort, []).append(follower)
    return members


def follower_cohorts(world: World, facts: Facts) -> list[Row]:
    """One row per cohort week and platform."""
    rows: list[Row] = []
    for (cohort_week, platform), members in cohorts(world, facts).items():
        active = [item for item in members if is_active(item, world.as_of - MONTH, world.as_of)]
        rows.append(
            {
                "workspace_id": world.workspace.workspace_id,
                "cohort_week": cohort_week,
                "platform": platform,
                "follower_count": len(members),
                "eligible_follower_count": sum(
                    1 for item in members if item.exclusion_reason is None
                ),
                "active_30d": len(active),
                "super_fans": sum(1 for item in members if item.tier == "super_fan"),
            }
        )
    return ordered(rows, "cohort_week", "platform")


def follower_retention(world: World, facts: Facts) -> list[Row]:
    """One row per cohort week, platform and week since, up to the current week."""
    current_week = week_of(world.workspace, world.as_of)
    rows: list[Row] = []
    for (cohort_week, platform), members in sorted(
        cohorts(world, facts).items(), key=lambda cohort: cohort[0]
    ):
        active_weeks = []  # per member: the weeks in which it did something
        for follower in members:
            times = occurrence_times(follower.net)
            active_weeks.append(
                {week_of(world.workspace, at) for at in times if at <= world.as_of}
            )
        week_number = 0
        week = cohort_week
        while week <= current_week:
            active_count = sum(1 for weeks in active_weeks if week in weeks)
            later_count = sum(
                1 for weeks in active_weeks if any(later >= week for later in weeks)
            )
            rows.append(
                {
                    "workspace_id": world.workspace.workspace_id,
                    "cohort_week": cohort_week,
                    "platform": platform,
                    "week_number": week_number,
                    "cohort_size": len(members),
                    "active_count": active_count,
                    "active_later_count": later_count,
                    "retention_rate": Decimal(active_count) / Decimal(len(members)),
                    "is_complete": week_end(world.workspace, week) <= world.as_of,
                }
            )
            week_number += 1
            week = cohort_week + timedelta(weeks=week_number)
    return rows


# --- marts about content --------------------------------------------------------------------


def content_items(world: World, facts: Facts) -> list[Row]:
    """One row per content item."""
    rows: list[Row] = []
    for content in facts.contents:
        rows.append(
            {
                "id": content.content_id,
                "workspace_id": world.workspace.workspace_id,
                "external_content_id": content.external_content_id,
                "title": content.title,
                "slug": content.slug,
            }
        )
    return ordered(rows, "id")


def content_posts(world: World, facts: Facts) -> list[Row]:
    """One row per known post, in a content item or not."""
    rows: list[Row] = []
    for post_key, post in facts.posts.items():
        rows.append(
            {
                "post_id": key(world.workspace.workspace_id, *post_key),
                "workspace_id": world.workspace.workspace_id,
                "content_id": facts.content_of_post.get(post_key),
                "platform": post.platform,
                "external_post_id": post.external_post_id,
                "title": post.title,
                "url": post.url,
                "author_id": None
                if post.author_id is None
                else key(world.workspace.workspace_id, post.platform, post.author_id),
                "native_type": post.native_type,
                "community_id": post.community_id,
                "community_name": post.community_name,
                "posted_at": post.posted_at,
            }
        )
    return ordered(rows, "post_id")


def content_tags(world: World, facts: Facts) -> list[Row]:
    """One row per content item and tag."""
    rows: list[Row] = []
    for content in facts.contents:
        for tag_type, tag_value in content.tags:
            rows.append(
                {
                    "content_id": content.content_id,
                    "workspace_id": world.workspace.workspace_id,
                    "tag_type": tag_type,
                    "tag_value": tag_value,
                }
            )
    return ordered(rows, "content_id", "tag_type", "tag_value")


@dataclass(frozen=True)
class Appearance:
    """A content item on one platform: its posts there and what was done with them, net."""

    platform: str
    posts: tuple[PostKey, ...]
    net: tuple[Interaction, ...]


def appearances(facts: Facts, content: Content) -> list[Appearance]:
    """A content item on each platform where it has a post, platforms in byte order."""
    platforms = sorted({platform for platform, _ in content.posts}, key=str.encode)
    found = []
    for platform in platforms:
        posts = tuple(post for post in content.posts if post[0] == platform)
        found.append(Appearance(platform, posts, tuple(on_posts(facts.net, posts))))
    return found


def content_platform_rollup(world: World, facts: Facts) -> list[Row]:
    """One row per content item and platform where it has a post."""
    rows: list[Row] = []
    for content in facts.contents:
        for appearance in appearances(facts, content):
            times = occurrence_times(appearance.net)
            reported = {}
            for type_ in TYPES:
                reported[f"reported_{type_}_count"] = total(
                    counted.count
                    for post in appearance.posts
                    if (counted := facts.reported.get((*post, type_))) is not None
                )
            rows.append(
                {
                    "workspace_id": world.workspace.workspace_id,
                    "content_id": content.content_id,
                    "platform": appearance.platform,
                    "post_count": len(appearance.posts),
                    "interaction_count": len(appearance.net),
                    "gross_interaction_count": len(on_posts(facts.gross, appearance.posts)),
                    "engagement_score": weighted_score(world, appearance.net),
                    **counts_per_type(world, appearance.platform, appearance.net),
                    **reported,
                    "first_activity_at": min(times, default=None),
                    "last_activity_at": max(times, default=None),
                }
            )
    return ordered(rows, "content_id", "platform")


def percentile(world: World, facts: Facts, post: Post) -> Decimal | None:
    """The share of the posts in the 90 days up to a post that score no more than it does."""
    if post.posted_at is None:
        return None
    start = post.posted_at - PERCENTILE_WINDOW
    peers = [
        peer
        for peer in facts.posts.values()
        if peer.platform == post.platform and in_window(peer.posted_at, start, post.posted_at)
    ]
    if len(peers) < FEWEST_POSTS_FOR_PERCENTILE:
        return None
    own_score = post_score(world, facts, post)
    no_better = [peer for peer in peers if post_score(world, facts, peer) <= own_score]
    return Decimal(len(no_better)) / Decimal(len(peers))


def post_score(world: World, facts: Facts, post: Post) -> Decimal:
    """The weighted score of what was done with a post, net."""
    return weighted_score(world, on_posts(facts.net, [(post.platform, post.external_post_id)]))


def best_platform(world: World, found: Sequence[Appearance]) -> str | None:
    """The platform with the highest score, then most interactions, then first name."""
    if not any(appearance.net for appearance in found):
        return None
    best = min(
        found,
        key=lambda item: (
            -weighted_score(world, item.net),
            -len(item.net),
            item.platform.encode(),
        ),
    )
    return best.platform


def normalised(
    world: World, facts: Facts, found: Sequence[Appearance]
) -> list[tuple[Decimal, Decimal, Appearance]]:
    """Where an item stands among the workspace's recent posts: on each platform where it
    does, its best percentile and its score; most outstanding first."""
    standings = []
    for appearance in found:
        percentiles = [percentile(world, facts, facts.posts[post]) for post in appearance.posts]
        known = [value for value in percentiles if value is not None]
        if known:
            standings.append((max(known), weighted_score(world, appearance.net), appearance))
    return sorted(standings, key=lambda one: (-one[0], -one[1], one[2].platform.encode()))


def content_cross_platform_summary(world: World, facts: Facts) -> list[Row]:
    """One row per content item."""
    rows: list[Row] = []
    for content in facts.contents:
        found = appearances(facts, content)
        best = normalised(world, facts, found)
        net = [interaction for item in found for interaction in item.net]
        times = occurrence_times(net)
        counts = [counts_per_type(world, item.platform, item.net) for item in found]
        totals = {
            column: total(per_platform[f"{type_}_count"] for per_platform in counts)
            for type_, column in TOTALS.items()
        }
        rows.append(
            {
                "content_id": content.content_id,
                "workspace_id": world.workspace.workspace_id,
                "title": content.title,
                "slug": content.slug,
                "platform_count": len(found),
                "platforms": ", ".join(item.platform for item in found) or None,
                **totals,
                "total_interactions": len(net),
                "engagement_score": weighted_score(world, net),
                "best_platform": best_platform(world, found),
                "best_platform_normalised": best[0][2].platform if best else None,
                "best_percentile": best[0][0] if best else None,
                "first_activity_at": min(times, default=None),
                "last_activity_at": max(times, default=None),
            }
        )
    return ordered(rows, "content_id")


def content_coverage(world: World, facts: Facts) -> list[Row]:
    """One row per post and type with an observed or a reported count."""
    observed: dict[tuple[str, str, str], int] = {}
    for interaction in facts.net:
        if interaction.post_id is not None and interaction.type is not None:
            cell = (interaction.platform, interaction.post_id, interaction.type)
            observed[cell] = observed.get(cell, 0) + 1
    rows: list[Row] = []
    for cell in {*observed, *facts.reported}:
        platform, external_post_id, type_ = cell
        observed_count = shown_count(world, platform, type_, observed.get(cell, 0))
        counted = facts.reported.get(cell)
        reported_count = counted.count if counted else None
        coverage_rate = None
        if observed_count is not None and reported_count:
            coverage_rate = Decimal(observed_count) / Decimal(reported_count)
        rows.append(
            {
                "workspace_id": world.workspace.workspace_id,
                "content_id": facts.content_of_post.get((platform, external_post_id)),
                "post_id": key(world.workspace.workspace_id, platform, external_post_id),
                "external_post_id": external_post_id,
                "platform": platform,
                "interaction_type": type_,
                "observed_count": observed_count,
                "reported_count": reported_count,
                "coverage_rate": coverage_rate,
                "reported_at": counted.observed_at if counted else None,
            }
        )
    return ordered(rows, "post_id", "interaction_type")


MARTS = {
    "followers": followers,
    "follower_engagement_scores": follower_engagement_scores,
    "follower_interactions": follower_interactions,
    "follower_activity_timeline": follower_activity_timeline,
    "top_engaged_followers": top_engaged_followers,
    "content_items": content_items,
    "content_posts": content_posts,
    "content_tags": content_tags,
    "content_platform_rollup": content_platform_rollup,
    "content_cross_platform_summary": content_cross_platform_summary,
    "content_coverage": content_coverage,
    "follower_cohorts": follower_cohorts,
    "follower_retention": follower_retention,
}


def marts(world: World) -> dict[str, list[Row]]:
    """Mart name -> its rows, as the specification has them."""
    facts = find_facts(world)
    return {name: mart(world, facts) for name, mart in MARTS.items()}
