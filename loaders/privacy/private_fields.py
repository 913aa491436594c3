"""What is private in a native record, told by names and by looks, and what stands in for it.

Shape:  the name of a JSON key or CSV column in, a `Kind` out; bytes in, stand-ins out that
        are as long and of the same form: `ada@example.com` becomes `xxx@xxxxxxx.xxx`,
        `203.0.113.9` `111.1.111.1`, `52.52` `11.11`. A stand-in stands in for itself.
Source: the fields of the platforms' formats, and what others add to them.
Errors: none.
"""

from __future__ import annotations

import enum
import hashlib
import ipaddress
import re
from collections.abc import Iterator
from functools import lru_cache

Span = tuple[int, int]


class Kind(enum.IntEnum):
    """How private a value is, by the name it has."""

    TEXT = 0  # what people write stays as written
    LOOSE = 1  # may be text: only what is an address as a whole is replaced
    PLAIN = 2  # addresses anywhere in it are replaced
    ACCOUNT = 3  # an e-mail address becomes the digest under which its account is known
    QUERY = 4  # the address of a page: all of its query is replaced
    PRIVATE = 5  # all of it is replaced


WORDS = {
    *("email", "mail", "phone", "telephone", "telefon", "tel", "msisdn", "mobilenumber"),
    *(
        "ip",
        "ipaddress",
        "useragent",
        "agent",
        "device",
        "imei",
        "imsi",
        "idfa",
        "idfv",
        "gaid",
    ),
    *("location", "place", "venue", "geo", "geoip", "lat", "latitude", "lng", "lon"),
    *("longitude", "coordinate", "address", "adresse", "street", "city", "zip", "zipcode"),
    *("postal", "postcode", "region", "country", "contact", "vcard", "bio", "refr"),
    *("password", "passwd", "secret", "apikey", "cookie", "authorization", "bearer", "jwt"),
    *("referrer", "referer"),
}
NAMES = {  # without separators and capitals
    *("apikey", "languagecode", "advertisingid", "userfingerprint", "devicefingerprint"),
    *("browserfingerprint", "fingerprint", "browsinghistory", "selectedlikes"),
    *("xforwardedfor", "remoteaddr", "contexts"),
    *("derivedcontexts", "unstructevent"),
}
TEXTS = {
    *("text", "message", "content", "body", "title", "caption", "comment", "commentary"),
    *("description", "subject", "story", "term"),
}
TEXT_NAMES = {"textdisplay", "textoriginal", "actorid"}  # an actor's id lands as it is given
ACCOUNTS = {"userid", "distinctid", "anonymousid", "domainuserid", "networkuserid"}
QUERIES = {"pageurl", "currenturl", "search", "pageurlquery", "pageurlfragment"}
PAGES_OF_LISTS = {"next", "previous", "prev", "page", "pagination"}
PARAMETERS = {"code", "sig", "signature", "key", "auth", "session", "sid"}

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_ANSWER = re.compile(r"answers?[0-9]*")


@lru_cache(maxsize=4096)
def kind_of(name: str) -> Kind:
    """How private the values of a key or column are."""
    words = [word.lower() for word in _WORD.findall(name)]
    joined = "".join(words)
    kind = Kind.PLAIN
    if joined in QUERIES:
        kind = Kind.QUERY
    elif joined in ACCOUNTS:
        kind = Kind.ACCOUNT
    elif _is_private(words, joined):
        kind = Kind.PRIVATE
    elif joined in TEXT_NAMES or (words and words[-1] in TEXTS):
        kind = Kind.TEXT
    elif joined == "value":
        kind = Kind.LOOSE
    return kind


def _is_private(words: list[str], joined: str) -> bool:
    if any(word in WORDS or word.removesuffix("s") in WORDS for word in words):
        return True
    if "token" in words:
        return not PAGES_OF_LISTS & set(words)
    return joined in NAMES or _ANSWER.fullmatch(joined) is not None


def account(user_id: str | None) -> str | None:
    """The account's id; of an e-mail address only a digest, for it is personal."""
    if user_id is None or _ACCOUNT.fullmatch(user_id.strip()) is None:
        return user_id
    digest = hashlib.blake2b(user_id.strip().lower().encode(), digest_size=16)
    return f"email:{digest.hexdigest()}"


def stand_in(value: bytes) -> bytes:
    """As many letters and digits, and the same punctuation; valid wherever the value was."""
    return value.translate(_STAND_INS)


def stand_in_within_quotes(value: bytes) -> bytes:
    """The same within a JSON string, where quotes and backslashes mean something."""
    value = value.replace(rb"\u0040", b"xxxxx@")
    return stand_in(value).translate(_UNQUOTED)


def addresses(raw: bytes, start: int, end: int, is_open: bool = False) -> Iterator[Span]:
    """Where e-mail and IP addresses, and private parameters of links, stand in some bytes.

    `is_open`: the bytes end before what they say does.
    """
    if any(raw.find(mark, start, end) >= 0 for mark in (b"@", b"%40", rb"\u0040")):
        for found in (_E_MAIL_AT_END if is_open else _E_MAIL).finditer(raw, start, end):
            yield found.span()
    for found in _IPV4.finditer(raw, start, end):
        yield found.span()
    if raw.find(b"::", start, end) >= 0 or raw.count(b":", start, end) >= _COLONS:
        for found in _IPV6.finditer(raw, start, end):
            if _is_ip(found[0]):
                yield found.span()
    if raw.find(b"=", start, end) >= 0:
        for found in _PARAMETER.finditer(raw, start, end):
            name = found["name"].decode()
            if name.lower() in PARAMETERS or kind_of(name) == Kind.PRIVATE:
                yield found.span("value")


def query(raw: bytes, start: int, end: int) -> Iterator[Span]:
    """Where the query of a link stands, and addresses before it."""
    found = _QUERY.search(raw, start, end)
    if found is not None:
        yield found.span()
    yield from addresses(raw, start, found.start() if found else end)


def is_address(value: bytes) -> bool:
    """Whether all of it is an e-mail or IP address."""
    return _E_MAIL.fullmatch(value.strip()) is not None or _is_ip(value)


def _is_ip(value: bytes) -> bool:
    try:
        ipaddress.ip_address(value.strip().decode())
    except ValueError:
        return False
    return True


_COLONS = 7  # in an IPv6 address that is written out
_ACCOUNT = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+")
_LOCAL = rb"[A-Za-z0-9._%+'\x80-\xff-]{1,64}(?:@|%40|\\u0040)"
_E_MAIL = re.compile(_LOCAL + rb"[A-Za-z0-9\x80-\xff-]+(?:\.[A-Za-z0-9\x80-\xff-]+)+")
_E_MAIL_AT_END = re.compile(_E_MAIL.pattern + rb"|" + _LOCAL + rb"[A-Za-z0-9.-]*\Z")
_IPV4 = re.compile(rb"(?<![0-9.])[0-9]{1,3}(?:\.[0-9]{1,3}){3}(?![0-9.])")
_IPV6 = re.compile(rb"(?<![\w:.])[0-9A-Fa-f:.]{7,45}(?![\w:])")
_PARAMETER = re.compile(
    rb"(?:[?&#;]|\\u0026|%3F|%26)(?P<name>[A-Za-z0-9_.$-]{1,40})=(?P<value>[^&#;\s\"'\\]+)"
)
_QUERY = re.compile(rb"[?#].*", re.DOTALL)

_DIGITS = b"0123456789"
_OTHERS = bytes(byte for byte in range(256) if chr(byte).isalpha() or byte > ord("~"))
_STAND_INS = bytes.maketrans(_DIGITS + _OTHERS, b"1" * len(_DIGITS) + b"x" * len(_OTHERS))
_QUOTING = bytes(range(ord(" "))) + b'"\\'
_UNQUOTED = bytes.maketrans(_QUOTING, b"x" * len(_QUOTING))
