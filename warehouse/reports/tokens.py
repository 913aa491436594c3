"""Tokens of the server.

Source: the state folder.
Shape:  tables and sentences on standard output.
Errors: none.
"""

from __future__ import annotations

from collections.abc import Sequence

from warehouse import console
from warehouse.tokens import Token


def after_token(name: str, secret: str) -> None:
    """A new token; its secret is shown this once."""
    console.say(f"The token {name}, shown this once: {secret}")


def show_tokens(tokens: Sequence[Token]) -> None:
    """All tokens, without their secrets."""
    if not tokens:
        console.say("There is no token yet; `warehouse token add NAME --scope read` makes one.")
        return
    console.table(
        ["token", "scope", "workspace", "origins", "made"],
        [
            (
                token.name,
                token.scope,
                token.workspace or "all",
                ", ".join(token.origins),
                token.created_at,
            )
            for token in tokens
        ],
    )
