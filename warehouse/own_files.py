"""Files of the state folder that only their owner can have written.

Source: what is read of such a file is run as code, so nobody else may have written it. That is
        why `state.replace` does not write it: it gives root's files to the folder's owner.
Shape:  bytes; a file is there whole or not at all.
Errors: OSError where a file is not there, is of somebody else, or cannot be written.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

OWNERS_ALONE = 0o600


def read(file: Path) -> bytes:
    """Return what is in a file; raise PermissionError where others may have written it."""
    with os.fdopen(os.open(file, os.O_RDONLY | os.O_NOFOLLOW), "rb") as stream:
        said = os.fstat(stream.fileno())
        if (said.st_uid, stat.S_IMODE(said.st_mode)) != (os.geteuid(), OWNERS_ALONE):
            raise PermissionError(file)
        return stream.read()


def write(file: Path, content: bytes) -> None:
    """Write a file beside its place and move it there."""
    draft = file.with_name(f"{file.name}.{os.getpid()}")
    draft.unlink(missing_ok=True)  # a killed command of this number left it
    written = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNERS_ALONE)
    with os.fdopen(written, "wb") as stream:
        stream.write(content)
    draft.replace(file)
