"""What became of the files of a load, on one screen however many they are.

Source: the results of `warehouse.loading`.
Shape:  few files one by one, many by platform and format; then what was noticed in records,
        what is no data, and what was not taken and why, grouped.
Units:  counts are native records, or files where it says so.
Errors: none; `after_loads` returns the exit code.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

from loaders.landing import Load
from loaders.parsing.notes import NoteKind
from loaders.records import Reason
from warehouse import companions, console
from warehouse.errors import FAILED, REJECTED
from warehouse.loading import Result

MOST_FILES = 15  # listed one by one
MOST_ALIKE = 3  # problems of one kind that are said one by one
SHOWN = 3  # examples of a group
MOST_GROUPS = 8
NUMBERS = ("files", "records", "landed", "rejected", "set aside", "same as before")
NOTICED: Mapping[NoteKind, str] = {
    "set_aside": "{count} set aside",
    "repaired": "{count} repaired",
    "passed_over": "{count} not read",
}


def show_loads(results: Sequence[Result], *, with_table: bool = True) -> None:
    """Print what became of each document, grouped where there are many."""
    landed = [result for result in results if result.load is not None]
    if with_table:
        if len(landed) > MOST_FILES:
            _by_format(landed)
        elif landed:
            _one_by_one(landed)
        _show_notes(_new(landed))
        _show_left_out(landed)
        _show_what_was_missing(landed)
        _show_companions(results)
    _show_problems(results)
    _show_formats(results)


def _new(results: Iterable[Result]) -> list[Load]:
    return [result.load for result in results if result.load and result.load.is_new]


def _one_by_one(landed: Sequence[Result]) -> None:
    rows = []
    for result in landed:
        load = result.load
        assert load is not None
        rows.append(
            [
                console.short_path(result.name),
                result.platform or "",
                f"{load.n_in:,}",
                f"{load.n_landed:,}",
                _count(load.n_rejected),
                "" if load.is_new else f"same as load {load.load_id}",
            ]
        )
    console.files(["file", "platform", "records", "landed", "rejected", ""], rows, set(NUMBERS))


def _by_format(landed: Sequence[Result]) -> None:
    groups: dict[tuple[str, str], list[Result]] = defaultdict(list)
    for result in landed:
        name = result.fmt.name if result.fmt else ""
        groups[result.platform or "", name].append(result)
    rows = []
    for (platform, name), members in sorted(groups.items()):
        loads = [result.load for result in members if result.load is not None]
        known = sum(not load.is_new for load in loads)
        set_aside = sum(_noted(loads, "set_aside").values())
        rows.append(
            [
                platform,
                name,
                f"{len(loads):,}",
                f"{sum(load.n_in for load in loads):,}",
                f"{sum(load.n_landed for load in loads):,}",
                _count(sum(load.n_rejected for load in loads)),
                _count(set_aside),
                _count(known),
            ]
        )
    columns = ["platform", "format", *NUMBERS]
    console.files(columns, rows, set(NUMBERS), long=1)
    rejected = Counter(
        {res.name: res.load.n_rejected for res in landed if res.load and res.load.n_rejected}
    )
    if rejected:
        worst = [
            f"{console.short_path(name)} ({n:,})" for name, n in rejected.most_common(SHOWN)
        ]
        files = console.many(len(rejected), "file")
        console.say(f"Rejected records are in {files}: {_listed(worst, len(rejected))}.")


def _count(number: int) -> str:
    return f"{number:,}" if number else console.UNKNOWN


def _noted(loads: Iterable[Load], kind: NoteKind) -> Counter[str]:
    found: Counter[str] = Counter()
    for load in loads:
        for note, count in load.notes.items():
            if note.kind == kind:
                found[f"{note.field} {note.reason}"] += count
    return found


def _show_notes(loads: Sequence[Load]) -> None:
    """Fields that were set aside, repaired or passed over, the most frequent first."""
    for kind, sentence in NOTICED.items():
        found = _noted(loads, kind)
        if found:
            told = sentence.format(count=console.many(sum(found.values()), "field"))
            most = [f"{what} ({count:,})" for what, count in found.most_common(2 * SHOWN)]
            console.say(f"{told}: {_listed(most, len(found))}.")


def _show_what_was_missing(landed: Sequence[Result]) -> None:
    """What a declaration would have told: whose download it is, the zone of its times."""
    new = [result for result in landed if result.load and result.load.is_new]
    unnamed = [result for result in new if result.load and result.load.unnamed_count]
    if unnamed:
        count = sum(load.unnamed_count for load in _new(unnamed))
        console.say(
            f"{console.many(count, 'interaction')} of the exporting account, whose name is not "
            f"in {_formats(unnamed)}: load the same again with --account NAME."
        )
    zoneless = [res for res in new if res.load and res.load.reasons.get(Reason.NAIVE_TIME)]
    if zoneless:
        count = sum(load.reasons[Reason.NAIVE_TIME] for load in _new(zoneless))
        console.say(
            f"{console.many(count, 'record')} rejected because the times of "
            f"{_formats(zoneless)} have no zone: load the same again with --timezone, like "
            "--timezone Europe/Berlin."
        )


def _show_left_out(landed: Sequence[Result]) -> None:
    for result in [each for each in landed if each.remark is not None][:SHOWN]:
        console.say(f"{console.short_path(result.name)}: {result.remark}")


def _formats(results: Iterable[Result]) -> str:
    names = list(dict.fromkeys(result.fmt.name for result in results if result.fmt))
    return _listed(names[:SHOWN], len(names))


def _show_companions(results: Sequence[Result]) -> None:
    kinds = Counter(result.companion for result in results if result.companion is not None)
    if not kinds:
        return
    told = ", ".join(
        f"{count:,} {kind.replace('(s)', '' if count == 1 else 's')}"
        for kind, count in kinds.most_common()
    )
    count = kinds.total()
    console.say(
        f"{console.many(count, 'file')} {'holds' if count == 1 else 'hold'} no data: {told}."
    )
    if kinds[companions.HTML] and not any(result.load for result in results):
        console.say("The platform also offers its download as JSON; request that format.")


def _show_problems(results: Sequence[Result]) -> None:
    """What was not taken and why; what is alike in one sentence with a few names."""
    groups: dict[str, list[Result]] = defaultdict(list)
    for result in results:
        if result.problem is not None:
            groups[_without_name(result)].append(result)
    shown = sorted(groups.items(), key=lambda group: len(group[1]), reverse=True)
    for why, members in shown[:MOST_GROUPS]:
        if len(members) <= MOST_ALIKE:
            for result in members:
                console.fail(result.problem or "")
            continue
        names = [console.short_path(result.name) for result in members[:SHOWN]]
        why = re.sub(r"\A(?=(is|has|holds|could|changed)\b)", "each ", why)  # noqa: PLW2901
        files = console.many(len(members), "file")
        console.fail(f"{files}: {why}: {_listed(names, len(members))}")
    rest = [result for _, members in shown[MOST_GROUPS:] for result in members]
    if rest:
        names = [console.short_path(result.name) for result in rest[:SHOWN]]
        console.fail(
            f"{console.many(len(rest), 'file')} could not be loaded for other reasons: "
            f"{_listed(names, len(rest))}; load one by itself to read why"
        )


def _without_name(result: Result) -> str:
    """A problem as a phrase that fits other files with the same one."""
    return (result.problem or "").replace(result.name, "", 1).lstrip(": ")


def _show_formats(results: Iterable[Result]) -> None:
    """What would have been known: the formats of one platform, or which platforms there are."""
    expected = {
        platform: formats for res in results for platform, formats in res.expected.items()
    }
    if len(expected) == 1:
        ((platform, formats),) = expected.items()
        console.remark(f"Known formats of {platform}:", *(f"- {fmt}" for fmt in formats))
    elif expected:
        console.remark(
            f"Known formats are those of {', '.join(expected)}.",
            "docs/platforms.md lists all; --platform NAME lists those of one.",
            "For a table of your own, `warehouse map FILE` drafts a map of its columns.",
        )


def _listed(names: Sequence[str], count: int) -> str:
    rest = count - len(names)
    return ", ".join(names) + (f" and {rest:,} more" if rest > 0 else "")


def after_loads(results: Sequence[Result], *, with_sentence: bool = True) -> int:
    """Say what landed in all and what to do next; return the exit code that says the same."""
    new = _new(results)
    n_landed = sum(load.n_landed for load in new)
    n_rejected = sum(load.n_rejected for load in new)
    sentences = []
    if new:
        landed = console.many(n_landed, "record")
        sentences.append(f"{landed} landed: `warehouse run` brings the marts up to date.")
    elif any(result.load for result in results):
        sentences.append("Nothing new: the same bytes had landed before.")
    if n_rejected:
        sentences.append(f"{n_rejected:,} rejected: `warehouse rejects` shows why.")
    if sentences and with_sentence:
        console.say(" ".join(sentences))
    if any(result.problem for result in results):
        return REJECTED if any(result.load for result in results) else FAILED
    if any(result.is_named for result in results) and not any(res.load for res in results):
        return FAILED
    return REJECTED if n_rejected else 0
