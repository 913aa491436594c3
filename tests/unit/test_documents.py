"""The documents: links lead somewhere, guides name everything there is, pages stay short."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from warehouse.cli.commands import MODULES

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted(
    page
    for pattern in (
        "*.md",
        "docs/**/*.md",
        "samples/*.md",
        "tests/*/README.md",
        "integrations/*/*.md",
    )
    for page in ROOT.glob(pattern)
)
DECISIONS = sorted((ROOT / "docs" / "decisions").glob("0*.md"))


def anchors(page: Path) -> set[str]:
    """Return the anchors that GitHub gives the headings of a page."""
    headings = re.findall(r"^#+ (.+)$", page.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in headings}


def links(page: Path) -> Iterator[tuple[Path, str]]:
    """Yield the file and the anchor of each relative link of a page."""
    text = re.sub(r"^```.*?^```", "", page.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)
    for link in re.findall(r"\]\(([^)\s]+)\)", text):
        if "://" not in link:
            name, _, anchor = link.partition("#")
            yield ((page.parent / name).resolve() if name else page), anchor


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    for target, anchor in links(page):
        assert target.exists(), target
        assert not anchor or anchor in anchors(target), (target, anchor)


@pytest.mark.parametrize(
    ("page", "names"),
    [
        (
            "analysts.md",
            lambda: [f"`{path.stem}`" for path in (ROOT / "models/marts").glob("*/*.sql")],
        ),
        ("analysts.md", lambda: [f"`{path.name}`" for path in (ROOT / "seeds").glob("*.csv")]),
        ("operators.md", lambda: [f"warehouse {name}" for name in MODULES]),
    ],
    ids=["marts", "seeds", "commands"],
)
def test_a_guide_names_everything_there_is(page: str, names: Callable[[], list[str]]) -> None:
    text = (ROOT / "docs" / page).read_text("utf-8")
    wanted = names()
    assert len(wanted) > 10
    assert [name for name in wanted if name not in text] == []


def test_pages_stay_short() -> None:
    assert (ROOT / "README.md").read_text("utf-8").count("\n") <= 180
    for page in DECISIONS:
        assert page.read_text("utf-8").count("\n") <= 40, page


def test_decisions_are_numbered_and_listed() -> None:
    listed = (ROOT / "docs" / "decisions" / "README.md").read_text("utf-8")
    assert [int(page.name[:4]) for page in DECISIONS] == list(range(1, len(DECISIONS) + 1))
    for page in DECISIONS:
        title = page.read_text("utf-8").partition("\n")[0].removeprefix("# ")
        assert f"| [{page.name[:4]}]({page.name}) | {title} |" in listed
        headings = re.findall(r"^## (\w+)$", page.read_text("utf-8"), re.MULTILINE)
        assert headings == ["Context", "Decision", "Consequences"]


def test_guides_that_the_program_names_exist() -> None:
    named = {
        guide
        for folder in ("loaders", "warehouse")
        for path in (ROOT / folder).rglob("*")
        if path.suffix in (".py", ".html", ".sql", ".toml")
        for guide in re.findall(r"(?<![\w/])docs/[\w/-]+\.md", path.read_text("utf-8"))
    }
    assert named
    assert [guide for guide in sorted(named) if not (ROOT / guide).exists()] == []
