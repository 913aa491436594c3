"""Fixtures of the files that try the embedded server in state folders made for them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from own_servers import forget_servers, temporary_folder, use

from warehouse.embedded import server


@pytest.fixture
def folder(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder that everybody can reach, with a space and a letter beyond ASCII."""
    forget_servers(monkeypatch)
    with temporary_folder(monkeypatch) as made:
        yield made


@pytest.fixture
def home(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A state folder that does not exist yet."""
    use(folder / "state", monkeypatch)
    return folder / "state"


@pytest.fixture(scope="module")
def initialised() -> Iterator[Path]:
    """A state folder with a cluster, for all tests of this file that can share one."""
    with pytest.MonkeyPatch.context() as patch:
        forget_servers(patch)
        with temporary_folder(patch) as made:
            use(made / "state", patch)
            server.start()
            server.stop()
            yield made / "state"


@pytest.fixture
def stopped(initialised: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The shared state folder with its server stopped."""
    forget_servers(monkeypatch)
    use(initialised, monkeypatch)
    server.stop()
    return initialised
