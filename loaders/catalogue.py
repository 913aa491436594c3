"""What can be loaded and what it contains: the text of `docs/platforms.md`.

Source: docstrings and formats of the platform modules, `seeds/platform_capabilities.csv`.
Shape:  Markdown on standard output, one section per platform: `python -m loaders.catalogue`.
Errors: KeyError for a module whose docstring lacks a section.
"""

from __future__ import annotations

import csv
import importlib
import inspect
import pkgutil
import re
import sys
from collections import defaultdict
from pathlib import Path

import msgspec

from loaders import platforms
from loaders.registry import PlatformModule, modules

SEED = Path(__file__).parents[1] / "seeds" / "platform_capabilities.csv"

OPENING = """\
# Platforms

This page says what can be loaded, how to get each export, and what it contains. `make docs`
writes it from the modules in `loaders/platforms/` and from `seeds/platform_capabilities.csv`.

    warehouse load exports/ --workspace acme

The loader takes folders, files, gzip files and the `.zip` of a download. It detects platform
and format from the content, in UTF-8 or UTF-16. A CSV may have commas, semicolons or tabs, and
a first line `sep=;`.

A metric that a platform does not provide is null in the marts, never 0. A metric that it only
counts never becomes people. Values of fields for addresses, devices, places, phone numbers or
secrets are never stored.
"""
OPTIONS = {  # by words of a module that can use them
    "--timezone": "`--timezone Europe/Berlin` if times are local to the exporter",
    "--date-order": "`--date-order dmy` or `mdy` if no date shows which number is the day",
    "context.account": "`--account NAME` if the export does not name its account",
    "else --account": "`--account ID` if neither file nor folder names the channel",
}
SUPPORT = {
    "exact": "exact",
    "estimated": "estimated",
    "untimed": "exact, without a time",
    "unsupported": "not provided",
    "deprecated": "no longer provided",
}
PROVIDED = {"exact", "estimated", "untimed"}


class Capability(msgspec.Struct, frozen=True):
    """One row of the seed."""

    platform: str
    metric: str
    support: str
    names_people: str
    valid_from: str
    valid_to: str


def document() -> str:
    """The whole text."""
    with SEED.open(encoding="utf-8-sig", newline="") as stream:
        rows = [Capability(**row) for row in csv.DictReader(stream)]
    sections = [_section(name, module, rows) for name, module in modules().items()]
    return "\n".join([OPENING, *sections])


def _section(name: str, module: PlatformModule, rows: list[Capability]) -> str:
    title, told = sections_of(inspect.getdoc(module) or "")
    lines = [f"## {title}", ""]
    lines += _wrapped("How to get it", told["Export"])
    if "Pull" in told:
        lines += _wrapped("How to pull it", told["Pull"])
    lines += ["Formats:", "", *(f"- {fmt.expects}" for fmt in module.FORMATS), ""]
    lines += _wrapped("What you get", told["Shape"])
    lines += _wrapped("Times and units", told["Units"])
    lines += [*_table([row for row in rows if row.platform == name]), ""]
    lines += [f"    warehouse load exports/{name}/ --workspace acme --platform {name}", ""]
    if options := [text for word, text in OPTIONS.items() if word in _source(name)]:
        lines += [f"Add {', and '.join(options)}.", ""]
    return "\n".join(lines)


def sections_of(docstring: str) -> tuple[str, dict[str, str]]:
    """The title of a module's docstring, and its sections, each on one line."""
    title, _, rest = docstring.partition("\n")
    found = re.split(r"^([A-Z][a-z]+):\s+", rest, flags=re.MULTILINE)[1:]
    told = dict(zip(found[::2], found[1::2], strict=True))
    return (
        re.sub(r" -> raw records.*", "", title).rstrip("."),
        {name: _plain(text) for name, text in told.items()},
    )


def _plain(text: str) -> str:
    """One line, without what refers to other modules."""
    text = re.sub(r" ?\(see `[\w.]+`\)", "", " ".join(text.split()))
    return text.replace(" -> ", " → ")


def _wrapped(label: str, text: str) -> list[str]:
    """A labelled paragraph; it begins with a capital unless with a field's name."""
    if "_" not in text.partition(" ")[0]:
        text = text[:1].upper() + text[1:]
    return [f"**{label}.** {text}", ""]


def _table(rows: list[Capability]) -> list[str]:
    """Metrics of which the same holds, in one row."""
    if not rows:
        return ["Every metric counts as provided: the program that writes the records decides."]
    alike: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    for row in rows:
        named = "–"
        if row.support in PROVIDED:
            named = "yes" if row.names_people == "true" else "no, counts only"
        period = f"{row.valid_from or '…'} to {row.valid_to or '…'}"
        when = f" ({period})" if row.valid_from or row.valid_to else ""
        alike[row.support, SUPPORT[row.support] + when, named].append(row.metric)
    order = list(SUPPORT)
    found = sorted(
        alike.items(), key=lambda entry: (order.index(entry[0][0]), entry[0][2] != "yes")
    )
    return [
        "| metrics | provided | names people |",
        "|---|---|---|",
        *(f"| {', '.join(names)} | {told} | {named} |" for (_, told, named), names in found),
    ]


def _source(name: str) -> str:
    """All modules of a platform, as they are written."""
    front = importlib.import_module(f"{platforms.__name__}.{name}")
    inner = pkgutil.iter_modules(getattr(front, "__path__", ()), f"{front.__name__}.")
    modules = [front, *(importlib.import_module(info.name) for info in inner)]
    return "\n".join(inspect.getsource(module) for module in modules)


if __name__ == "__main__":
    sys.stdout.write(document())
