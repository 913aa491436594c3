"""How a command names the accounts of one person."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from warehouse.decisions import Account
from warehouse.errors import WarehouseError
from warehouse.privacy import naming
from warehouse.privacy.naming import Said

KEY = "0b0f6c1e-6f6e-4f57-9f54-2f6f0a9a8a11"


@pytest.mark.parametrize(
    ("words", "split"),
    [
        (("instagram", "ann"), [("instagram", "ann")]),
        (("instagram:ann",), [("instagram:ann",)]),
        (("instagram:ann", "tiktok:bo"), [("instagram:ann",), ("tiktok:bo",)]),
        ((KEY, KEY), [(KEY,), (KEY,)]),
        ((KEY, "web:u:1", "web:u2"), [(KEY,), ("web:u:1",), ("web:u2",)]),
    ],
)
def test_the_words_of_each_account(
    words: tuple[str, ...], split: list[tuple[str, ...]]
) -> None:
    assert naming.split(words) == split


def nobody(words: Sequence[str], workspace: str | None) -> Account:
    """Find nobody."""
    raise AssertionError(words, workspace)


def test_ids_that_no_run_has_seen() -> None:
    said = Said(("web:u:1", "Product:user-17", "web:u:1"), "acme", is_unseen=True)
    assert naming.accounts(said, nobody) == [
        Account("acme", "web", "u:1"),
        Account("acme", "product", "user-17"),
    ]
    with pytest.raises(WarehouseError, match="--unseen needs a platform"):
        naming.unseen(("web",), "acme")


def test_a_person_is_of_one_workspace() -> None:
    with pytest.raises(WarehouseError, match=r"several workspaces \(acme, other\)"):
        naming.of_one_workspace([Account("acme", "web", "1"), Account("other", "web", "1")])
