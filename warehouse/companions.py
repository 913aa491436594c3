"""Files of a download that are known to hold no interactions.

Platforms pack pictures, pages and programs beside the data. A report counts them in one line;
they are no error.

Source: the end of a file's name; its first bytes, where the name says nothing.
Shape:  a name or some bytes in; what such files are called in a report out, or None. It has
        an (s) where the plural differs.
Errors: none.
"""

from __future__ import annotations

import re
from pathlib import PurePosixPath

EMPTY = "empty file(s)"
SPECIAL = "pipe(s), socket(s) or device(s)"
HTML = "HTML page(s)"

_ENDINGS = {
    "picture(s)": "apng avif bmp gif heic heif ico jpeg jpg png svg tgs tif tiff webp",
    "video(s)": "3gp avi flv m4v mkv mov mp4 mpeg mpg webm wmv",
    "sound file(s)": "aac aif aiff amr flac m4a m4b mid mp3 oga ogg opus srt vtt wav weba wma",
    HTML: "htm html mht mhtml xhtml",
    "PDF(s)": "pdf",
    "style sheet(s) or font(s)": "css eot less map otf scss ttf woff woff2",
    "note(s)": "md rst rtf nfo",
    "contact or calendar file(s)": "ics vcard vcf",
    "program file(s)": "dll exe jsx mjs py sh ts wasm",
}
_BY_ENDING = {
    f".{ending}": kind for kind, endings in _ENDINGS.items() for ending in endings.split()
}
_NAMES = re.compile(r"(read[ _-]?me|licen[cs]e|start[ _-]?here|copying)\b.*", re.IGNORECASE)
_SYSTEM = {"thumbs.db", "desktop.ini"}

# tables of a LinkedIn download about the exporter, and the contacts, who did nothing here
_OF_LINKEDIN = (
    rb'(?:\xef\xbb\xbf)?(?:Notes:\s+(?:"(?:[^"]|"")*"|[^\n]*)\s+)?'
    rb"(?:First Name,Last Name,(?:URL,)?(?:Email Address,)?Company,Position,Connected On"
    rb"|First Name,Last Name,Maiden Name,|From,To,Sent At,Message,Direction"
    rb"|Company Name,Title,Description,Location,Started On|School Name,Start Date,End Date"
    rb"|Email Address,Confirmed,Primary,Updated On|Organization,Followed On)"
)
_BEGINNINGS = (
    (rb"\x89PNG\r\n|\xff\xd8\xff|GIF8[79]a|BM.{4}\0\0\0\0|RIFF.{4}WEBP", "picture(s)"),
    (rb".{4}ftyp(?:heic|mif1|avif)", "picture(s)"),
    (rb".{4}ftyp|\x1aE\xdf\xa3|RIFF.{4}AVI ", "video(s)"),
    (rb"ID3|OggS|fLaC|RIFF.{4}WAVE", "sound file(s)"),
    (rb"%PDF-", "PDF(s)"),
    (rb"\s*(?:\xef\xbb\xbf)?\s*<(?:!doctype html|html|head|body)\b", HTML),
    (rb"\s*window\.(?:YTD\.|__THAR_CONFIG)", "other file(s) of an X archive"),
    (_OF_LINKEDIN, "other file(s) of a LinkedIn download"),
)
_TOLD = [
    (re.compile(pattern, re.DOTALL | re.IGNORECASE), kind) for pattern, kind in _BEGINNINGS
]

_ARCHIVE = "unpack it and load the folder"
_FOREIGN = (
    (rb"7z\xbc\xaf'\x1c", f"is a 7z archive; {_ARCHIVE}"),
    (rb"Rar!\x1a\x07", f"is a RAR archive; {_ARCHIVE}"),
    (rb".{257}ustar", f"is a tar archive; {_ARCHIVE}"),
    (rb"BZh[1-9]1AY&SY", "is packed with bzip2; unpack it first"),
    (rb"\xfd7zXZ\0", "is packed with xz; unpack it first"),
    (rb"SQLite format 3\0", "is an SQLite database; export its tables as CSV"),
    (rb"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "is an old Office file; save its table as CSV"),
)
_REFUSED = [(re.compile(pattern, re.DOTALL), problem) for pattern, problem in _FOREIGN]


_OF_META = re.compile(  # folders of a download of Facebook or Instagram without interactions
    r"(?:^|/)(?:ads_information|apps_and_websites_off_of_[a-z]+|logged_information"
    r"|personal_information|preferences|security_and_login_information"
    r"|your_(?:facebook|instagram)_activity/(?!comments|likes|reactions|story|messages/[^/]+/"
    r"|saved/(?!saved_collections))[^/]+"
    r"|connections/(?!followers)[^/]+)/.*\.json",
    re.IGNORECASE,
)


def by_place(place: str) -> str | None:
    """Return what a file is that its folder tells to be no data."""
    platform = re.search("facebook|instagram", place, re.IGNORECASE)
    if platform is None or _OF_META.search(place.replace("\\", "/")) is None:
        return None
    return f"other file(s) of a download of {platform[0].capitalize()}"


def by_name(name: str) -> str | None:
    """Return what a file is that its name tells to be no data."""
    last = PurePosixPath(name).name
    kind = _BY_ENDING.get(PurePosixPath(last).suffix.lower())
    if kind is None and _NAMES.fullmatch(last) and not last.lower().endswith((".json", ".csv")):
        kind = "note(s)"
    if kind is None and last.lower() in _SYSTEM:
        kind = "system file(s)"
    return kind


def by_content(head: bytes) -> str | None:
    """Return what a file is whose first bytes tell that it is no data."""
    return next((kind for pattern, kind in _TOLD if pattern.match(head)), None)


def foreign(head: bytes) -> str | None:
    """Return a phrase that says how to load what a file of another kind holds."""
    return next((problem for pattern, problem in _REFUSED if pattern.match(head)), None)
