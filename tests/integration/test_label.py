"""Sentiment labels in the warehouse: landed, taken up by a run and kept up to date."""

from __future__ import annotations

import json
from pathlib import Path

import psycopg
import pytest
from command_line import Console

from warehouse import labels
from warehouse.labels import Label

PRAISE = "Thank you so much, my wheel is finally true and I love it"
COMPLAINT = "This is the worst service I have ever seen, I am furious"


def land(warehouse: Console, folder: Path, name: str, *records: dict[str, object]) -> None:
    """Load some comments of one follower."""
    file = folder / f"{name}.ndjson"
    lines = [
        {"record": "interaction", "platform": "web", "type": "comment", "actor_id": "u"}
        | record
        for record in records
    ]
    file.write_text("".join(json.dumps(line) + "\n" for line in lines))
    assert warehouse("load", file, "-w", "acme").code == 0


def shown(session: psycopg.Connection) -> tuple[object, ...] | None:
    """The trend of the one follower and how many labels it has."""
    return session.execute(
        "select sentiment_trend, labelled_count, is_insufficient, sentiment_points"
        " from marts.participant_profiles"
    ).fetchone()


def comment(number: int, text: str | None, **more: object) -> dict[str, object]:
    at = f"2026-03-{number:02d}T12:00:00Z"
    return {"id": f"c{number}", "occurred_at": at, "text": text, **more}


def test_labels_are_landed_taken_up_and_followed(
    warehouse: Console, session: psycopg.Connection, tmp_path: Path
) -> None:
    assert "There is no new text to label" in warehouse("label").out
    land(
        warehouse,
        tmp_path,
        "first",
        comment(1, PRAISE),
        comment(2, COMPLAINT, sentiment="positive"),
        comment(3, "Das ist wirklich großartig geworden"),
        comment(4, None),
    )
    assert warehouse("run").code == 0
    assert shown(session) == ("positive", 1, True, 20)
    said = warehouse("label")
    assert (said.code, said.err) == (0, "")
    assert "`warehouse run` uses the labels." in said.out
    landed = session.execute(
        "select native_id, labeler, language, sentiment from raw.labels"
    ).fetchall()
    assert landed == [("c1", "vader", "en", "positive")]
    assert "There is no new text to label" in warehouse("label").out
    assert shown(session) == ("positive", 1, True, 20)
    assert "Run " in warehouse("run").out  # new labels alone are a reason to run
    assert shown(session) == ("positive", 2, True, 20)
    land(warehouse, tmp_path, "second", *(comment(day, COMPLAINT) for day in (5, 6, 7, 8)))
    assert warehouse("label").code == 0
    assert warehouse("run").code == 0
    assert shown(session) == ("negative", 4, False, 0)  # the six newest are 3 to 8
    before = shown(session)
    assert warehouse("rebuild").code == 0
    assert shown(session) == before


@pytest.mark.soak
def test_a_label_does_not_outlive_its_text(
    warehouse: Console, session: psycopg.Connection, tmp_path: Path
) -> None:
    edited = comment(8, "Sorry, wrong shop: they are lovely people, thank you so much")
    land(warehouse, tmp_path, "edit", edited)
    assert warehouse("run").code == 0
    assert shown(session) == ("negative", 3, False, 0)
    assert warehouse("label").code == 0
    assert warehouse("run").code == 0
    statement = (
        "select sentiment, is_applied from marts.sentiment_labels as lbl"
        " inner join marts.interaction_history as hst using (interaction_id, sentiment)"
        " where hst.text like 'Sorry%'"
    )
    assert session.execute(statement).fetchall() == [("positive", True)]
    assert shown(session) == ("negative", 4, False, 0)


def test_another_version_stands_beside_the_old(
    warehouse: Console, session: psycopg.Connection
) -> None:
    class Contrary:
        name = "vader"
        version = "2"

        def label(self, text: str) -> Label:
            assert text
            return Label("negative", "en", -1.0)

    done = list(labels.label(session, Contrary(), workspace="nobody"))
    assert done == []
    (done_,) = labels.label(session, Contrary())
    assert (done_.workspace_id, done_.label_count) == ("acme", done_.text_count)
    assert warehouse("run").code == 0
    compared = session.execute(
        "select labeler_version = '2', sentiment, is_applied from marts.sentiment_labels"
        " where interaction_id in (select interaction_id from marts.interaction_history"
        " where text = %s) and labeler = 'vader' order by 1",
        (PRAISE,),
    ).fetchall()
    assert compared == [(False, "positive", False), (True, "negative", True)]


def test_killed_while_labelling_nothing_is_half_done(
    warehouse: Console, session: psycopg.Connection, tmp_path: Path
) -> None:
    land(warehouse, tmp_path, "third", comment(11, PRAISE), comment(12, COMPLAINT))

    class Dying:
        name = "dying"
        version = "1"
        told = 0

        def label(self, text: str) -> Label:
            self.told += 1
            if self.told > 1:
                raise KeyboardInterrupt
            return Label("neutral", "en", float(len(text)))

    with pytest.raises(KeyboardInterrupt):
        list(labels.label(session, Dying()))
    labelled = session.execute("select 1 from raw.labels where labeler = 'dying'")
    assert labelled.fetchall() == []
    read = session.execute("select 1 from raw.labelled_loads where labeler = 'dying'")
    assert read.fetchall() == []
    assert (
        session.execute("select 1 from raw.loads where source_name like 'dying%'").rowcount == 0
    )


@pytest.mark.soak
def test_a_word_that_nobody_mapped_is_no_label(
    warehouse: Console, session: psycopg.Connection, tmp_path: Path
) -> None:
    """It is shown, and the text is labelled as if it had come without one."""
    odd = comment(25, COMPLAINT, sentiment="very_negative", actor_id="odd")
    land(warehouse, tmp_path, "odd", odd)
    assert warehouse("label").code == 0
    assert warehouse("run").code == 0
    unmapped = session.execute(
        "select native_sentiment, gross_interaction_count from marts.unmapped_sentiments"
    )
    assert unmapped.fetchall() == [("very_negative", 1)]
    history = session.execute(
        "select sentiment, sentiment_labeler from marts.interaction_history as hst"
        " inner join marts.followers as flw on hst.participant_id = flw.id"
        " where flw.platform_user_id = 'odd'"
    )
    assert history.fetchall() == [("negative", "vader")]
