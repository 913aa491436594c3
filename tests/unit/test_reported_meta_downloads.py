"""Reported cases of downloads from Facebook, Instagram and Messenger."""

from __future__ import annotations

import json
from itertools import permutations
from pathlib import Path

import pytest
from meta_documents import told_of
from platform_files import by_id, records_of, rejected
from reported import interactions, needs_samples, notes, outcomes_of, records, told_as

from loaders.platforms import instagram
from loaders.platforms.meta import labels as meta_labels
from loaders.platforms.meta.download import is_placeholder, repaired
from loaders.records import Interaction, Profile
from warehouse import companions

FIXTURES = Path(__file__).parents[1] / "fixtures"


@needs_samples
@pytest.mark.parametrize("language", ["en", "de", "tr"])
def test_a_comment_is_no_account_in_any_language(language: str) -> None:
    (told,) = interactions(outcomes_of(f"d22_{language}_post_comments_1.json", account="me"))
    assert (told.text, told.metadata) == ("What a lovely shot", {"owner": "@birch.lane"})
    assert (told.actor_id, told.actor_kind) == ("me", "exporter")


def test_labels_may_be_in_any_order_and_language() -> None:
    told = by_id("instagram/valid/post_comments_2.json")
    said = {(one.text, (one.metadata or {})["owner"]) for one, *_ in told.values()}
    assert said == {
        ("What a lovely shot", "@bo_g"),
        ("nice", "@cy"),
        ("bonito", "@bo_g"),
        ("joli", "@bo_g"),
    }


def test_unknown_labels_mean_the_same_in_all_entries_of_a_file() -> None:
    name = "instagram/valid/reels_comments_in_no_known_words.json"
    told = [record for record in records_of(name) if isinstance(record, Interaction)]
    assert [(one.text, one.metadata) for one in told] == [
        ("so calm, this!", {"owner": "@bo_g"}),
        ("nice", {"owner": "@cy"}),
        (None, {"values": {"Qqaa": "cy", "Qqbb": "nice"}}),  # either may be the account
        ("alone", None),
    ]


def test_values_are_never_taken_for_each_other() -> None:
    """Whatever the labels and their order: the comment is no owner, the owner no comment."""
    labels = ("Aaa", "Mmm", "Zzz")
    for one, other in permutations(labels, 2):
        entries = [
            {"string_map_data": {one: {"value": text}, other: {"value": owner}}}
            for text, owner in (("so calm!", "bo_g"), ("nice", "cy"), ("wow", "di.e"))
        ]
        for number, entry in enumerate(entries):
            entry["string_map_data"]["T"] = {"timestamp": 1772360000 + number}  # type: ignore[dict-item]
        told = interactions(told_of({"comments_media_comments": entries}))
        assert [(told_one.text, told_one.metadata) for told_one in told] == [
            ("so calm!", {"owner": "@bo_g"}),
            ("nice", {"owner": "@cy"}),
            ("wow", {"owner": "@di.e"}),
        ]


@pytest.mark.parametrize(
    ("label", "kind"),
    [
        ("Yorum", "comment"),
        ("Medya Sahibi", "owner"),
        ("Kommentar", "comment"),
        ("Medieninhaber", "owner"),
        ("Commentaire", "comment"),
        ("Propriétaire du média", "owner"),
        ("Комментарий", "comment"),
        ("Владелец медиафайла", "owner"),
        ("コメント", "comment"),
        ("メディア所有者", "owner"),
        ("Właściciel multimediów", "owner"),
        ("Komentarz", "comment"),
        ("İfade", "reaction"),
        ("Réaction", "reaction"),
        ("Reaktion", "reaction"),
        ("Saat", None),
    ],
)
def test_words_of_labels(label: str, kind: str | None) -> None:
    assert meta_labels.meaning(label) == kind
    assert meta_labels.meaning(label.encode().decode("latin-1")) == kind


@needs_samples
def test_what_is_left_of_a_cut_emoji() -> None:
    found = outcomes_of("b17_comments.json", account="me")
    (told,) = interactions(found)
    assert told.text == "schön, wirklich schön \u00f0\u009f\u0098"
    assert [(one.kind, one.field) for one in notes(found)] == [("repaired", "comment")]


def test_texts_are_repaired_run_by_run() -> None:
    whole = "schön 🌱 ключ"
    garbled = whole.encode().decode("latin-1")
    assert repaired(garbled) == whole
    for end in range(len(garbled)):
        cut = repaired(garbled[:end]) or ""
        good = garbled[:end].encode("latin-1").decode(errors="ignore")
        assert cut.startswith(good)
    assert repaired("wie schön, " + "ключ") == "wie schön, ключ"
    assert repaired("ключ " + "schön".encode().decode("latin-1")) == "ключ schön"


@needs_samples
def test_chats() -> None:
    told = interactions(outcomes_of("c17a_message_1.json", account="me"))
    assert [(one.text, one.native_kind, one.actor_id, one.actor_kind) for one in told] == [
        ("hej 😀", "conversation", "zoe_123/Zoë", None),
        (None, "❤", "me", "exporter"),
        ("hello", "conversation", "me", "exporter"),
    ]
    encrypted = interactions(outcomes_of("c17b_e2ee.json", account="me"))
    assert [(one.text, one.native_kind) for one in encrypted] == [
        ("hej", "conversation"),
        (None, "❤"),
    ]
    assert told_as("c17a_message_1.json", "instagram")[0] == "instagram"


def test_the_folders_of_a_chat_tell_its_platform(tmp_path: Path) -> None:
    content = (
        b'{"participants": [{"name": "Zo"}, {"name": "Ada"}], "messages": [], "title": "Zo",'
    )
    content += b' "thread_path": "inbox/zo_1"}'
    for folder, platform in (
        ("instagram-ada/your_instagram_activity/messages/inbox/zo_1", "instagram"),
        ("facebook-ada/your_facebook_activity/messages/inbox/zo_1", "facebook"),
        ("somewhere/zo_1", "facebook"),
    ):
        path = tmp_path / folder / "message_1.json"
        path.parent.mkdir(parents=True)
        path.write_bytes(content)
        assert told_as(path)[0] == platform


def test_the_exporter_of_a_chat_is_known_later() -> None:
    """What is told again with --account is the same, and has its actor."""
    content = json.loads((FIXTURES / "facebook/valid/message_1.json").read_bytes())
    before = {one.native_id: one for one in interactions(told_of(content, account=None))}
    after = {one.native_id: one for one in interactions(told_of(content, account="me"))}
    assert before.keys() == after.keys()
    changed = {key for key in before if before[key].actor_id != after[key].actor_id}
    assert changed
    for key in changed:
        assert (before[key].actor_id, before[key].actor_kind) == (None, "exporter")
        assert after[key].actor_id == "me"


@pytest.mark.parametrize(
    "name",
    [
        "facebook/valid/comments.json",
        "facebook/valid/reactions.json",
        "facebook/valid/likes_and_reactions_1.json",
        "instagram/valid/post_comments_1.json",
        "instagram/valid/likes_2020.json",
        "instagram/valid/connections_2020.json",
    ],
)
def test_a_declared_account_changes_no_key(name: str) -> None:
    content = json.loads((FIXTURES / name).read_bytes().removeprefix(b"\xef\xbb\xbf"))
    keys = [
        [one.native_id for one in interactions(told_of(content, account=account))]
        for account in (None, "me")
    ]
    assert keys[0] == keys[1]


def test_messages_of_deleted_accounts_are_nobodys() -> None:
    for name in ("facebook/valid/message_1.json", "instagram/valid/message_1.json"):
        told = [record for record in records_of(name) if isinstance(record, Interaction)]
        (gone,) = (one for one in told if one.text == "gone")
        assert (gone.actor_id, gone.actor_kind) == (None, "deleted")
    (gone,) = by_id("facebook/valid/page_with_posts.json")["comment:55_9"]
    assert (gone.actor_id, gone.actor_kind) == ("90", "deleted")
    for name in ("Facebook user", "Facebook-Nutzer", "Utilisateur Facebook", "Instagram User"):
        assert is_placeholder(name)
    for name in ("Facebook", "Ada User", "Facebook Gardeners", ""):
        assert not is_placeholder(name)


@needs_samples
def test_what_a_user_likes_is_no_like_of_the_user() -> None:
    found = outcomes_of("fb_user_likes.json")
    assert not records(found)
    (reject,) = rejected(found)
    assert "what it likes" in reject.detail


@needs_samples
def test_connections_of_2020_are_follows() -> None:
    told = interactions(outcomes_of("ig_2020_connections.json", account="me"))
    assert [(one.native_type, one.actor_id, one.metadata) for one in told] == [
        ("follower", "@ann", None),
        ("following", "me", {"owner": "@bob"}),
    ]


@needs_samples
def test_older_reactions() -> None:
    (told,) = interactions(outcomes_of("fb_download_reactions.json", account="me"))
    assert (told.native_type, told.native_kind, told.actor_id) == ("reaction", "like", "me")


def test_profiles_of_placeholders_are_marked() -> None:
    kinds = {
        record.display_name: record.actor_kind
        for record in records_of("facebook/valid/page_with_posts.json")
        if isinstance(record, Profile)
    }
    assert kinds == {"Ada": None, "Facebook User": "deleted"}


@pytest.mark.parametrize(
    ("place", "is_known"),
    [
        ("instagram-ada-2026.zip/ads_information/ads_viewed.json", True),
        ("instagram-ada/your_instagram_activity/media/posts_1.json", True),
        ("facebook-ada/your_facebook_activity/events/invitations.json", True),
        ("instagram-ada/your_instagram_activity/comments/post_comments_1.json", False),
        ("instagram-ada/connections/followers_and_following/following.json", False),
        ("facebook-ada/your_facebook_activity/messages/inbox/zo_1/message_1.json", False),
        ("facebook-ada/your_facebook_activity/messages/autofill_information.json", True),
        ("instagram-ada/your_instagram_activity/saved/saved_collections.json", True),
        ("instagram-ada/your_instagram_activity/saved/saved_posts.json", False),
        ("somewhere/preferences/my.json", False),
    ],
)
def test_other_files_of_a_download_are_no_problem(place: str, is_known: bool) -> None:
    assert (companions.by_place(place) is not None) == is_known


PERSONAL = """{"profile_user": [{"title": "", "media_map_data": {}, "string_map_data": {
 "%s": {"href": "", "value": "ada@example.org", "timestamp": 0},
 "%s": {"href": "", "value": "ada.l", "timestamp": 0},
 "%s": {"href": "", "value": "female", "timestamp": 0}}}]}"""


@pytest.mark.parametrize(
    ("content", "account"),
    [
        (PERSONAL % ("Email", "Username", "Gender"), "@ada.l"),
        (PERSONAL % ("E-Mail-Adresse", "Benutzername", "Geschlecht"), "@ada.l"),
        (PERSONAL % ("a", "b", "c"), None),  # any of them could be it
        ('{"username": "ada.l", "name": "Ada", "date_joined": "2015-01-01"}', "@ada.l"),
        ('{"profile_user": [{"string_map_data": {"Username": {"value": ""}}}]}', None),
        ('{"profile_user": [', None),
    ],
)
def test_an_instagram_download_names_its_account(content: str, account: str | None) -> None:
    assert instagram.account_of(content.encode()) == account
