"""Commands about answering over HTTP: serve, token.

Source: arguments and the environment.
Shape:  a line with the address, or JSON lines; tables of tokens; each command returns its exit
        code.
Errors: WarehouseError where nothing can be served, or a token cannot be made.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from functools import partial
from typing import TYPE_CHECKING

import click

from warehouse import console, events, queries, state, tokens
from warehouse.cli.shared import command, demo_option, log_option, resolve
from warehouse.connection import Target
from warehouse.errors import USAGE, WarehouseError
from warehouse.reports.tokens import after_token, show_tokens

if TYPE_CHECKING:
    from warehouse.web.databases import Database


@command(
    "serve",
    "warehouse serve",
    "warehouse serve --demo",
    "warehouse serve --watch",
    "warehouse serve --watch --log json",
    "warehouse serve --host 0.0.0.0 --allowed-host warehouse.example.com",
)
@click.option(
    "--port",
    default=8765,
    show_default=True,
    type=click.IntRange(0, 65535),
    help="Port to listen on; 0 takes a free one.",
)
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--allowed-host",
    "names",
    multiple=True,
    metavar="NAME",
    help="Name by which others reach this server, as through a proxy.",
)
@click.option("--watch", "is_watching", is_flag=True, help="Run when something is new, too.")
@demo_option("Serve the demo's database.")
@log_option
def serve_command(
    *,
    port: int,
    host: str,
    names: tuple[str, ...],
    is_watching: bool,
    of_demo: bool,
    form: events.Form,
) -> int:
    """Serve pages, the read API, tracking and webhooks.

    Pages are at /analytics, the description of the API at /docs. The secrets of webhooks stand
    in webhooks.toml in the state folder; docs/tracking.md says how to register each.

    It runs until it is interrupted. On this machine alone no token is asked for. For others,
    that is with another --host or an --allowed-host, a token has to exist.
    """
    if is_watching and of_demo:
        raise WarehouseError(
            "--watch runs as of now, and the demo stands at its last day; leave one out.", USAGE
        )
    # half a second that no other command takes
    from warehouse.web import serving, watching  # noqa: PLC0415
    from warehouse.web.app import create_app  # noqa: PLC0415
    from warehouse.web.databases import Database  # noqa: PLC0415
    from warehouse.web.settings import Settings  # noqa: PLC0415

    settings = Settings(
        database=partial(resolve, of_demo=of_demo),
        home=state.home(),
        host=host.lower(),
        port=port,
        names=tuple(name.lower() for name in names),
        reads_ahead=True,
        spool=state.home() / ("spool_demo" if of_demo else "spool"),
    )
    if settings.needs_token and not tokens.listing():
        raise WarehouseError(
            "Others than this machine could read everything; add a token first: "
            "`warehouse token add NAME --scope read`.",
            USAGE,
        )
    emit = events.printer(form) if form == "json" else None
    with events.logged(form), serving.listen(host, port) as bound:
        opened = Database(settings.database)
        _open(opened, settings.database, of_demo=of_demo)
        address = serving.shown(host, bound.getsockname()[1])

        def say() -> None:
            console.say(f"Serving {address} (documentation: {address}/docs)")

        with watching.beside(form) if is_watching else nullcontext():
            serving.serve(
                create_app(settings, opened, emit),
                bound,
                lambda: events.tell(form, say, events.ServeBegan(address=address)),
            )
        if emit is not None:
            emit(events.ServeEnded())
    return 0


def _open(opened: Database, find: Callable[[], Target], *, of_demo: bool) -> None:
    """Open the database if it answers; say what requests get until it does and has marts."""
    try:
        find()
    except WarehouseError as error:
        if error.exit_code == USAGE:
            raise
        console.warn(f"{error.message} Until then, questions are answered with status 503.")
        return
    opened.open()
    with opened.analyst() as session:
        if not queries.mart_names(session):
            build = (
                "`warehouse demo`" if of_demo else "`warehouse load` and then `warehouse run`"
            )
            console.warn(
                f"There are no marts yet; {build} makes them. Until then, "
                "questions are answered with status 503."
            )


@command(
    "token",
    "warehouse token add grafana --scope read",
    "warehouse token add agency --scope read --workspace acme",
    "warehouse token add site --scope track --workspace acme \\\n"
    "    --origin https://www.example.com",
    "warehouse token list",
    "warehouse token remove grafana",
)
@click.argument("action", type=click.Choice(["add", "list", "remove"]))
@click.argument("name", required=False)
@click.option(
    "--scope",
    type=click.Choice(["read", "track"]),
    help="What it is for: reading answers, or sending events.",
)
@click.option("--workspace", "-w", help="The only workspace that it is for.")
@click.option(
    "--origin",
    "origins",
    multiple=True,
    help="Origin of pages that send events, like https://www.example.com.",
)
def token_command(
    *,
    action: str,
    name: str | None,
    scope: tokens.Scope | None,
    workspace: str | None,
    origins: tuple[str, ...],
) -> int:
    """Give a program or a person a token for `warehouse serve`.

    Programs send it as `Authorization: Bearer …`. A browser takes it as the password, with any
    user name. The token is shown once; the state folder keeps its hash.
    """
    if (name is None) == (action != "list") or (scope is None) == (action == "add"):
        raise WarehouseError(
            "Name the token, like `warehouse token add grafana --scope read` or `warehouse "
            "token remove grafana`; `warehouse token list` takes neither name nor scope.",
            USAGE,
        )
    if name is not None and scope is not None:
        after_token(name, tokens.add(name, scope, workspace, origins))
    elif name is not None:
        tokens.remove(name)
        console.say(f"The token {name} was removed; a running server refuses it from now on.")
    else:
        show_tokens(tokens.listing())
    return 0
