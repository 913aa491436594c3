"""Questions of analysts: where they are read from, and the forms of the answer."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import pytest
from command_line import Console

EVERYTHING = """\
select 1 as one, -2.5 as number, '=1+1' as formula, E' \\t@x' as spaced, null as missing,
    '' as empty, 'a "b", c' as quoted, '-3' as text, true as truth"""


def test_a_question_comes_from_a_file_or_standard_input(
    warehouse: Console, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "question.sql"
    file.write_bytes(b"\xef\xbb\xbfselect 1 as one;\n")
    assert warehouse("query", "--file", file, "--csv").out == "one\n1\n"
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"select 2 as two")))
    assert warehouse("query", "-", "--csv").out == "two\n2\n"
    assert "Ask one question" in warehouse.fails("query", "select 1", "--file", file, code=2)
    file.write_bytes(b"select '\xff'")
    assert "not UTF-8" in warehouse.fails("query", "--file", file, code=2)


def test_json_is_one_array_of_objects(warehouse: Console) -> None:
    (row,) = json.loads(warehouse("query", "--json", EVERYTHING).out)
    assert row["missing"] is None
    assert row["empty"] == ""
    assert row["number"] == -2.5
    assert row["quoted"] == 'a "b", c'
    assert json.loads(warehouse("query", "--json", "select 1 where false").out) == []
    many = warehouse("query", "--json", "select generate_series(1, 3000) as n").out
    assert [row["n"] for row in json.loads(many)] == list(range(1, 3001))


def test_a_safe_csv_has_no_formula_and_nothing_else_changes(warehouse: Console) -> None:
    plain = warehouse("query", "--csv", EVERYTHING).out
    safe = warehouse("query", "--csv-safe", EVERYTHING).out
    assert "=1+1" in plain
    assert safe == plain.replace(",=1+1,", ",'=1+1,").replace(", \t@x,", ",' \t@x,").replace(
        ",-3,", ",'-3,"
    )


def test_the_server_keeps_what_is_not_shown(warehouse: Console) -> None:
    """The client would need gigabytes for this answer; the cursor fetches what it shows."""
    said = warehouse(
        "query", "select n, repeat('x', 500) as x from generate_series(1, 3e6) as n"
    )
    assert said.code == 0
    assert "Only the first 1,000 rows" in said.err


@pytest.mark.parametrize("form", [(), ("--csv",), ("--csv-safe",), ("--json",)])
def test_one_question_at_a_time_in_every_form(
    warehouse: Console, form: tuple[str, ...]
) -> None:
    assert "one question" in warehouse.fails("query", *form, "select 1; select 2")
    assert "syntax error" in warehouse.fails("query", *form, "selec 1")


def test_the_version_is_told(warehouse: Console) -> None:
    assert warehouse("--version").out == "warehouse 0.1.0\n"
