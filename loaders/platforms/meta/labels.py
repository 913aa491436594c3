"""What the labelled values of Facebook's and Instagram's downloads mean, in any language.

Source: `string_map_data` (label to value) and `label_values` (a list of labelled, possibly
        nested values), whose labels are in the exporter's language.
Shape:  addresses and times are known by their form. The text of a comment and the account
        that it was made at are known by their labels where these are known words, else by
        their values: an account has the form of a handle, and a label means the same in all
        entries of a file. Where both could be either, neither is taken for the other.
Units:  epoch seconds.
Errors: none: what cannot be told stays in `others`, under its label.
"""

from __future__ import annotations

import re
from collections import Counter as Tally
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from typing import Any

import msgspec

from loaders.parsing.notes import note
from loaders.platforms.meta.download import readable, repaired

COMMENT, OWNER, REACTION = "comment", "owner", "reaction"
HANDLE = re.compile(r"(?!.*\.\.)[a-z0-9_](?:[a-z0-9._]{0,28}[a-z0-9_])?")
_WORDS = {  # what labels contain, by what they label
    OWNER: (
        "owner|inhaber|eigentümer|besitzer|sahib|propri[eé]ta|propietari|titular|dono\\b"
        "|dona\\b|eigenaar|właściciel|ägare|ejer\\b|eier\\b|omistaja|vlastn|tulajdonos"
        "|владел|власник|собственик|vlasnik|lastnik|savinink|īpašniek|omanik|eigandi|pemilik"
        "|chủ sở hữu|เจ้าของ|オーナー|所有者|拥有者|擁有者|所有人|소유자|مالك|صاحب|בעל"
        "|स्वामी|मालिक|κάτοχ|ιδιοκτ|username|benutzername|nutzername|nom d[’']utilisateur"
        "|nombre de usuario|kullanıcı adı|nome utente|nome de us|nome de util|gebruikersnaam"
        "|nazwa użytkownika|användarnamn|brugernavn|brukernavn|käyttäjänimi"
        "|uživatelské jméno|felhasználónév|nume de utilizator|имя пользователя"
        "|ユーザーネーム|用户名|用戶名稱|사용자 이름|nama pengguna|tên người dùng"
    ),
    COMMENT: (
        "comment|kommentar|kommentti|koment|comentari|comentár|commento|yorum|opmerking"
        "|hozzászólás|коммент|комент|σχόλι|コメント|댓글|评论|評論|留言|回應|تعليق|תגוב"
        "|टिप्पणी|bình luận|ความคิดเห็น|ความเห็น|komen\\b|ummæli|komentaras|kommentaar"
    ),
    REACTION: (
        "reaction|reaktion|reaktio|reakce|reakci|reakció|reakcja|reakcija|réaction"
        "|reacci[oó]n|reaç|reazion|reactie|tepki|ifade|реакц|αντίδρασ|リアクション|공감|반응"
        "|心情|反应|تفاعل|प्रतिक्रिया|cảm xúc|tanggapan|reaksi"
    ),
}
_OF_POST = re.compile(r"/(?:p|reel|reels|tv|posts|videos|photos?|permalink|story)(?:/|\.php)")
_MEANINGS = {meaning: re.compile(words) for meaning, words in _WORDS.items()}


class Labelled(msgspec.Struct, gc=False, omit_defaults=True):
    """A value with its label, or several under a title."""

    label: str | None = None
    title: str | None = None
    value: Any = None
    href: str | None = None
    ent_field_name: str | None = None
    dict: list[Labelled] | None = None


class Told(msgspec.Struct, gc=False, omit_defaults=True):
    """What is kept of an entry."""

    timestamp: int | str | None = None
    url: str | None = None
    owner: str | None = None
    text: str | None = None
    reaction: str | None = None
    others: dict[str, str] | None = None  # by label: which is which could not be told


def meaning(label: str) -> str | None:
    """What a label says that its value is; None for words that are not known."""
    word = (repaired(label) or "").casefold().replace("i̇", "i")
    return next((name for name, words in _MEANINGS.items() if words.search(word)), None)


def decoded(label: bytes) -> str | None:
    """A label as it stands in JSON, as text."""
    with suppress(msgspec.DecodeError):
        return msgspec.json.decode(label, type=str)
    return None


def is_handle(text: str) -> bool:
    """Whether a text could be the name of an account."""
    return HANDLE.fullmatch(text) is not None


def evidence(texts: Mapping[str, str]) -> tuple[str, ...]:
    """The labels of one entry whose value can be no account."""
    return tuple(label for label, text in texts.items() if not is_handle(text))


def combined(found: list[tuple[str, ...]]) -> dict[str, int]:
    """How often each label of a file has a value that can be no account."""
    return dict(Tally(label for labels in found for label in labels))


def assign(told: Told, texts: Mapping[str, str], written: Mapping[str, int]) -> None:
    """Tell the comment from the account that it was made at.

    `written` is what `combined` made of all entries of the file.
    """
    rest = dict(texts)
    for label in texts:
        kind = meaning(label)
        if kind == COMMENT and told.text is None:
            told.text = readable(rest.pop(label), "Comment")
        elif kind == OWNER and is_handle(texts[label]):
            told.owner = rest.pop(label)
        elif kind == REACTION:
            told.reaction = rest.pop(label)
    of_text = None if told.text else _of_text(rest, written, told.owner is not None)
    if of_text is not None:
        told.text = readable(rest.pop(of_text), of_text)
    if told.text is not None and told.owner is None and len(rest) == 1:
        (other,) = rest
        if is_handle(rest[other]) and written.get(other, 0) <= _odd(written, texts):
            told.owner = rest.pop(other)
    told.others = dict(sorted(rest.items())) or None


def _of_text(rest: Mapping[str, str], written: Mapping[str, int], is_alone: bool) -> str | None:
    """The label that texts have in this file, if that is certain."""
    if is_alone and len(rest) == 1:
        return next(iter(rest))
    first, *others = sorted(rest, key=lambda label: -written.get(label, 0)) or [""]
    most = written.get(first, 0)
    return (
        first if most and all(written.get(label, 0) * 10 <= most for label in others) else None
    )


def _odd(written: Mapping[str, int], labels: Iterable[str]) -> float:
    """How many values of an account's label may be none: of deleted accounts, say."""
    return max(written.get(label, 0) for label in labels) / 10


def told_by(
    values: list[Labelled], timestamp: int | str | None, written: Mapping[str, int] | None
) -> Told:
    """Sort out label values: addresses by their form, the rest by their labels.

    `written`: of comments, what `combined` made of the file.
    """
    told = Told(timestamp=timestamp)
    texts: dict[str, str] = {}
    for value in leaves(values):
        name = value.ent_field_name or value.label or ""
        text = repaired(value.value) if isinstance(value.value, str) else None
        address = value.href or (text if text and text.startswith("https://") else None)
        if address:
            if told.url is None or (_OF_POST.search(address) and not _OF_POST.search(told.url)):
                told.url = address
        elif text:
            texts.setdefault("Comment" if name.casefold() == "text" else name, text)
    if written is not None:
        assign(told, texts, written)
        return told
    for label, text in texts.items():
        kind = meaning(label)
        if kind == OWNER and is_handle(text):
            told.owner = told.owner or text
        elif kind == REACTION:
            told.reaction = told.reaction or text
        elif kind == COMMENT:
            told.text = told.text or text
        else:
            note("passed_over", repaired(label) or "label_values", "is not read")
    return told


def leaves(values: list[Labelled]) -> Iterator[Labelled]:
    """The values that are no titles of others."""
    for value in values:
        if value.dict is not None:
            yield from leaves(value.dict)
        else:
            yield value
