"""The dashboard of integrations/superset, imported into Superset and opened in Chromium.

Superset is installed into an environment of its own, under `target`; its metadata is in SQLite.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import psycopg
import pytest
import yaml  # type: ignore[import-untyped]  # dbt brings it
from command_line import Console
from copies import ROOT
from own_environments import INTEGRATIONS, programs_of
from playwright.sync_api import Page, Response, sync_playwright

from warehouse.demo import AS_OF

FOLDER = INTEGRATIONS / "superset"
CHARTS = [yaml.safe_load(file.read_text()) for file in FOLDER.glob("dashboard/charts/*.yaml")]
NAMES = {chart["slice_name"] for chart in CHARTS}
DATABASE = "databases/engagement_warehouse.yaml"
USER, SECRET = "somebody", "somebody's password"
PATIENCE = 90.0
WORKSPACE = "spoke-and-kettle"
Rows = list[dict[str, Any]]

# what a chart shows, and the same from the marts
QUESTIONS = {
    "Platforms compared": (
        ("platform", "interactions", "points", "new_followers"),
        "select platform, sum(interaction_count), sum(points), sum(new_follower_count)"
        " from daily_activity group by 1",
    ),
    "Interactions per day": (
        ("product", "tiktok"),
        "select sum(interaction_count) filter (where platform = 'product'),"
        " sum(interaction_count) filter (where platform = 'tiktok')"
        " from daily_activity where is_complete group by activity_date",
    ),
    "Top fans": (
        ("rank", "username", "engagement_score", "comment_count"),
        "select rank, username, engagement_score, comment_count from top_engaged_followers"
        " where rank <= 100",
    ),
    "Best content": (
        ("title", "points"),
        "select title, engagement_score from content_cross_platform_summary"
        " where engagement_score > 0",
    ),
    "Issues that people care about": (
        ("issue_id", "mentions"),
        "select issue_id, sum(mention_count) from issue_engagements where is_eligible"
        " group by 1",
    ),
}


class Superset(NamedTuple):
    """A server of Superset, and how its commands are called."""

    programs: Path
    environment: dict[str, str]
    address: str

    def __call__(self, *arguments: str) -> None:
        """Run a command of Superset."""
        done = subprocess.run(
            [self.programs / "superset", *arguments],
            check=False,
            env=self.environment,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr[-3000:]

    def start(self) -> subprocess.Popen[bytes]:
        """Start the server; return it once it answers."""
        port = self.address.rpartition(":")[2]
        server = subprocess.Popen(
            [self.programs / "superset", "run", "-p", port, "--with-threads"],
            env=self.environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + PATIENCE
        while True:
            assert server.poll() is None
            assert time.monotonic() < deadline
            try:
                httpx.get(f"{self.address}/health", trust_env=False).raise_for_status()
                return server
            except httpx.HTTPError:
                time.sleep(0.5)

    def import_dashboard(self, file: Path, password: str | None) -> httpx.Response:
        """Import a file as its user does; the password goes with it, not in it."""
        with httpx.Client(base_url=self.address, trust_env=False, timeout=120) as client:
            who = {"username": USER, "password": SECRET, "provider": "db", "refresh": False}
            token = client.post("/api/v1/security/login", json=who).json()["access_token"]
            client.headers["Authorization"] = f"Bearer {token}"
            client.headers["Accept"] = "application/json"
            csrf = client.get("/api/v1/security/csrf_token/").json()["result"]
            passwords = {} if password is None else {DATABASE: password}
            return client.post(
                "/api/v1/dashboard/import/",
                headers={"X-CSRFToken": csrf, "Referer": self.address},
                files={"formData": (file.name, file.read_bytes(), "application/zip")},
                data={"passwords": json.dumps(passwords)},
            )


@pytest.fixture(scope="module")
def superset(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Superset]:
    """A new Superset with one user, which is stopped afterwards."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    environment = {
        **os.environ,
        "FLASK_APP": "superset",
        "SUPERSET_HOME": str(tmp_path_factory.mktemp("superset")),
        "SUPERSET_SECRET_KEY": "a key of these tests, which protects nothing",
    }
    made = Superset(programs_of("superset"), environment, f"http://127.0.0.1:{port}")
    made("db", "upgrade")
    names = "--username", USER, "--firstname", "A", "--lastname", "B"
    made("fab", "create-admin", *names, "--email", "a@example.com", "--password", SECRET)
    made("init")
    server = made.start()
    yield made
    server.terminate()
    server.wait(30)


@pytest.fixture(scope="module")
def built(warehouse: Console) -> Console:
    """A warehouse with the samples."""
    paths = sorted(path for path in (ROOT / "samples").iterdir() if path.name != "late")
    assert warehouse("load", *paths, "-w", WORKSPACE).code == 4
    assert warehouse("run", "--as-of", AS_OF).code == 4
    return warehouse


@pytest.fixture(scope="module")
def login(built: Console) -> Iterator[tuple[str, str]]:
    """The address that `warehouse login add` shows, and the password."""
    said = built("login", "add", "superset").out
    address, password = re.search(r"postgresql://\S+", said), re.search(r"once: (\S+)", said)
    assert address and password
    yield address[0], password[1]
    built("login", "remove", "superset")


def test_it_is_imported_and_shows_what_the_marts_say(
    superset: Superset, login: tuple[str, str], tmp_path: Path
) -> None:
    address, password = login
    file = tmp_path / "audience_engagement.zip"
    packing = sys.executable, str(FOLDER / "bundle.py")
    given = address.replace("superset@", f"superset:{password}@")
    subprocess.run([*packing, given, file], check=True, capture_output=True)
    with zipfile.ZipFile(file) as packed:
        assert not any(password in packed.read(name).decode() for name in packed.namelist())
    refused = superset.import_dashboard(file, None)
    assert refused.status_code == 422
    assert "Must provide a password for the database" in refused.text
    done = superset.import_dashboard(file, password)
    assert done.status_code == 200, done.text
    shown = charts_shown(superset, ROOT / "target" / "superset.png")
    assert shown.keys() == NAMES
    assert all(shown.values())
    with psycopg.connect(address, password=password) as session:
        for name, (columns, statement) in QUESTIONS.items():
            rows = [tuple(map(plain, (row[key] for key in columns))) for row in shown[name]]
            assert sorted(rows, key=repr) == sorted(asked(session, statement), key=repr), name
    assert subprocess.run([*packing, "mysql://a@b/c"], check=False).returncode == 2


def charts_shown(superset: Superset, picture: Path) -> dict[str, Rows]:
    """Open the dashboard; return the rows of each chart, and keep what it looks like."""
    chromium = shutil.which("chromium")
    assert chromium, "chromium is not installed; `apt-get install chromium` brings it"
    found: dict[str, Rows] = {}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1500, "height": 2400})
        page.goto(f"{superset.address}/login/")
        page.fill("#username", USER)
        page.fill("#password", SECRET)
        page.keyboard.press("Enter")
        page.wait_for_url("**/welcome/**", timeout=PATIENCE * 1000)
        answers: list[Response] = []

        def keep(answer: Response) -> None:
            if "/chart/data" in answer.url:
                answers.append(answer)

        page.on("response", keep)
        page.goto(f"{superset.address}/superset/dashboard/audience-engagement/")
        names = chart_names(page, superset)
        deadline = time.monotonic() + PATIENCE
        while found.keys() < NAMES:
            assert time.monotonic() < deadline, found.keys()
            page.wait_for_timeout(500)
            for answer in answers:
                asked_for = json.loads(answer.request.post_data or "{}")["form_data"]
                if (name := names.get(asked_for.get("slice_id"))) is not None:
                    assert answer.status == 200, (name, answer.text())
                    found[name] = answer.json()["result"][0]["data"]
        page.wait_for_timeout(2000)
        page.screenshot(path=picture)
        browser.close()
    return found


def chart_names(page: Page, superset: Superset) -> dict[int, str]:
    """Return the names of the charts by their numbers."""
    told = page.request.get(f"{superset.address}/api/v1/chart/").json()
    return {each["id"]: each["slice_name"] for each in told["result"]}


def asked(session: psycopg.Connection, statement: str) -> list[tuple[Any, ...]]:
    """Return the rows of the marts."""
    rows = session.execute(statement.encode()).fetchall()
    return [tuple(map(plain, row)) for row in rows]


def plain(value: Any) -> Any:
    """Return a number as a decimal, without trailing zeros."""
    if isinstance(value, int | float | Decimal):
        return Decimal(str(value)).normalize()
    return value


def test_the_columns_are_those_of_the_marts(session: psycopg.Connection) -> None:
    found = {
        (table, column): kind.upper()
        for table, column, kind in session.execute(
            "select table_name, column_name, data_type from information_schema.columns"
            " where table_schema = 'marts'"
        )
    }
    files = sorted(FOLDER.glob("dashboard/datasets/*/*.yaml"))
    assert len(files) >= 6
    for file in files:
        dataset = yaml.safe_load(file.read_text())
        for column in dataset["columns"]:
            if "expression" not in column:
                key = dataset["table_name"], column["column_name"]
                assert found[key] == column["type"], key
