"""Bounds that keep the project small, checked by `make lint`.

What is longer is split, not excepted.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from statistics import median

import yaml  # type: ignore[import-untyped]  # dbt brings it

PROJECT = Path(__file__).resolve().parents[1]

MODEL_LINES = 100
TYPICAL_LINES = 48
YAML_LINES = 200
PYTHON_LINES = 400
PLATFORM_LINES = 250
NOQA_LINES = 10
FOLDERS = ("models", "macros", "tests/dbt", "functions")

# macro with one caller: why it has a name
ONE_CALLER = {
    "followers_to_label_again": "a step of follower_sentiments",
    "known_versions": "a step of the ledger: with its steps the model is over 100 lines",
    "identified_versions": "a step of the ledger",
    "states_of_versions": "a step of the ledger",
    "implied_and_posted": "a step of the ledger",
    "ledger_entries": "a step of the ledger",
    "held_states": "a step of the ledger",
    "exclusion_reason": "the precedence of the reasons, beside the kinds that it judges",
    "decayed_sums_per_type": "the sums of the weights, beside the weights",
    "join_peers": "a step of content_cross_platform_summary: with it that is over 100 lines",
    "percentile": "the answer of join_peers, beside it",
    "placed_messages": "a step of daily_highlights: with it the mart is over 100 lines",
    "touched_messages": "a step of reacted_messages: with it the model is over 100 lines",
    "totals_over_platforms": "names five columns per type, as its neighbours do",
    "total_columns": "names the columns that totals_over_platforms makes",
    "checked_setting": "a check of what becomes part of a statement",
    "consumed_watermark": "a step of last_watermark, whose answer is kept",
    "holds_what_is_in_effect": "a predicate with a reason of its own",
    "is_fingerprint_changed": "a question that the ledger alone asks",
    "seed_fingerprint": "a query that waits for the seeds",
    "stored_fingerprint": "reads well where fingerprints are compared",
}

MACRO = re.compile(r"\{%-?\s*macro (\w+)\(")
COMMENT = re.compile(r"\{#.*?#\}", re.DOTALL)
REMARK = re.compile(r"--.*|\{#.*")
IMPORT = re.compile(r"(?:ref|source)\(([^)]*)\)")


def files(*patterns: str) -> list[Path]:
    """Return the project's own files of these patterns, as git lists them."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", *patterns],
        cwd=PROJECT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    paths = (PROJECT / line for line in sorted(set(listed.splitlines())))
    return [path for path in paths if path.is_file()]


def too_long() -> Iterator[str]:
    """Yield the files with more lines than their kind may have."""
    bounds = dict.fromkeys(files("models/*.sql"), MODEL_LINES)
    bounds |= dict.fromkeys(files("*.yml", "*.yaml"), YAML_LINES)
    bounds |= dict.fromkeys(files("*.py"), PYTHON_LINES)
    bounds |= dict.fromkeys(files("loaders/platforms/*.py"), PLATFORM_LINES)
    for path, bound in bounds.items():
        length = path.read_text("utf-8").count("\n")
        if length > bound:
            name = path.relative_to(PROJECT)
            yield f"{name} has {length} lines; the bound is {bound}. Split it."


def exceptions_from_lint() -> Iterator[str]:
    """Yield a complaint where SQL has more exceptions from sqlfluff than allowed."""
    count = sum(path.read_text("utf-8").count("noqa") for path in files("*.sql"))
    if count > NOQA_LINES:
        yield f"SQL has {count} noqa comments; the bound is {NOQA_LINES}."


def repeated_imports() -> Iterator[str]:
    """Yield each model that names one relation twice: read it twice, import it once."""
    for path in files("models/*.sql"):
        for relation, times in Counter(IMPORT.findall(path.read_text("utf-8"))).items():
            if times > 1:
                yield f"{path.relative_to(PROJECT)} imports {relation} {times} times."


def lonely_macros() -> Iterator[str]:
    """Yield each macro with one caller that has no reason in ONE_CALLER, and stale reasons.

    Words of one engine (portable/), overrides and strategies, which dbt calls, hooks, which
    dbt_project.yml calls, and the steps of a materialization (relations/) need no reason.
    """
    callers = files(*(f"{folder}/*.sql" for folder in FOLDERS), "models/*.yml")
    texts = {path: COMMENT.sub("", path.read_text("utf-8")) for path in callers}
    hooks = (PROJECT / "dbt_project.yml").read_text("utf-8")
    lonely = set()
    for path, text in texts.items():
        if {"portable", "relations", "strategies"} & set(path.parts):
            continue
        for name in MACRO.findall(text):
            call = re.compile(rf"(?<!macro )\b{name}\(")
            count = sum(len(call.findall(other)) for other in texts.values())
            if count < 2 and not call.search(hooks):
                lonely.add(name)
    for name in sorted(lonely - ONE_CALLER.keys()):
        yield f"macro {name} has one caller: write it there, or say in ONE_CALLER why not."
    for name in sorted(ONE_CALLER.keys() - lonely):
        yield f"macro {name} has two callers or is gone: take it out of ONE_CALLER."


def unexplained_laterals() -> Iterator[str]:
    """Yield each lateral join without a comment that says which index look-up needs it.

    The comment stands directly above the join and speaks of a lateral, or before several in its
    CTE or macro and speaks of laterals.
    """
    for path in files("models/*.sql", "macros/*.sql", "tests/dbt/*.sql"):
        comment, several = "", ""
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
            words = line.strip()
            if words.startswith("--"):
                comment += f" {words.casefold()}"
                if re.search(r"\blaterals\b", comment):
                    several = comment
            elif re.search(
                r"\blateral\b(?! \{\{)", REMARK.sub("", line)
            ):  # a table function is none
                if "index" not in several and not re.search(r"\blateral\b.*\bindex\b", comment):
                    where = f"{path.relative_to(PROJECT)}:{number}"
                    yield f"{where}: no comment says which index this lateral join looks up."
                comment = ""
            elif words not in ("cross join", "inner join", "left join"):
                comment = ""
            if line.startswith(("),", "{% endmacro")):  # a CTE ends, or a macro
                several = ""


def typical_length() -> Iterator[str]:
    """Yield a complaint where half of the models are longer than a model should be."""
    lengths = [path.read_text("utf-8").count("\n") for path in files("models/*.sql")]
    if median(lengths) > TYPICAL_LINES:
        yield f"The median model has {median(lengths)} lines; the bound is {TYPICAL_LINES}."


def undescribed_columns() -> Iterator[str]:
    """Yield each column of a model without a type or a description; a contract needs both."""
    for path in files("models/*.yml"):
        told = yaml.safe_load(path.read_text("utf-8")) or {}
        for model in told.get("models", []):
            for column in model.get("columns", []):
                missing = [key for key in ("data_type", "description") if not column.get(key)]
                if missing:
                    column_name = f"{model['name']}.{column['name']}"
                    where = path.relative_to(PROJECT)
                    yield f"{where}: {column_name} has no {' and no '.join(missing)}."


def main() -> int:
    """Print what is over a bound and return the exit code."""
    checks = (
        *(too_long, typical_length, exceptions_from_lint, repeated_imports),
        *(lonely_macros, unexplained_laterals, undescribed_columns),
    )
    complaints = [complaint for check in checks for complaint in check()]
    sys.stdout.writelines(f"{complaint}\n" for complaint in complaints)
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
