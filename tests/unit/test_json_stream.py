"""Splitting JSON: exact bytes, any chunk size, hostile neighbours, bounded memory."""

from __future__ import annotations

import io
import json
import tracemalloc

import pytest

from loaders.reading import json_cursor, json_stream
from loaders.reading.json_cursor import Broken
from loaders.reading.json_stream import Header, Within, elements, lines, lists
from loaders.reading.json_values import items, members, outline
from loaders.records import MAX_RECORD_BYTES, MAX_REJECT_BYTES, Reason

AROUND = {
    "guild": {"id": "1", "name": 'brackets ]}[{ and "quotes" \\'},
    "messageCount": 36,
}
MESSAGES: list[object] = [
    *({"id": n, "text": 'a"b\\"]}' * n, "list": [[], {}, [n]]} for n in range(30)),
    *(1, "two", None, True, 1.5, []),
]
DOCUMENT = {"guild": AROUND["guild"], "messages": MESSAGES, "messageCount": 36}


class Endless:
    """A stream of `size` times the same bytes, between a beginning and an end."""

    def __init__(self, before: bytes, unit: bytes, size: int, after: bytes) -> None:
        self._pieces = iter([before, *([unit * (size // 64 // len(unit))] * 64), after])

    def read(self, _size: int = -1, /) -> bytes:
        return next(self._pieces, b"")


def read_by(chunk: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Streams are read so many bytes at a time."""
    for module in (json_cursor, json_stream):
        monkeypatch.setattr(module, "CHUNK_BYTES", chunk)


def split(content: bytes, key: str | None) -> list[object]:
    return list(elements(io.BytesIO(content), key))


@pytest.mark.parametrize("chunk", [1, 2, 7, 64, 100_000])
@pytest.mark.parametrize("indent", [None, 0, 2])
def test_elements_have_their_exact_bytes(
    chunk: int, indent: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    read_by(chunk, monkeypatch)
    content = b"\xef\xbb\xbf" if chunk > 2 else b""
    content += json.dumps(DOCUMENT, indent=indent).encode()
    *found, header = split(content, "messages")
    assert isinstance(header, Header)
    assert json.loads(header.raw) == AROUND
    assert len(found) == 36
    for element, expected in zip(found, MESSAGES, strict=True):
        assert isinstance(element, tuple)
        offset, raw = element
        assert content[offset : offset + len(raw)] == raw
        assert json.loads(raw) == expected


def test_headers_do_not_depend_on_the_order_of_keys() -> None:
    content = b'{"a":1,"m":[{}],"b":{"m":[2]}}'
    assert split(content, "m")[-1] == Header(b'{"a":1,"b":{"m":[2]}}')


def test_documents_may_follow_each_other() -> None:
    apart = b'{"m":[1]}{"m":[2]} \n{"m":[3]}, [{"m":[4]}]'
    by_line = b'{"m":[1]}\r\n{"m":[2]}\n{"m":[3]}\n{"m":[4]}'
    for content in (apart, by_line):
        found = split(content, "m")
        assert [e[1] for e in found if isinstance(e, tuple)] == [b"1", b"2", b"3", b"4"]
        assert sum(isinstance(e, Header) for e in found) == 4


def test_without_a_key_documents_are_records() -> None:
    assert split(b'[{"a":1},2]', None) == [(1, b'{"a":1}'), (9, b"2")]
    assert split(b'{"a":1}\n{"b":2}', None) == [(0, b'{"a":1}'), (8, b'{"b":2}')]


@pytest.mark.parametrize(
    "hostile",
    [b'{"a":[2}', b'{"a":tru}', b"17", b'{"a":"\xff"}', b"[[[[", b'{"a":NaN}', b'"x"', b"}"],
)
def test_a_hostile_line_costs_itself(hostile: bytes) -> None:
    content = b'{"m":[{"id":1}]}\n' + hostile + b'\n{"m":[{"id":2}]}'
    found = [e for e in split(content, "m") if isinstance(e, tuple)]
    assert [raw for _, raw in found] == [b'{"id":1}', b'{"id":2}']


def test_an_unbalanced_element_costs_itself() -> None:
    found = split(b'{"m":[{"id":1},{"a":[2},{"id":3}],"n":1}', "m")
    assert found[0] == (6, b'{"id":1}')
    assert found[1:] == [(15, b'{"a":[2}'), (24, b'{"id":3}'), Header(b'{"n":1}')]


@pytest.mark.parametrize("end", range(1, 37))
def test_truncation_is_one_reject(end: int) -> None:
    content = b'{"a":{"b":"c"},"m":[{"id":1},{"id":2}]}'[:end]
    found = split(content, "m")
    *_, last = found
    assert isinstance(last, Broken)
    assert (last.reason, "truncated" in last.detail) == (Reason.INVALID_JSON, True)
    assert content[last.offset :] == last.raw
    assert sum(isinstance(e, Broken) for e in found) == 1
    whole = (end >= 28) + (end >= 37)
    assert sum(isinstance(e, tuple) for e in found) == whole


def test_a_document_without_its_list_is_a_reject() -> None:
    header, broken = split(b' {"a":1, "m":{}}', "m")
    assert header == Header(b'{"a":1}')
    assert isinstance(broken, Broken)
    assert (broken.offset, broken.raw) == (1, b'{"a":1, "m":{}}')
    assert split(b'{"m":null}', "m") == [Header(b"{}")]


@pytest.mark.parametrize(
    ("before", "unit", "after"),
    [
        (b'{"m":[1,{"a":"', b"x", b'"},2]}'),
        (b'{"m":[1,{"a":"', b"\\", b'"},2]}'),
        (b'{"m":[1,{"a":[', b"  ", b"]},2]}"),
    ],
)
def test_oversize_elements_are_skipped_in_bounded_memory(
    before: bytes, unit: bytes, after: bytes
) -> None:
    size = 3 * MAX_RECORD_BYTES
    tracemalloc.start()
    first, broken, last, _ = list(elements(Endless(before, unit, size, after), "m"))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert isinstance(first, tuple)
    assert isinstance(last, tuple)
    assert (first[1], last[1]) == (b"1", b"2")
    assert isinstance(broken, Broken)
    assert broken.reason == Reason.TOO_LARGE
    assert (broken.offset, broken.byte_count) == (8, size + len(before) + len(after) - 8 - 4)
    assert len(broken.raw) == MAX_REJECT_BYTES
    assert peak < 4 * MAX_RECORD_BYTES


def test_offsets_of_truncated_lines() -> None:
    found = split(b'{"a":1}\n{"b":2}\n [', None)
    assert isinstance(found[2], Broken)
    assert (found[2].offset, found[2].raw, found[2].byte_count) == (17, b"[", 1)


def test_oversize_lines_are_skipped() -> None:
    size = 2 * MAX_RECORD_BYTES
    found = list(lines(Endless(b"1\n", b"x", size, b"\n2\n")))
    assert isinstance(found[1], Broken)
    assert found[1].byte_count == size
    assert [found[0], found[2]] == [(0, b"1"), (size + 3, b"2")]


@pytest.mark.parametrize("chunk", [1, 3, 1000])
def test_lines(chunk: int, monkeypatch: pytest.MonkeyPatch) -> None:
    read_by(chunk, monkeypatch)
    content = b'{"a":1}\r\n\n  \n{"b":2}\n{"c":3}'
    found = list(lines(io.BytesIO(content)))
    assert found == [(0, b'{"a":1}'), (13, b'{"b":2}'), (21, b'{"c":3}')]
    assert list(lines(io.BytesIO(b""))) == []


def test_outline_tells_keys_of_a_cut_head() -> None:
    head = b'\xef\xbb\xbf [{"a": 1, "b": {"c": "}"}, "d": [1, 2'
    assert outline(head) == {"a": b"1", "b": b'{"c": "}"}', "d": b"[1, 2"}
    assert outline(b"a,b,c\n1,2,3") == {}


@pytest.mark.parametrize("chunk", [1, 5, 100_000])
def test_documents_may_be_wrapped(chunk: int, monkeypatch: pytest.MonkeyPatch) -> None:
    read_by(chunk, monkeypatch)
    inside = (("chats", "list"), ("left", "list"))
    content = (
        b'{"about":[{"m":[0]}],"chats":{"x":1,"list":[{"m":[1,2],"id":7}, 8, {"id":9}]},'
        b'"left":{"list":[{"id":9,"m":[3]}],"m":[4]}}'
    )
    found = list(elements(io.BytesIO(content), "m", inside))
    assert [p[1] if isinstance(p, tuple) else type(p) for p in found] == [
        b"1", b"2", Header, Broken, Header, Broken, b"3", Header,
    ]  # fmt: skip
    assert found[2] == Header(b'{"id":7}')
    for cut in (70, len(content) - 1):
        *_, last = elements(io.BytesIO(content[:cut]), "m", inside)
        assert isinstance(last, Broken)
        assert "truncated" in last.detail
    (none,) = elements(io.BytesIO(b'{"m":[1]}'), "m", inside)
    assert isinstance(none, Broken)


@pytest.mark.parametrize("chunk", [1, 5, 100_000])
def test_lists_of_a_tree(chunk: int, monkeypatch: pytest.MonkeyPatch) -> None:
    read_by(chunk, monkeypatch)
    content = b'{"a":{"l":[1,{"l":[2]}],"no":[3],"b":{"l":[4]}},"l":null,"s":"]}"}[5] 6'
    found = list(lists(io.BytesIO(content), lambda keys: keys == () or keys[-1] == "l"))
    assert [p.keys for p in found if isinstance(p, Within)] == [("a", "l"), ("a", "b", "l"), ()]
    assert [p[1] for p in found if isinstance(p, tuple)] == [b"1", b'{"l":[2]}', b"4", b"5"]
    (broken,) = (p for p in found if isinstance(p, Broken))
    assert (broken.offset, broken.raw) == (len(content) - 1, b"6")
    assert list(lists(io.BytesIO(b'{"l":null}'), lambda keys: keys == ("l",))) == []
    *_, last = lists(io.BytesIO(content[:12]), lambda keys: keys[-1:] == ("l",))
    assert isinstance(last, Broken)


def test_one_element_instead_of_a_list() -> None:
    content = b'{"a":1,"m":{"x":"]"},"b":2} {"a":3} {"m":[4],"a":5} {"m":{"x":'
    found = list(elements(io.BytesIO(content), "m", is_lenient=True))
    assert found[:2] == [(11, b'{"x":"]"}'), Header(b'{"a":1,"b":2}')]
    assert found[2:5] == [Header(b'{"a":3}'), (42, b"4"), Header(b'{"a":5}')]
    *_, broken = found
    assert isinstance(broken, Broken)
    assert broken.raw == b'{"x":'


def test_values_in_memory_are_taken_apart_undecoded() -> None:
    found = members(b'{"a": {"b": [NaN]}, "c": "\\ud800", "d": [1, {"e": 2}, oops]}')
    assert found == {"a": b'{"b": [NaN]}', "c": b'"\\ud800"', "d": b'[1, {"e": 2}, oops]'}
    assert list(items(found["d"])) == [b"1", b'{"e": 2}', b"oops"]
    assert list(items(b"null")) == []
    for broken in (b"[]", b'{"a": 1', b'{"a": 1, oops}', b'{"a":}', b"null", b""):
        with pytest.raises(ValueError, match="not a JSON object"):
            members(broken)
