"""A platform is added with one module, one folder of fixtures and rows in two seeds."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from copies import COPIED, ROOT, copy_project

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

from loaders.fields import composite, identifier
from loaders.formats import Context, Format, Lines
from loaders.json_stream import outline
from loaders.records import Interaction, Post, Profile, Record
from loaders.times import instant

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
select interaction_type, native_type, interaction_value, unm.interaction_count
from follower_interactions
left join unmapped_interaction_types as unm using (workspace_id, platform, native_type)
where platform = 'guest_book' order by occurred_at"""
ANSWER = """\
interaction_type,native_type,interaction_value,interaction_count
comment,signature,Lovely,
comment,signature,So calm,
like,applause,,
,wink,,1
"""
# several commands in one process, for most of the time of a short one is its start
COMMANDS = """
import sys
from warehouse.commands import cli
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
    folder = Path(tempfile.mkdtemp(prefix="warehouse-add-"))
    folder.chmod(0o755)  # an embedded server may run under an account of its own
    project = copy_project(folder / "project")
    (project / "loaders" / "platforms" / "guest_book.py").write_text(MODULE)
    fixtures = project / "tests" / "fixtures" / "guest_book"
    for kind, name, content in (
        ("valid", "book.ndjson", VALID),
        ("invalid", "invalid_time.words.ndjson", INVALID),
    ):
        (fixtures / kind).mkdir(parents=True)
        (fixtures / kind / name).write_text(content)
    for name, rows in (("interaction_type_mappings", MAPPED), ("platform_capabilities", TOLD)):
        with (project / "seeds" / f"{name}.csv").open("a", encoding="utf-8") as seed:
            seed.write(rows)
    try:
        yield project
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _start(project: Path, *arguments: str) -> subprocess.Popen[str]:
    """Python in the copy, whatever is set here."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return subprocess.Popen(
        [sys.executable, *arguments],
        env={
            **kept,
            "PYTHONPATH": str(project),
            "PYTHONDONTWRITEBYTECODE": "1",
            "WAREHOUSE_HOME": str(project.parent / "state"),
        },
        cwd=project,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_a_platform_is_added_in_one_place(copy: Path) -> None:
    laws = _start(
        copy,
        *("-m", "pytest", "-p", "no:cacheprovider", "-k", "guest_book or every"),
        *("tests/python/test_platforms.py", "tests/python/test_redaction.py"),
    )
    book = copy / "tests" / "fixtures" / "guest_book" / "valid" / "book.ndjson"
    warehouse = _start(copy, "-c", COMMANDS, str(book), QUESTION)
    output, problems = warehouse.communicate(timeout=120)
    assert warehouse.returncode == 0, output + problems
    assert output.replace("\r", "").endswith(ANSWER + "The server is stopped.\n")
    output, problems = laws.communicate(timeout=120)
    assert laws.returncode == 0, output + problems
    _assert_nothing_else_changed(copy)


def _assert_nothing_else_changed(copy: Path) -> None:
    for name in COPIED:
        before = ROOT / name
        files = [path for path in before.rglob("*") if path.is_file()] or [before]
        for path in files:
            if "__pycache__" in path.parts or "cache" in path.parts[-2]:
                continue
            now = (copy / path.relative_to(ROOT)).read_bytes()
            is_seed = name == "seeds" and path.suffix == ".csv"
            assert now.startswith(path.read_bytes()) if is_seed else now == path.read_bytes()
