"""A download loads under the account that it names."""

from __future__ import annotations

import shutil
from pathlib import Path

import psycopg
import pytest
from command_line import Console

FIXTURES = Path(__file__).parents[1] / "fixtures"
PERSONAL = """{"profile_user": [{"title": "", "media_map_data": {}, "string_map_data": {
 "%s": {"href": "", "value": "ada@example.org", "timestamp": 0},
 "%s": {"href": "", "value": "ada.l", "timestamp": 0},
 "%s": {"href": "", "value": "female", "timestamp": 0}}}]}"""


@pytest.mark.parametrize("is_zipped", [True, False])
@pytest.mark.parametrize(
    "names",
    [
        (
            "personal_information/personal_information/personal_information.json",
            "your_instagram_activity/comments/post_comments_1.json",
        ),
        ("personal_information/personal_information.json", "comments/post_comments_1.json"),
    ],
)
def test_a_download_is_of_the_account_that_it_names(
    warehouse: Console,
    session: psycopg.Connection,
    tmp_path: Path,
    names: tuple[str, str],
    is_zipped: bool,
) -> None:
    comments = FIXTURES / "instagram/valid/post_comments_1.json"
    contents = (PERSONAL % ("Email", "Username", "Gender"), comments.read_text("utf-8"))
    folder = tmp_path / "instagram-ada"
    for name, content in zip(names, contents, strict=True):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content, encoding="utf-8")
    path = folder
    if is_zipped:
        path = Path(shutil.make_archive(str(folder), "zip", folder))
    workspace = f"account_{is_zipped}_{names[1].count('/')}".lower()
    said = warehouse("load", path, "-w", workspace)
    assert said.code == 0, said
    rows = session.execute(
        "select distinct actor_id, actor_kind from raw.interactions where workspace_id = %s",
        (workspace,),
    ).fetchall()
    assert rows == [("@ada.l", "exporter")]
