"""Decisions about accounts reach the marts and survive every rebuild."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
from command_line import Console, Said

pytestmark = pytest.mark.first_build

ACCOUNTS = (
    ("acme", "instagram", "1", "ann", "Ann"),
    ("acme", "instagram", "2", "ben", "Ann"),
    ("acme", "tiktok", "3", "ann", None),
    ("other", "instagram", "4", "ben", None),
    ("acme", "discord", "5", None, "Jo Nas"),
)


@pytest.fixture(scope="module")
def built(warehouse: Console, tmp_path_factory: pytest.TempPathFactory) -> Console:
    """A warehouse that knows a few accounts."""
    folder = tmp_path_factory.mktemp("landed")
    for number, (workspace, platform, actor_id, username, display_name) in enumerate(ACCOUNTS):
        names = "".join(
            f',"{field}":"{value}"'
            for field, value in (("username", username), ("display_name", display_name))
            if value
        )
        file = folder / f"{number}.ndjson"
        file.write_text(
            f'{{"record":"profile","platform":"{platform}","actor_id":"{actor_id}"{names}}}\n'
        )
        assert warehouse("load", file, "-w", workspace).code == 0
    assert warehouse("run").code == 0
    return warehouse


def decisions(session: psycopg.Connection) -> list[tuple[object, ...]]:
    """Everything that was decided, in order."""
    return session.execute(
        "select workspace_id, platform, actor_id, decision, reason, notes"
        " from raw.decisions order by decision_id"
    ).fetchall()


@pytest.fixture
def recorded(session: psycopg.Connection) -> Callable[[], list[tuple[object, ...]]]:
    """What this test has decided so far."""
    before = len(decisions(session))
    return lambda: decisions(session)[before:]


def test_before_anything_is_built_nobody_is_known(warehouse: Console) -> None:
    sentence = warehouse.fails("decide", "vip", "instagram", "ann")
    assert sentence.startswith("No follower is known yet; use `warehouse load`")


Recorded = Callable[[], list[tuple[object, ...]]]


def test_a_decision_is_in_effect_after_the_next_run(
    built: Console, session: psycopg.Connection, recorded: Recorded
) -> None:
    statement = (
        "select vip_status, is_vip, vip_reason, flagged_for_review, flag_reason, flagged_at"
        " is not null from marts.participant_profiles where workspace_id = 'acme'"
        " and platform = 'tiktok'"
    )
    said = built("decide", "vip", "tiktok", "ann", "--reason", "founder", "--notes", "hi")
    assert said.code == 0, said
    assert said.out == "ann (tiktok), acme: vip; takes effect in the next `warehouse run`.\n"
    assert built("decide", "flag", "tiktok:@ann", "--reason", "odd links").code == 0
    assert recorded() == [
        ("acme", "tiktok", "3", "vip", "founder", "hi"),
        ("acme", "tiktok", "3", "flagged", "odd links", None),
    ]
    assert session.execute(statement).fetchone() == ("normal", False, None, False, None, False)
    run = built("run")
    assert run.code == 0 and "Run " in run.out  # new decisions alone are a reason to run
    decided = ("vip", True, "vip_status", True, "odd links", True)
    assert session.execute(statement).fetchone() == decided
    assert built("run").out.startswith("Nothing new")
    assert built("rebuild").code == 0
    assert session.execute(statement).fetchone() == decided
    assert built("decide", "blocked", "tiktok", "ann").code == 0
    assert built("decide", "unflag", "tiktok", "ann").code == 0
    assert built("run").code == 0
    assert session.execute(statement).fetchone() == (
        "blocked",
        False,
        None,
        False,
        None,
        False,
    )
    history = session.execute(
        "select decision, reason, notes, is_in_effect, username"
        " from marts.participant_decisions where platform = 'tiktok' order by decision_id"
    ).fetchall()
    assert history == [
        ("vip", "founder", "hi", False, "ann"),
        ("flagged", "odd links", None, False, "ann"),
        ("blocked", None, None, True, "ann"),
        ("unflagged", None, None, True, "ann"),
    ]


@pytest.mark.parametrize(
    "word", ["vip", "normal", "flag", "staff", "not-staff", "bot", "not-bot"]
)
def test_every_word_is_stored_in_the_vocabulary(
    built: Console, recorded: Recorded, word: str
) -> None:
    said = built("decide", word, "discord", "Jo Nas", "--reason", f"because {word}")
    assert said.code == 0, said
    ((*_, decision, _, _),) = recorded()
    assert str(decision).replace("_", "-").startswith(word)


def test_what_holds_already_is_not_recorded_again(built: Console, recorded: Recorded) -> None:
    for expected in ("takes effect in", "already in effect, for the same reason"):
        assert expected in built("decide", "staff", "discord:5", "--reason", "desk").out
    assert built("decide", "staff", "discord:5", "--reason", "bench").code == 0
    assert [row[4] for row in recorded()] == ["desk", "bench"]


def test_the_decision_recorded_last_holds(
    built: Console, recorded: Recorded, tmp_path: Path
) -> None:
    assert built("decide", "vip", "discord:5", "--reason", "founder").code == 0
    file = tmp_path / "many.csv"
    file.write_text(
        "decision,platform,actor_id,decided_at\nnormal,discord,5,2026-01-01T00:00:00Z\n"
    )
    assert built("decide", "--from", file, "-w", "acme").err == ""
    again = built("decide", "vip", "discord:5", "--reason", "founder").out
    assert "takes effect in" in again
    assert [row[3] for row in recorded()] == ["vip", "normal", "vip"]
    file.write_text("decision,follower\n")
    empty = built("decide", "--from", file).out
    assert empty == "The file has a header but no rows; nothing was recorded.\n"


def test_a_name_of_several_lists_the_candidates(built: Console, recorded: Recorded) -> None:
    said = built("decide", "bot", "instagram", "Ann")
    assert_candidates(said, "Ann on instagram matches 2 accounts; give the id.", "ann", "ben")
    said = built("decide", "bot", "instagram", "ben")
    assert_candidates(
        said, "ben on instagram matches 2 accounts; give the id.", "acme", "other"
    )
    assert recorded() == []
    assert built("decide", "bot", "instagram", "ben", "--workspace", "other").code == 0
    (row,) = recorded()
    assert row[:3] == ("other", "instagram", "4")


def assert_candidates(said: Said, sentence: str, *shown: str) -> None:
    assert said.code == 1
    assert said.err == f"✗ {sentence}\n"
    assert all(text in said.out for text in shown)


def test_an_id_stands_for_one(
    built: Console, session: psycopg.Connection, recorded: Recorded
) -> None:
    row = session.execute(
        "select id from marts.followers where platform_user_id = '2'"
    ).fetchone()
    assert row is not None
    assert built("decide", "vip", row[0]).code == 0
    assert [item[:4] for item in recorded()] == [("acme", "instagram", "2", "vip")]
    unknown = built.fails("decide", "vip", uuid.UUID(int=7))
    assert unknown.startswith("Nobody is known as 00000000-")
    assert "are known after `warehouse run`" in unknown
    assert built.fails("decide", "vip", row[0], "-w", "other").startswith("Nobody is known as")


@pytest.mark.parametrize(
    ("arguments", "phrase"),
    [
        ("decide", "Name a decision and a follower"),
        ("decide vip", "Name the follower by id"),
        ("decide vip ann", "Name the follower by id"),
        ("decide vip a b c", "Name the follower by id"),
        (
            "decide best tiktok ann",
            "'best' is not a decision; use one of vip, blocked, normal, flag",
        ),
        ("decide --from x.csv", "does not exist"),
        ("decide vip --from pyproject.toml", "--from FILE alone"),
    ],
)
def test_wrong_usage_ends_with_2(built: Console, arguments: str, phrase: str) -> None:
    said = built(*arguments.split())
    assert (said.code, phrase in said.err) == (2, True), said


def test_a_csv_of_many(built: Console, recorded: Recorded, tmp_path: Path) -> None:
    file = tmp_path / "many.csv"
    file.write_text(
        "decision,platform,username,actor_id,workspace,reason,decided_by,decided_at\n"
        "not-bot,instagram,ann,,acme,real,Marit,2026-03-01T12:00:00Z\n"
        'staff,youtube,,not yet seen,,"our own, soon",,\n'
    )
    said = built("decide", "--from", file, "-w", "acme")
    assert said.code == 0
    assert said.err.startswith("! Not known yet: not yet seen on youtube (acme).")
    assert said.out.startswith("2 decisions recorded: in effect after")
    again = built("decide", "--from", file, "-w", "acme")
    assert again.out == "0 decisions recorded; 2 held already.\n"
    assert recorded() == [
        ("acme", "instagram", "1", "not_bot", "real", None),
        ("acme", "youtube", "not yet seen", "staff", "our own, soon", None),
    ]


@pytest.mark.parametrize(
    ("content", "phrases"),
    [
        ("who,what\n", ["needs a header with `decision`", "'who', 'what'"]),
        (
            "decision,follower\nvip\nbest,x\n",
            ["line 2: it has a different number of cells", "line 3: 'best' is not a decision"],
        ),
        (
            "decision,platform,username,actor_id,decided_at\n"
            "vip,instagram,ann,,\n"
            "best,instagram,ann,,\n"
            "vip,instagram,nobody,,\n"
            "vip,instagram,Ann,,\n"
            "vip,,,,\n"
            "vip,instagram,,9,\n"
            "vip,tiktok,ann,,2026-03-01\n",
            [
                "Nothing of many.csv was recorded.",
                "line 3: 'best' is not a decision",
                "line 4: Nobody is known as nobody on instagram",
                "line 5: Ann on instagram matches 2 accounts",
                "line 6: it names no follower: neither",
                "line 7: an actor_id needs a workspace",
                "line 8: '2026-03-01' is not an instant with its zone",
            ],
        ),
    ],
)
def test_one_wrong_row_and_nothing_is_recorded(
    built: Console, recorded: Recorded, tmp_path: Path, content: str, phrases: list[str]
) -> None:
    file = tmp_path / "many.csv"
    file.write_text(content)
    sentence = built.fails("decide", "--from", file)
    assert [phrase for phrase in phrases if phrase not in sentence] == []
    assert recorded() == []
    file.write_bytes(b"decision,follower\nvip,\xff\n")
    assert "not a CSV in UTF-8" in built.fails("decide", "--from", file)


def test_a_nul_in_a_file_of_decisions_is_named(built: Console, tmp_path: Path) -> None:
    file = tmp_path / "many.csv"
    file.write_text("decision,platform,actor_id,reason\nvip,discord,5,o\0dd\n")
    sentence = built.fails("decide", "--from", file, "-w", "acme")
    assert "line 2: reason contains a NUL character; take it out." in sentence
