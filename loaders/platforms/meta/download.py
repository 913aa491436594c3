"""What the data downloads of Facebook and Instagram have in common.

Source: "Download your information" as JSON, of either platform.
Shape:  text whose UTF-8 bytes were written as one character each, in, the text out; the name
        of an account in, whether it is the placeholder of deleted accounts, out.
Units:  characters.
Errors: none: what cannot be repaired is left as it is, with the note `repaired`.
"""

from __future__ import annotations

import re
from functools import lru_cache

from loaders.parsing.notes import note

_RUN = re.compile(  # the bytes of one character in UTF-8, each written as a character
    "[\xc2-\xdf][\x80-\xbf]"
    "|\xe0[\xa0-\xbf][\x80-\xbf]|[\xe1-\xec\xee\xef][\x80-\xbf]{2}|\xed[\x80-\x9f][\x80-\xbf]"
    "|\xf0[\x90-\xbf][\x80-\xbf]{2}|[\xf1-\xf3][\x80-\xbf]{3}|\xf4[\x80-\x8f][\x80-\xbf]{2}"
)
_REMAINS = re.compile("[\xc2-\xf4][\x80-\xbf]|[\x80-\x9f]")
_USERS = re.compile(  # "user" in the languages of Facebook and Instagram
    r"user|users?|nutzer(in)?|benutzer(in)?|utilisat(eur|rice)|utente|usu[aá]ri[oa]"
    r"|utilizador[a]?|gebruiker|bruger|bruker|användare|käyttäjä|notandi|uživatel"
    r"|používateľ|felhasználó|utilizator|użytkownik|kullanıcısı|korisnik|uporabnik|χρήστης"
    r"|пользователь|користувач|потребител|pengguna|người dùng|ผู้ใช้|ユーザー|사용자|使用者"
    r"|用户|用戶|مستخدم|משתמש|उपयोगकर्ता"
)
_BRAND = re.compile(
    r"(?:facebook|instagram)[au]?(?![a-z])|facebook|instagram|فيسبوك|إنستغرام|פייסבוק|אינסטגרם",
    re.IGNORECASE,
)
_JOINT = re.compile(r"[\s\-‑]+|\b(de|do|da|di|del|on)\b|(?<=^)[ay]\b", re.IGNORECASE)


def repaired(text: str | None) -> str | None:
    """Undo that the bytes of UTF-8 were taken for characters, where they were."""
    if text is None or text.isascii():
        return text
    try:
        return text.encode("latin-1").decode("utf-8")
    except UnicodeError:  # some of it is cut off, or was right before
        return _RUN.sub(lambda run: run[0].encode("latin-1").decode("utf-8"), text)


def readable(text: str | None, field: str) -> str | None:
    """The repaired text of a field; a note where a part of it could not be repaired."""
    found = repaired(text)
    if found is not None and found != text and _REMAINS.search(found):
        note(
            "repaired", field, "is cut off within a character: the rest of it is kept as it is"
        )
    return found


@lru_cache(maxsize=4096)
def is_placeholder(name: str | None) -> bool:
    """Whether a name stands for everybody who deleted the account: Facebook user."""
    if name is None or _BRAND.search(name) is None:
        return False
    rest = _BRAND.sub(" ", name.casefold())
    word = " ".join(_JOINT.sub(" ", rest).split())
    return any(_USERS.fullmatch(form) for form in (word, word.removesuffix("a"), f"{word}a"))
