"""The command line: whatever a command ends with, an exit code and at most one sentence.

Source: the commands and what they raise.
Shape:  problems on standard error.
Units:  exit codes 0 done, 1 failed, 2 usage, 3 another run is active, 4 done with rejects.
Errors: one sentence with what to do next; a traceback only with WAREHOUSE_DEBUG=1.
"""

from __future__ import annotations

import gc
import io
import logging
import os
import signal
import sys
import threading
from types import FrameType

import click
import psycopg

from warehouse import console, invocation
from warehouse.cli import commands
from warehouse.display import accept_any_encoding, visible
from warehouse.errors import WarehouseError

# How many more objects there are before Python looks for unused ones among them. What imports
# and dbt make mostly stays, and a fifth of a run was spent on looking through it.
COLLECTION_THRESHOLDS = (100_000, 20, 20)

INTERRUPTED = "Interrupted. Committed work stays; run the command again to continue."
PATIENCE_SECONDS = 10  # with what is interrupted, and does not end


def main() -> None:
    """Run the command line and exit with its code."""
    gc.set_threshold(*COLLECTION_THRESHOLDS)
    is_interruptible = (
        threading.current_thread() is threading.main_thread()
        and signal.getsignal(signal.SIGINT) is signal.default_int_handler
    )
    if is_interruptible:
        signal.signal(signal.SIGINT, _interrupt)
    accept_any_encoding()
    console.program = invocation.program()
    logging.basicConfig(level=logging.WARNING)
    for handler in logging.getLogger().handlers:
        handler.setFormatter(_Visible("%(message)s"))
    try:
        code = commands.cli.main(standalone_mode=False, prog_name="warehouse")
    except click.exceptions.Exit as end:
        code = end.exit_code
    except (click.Abort, KeyboardInterrupt):
        code = console.fail(INTERRUPTED)
    except click.ClickException as error:
        shown = io.StringIO()
        error.show(shown)
        for line in shown.getvalue().expandtabs(4).rstrip("\n").split("\n"):
            click.echo(visible(line), err=True)
        code = error.exit_code
    except WarehouseError as error:
        code = console.fail(error.message, error.exit_code)
    except psycopg.Error as error:
        code = console.fail(console.database_sentence(error))
    except OSError as error:
        place = f" ({error.filename})" if error.filename else ""
        code = console.fail(
            f"{error.strerror or error}{place}; correct that, then run the command again."
        )
    except Exception as error:
        if os.environ.get("WAREHOUSE_DEBUG"):
            raise
        code = console.fail(
            f"Something unforeseen went wrong ({type(error).__name__}: {error}). This is a "
            "fault of the warehouse; WAREHOUSE_DEBUG=1 shows where."
        )
    if is_interruptible:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    gc.freeze()  # the process ends: nothing has to be looked through once more, for a second
    sys.exit(code or 0)


class _Visible(logging.Formatter):
    """Log lines as a terminal may have them."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the message in one line."""
        return console.advice(super().format(record))


def _interrupt(number: int, frame: FrameType | None) -> None:
    """Interrupt as usual; what does not end soon, as one of dbt's threads that waits for a
    lock, is left to itself: the server ends the statements of a process that is gone."""
    give_up = threading.Timer(PATIENCE_SECONDS, _give_up)
    give_up.daemon = True
    give_up.start()
    signal.default_int_handler(number, frame)


def _give_up() -> None:
    code = console.fail(INTERRUPTED)
    sys.stderr.flush()
    os._exit(code)
