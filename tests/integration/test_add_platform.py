"""A platform is added with one module, one folder of fixtures and rows in two seeds."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from copies import changed_files, ended_python, extended_copy, start_python

MODULE = '''"""Guest books of web sites -> raw records.

Source: the book's download, one entry a line.
Export: the book's own menu, download.
Shape:  one entry in -> its interaction, the guest as a profile, the page as a post.
Units:  ISO times.
Errors: RecordError naming the key; the other entries still land.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from loaders.parsing.fields import composite, identifier
from loaders.parsing.formats import Context, Format, Lines
from loaders.reading.json_values import outline
from loaders.records import Interaction, Post, Profile, Record
from loaders.parsing.times import instant

PLATFORM = "guest_book"


class Entry(msgspec.Struct, gc=False):
    entry: int
    guest: str
    page: str
    kind: str
    signed_at: str
    said: str | None = None


_ENTRY = msgspec.json.Decoder(Entry)


def parse(raw: bytes, context: Context) -> Iterable[Record]:
    """Turn one entry into its records."""
    told = _ENTRY.decode(raw)
    guest = identifier(told.guest, "guest")
    yield Interaction(
        platform=PLATFORM,
        native_id=composite("entry", str(told.entry)),
        native_type=told.kind,
        actor_id=guest,
        post_id=identifier(told.page, "page"),
        text=told.said,
        occurred_at=instant(told.signed_at, "signed_at", context.timezone),
    )
    yield Profile(platform=PLATFORM, actor_id=guest, username=guest)
    yield Post(platform=PLATFORM, post_id=told.page, native_type="page")


FORMATS = (
    Format(
        name="guest_book_ndjson",
        expects="a guest book (NDJSON with `guest`)",
        container=Lines(),
        recognises=lambda head: {"entry", "guest"} <= outline(head).keys(),
        parse=parse,
    ),
)
'''
ENTRY = '{"entry": %d, "guest": "%s", "page": "home", "kind": "%s", "signed_at": "%s"%s}\n'
VALID = (
    ENTRY
    % (1, "ada", "signature", "2026-03-01T10:00:00Z", ', "said": "Lovely", "ip": "PRIVATE"')
    + ENTRY % (2, "bo", "signature", "2026-03-01T11:00:00Z", ', "said": "So calm"')
    + ENTRY % (3, "ada", "applause", "2026-03-02T10:00:00Z", "")
    + ENTRY % (4, "bo", "wink", "2026-03-02T11:00:00Z", "")
)
INVALID = VALID + ENTRY % (5, "cy", "signature", "yesterday", "")
MAPPED = "guest_book,signature,*,comment\nguest_book,applause,*,like\n"
TOLD = "guest_book,comment,exact,true,,\nguest_book,view,unsupported,false,,\n"
QUESTION = """
select interaction_type, native_type, interaction_value, unm.gross_interaction_count
from follower_interactions
left join unmapped_interaction_types as unm using (workspace_id, platform, native_type)
where platform = 'guest_book' order by occurred_at"""
ANSWER = """\
interaction_type,native_type,interaction_value,gross_interaction_count
comment,signature,Lovely,
comment,signature,So calm,
like,applause,,
,wink,,1
"""
# several commands in one process, for most of the time of a short one is its start
COMMANDS = """
import sys
from warehouse.cli.commands import cli
file, question = sys.argv[1:]
try:
    for command in ("load", file, "-w", "acme"), ("run",), ("query", "--csv", question):
        if cli.main(command, standalone_mode=False):
            sys.exit(f"{command} failed")
finally:
    cli.main(("down",), standalone_mode=False)
"""


@pytest.fixture
def copy() -> Iterator[Path]:
    """A copy of the project to which the platform has been added."""
    rows = {"interaction_type_mappings": MAPPED, "platform_capabilities": TOLD}
    with extended_copy(rows) as project:
        (project / "loaders" / "platforms" / "guest_book.py").write_text(MODULE)
        fixtures = project / "tests" / "fixtures" / "guest_book"
        for kind, name, content in (
            ("valid", "book.ndjson", VALID),
            ("invalid", "invalid_time.words.ndjson", INVALID),
        ):
            (fixtures / kind).mkdir(parents=True)
            (fixtures / kind / name).write_text(content)
        yield project


@pytest.mark.soak
def test_a_platform_is_added_in_one_place(copy: Path) -> None:
    laws = start_python(
        copy,
        *("-m", "pytest", "-p", "no:cacheprovider", "-k", "guest_book or every"),
        *("tests/unit/test_platforms.py", "tests/unit/test_redaction.py"),
    )
    book = copy / "tests" / "fixtures" / "guest_book" / "valid" / "book.ndjson"
    warehouse = start_python(copy, "-c", COMMANDS, str(book), QUESTION)
    assert ended_python(warehouse).endswith(ANSWER + "The server is stopped.\n")
    ended_python(laws)
    assert list(changed_files(copy)) == []
