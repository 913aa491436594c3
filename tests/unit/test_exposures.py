"""The exposures of pages, API and README name what these read."""

from __future__ import annotations

from warehouse.web import exposures


def test_the_file_is_the_one_that_is_generated() -> None:
    """`make docs` writes it."""
    assert exposures.FILE.read_text("utf-8") == exposures.text() + "\n"


def test_no_statement_of_the_pages_is_overlooked() -> None:
    files = exposures.FOLDER.glob("sql/*.sql")
    read = set[str]().union(*(exposures.relations(file.read_text("utf-8")) for file in files))
    found = dict(exposures.of_pages())
    assert len(read) > 20
    assert read <= set[str]().union(*found.values())
    assert all(found.values())
    assert len(exposures.of_api()) > 10
    assert exposures.of_questions()
