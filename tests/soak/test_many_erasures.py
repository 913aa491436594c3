"""50 kills during erasures, at random: the next command finishes each, and no trace is left."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import psycopg
from command_line import Console, process
from direct_landing import line

from loaders.privacy.forgetting import natural_key
from warehouse import state
from warehouse.connection import Target
from warehouse.privacy import erased, traces

KILLS = 50
ROWS = 5  # interactions of each person

TOTALS = (
    "select platform, sum(interaction_count), sum(comment_count) from core.post_totals"
    " where workspace_id = 'acme' group by platform"
)


def person(number: int) -> tuple[bytes, list[str]]:
    """Return what is delivered about somebody, and by what a trace is recognised."""
    actor_id, name = f"vq-account-{number}x", f"vq.handle{number}x"
    keys = [f"vq-comment-{number}x-{row}" for row in range(ROWS)]
    records = [
        line(0, id=key, actor_id=actor_id, text=f"vqtext{number}x", post_id=f"p{row}")
        for row, key in enumerate(keys)
    ]
    records.append(
        line(0, id=f"reply-{number}", actor_id="other", text=f"hi @{name}", parent_id=keys[0])
    )
    profile = {"record": "profile", "platform": "web", "actor_id": actor_id, "username": name}
    records.append(json.dumps(profile).encode() + b"\n")
    ids = [actor_id, *keys]
    hashed = [str(natural_key("acme", "web", each)) for each in ids]
    return b"".join(records), [*ids, name, f"vqtext{number}x", *hashed]


def test_many_kills(
    warehouse: Console,
    target: Target,
    session: psycopg.Connection,
    tmp_path: Path,
    share: Callable[[int], int],
) -> None:
    rng = random.Random("erasures")
    longest = 60.0  # seconds of an erasure, by and by as measured
    is_killed = 0
    try:
        for number in range(share(KILLS)):
            content, values = person(number)
            file = tmp_path / f"{number}.ndjson"
            file.write_bytes(content)
            assert warehouse("load", file, "-w", "acme").code == 0
            assert warehouse("run", "--accept").code == 0
            before = sorted(session.execute(TOTALS).fetchall())
            words = ("privacy", "erase", "web", values[0], "--workspace", "acme")
            began = time.monotonic()
            running = process(target, *words)
            try:
                running.wait(rng.uniform(0, longest))
                longest = time.monotonic() - began
            except subprocess.TimeoutExpired:
                running.send_signal(signal.SIGKILL)
                running.wait()
                is_killed += 1
            running.communicate()
            if erased.unfinished(session):
                assert "has begun and not ended" in warehouse.fails("run")
                assert warehouse("privacy", "reapply").code == 0
            elif session.execute(
                "select 1 from marts.followers where platform_user_id = %s", (values[0],)
            ).fetchone():
                assert warehouse(*words).code == 0  # it was killed before it began
            assert traces.find(session, state.home(), values) == []
            assert sorted(session.execute(TOTALS).fetchall()) == before
            file.write_bytes(content + b"\n")
            assert warehouse("load", file, "-w", "acme").code == 0
            assert traces.find(session, state.home(), values) == []
    finally:
        (state.home() / erased.FILE).unlink(missing_ok=True)
    print(f"{is_killed} of {share(KILLS)} erasures were killed")  # noqa: T201 (`-s` shows it)
