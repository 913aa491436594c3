"""The installation's key: made once, private, and stable."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from warehouse.errors import WarehouseError
from warehouse.privacy import key


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A state folder without a key."""
    monkeypatch.setenv("WAREHOUSE_HOME", str(tmp_path))
    monkeypatch.delenv(key.VARIABLE, raising=False)
    return tmp_path


def test_a_key_is_made_once_and_is_the_owners_alone(home: Path) -> None:
    with ThreadPoolExecutor(8) as several:
        made = set(several.map(lambda _: key.key(), range(32)))
    assert len(made) == 1
    assert (home / key.FILE).stat().st_mode & 0o777 == 0o600
    assert [path.name for path in home.iterdir()] == [key.FILE]


def test_the_variable_comes_first(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(key.VARIABLE, "k" * 32)
    assert key.key() == b"k" * 32
    assert not (home / key.FILE).exists()


def test_a_key_that_others_may_read_is_refused(home: Path) -> None:
    key.key()
    (home / key.FILE).chmod(0o640)
    with pytest.raises(WarehouseError, match="Others may read"):
        key.key()


def test_a_short_key_is_refused(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (home / key.FILE).write_text("short\n")
    (home / key.FILE).chmod(0o600)
    with pytest.raises(WarehouseError, match="5 bytes"):
        key.key()
    monkeypatch.setenv(key.VARIABLE, "x")
    with pytest.raises(WarehouseError, match=key.VARIABLE):
        key.key()


def test_an_account_has_another_hash_in_another_place() -> None:
    places = [
        ("acme", "web", "12"),
        ("acme", "web1", "2"),
        ("acme", "discord", "12"),
        ("other", "web", "12"),
        ("acme", "web", "\udc80"),
    ]
    hashes = {key.account_hash(secret, *place) for secret in (b"a", b"b") for place in places}
    assert len(hashes) == 2 * len(places)
    assert key.account_hash(b"a", *places[0]) == key.account_hash(b"a", *places[0])
