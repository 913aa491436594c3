"""Walks over the pages of a list, and what is remembered of them.

Source: an `Api`; something that answers requests and something that keeps pages.
Shape:  `follow` asks for the pages of one followed item and hands each over with the state
        that it proves. Whoever keeps both in one transaction can be killed anywhere.
Units:  times are the platform's own, so that a wrong clock here misses nothing.
Errors: `asking.HaltError` passes. What cannot be had of one page or list is said, and skipped.

Most lists go from new to old. A walk begins with the newest page and ends at the first record
that is older than what earlier walks reached, less the look-back window: within it, edits and
late records are seen. It may be broken off anywhere, and goes on at its position. A backfill is
a second walk, which goes to the end; news do not wait for it.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Literal, Protocol

import msgspec

from warehouse.pulling.api import Api, Beneath, Page, Reply, Request, ShapeError, Task
from warehouse.pulling.asking import RefusedError, UnansweredError

Depth = Literal["recent", "deep"]
MOST_SKIPPED = 20  # pages of one walk; then the list itself is at fault


class Walk(msgspec.Struct, omit_defaults=True):
    """A walk that is under way.

    `position`: of the next page. `is_listed`: the pages of the list itself are done. `waiting`:
    lists beneath the last page, asked for before the next one; `below`: the position in the
    first of them. `seen`: versions of such lists within the look-back window. `has_gap`:
    a page was skipped that a later walk may get.
    """

    began_at: datetime
    since: datetime | None = None
    position: str | None = None
    is_listed: bool = False
    waiting: list[Beneath] = []
    below: str | None = None
    seen: dict[str, str] = {}
    has_gap: bool = False

    @property
    def is_over(self) -> bool:
        """Whether nothing is left to ask for."""
        return self.is_listed and not self.waiting


class State(msgspec.Struct, omit_defaults=True):
    """How far an item is pulled: everything older than `reached_at` has been asked for.

    `position`: where a feed goes on.
    """

    reached_at: datetime | None = None
    position: str | None = None
    recent: Walk | None = None
    deep: Walk | None = None
    seen: dict[str, str] = {}


class Wish(msgspec.Struct, frozen=True):
    """What a pull is asked for beyond news: everything since a day, or everything."""

    look_back: timedelta
    since: datetime | None = None
    is_backfill: bool = False


class Keeper(Protocol):
    """What answers requests and keeps pages."""

    def get(self, request: Request) -> Reply:
        """Return the answer to a request."""

    def keep(self, state: State, reply: Reply | None) -> str | None:
        """Land an answer, if there is one, and store the state, both or neither.

        Returns why the page could not land; then nothing is stored.
        """


class Skipped(msgspec.Struct, frozen=True):
    """A page or a list that was not pulled, and why."""

    problem: str


Step = Skipped | None  # None: a page was kept


def follow(api: Api, item: Task, state: State, wish: Wish, keeper: Keeper) -> Iterator[Step]:
    """Pull what is new of one item, then what is older and wished for, step by step."""
    path = _Path(api, item, state, wish, keeper)
    if api.is_feed:
        yield from path.feed()
        return
    was_broken_off = state.recent is not None
    yield from path.walk("recent")
    if was_broken_off and path.state.recent is None:
        yield from path.walk("recent")  # what came in since then
    if wish.is_backfill or wish.since is not None:
        yield from path.walk("deep")


def _reaches(walk: Walk, wish: Wish) -> bool:
    """Whether a walk goes as far as is wished."""
    return walk.since is None or (
        not wish.is_backfill and wish.since is not None and walk.since <= wish.since
    )


class _Path:
    """The way through one item."""

    def __init__(self, api: Api, item: Task, state: State, wish: Wish, keeper: Keeper) -> None:
        self._api, self._item = api, item
        self.state, self._wish, self._keeper = state, wish, keeper
        self._has_begun_again = False

    def feed(self) -> Iterator[Step]:
        """Take what a feed hands out, until it has no more."""
        while True:
            task = Task(self._item.kind, self._item.id, position=self.state.position)
            reply, page, problem = self._ask(task)
            if reply is None or page is None:
                yield Skipped(problem or "")
                return
            if page.count == 0:
                self._keeper.keep(self.state, None)
                return
            state = msgspec.structs.replace(self.state, position=page.position)
            if problem := self._keeper.keep(state, reply):
                yield Skipped(problem)  # it is handed out again
                return
            self.state = state
            yield None
            if page.position is None:
                yield Skipped(f"{self._api.title} does not say where its feed goes on")
                return

    def walk(self, depth: Depth) -> Iterator[Step]:
        """Go on with a walk, or begin one."""
        walk = getattr(self.state, depth)
        if walk is None or (depth == "deep" and not _reaches(walk, self._wish)):
            walk = self._begin(depth)
        count = 0
        while not walk.is_over:
            if walk.waiting:
                skipped = self._beneath(depth, walk)
                is_ended = False
            else:
                skipped, is_ended = self._page(depth, walk)
            yield skipped
            count += skipped is not None
            if is_ended:
                return
            if count > MOST_SKIPPED:
                yield Skipped("too many pages could not be read; the rest waits for later")
                return

    def _begin(self, depth: Depth) -> Walk:
        now, wish = datetime.now(UTC), self._wish
        if depth == "deep":
            return Walk(now, None if wish.is_backfill else wish.since)
        return Walk(now, (self.state.reached_at or now) - wish.look_back)

    def _page(self, depth: Depth, walk: Walk) -> tuple[Skipped | None, bool]:
        """Pull a page of the list itself; say whether the walk must end here for now."""
        reply, page, problem = self._ask(
            Task(self._item.kind, self._item.id, walk.since, walk.position)
        )
        if reply is None or page is None:
            is_stale = reply is None and walk.position is not None and problem is not None
            if is_stale and self._may_begin_again(depth):
                return Skipped(f"{problem}; it begins again with the newest page"), True
            return Skipped(problem or ""), True
        if walk.position is None:
            walk.began_at = min(walk.began_at, reply.at)
        fresh = [
            beneath
            for beneath in page.beneath
            if self.state.seen.get(_name(beneath)) != beneath.version
        ]
        walk.seen.update(
            (_name(beneath), beneath.version)
            for beneath in page.beneath
            if depth == "recent" and self._is_seen_again(walk, beneath)
        )
        walk.waiting = fresh
        is_past = (
            walk.since is not None
            and page.oldest_at is not None
            and page.oldest_at < walk.since
        )
        walk.is_listed = page.position is None or is_past
        is_repeated = page.position is not None and page.position == walk.position
        walk.position = page.position
        if is_repeated:
            walk.is_listed = walk.has_gap = True
            self._keep(depth, walk, page, reply)
            return Skipped(f"{self._api.title} gives the same page again and again"), False
        return self._keep(depth, walk, page, reply), False

    def _is_seen_again(self, walk: Walk, beneath: Beneath) -> bool:
        """Whether the next walk will come by here."""
        return beneath.at is None or beneath.at >= walk.began_at - self._wish.look_back

    def _beneath(self, depth: Depth, walk: Walk) -> Skipped | None:
        """Pull a page of the first list that waits."""
        first = walk.waiting[0]
        reply, page, problem = self._ask(Task(first.kind, first.id, None, walk.below))
        if reply is None or page is None:
            walk.waiting, walk.below = walk.waiting[1:], None
            walk.has_gap = walk.has_gap or reply is not None or self._is_transient
            self._keep(depth, walk, Page(0), None)
            return Skipped(problem or "")
        walk.below = page.position
        if page.position is None:
            walk.waiting = walk.waiting[1:]
        return self._keep(depth, walk, page, reply)

    def _keep(
        self, depth: Depth, walk: Walk, page: Page, reply: Reply | None
    ) -> Skipped | None:
        """Keep a page and how far the walk is; a page that cannot land is passed over."""
        problem = self._store(depth, walk, page, reply)
        if problem is None:
            return None
        walk.has_gap = True
        self._store(depth, walk, Page(0), None)
        return Skipped(problem)

    def _store(self, depth: Depth, walk: Walk, page: Page, reply: Reply | None) -> str | None:
        """Hand a page over with the state that has the walk in it, or what it has reached."""
        state = msgspec.structs.replace(self.state)
        setattr(state, depth, None if walk.is_over else walk)
        if walk.is_over and depth == "recent" and not walk.has_gap:
            state.reached_at, state.seen = walk.began_at, walk.seen
        problem = self._keeper.keep(state, reply if page.count else None)
        if problem is None:
            self.state = state
        return problem

    def _may_begin_again(self, depth: Depth) -> bool:
        """Forget the position of a walk, once: the platform may not know it any more."""
        if self._has_begun_again or self._is_transient:
            return False
        self._has_begun_again = True
        setattr(self.state, depth, None)
        self._keeper.keep(self.state, None)
        return True

    def _ask(self, task: Task) -> tuple[Reply | None, Page | None, str | None]:
        """Return an answer and what it says; without either, why."""
        self._is_transient = False
        try:
            reply = self._keeper.get(self._api.ask(task))
        except RefusedError as error:
            return None, None, str(error)
        except UnansweredError as error:
            self._is_transient = True
            return None, None, str(error)
        try:
            return reply, self._api.read(task, reply), None
        except (ShapeError, msgspec.MsgspecError, ValueError) as error:
            problem = (
                f"{self._api.title} answers in a form that this version does not know "
                f"({error}); a newer warehouse may"
            )
            return reply, None, problem


def _name(beneath: Beneath) -> str:
    return f"{beneath.kind}:{beneath.id}"
