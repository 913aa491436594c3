"""A server in this process that receives, has no database, and asks for no token.

Source: a state folder, in which it keeps its spool and finds `webhooks.toml`.
Shape:  `receiving` yields its address; events go to a function, if one is given.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from served import serving

from warehouse.connection import Target
from warehouse.errors import WarehouseError
from warehouse.events import Emit

SECRET = "shared with the platform"


@contextmanager
def receiving(home: Path, emit: Emit | None = None) -> Iterator[str]:
    """Run the server; its workspace is acme, with a secret for each webhook."""
    from warehouse.web.settings import Settings  # noqa: PLC0415 (few sessions need it)
    from warehouse.web.shared_secrets import FILE  # noqa: PLC0415
    from warehouse.web.webhooks.signing import WEBHOOKS  # noqa: PLC0415

    secrets = "\n".join(f'{name} = "{SECRET}"' for name in WEBHOOKS)
    (home / FILE).write_text(f"[acme]\n{secrets}\n")
    (home / FILE).chmod(0o600)
    with serving(Settings(_nowhere, home, spool=home / "spool"), emit) as url:
        yield url


def _nowhere() -> Target:
    raise WarehouseError("There is no database.")
