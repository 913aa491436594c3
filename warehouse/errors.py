"""The one error that the command line shows to people.

Shape:  one clear sentence that ends in what to do next, plus the exit code.
Units:  exit codes 1 failed, 2 usage, 3 another run is active, 4 done with rejects.
"""

from __future__ import annotations

FAILED = 1
USAGE = 2
BUSY = 3
REJECTED = 4


class WarehouseError(Exception):
    """Something that people can put right: `message` says what, `exit_code` how it ends.

    The message never holds a password, so it may be printed and logged as it is.
    """

    def __init__(self, message: str, exit_code: int = FAILED) -> None:
        super().__init__(message)
        self.message = message
        self.exit_code = exit_code
