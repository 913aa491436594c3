"""What can be loaded and what it tells: the text of `docs/platforms.md`.

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
from loaders.recognition import PlatformModule, modules

SEED = Path(__file__).parents[1] / "seeds" / "platform_capabilities.csv"

OPENING = """\
# Platforms

What can be loaded, how to get it, and what it can tell. Written by `make docs` from the
modules in `loaders/platforms/` and from `seeds/platform_capabilities.csv`; change those.

    warehouse load exports/ --workspace acme

takes a folder of any of these files: platform and format are told from the content, packed
with gzip or not. What a platform does not provide is empty in the marts, never 0; what it
only counts is never turned into people. Of fields that hold addresses, devices, places,
phone numbers or secrets nothing is stored.
"""
OPTIONS = {  # what a module that can use them says somewhere
    "--timezone": "`--timezone Europe/Berlin` where times are local to whoever exported",
    "context.account": "`--account NAME` where the export does not name whose it is",
}
SUPPORT = {
    "exact": "exact",
    "estimated": "estimated",
    "unsupported": "not provided",
    "deprecated": "no longer provided",
}
PROVIDED = {"exact", "estimated"}


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
    with SEED.open(encoding="utf-8", newline="") as stream:
        rows = [Capability(**row) for row in csv.DictReader(stream)]
    sections = [_section(name, module, rows) for name, module in modules().items()]
    return "\n".join([OPENING, *sections])


def _section(name: str, module: PlatformModule, rows: list[Capability]) -> str:
    title, told = sections_of(inspect.getdoc(module) or "")
    lines = [f"## {title}", ""]
    lines += _wrapped("How to get it", told["Export"])
    lines += ["Formats:", "", *(f"- {fmt.expects}" for fmt in module.FORMATS), ""]
    lines += _wrapped("What is made of it", told["Shape"])
    lines += _wrapped("Times and numbers", told["Units"])
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
        return ["Every metric is taken as provided: it is up to whoever writes the records."]
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
        "| metrics | told | names people |",
        "|---|---|---|",
        *(f"| {', '.join(names)} | {told} | {named} |" for (_, told, named), names in found),
    ]


def _source(name: str) -> str:
    """All modules of a platform, as they are written."""
    names = [info.name for info in pkgutil.iter_modules(platforms.__path__)]
    mine = [one for one in names if one == name or one.startswith(f"{name}_")]
    loaded = [importlib.import_module(f"{platforms.__name__}.{one}") for one in mine]
    return "\n".join(inspect.getsource(module) for module in loaded)


if __name__ == "__main__":
    sys.stdout.write(document())
