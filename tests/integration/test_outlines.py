"""Laws of recognition: keys in any order, lists of any length, platforms that are declared."""

from __future__ import annotations

import functools
import io
import json
import random
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from platform_files import VALID, format_of, json_values, name_of, prefix_of
from reported import needs_samples, told_as

from loaders import registry
from loaders.parsing.formats import Csv, Format
from loaders.reading import json_cursor
from loaders.reading.documents import CHUNK_BYTES, HEAD_BYTES, Document
from loaders.reading.json_cursor import CLOSE_ARRAY, Cursor
from loaders.reading.json_values import outline
from loaders.reading.outlining import MAX_ELEMENTS, outlined
from loaders.registry import RecognitionError, modules, recognise

TIMES = 1_000
DEPTHS = 3  # of lists around a list that becomes longer
JSON = [
    path
    for path in VALID
    if path.read_bytes().strip() and not isinstance(format_of(path).container, Csv)
]

Change = Callable[[Any], Any]


def spool(content: bytes, name: str) -> Document:
    return Document.spool(io.BytesIO(content), name)


def recognised(document: Document, platform: str | None = None) -> Format | None:
    try:
        return recognise(document, platform)[1]
    except RecognitionError:
        return None


def reversed_keys(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: reversed_keys(item) for key, item in reversed(value.items())}
    return [reversed_keys(item) for item in value] if isinstance(value, list) else value


def large_first(value: Any) -> Any:
    """With what is longest before everything else."""
    if isinstance(value, dict):
        order = sorted(value, key=lambda key: -len(json.dumps(value[key])))
        return {key: large_first(value[key]) for key in order}
    return [large_first(item) for item in value] if isinstance(value, list) else value


def large_last(value: Any) -> Any:
    if isinstance(value, dict):
        order = sorted(value, key=lambda key: (len(json.dumps(value[key])), key))
        return {key: large_last(value[key]) for key in order}
    return [large_last(item) for item in value] if isinstance(value, list) else value


def longer(value: Any, depth: int) -> Any:
    """With the lists that stand in so many lists a thousand times longer."""
    if isinstance(value, dict):
        return {key: longer(item, depth) for key, item in value.items()}
    if isinstance(value, list):
        return value * TIMES if depth == 0 else [longer(item, depth - 1) for item in value]
    return value


ORDERS: tuple[Change, ...] = (large_first, large_last, reversed_keys)
LENGTHENED: tuple[Change, ...] = (large_first, large_last)


def documents(path: Path, is_whole: bool) -> Iterator[tuple[str, bytes]]:
    """The same fixture with keys in other orders and with longer lists.

    `is_whole`: each length in both orders, else in one of them by turns.
    """
    content, fmt = path.read_bytes(), format_of(path)
    prefix = prefix_of(content, fmt)
    values = json_values(content.removeprefix(prefix), fmt)
    for order in ORDERS:
        changed = [order(value) for value in values]
        yield order.__name__, prefix + written(changed)
    for depth in range(DEPTHS):
        for order in LENGTHENED if is_whole else LENGTHENED[depth % 2 :][:1]:
            if (changed := [order(longer(value, depth)) for value in values]) != values:
                yield f"lists in {depth} lists, {order.__name__}", prefix + written(changed)


def written(values: list[Any]) -> bytes:
    return b"\n".join(json.dumps(value).encode() for value in values)


@pytest.fixture
def outlined_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """An outline does not depend on what is asked of it, and takes most of the time."""
    monkeypatch.setattr(registry, "outlined", functools.cache(outlined))


@pytest.mark.usefixtures("outlined_once")
@pytest.mark.parametrize("is_whole", [False, pytest.param(True, marks=pytest.mark.soak)])
@pytest.mark.parametrize("path", VALID, ids=name_of)
def test_a_document_is_recognised_in_any_order_and_length(path: Path, is_whole: bool) -> None:
    if not path.read_bytes().removeprefix(b"\xef\xbb\xbf").strip():
        return
    with Document.open(path) as document:
        own = path.parts[-3]
        fmt = format_of(path)
        assert_taken_by_its_own(document, own, fmt, "as it is")
    for what, content in documents(path, is_whole) if path in JSON else ():
        with spool(content, path.name) as document:
            assert recognised(document) is fmt, what
            assert_taken_by_its_own(document, own, fmt, what)


def assert_taken_by_its_own(document: Document, own: str, fmt: Format, what: str) -> None:
    for platform in modules():
        taken = recognised(document, platform)
        if platform == own:
            assert taken is fmt, what
        else:
            # chats of two platforms have one shape: there the declared platform decides
            assert taken is None or taken.recognises_declared, (platform, taken, what)


@needs_samples
@pytest.mark.parametrize("sample", ["ig_webhook_10.json", "ig_webhook_400.json"])
def test_an_object_behind_its_entries_is_seen(sample: str) -> None:
    assert told_as(sample)[0] == told_as(sample, "instagram")[0] == "instagram"
    with pytest.raises(RecognitionError, match=r"facebook; it looks like instagram$"):
        told_as(sample, "facebook")


@needs_samples
@pytest.mark.parametrize("size", ["1KB", "120KB"])
def test_a_page_of_any_size_is_seen(size: str) -> None:
    assert told_as(f"x_liking_users_{size}.jsonl") == ("x", "x_users_json")


def outline_of(content: bytes) -> bytes:
    with spool(content, "x") as document:
        return outlined(document)


def test_an_outline_has_all_keys_and_few_elements() -> None:
    value = {"a": [{"b": [list(range(50))] * 50, "c": "x" * 9_000}] * 1_000, "d": {"e": None}}
    for indent in (None, 1):
        found = outline_of(json.dumps(value, indent=indent).encode())
        assert len(found) < HEAD_BYTES
        short = json.loads(found)
        assert list(short) == ["a", "d"]
        assert len(short["a"]) == MAX_ELEMENTS
        assert list(short["a"][0]) == ["b", "c"]
        assert short["d"] == {"e": None}


def test_an_outline_of_anything_is_readable() -> None:
    dice = random.Random(16)
    for path in JSON:
        content = path.read_bytes()
        for _ in range(20):
            spoilt = bytearray(content)
            for _ in range(dice.randint(1, 5)):
                at = dice.randrange(len(spoilt))
                spoilt[at : at + dice.randint(0, 2)] = dice.choice(
                    (b"", b'"', b"{", b"}", b"[", b"]", b"\\", b"\xff", b",", b'"\\', b"\n")
                )
            outline(outline_of(bytes(spoilt)))


@pytest.mark.parametrize(
    "element", ['"a"', '{"k]":["\\"}",[]]}', '"\\\\"', '["]\\\\\\"["]', "[[]]"]
)
@pytest.mark.parametrize("shift", [0, 1, 2, 3, 5, 7])
def test_a_list_is_left_where_it_ends(element: str, shift: int) -> None:
    elements = ",".join([element] * (2 * CHUNK_BYTES // len(element)))
    content = f'{" " * shift}[0,{elements}],"behind":[1]'.encode()
    cursor = Cursor(io.BytesIO(content))
    cursor.peek()
    cursor.position += 1
    assert cursor.leave()
    assert content[cursor.offset :] == b',"behind":[1]'
    assert content[cursor.offset - 1] == CLOSE_ARRAY


PIECES = ('a"b', "\\", '\\\\"', "]", "}{", "x" * 30, 1, None, 'é"', "\\u0000")


def value_of(dice: random.Random, depth: int) -> Any:
    """A random value with brackets, quotes and backslashes in its texts."""
    kind = dice.random()
    if depth == 0 or kind < 0.4:
        return dice.choice(PIECES)
    items = [value_of(dice, depth - 1) for _ in range(dice.randint(0, 4))]
    keys = dice.sample(["a", "b]", 'c"', "\\"], len(items))
    return items if kind < 0.7 else dict(zip(keys, items, strict=True))


@pytest.mark.parametrize("window", [1, 3, 7, 50])
def test_any_list_is_left_where_it_ends(window: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_cursor, "_FIRST_WINDOW", window)
    dice = random.Random(window)
    for _ in range(1_000):
        content = json.dumps([value_of(dice, 4) for _ in range(5)]).encode() + b',"b":[]'
        cursor = Cursor(io.BytesIO(content))
        cursor.peek()
        cursor.position += 1
        assert cursor.leave()
        assert content[cursor.offset :] == b',"b":[]', content


def test_a_hundred_megabytes_are_outlined_quickly() -> None:
    message = {
        "id": "1",
        "author": {"id": "2", "roles": [{"id": "3"}]},
        "content": 'a "word" ]',
    }
    message["text"] = "x" * 200
    messages = ",".join([json.dumps(message)] * 30_000)
    content = f'{{"messages":[{messages}],"channel":{{"id":"4"}}}}'.encode()
    began = time.process_time()
    assert b'"channel"' in outline_of(content)
    per_megabyte = (time.process_time() - began) / (len(content) / 1e6)
    assert per_megabyte < 0.05  # a loader needs 0.05 to 0.1 s to parse it
