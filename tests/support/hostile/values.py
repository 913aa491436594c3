"""Hostile texts, JSON values and broken bytes."""

from __future__ import annotations

TEXTS = (
    "👩‍👩‍👧‍👦 🇳🇱 e\u0301 \U0001f6b2",
    "\u202eשלום\u202c مرحبا \u200f\u2066x\u2069",
    "\\ \\\\ \\. \\N \\x00 \\t \\n ]\n[",
    "\n\\.\n",
    "tab\tnew\nline\r\ncarriage\r.",
    "\"double\" 'single' $$dollar$$ %s {brace} ;,|",
    "\x01\x08\x0b\x1f\x7f\x80\u2028\ufeff\uffff",
    "null NULL \\N",
    "Z\u0300\u0301\u0302" * 50,
    "long " * 2_000,
)
# as they stand in JSON; a plain text in CSV
VALUES = (
    *(b"NaN", b"Infinity", b"-Infinity", b"1e400", b"-1e400", b"1e-400", b"-0.0", b"0.5"),
    *(
        b"9" * 5_000,
        b"-" + b"9" * 5_000,
        b"-1",
        b"3.5",
        b"3.0",
        b"1e3",
        b"18446744073709551616",
    ),
    *(b"9223372036854775808", b"-9223372036854775809", b"0", b"17", b"1772359200000"),
    *(b"1772359200000000000", b"-62135596800", b"253402300800", b"1772359200.5"),
    *(b"null", b"true", b"false", b"{}", b"[]", b"[null]", b"[[]]", b'[{}, 1, "x"]'),
    *(
        b'{"id": null}',
        b'{"\\u0000": 1}',
        b"[" * 2_000 + b"]" * 2_000,
        b'{"a":' * 500 + b"1" + b"}" * 500,
    ),
    *(b'""', b'" "', b'"\\n"', b'"\\u0000"', b'"a\\u0000b"', b'"\\ud800"', b'"\\udc00\\ud800"'),
    *(
        b'"\\ud83d\\ude00"',
        b'"\xff\xfe"',
        b'"\xed\xa0\x80"',
        b'"\xc0\x80"',
        b'"' + b"x" * 600 + b'"',
    ),
    *(
        b'"' + "é".encode() * 300 + b'"',
        b'"NaN"',
        b'"Infinity"',
        b'"-1"',
        b'"1e400"',
        b'"infinity"',
    ),
    *(b'"2026-02-30T10:00:00Z"', b'"2026-03-01T10:00:00"', b'"0001-01-01T00:00:00+14:00"'),
    *(b'"9999-12-31T23:59:59-14:00"', b'"10000-01-01T00:00:00Z"', b'"1772359200"'),
    *(
        b'"1772359200000"',
        b'"-infinity"',
        b'"2026-03-01T10:00:60Z"',
        b'"\\\\."',
        b'"2026-03-01"',
    ),
    *(b'"https://[::1"', b'"' + b"9" * 5_000 + b'"', b'"\xef\xbb\xbf"', b'"\\u202e"', b'"%00"'),
)
BROKEN = (
    b"truncated",
    b'"unterminated',
    b"{",
    b"[",
    b'{"a" 1}',
    b"{,}",
    b"'single'",
    b"nan",
    b"\x00",
)
