"""Text of strangers, made visible for a terminal.

Names, messages and file names come from other people. A terminal obeys some characters in
them: escape sequences clear the screen or set its title, bidirectional marks reverse what
stands beside them. Every line that the command line prints passes through `visible`.

Source: any text, surrogates of undecodable bytes included.
Shape:  a text in; the same text out, with each such character as an escape like \\x1b.
Units:  characters.
Errors: none.
"""

from __future__ import annotations

import codecs
import re
import sys

# Category Cf has characters that emoji and scripts need; only those of direction and the
# invisible ones that hide text are shown.
_DIRECTION = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
_HIDDEN = "\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180e\u200b\u2060-\u2064\u206a-\u206f\u3164"
_HIDDEN += "\ufeff\uffa0"
_BREAKS = "\u0085\u2028\u2029"
_OBEYED = re.compile(
    f"[\\x00-\\x1f\\x7f-\\x9f{_DIRECTION}{_HIDDEN}{_BREAKS}\\ud800-\\udfff\\ufff9-\\ufffb"
    "\U000e0000-\U000e007f]"
)
_BYTES = range(0xDC80, 0xDD00)  # how Python keeps a byte of a name that is not UTF-8

# What this program itself prints, for terminals and files that cannot encode it.
_PLAIN = {"–": "-", "—": "-", "−": "-", "…": "...", "✗": "x", "·": "-", "─": "-", "━": "-"}
_ERRORS = "visible"


def visible(text: str) -> str:
    """Return the text with everything that a terminal would obey shown as an escape."""
    if text.isascii() and text.isprintable():
        return text
    return _OBEYED.sub(_escaped, text)


def _escaped(found: re.Match[str]) -> str:
    return _escape(ord(found[0]))


def _escape(code: int) -> str:
    if code in _BYTES:
        return f"\\x{code - 0xDC00:02x}"
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def accept_any_encoding() -> None:
    """Let standard output and error take every character, whatever their encoding is."""
    codecs.register_error(_ERRORS, _replaced)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors=_ERRORS)


def _replaced(error: UnicodeError) -> tuple[str, int]:
    """What stands for characters that an encoding lacks: close ones, else escapes."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    lacking = error.object[error.start : error.end]
    return "".join(_PLAIN.get(char) or _escape(ord(char)) for char in lacking), error.end
