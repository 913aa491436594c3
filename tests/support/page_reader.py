"""Pages as a test reads them: links, tables, questions, and what a browser would run.

Source: the HTML of an answer.
Shape:  a `ReadPage`; cells are texts with blanks made single.
Errors: AssertionError where an element is not closed as it should be.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = {"meta", "link", "input", "br", "img", "hr"}

Attributes = dict[str, str]


@dataclass
class ReadTable:
    """A section with a table: its rows as texts, its question, where its CSV is."""

    name: str
    rows: list[list[str]] = field(default_factory=list)
    question: str = ""
    csv: str | None = None
    is_empty: bool = False


class ReadPage(HTMLParser):
    """The parts of a page."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.links: list[Attributes] = []
        self.elements: list[tuple[str, Attributes]] = []
        self.tables: dict[str, ReadTable] = {}
        self.text = ""
        self._open: list[str] = []
        self._table: ReadTable | None = None
        self.feed(html)
        self.close()
        assert not self._open, self._open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element."""
        given = {name: value or "" for name, value in attrs}
        self.elements.append((tag, given))
        if tag not in VOID:
            self._open.append(tag)
        if tag == "section" and "id" in given:
            self._table = self.tables[given["id"]] = ReadTable(given["id"])
        if tag == "a":
            self.links.append(given)
            if self._table is not None and given.get("class") == "csv":
                self._table.csv = given["href"]
        if self._table is None:
            return
        if tag == "tr" and "tbody" in self._open:
            self._table.rows.append([])
        elif tag == "td":
            self._table.rows[-1].append("")
        elif tag == "p" and given.get("class") == "empty":
            self._table.is_empty = True

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element that closes itself, as in SVG."""
        self.elements.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        """Close an element."""
        if tag == "option" and self._open[-1] != tag:
            return
        assert self._open.pop() == tag, tag
        if tag == "section":
            self._table = None

    def handle_data(self, data: str) -> None:
        """Note a text."""
        self.text += data
        if self._table is None:
            return
        if "td" in self._open:
            row = self._table.rows[-1]
            row[-1] = " ".join((row[-1] + data).split(" "))
        elif "pre" in self._open:
            self._table.question += data
