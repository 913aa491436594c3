"""What remains of records when people were erased: no account, no text, no id that names them.

Source: hashes of the ids and names that were erased, with the installation's key.
Shape:  `Forgotten` says whether an account was erased, and returns ids, texts and documents
        without them. The same value always becomes the same one.
Units:  a hash has 32 bytes. A piece of a text is a run of letters and digits of one script.
Errors: none.

Nothing here knows an erased id or name: each value that is met is hashed and looked up. So the
same code rewrites what is stored, what is delivered later, and what a kill or an old backup
has left.
"""

from __future__ import annotations

import hashlib
import hmac
import html
import re
import uuid
from collections.abc import Collection, Iterator, Mapping
from typing import Any, Literal, TypeVar
from urllib.parse import unquote

Place = TypeVar("Place")
Answer = TypeVar("Answer")
Kind = Literal["account", "account_key", "record", "word", "piece"]

ERASED = "[erased]"
PREFIX = "erased-"  # of the id that takes the place of one that named somebody
POST_ID = "post_id"  # in a document: always an id, as short as it may be
LONGEST_ID = 512  # bytes; no longer one is landed
SHORTEST_WORD = 4  # characters; a shorter word counts behind an @ alone

_SEPARATOR = "\x1f"
_PIECE = re.compile(r"[A-Za-z0-9\u00c0-\u024f]+|[^\W_A-Za-z0-9\u00c0-\u024f]+")
_JSON_ESCAPE = re.compile(r"\\u([0-9A-Fa-f]{4})")
_UTF8_AS_LATIN1 = re.compile("[\u00c2-\u00f4][\u0080-\u00bf]+")
_MOST_KEPT = 100_000  # values of a kind whose answer is remembered


def digest(key: bytes, *parts: str) -> bytes:
    """Return what stands for a value: HMAC-SHA256 of its parts."""
    return hmac.digest(key, _SEPARATOR.join(parts).encode("utf-8", "surrogatepass"), "sha256")


def natural_key(workspace: str, platform: str, native_id: str) -> uuid.UUID:
    """Return the warehouse's key of a native id, as macro `natural_key` makes it."""
    natural = _SEPARATOR.join((workspace, platform, native_id))
    said = natural.encode("utf-8", "surrogatepass")
    return uuid.UUID(bytes=hashlib.md5(said, usedforsecurity=False).digest())


def word_of(name: str) -> tuple[str, list[str]] | None:
    """Return an id or a name as it is looked for in texts, and its pieces; null without any."""
    pieces = list(_PIECE.finditer(name))
    if not pieces:
        return None
    word = name[pieces[0].start() : pieces[-1].end()].casefold()
    return word, [piece[0].casefold() for piece in pieces]


def readings(text: str) -> Iterator[str]:
    """Yield a text as it stands, and as what it may be the source of: JSON, addresses, HTML."""
    yield text
    if "\\u" in text:
        found = _JSON_ESCAPE.sub(lambda each: chr(int(each[1], 16)), text)
        found = found.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        yield found
        yield _UTF8_AS_LATIN1.sub(_repaired, found)  # as downloads of Meta have it
    if "%" in text:
        yield unquote(text)
    if "&" in text:
        yield html.unescape(text)


def _repaired(found: re.Match[str]) -> str:
    return found[0].encode("latin-1").decode("utf-8", "replace")


class Forgotten:
    """The erased people of one workspace, by hashes."""

    def __init__(
        self,
        key: bytes,
        workspace: str,
        hashes: Mapping[Kind, Collection[bytes]],
        piece_counts: Collection[int],
    ) -> None:
        """`piece_counts`: of how many pieces the erased words are."""
        self._key, self._workspace = key, workspace
        self._hashes = {kind: frozenset(found) for kind, found in hashes.items()}
        self._piece_counts = sorted(set(piece_counts), reverse=True)
        self._accounts: dict[tuple[str, str], bool] = {}
        self._words: dict[tuple[str, str], bool] = {}
        self._pieces: dict[str, bool] = {}
        self._records: dict[tuple[str, str], str] = {}
        self._strings: dict[tuple[str, str], str] = {}  # of documents

    def has_account(self, platform: str, actor_id: str) -> bool:
        """Return whether an account was erased."""
        place = platform, actor_id
        if (known := self._accounts.get(place)) is None:
            said = digest(self._key, self._workspace, platform, actor_id)
            known = _remember(self._accounts, place, said in self._of("account"))
        return known

    def has_account_key(self, follower_id: uuid.UUID) -> bool:
        """Return whether the account of a key was erased."""
        return digest(self._key, "account_key", str(follower_id)) in self._of("account_key")

    def has_record(self, platform: str, native_id: str) -> bool:
        """Return whether somebody who was erased did or wrote what has this id."""
        return self._has_record_key(natural_key(self._workspace, platform, native_id))

    def _has_record_key(self, record_id: uuid.UUID) -> bool:
        return digest(self._key, "record", str(record_id)) in self._of("record")

    def _of(self, kind: Kind) -> Collection[bytes]:
        return self._hashes.get(kind, ())

    def record(self, platform: str, native_id: str) -> str:
        """Return an id; another one that says nothing for one that names somebody."""
        place = platform, native_id
        if (known := self._records.get(place)) is None:
            known = _remember(self._records, place, self._record(platform, native_id))
        return known

    def _record(self, platform: str, native_id: str) -> str:
        record_id = natural_key(self._workspace, platform, native_id)
        is_account = len(native_id) >= SHORTEST_WORD and self.has_account(platform, native_id)
        if (
            is_account
            or self._has_record_key(record_id)
            or self._names_somebody(platform, native_id)
        ):
            return self._pseudonym(record_id)
        return native_id

    def record_key(self, platform: str, record_id: uuid.UUID) -> uuid.UUID:
        """Return the key of what `record` returns for the id of a key."""
        if not self._has_record_key(record_id):
            return record_id
        return natural_key(self._workspace, platform, self._pseudonym(record_id))

    def _pseudonym(self, record_id: uuid.UUID) -> str:
        return PREFIX + digest(self._key, "pseudonym", str(record_id)).hex()[:32]

    def _names_somebody(self, platform: str, native_id: str) -> bool:
        """Return whether an erased word stands between any two separators of an id."""
        decoded = unquote(native_id)
        if decoded != native_id and self._names_somebody(platform, decoded):
            return True
        if not self._may_name_somebody(native_id):
            return False
        pieces = list(_PIECE.finditer(native_id))
        for count in self._piece_counts:
            for first in range(len(pieces) - count + 1):
                word = native_id[pieces[first].start() : pieces[first + count - 1].end()]
                if len(word) >= SHORTEST_WORD and self._is_word(platform, word):
                    return True
        return False

    def text(self, platform: str, text: str) -> str:
        """Return a text without the ids and names of people who were erased.

        The same name on another platform is another account; without a platform all count. A
        text that names somebody in the way of addresses (%40) is decoded.
        """
        found = self._plain(platform, text)
        if "%" in found and (decoded := unquote(found)) != found:
            without = self._plain(platform, decoded)
            return found if without == decoded else without
        return found

    def _plain(self, platform: str, text: str) -> str:
        """Return a text without names that it writes as people do."""
        if not self._may_name_somebody(text):
            return text
        pieces = list(_PIECE.finditer(text))
        kept: list[str] = []
        done = first = 0
        while first < len(pieces):
            taken = 1
            for count in self._piece_counts:
                if first + count > len(pieces):
                    continue
                start, end = pieces[first].start(), pieces[first + count - 1].end()
                is_long = end - start >= SHORTEST_WORD or text[start - 1 : start] == "@"
                word = text[start:end]
                if is_long and self._is_word(platform, word) and _is_alone(text, start, end):
                    kept += text[done:start], ERASED
                    done, taken = end, count
                    break
            first += taken
        return text if not kept else "".join((*kept, text[done:]))

    def _may_name_somebody(self, text: str) -> bool:
        """Return whether an erased word could begin in a text: most have none of the pieces."""
        pieces = self._pieces
        for piece in _PIECE.findall(text):
            if (known := pieces.get(piece)) is None:
                said = digest(self._key, "piece", self._workspace, piece.casefold())
                known = _remember(pieces, piece, said in self._of("piece"))
            if known:
                return True
        return False

    def _is_word(self, platform: str, word: str) -> bool:
        place = platform, word.casefold()
        if (known := self._words.get(place)) is None:
            said = digest(self._key, "word", self._workspace, *place)
            known = _remember(self._words, place, said in self._of("word"))
        return known

    def document(self, platform: str, value: Any) -> Any:
        """Return a JSON value without them, in its keys, texts and numbers."""
        if isinstance(value, dict):
            platform = str(value.get("platform", platform))  # of the ids beside it
            return {
                self.text(platform, name): self.record(platform, each)
                if name == POST_ID and isinstance(each, str)
                else self.document(platform, each)
                for name, each in value.items()
            }
        if isinstance(value, list | tuple):
            return [self.document(platform, each) for each in value]
        if isinstance(value, str):
            place = platform, value
            if (known := self._strings.get(place)) is None:
                known = _remember(self._strings, place, self._string(platform, value))
            return known
        if isinstance(value, int) and not isinstance(value, bool):
            text = str(value)
            is_theirs = self._is_id(platform, text) or self.text(platform, text) != text
            return None if is_theirs else value
        return value

    def _string(self, platform: str, value: str) -> str:
        if len(value) > LONGEST_ID:
            return self.text(platform, value)
        if len(value) >= SHORTEST_WORD and self.has_account(platform, value):
            return ERASED
        is_record = self.has_record(platform, value)
        return self.record(platform, value) if is_record else self.text(platform, value)

    def _is_id(self, platform: str, text: str) -> bool:
        is_long = len(text) >= SHORTEST_WORD
        return (is_long and self.has_account(platform, text)) or self.has_record(platform, text)

    def in_bytes(self, content: bytes) -> bool:
        """Return whether bytes have an id or a name of somebody who was erased."""
        text = content.decode("utf-8", "replace")
        return any(self._plain("", each) != each for each in readings(text))


def _remember(known: dict[Place, Answer], place: Place, answer: Answer) -> Answer:
    """Keep an answer, and not too many of them."""
    if len(known) >= _MOST_KEPT:
        known.clear()
    known[place] = answer
    return answer


def _is_alone(text: str, start: int, end: int) -> bool:
    """Return whether a word is not a part of a longer one, joined by _, . or -."""
    before, after = text[:start].rstrip("_"), text[end:].lstrip("_")
    return not (
        _continues(before[-1:], text[start])
        or _continues(after[:1], text[end - 1])
        or (before[-1:] in (".", "-") and before[-2:-1].isalnum())
        or (after[:1] in (".", "-") and after[1:2].isalnum())
    )


def _continues(neighbour: str, character: str) -> bool:
    """Return whether a letter or digit belongs to the word beside it, by its script."""
    return neighbour.isalnum() and (ord(neighbour) < 0x250) == (ord(character) < 0x250)
