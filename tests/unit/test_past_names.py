"""Names of schemas for a build of the past."""

from __future__ import annotations

import pytest

from warehouse import database
from warehouse.errors import WarehouseError


@pytest.mark.parametrize("name", ["", "März", "Then", "1st", "a-b", "pg", "pg_then", "x" * 31])
def test_names_that_cannot_be(name: str) -> None:
    with pytest.raises(WarehouseError, match="cannot be the name of a schema"):
        database.marts_of(name)
