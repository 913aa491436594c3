"""Addresses of servers: shown without passwords, malformed ones never repeated."""

from __future__ import annotations

import pytest

from warehouse.connection import Target, resolve
from warehouse.errors import USAGE, WarehouseError


def test_a_server_that_does_not_answer_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://me:s3cret@127.0.0.1:1/numbers")
    with pytest.raises(
        WarehouseError, match=r"127\.0\.0\.1:1/numbers .*does not answer"
    ) as caught:
        resolve()
    assert "s3cret" not in caught.value.message


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://me:s3cret/x@host:5432/db",
        "postgresql://me:12/s3cret@host:5432/db",
        "postgresql://me:x@s3cret@host:5432/db",
        "jdbc:postgresql://me:s3cret@host/db",
        "s3cret",
        "postgresql+psycopg://me:s3cret@host/db",
    ],
)
def test_a_malformed_address_is_not_repeated(
    monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    monkeypatch.setenv("DATABASE_URL", address)
    with pytest.raises(WarehouseError) as caught:
        resolve()
    assert "s3cret" not in caught.value.message
    assert caught.value.exit_code == USAGE


def test_display_of_sockets_and_addresses() -> None:
    assert Target("::1", 5432, "me", "x", "d b").display() == "postgresql://me@[::1]:5432/d%20b"
    assert (
        Target("/run/pg", 5433, "me", "x").display()
        == "postgresql://me@/warehouse?host=/run/pg&port=5433"
    )
