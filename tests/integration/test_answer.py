"""`warehouse load --answer json` prints the answer of a tracking API, for any platform."""

from __future__ import annotations

import json
import sys
from io import BytesIO, TextIOWrapper
from pathlib import Path
from typing import Any

import pytest
from command_line import GOOD, NAIVE, Console
from platform_files import INVALID, VALID, name_of

from loaders.records import Reason


def answers(warehouse: Console, *arguments: object, code: int = 0) -> list[dict[str, Any]]:
    """What the command prints: JSON and nothing else, a line per document."""
    said = warehouse("load", *arguments, "--answer", "json")
    assert said.code == code, said
    found = [json.loads(line) for line in said.out.splitlines()]
    for answer in found:
        assert list(answer) == ["success", "tracked", "errors"]
        assert answer["success"] is (not answer["errors"])
        for error in answer["errors"]:
            assert list(error) == ["index", "error", "reason"]
    return found


def test_one_bad_record_does_not_fail_the_others(warehouse: Console, tmp_path: Path) -> None:
    path = tmp_path / "mixed.ndjson"
    path.write_bytes(GOOD + NAIVE + GOOD.replace(b'"1"', b'"2"') + b"{broken\n")
    first = answers(warehouse, path, "-w", "mixed", code=4)
    (answer,) = first
    assert answer["tracked"] == 2
    naive, broken = answer["errors"]
    assert naive == {
        "index": 1,
        "error": "occurred_at has no time zone: declare one with --timezone",
        "reason": "naive_time",
    }
    assert (broken["index"], broken["reason"]) == (3, "invalid_json")
    assert answers(warehouse, path, "-w", "mixed") == first  # the same bytes, the same answer


def test_a_delivery_without_faults_succeeds(
    warehouse: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", TextIOWrapper(BytesIO(GOOD)))
    (answer,) = answers(warehouse, "-", "-w", "stdin")
    assert answer == {"success": True, "tracked": 1, "errors": []}


def test_several_files_get_an_answer_each(warehouse: Console, tmp_path: Path) -> None:
    (tmp_path / "a.ndjson").write_bytes(GOOD * 2)
    (tmp_path / "b.txt").write_text("Dear all,\n")
    (tmp_path / "c.ndjson").write_bytes(NAIVE)
    first, letter, naive = answers(warehouse, tmp_path, "-w", "several", code=4)
    assert first == {"success": True, "tracked": 2, "errors": []}
    (error,) = letter["errors"]
    assert (letter["tracked"], error["index"], error["reason"]) == (0, None, None)
    assert "b.txt is none of the known formats" in error["error"]
    assert (naive["tracked"], len(naive["errors"])) == (0, 1)


@pytest.mark.parametrize("path", VALID + INVALID, ids=name_of)
def test_every_platform_answers(warehouse: Console, path: Path) -> None:
    said = warehouse("load", path, "-w", "answers", "--answer", "json", "--timezone", "UTC")
    (answer,) = map(json.loads, said.out.splitlines())
    assert said.code in (0, 4)
    for error in answer["errors"]:
        assert error["index"] >= 0
        assert error["reason"] in list(Reason)
        assert error["error"]


def test_another_form_is_wrong_usage(warehouse: Console, tmp_path: Path) -> None:
    said = warehouse("load", tmp_path, "-w", "x", "--answer", "xml")
    assert (said.code, said.out) == (2, "")
