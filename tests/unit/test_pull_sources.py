"""sources.toml: what it may say, one sentence for what it may not, and the printed example."""

from __future__ import annotations

import tomllib
from datetime import timedelta
from pathlib import Path

import pytest

from warehouse.errors import USAGE, WarehouseError
from warehouse.pulling import apis, declarations, rest

GOOD = {
    "workspace": '"acme"',
    "platform": '"linear"',
    "token": '"LINEAR_TOKEN"',
    "follow": '["comments:ENG"]',
}


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file of a state folder."""
    monkeypatch.setenv("WAREHOUSE_HOME", str(tmp_path))
    return tmp_path / declarations.FILE


MAP = """
record = "interaction"
list = "posts"
[columns]
id = "id"
author = "actor_id"
created_at = "occurred_at"
[constants]
platform = "forum"
type = "comment"
"""


def write(file: Path, **settings: str) -> None:
    """Write one source."""
    lines = [f"{key} = {value}" for key, value in (GOOD | settings).items()]
    file.write_text("[sources.garden]\n" + "\n".join(lines) + "\n")


def sentence(code: int = USAGE) -> str:
    """Return the sentence about the file."""
    with pytest.raises(WarehouseError) as caught:
        declarations.read()
    assert caught.value.exit_code == code
    return caught.value.message


def test_sources_are_read(file: Path) -> None:
    write(file, look_back='"6h"', every='"15m"', daily_budget="7")
    (source,) = declarations.read().values()
    assert source.window == timedelta(hours=6)
    assert source.every_seconds == 900
    assert source.units_a_day == 7
    assert source.declared("comments").workspace == "acme"


def test_the_example_is_a_good_file(file: Path) -> None:
    file.write_text(declarations.EXAMPLE.read_text("utf-8"))
    file.with_name("forum.toml").write_text(MAP)
    found = declarations.read()
    assert {source.platform for source in found.values()} == {*apis.known(), rest.PLATFORM}
    commented = declarations.EXAMPLE.read_text("utf-8").replace("\n# ", "\n")
    known = set(declarations.Source.__struct_fields__) - {"rest"}
    keys = {line.partition(" = ")[0] for line in commented.splitlines() if " = " in line}
    assert known <= keys
    assert tomllib.loads(declarations.EXAMPLE.read_text("utf-8"))


def test_a_missing_file_says_how_to_begin(file: Path) -> None:
    assert sentence().startswith(f"There is no {file}, so there is nothing to pull; ")


@pytest.mark.parametrize(
    ("key", "value", "told"),
    [
        (
            "platform",
            '"friendster"',
            "has 'friendster' at sources.garden.platform; use one of ",
        ),
        ("workspace", '"a b"', "has a wrong name at sources.garden.workspace; "),
        ("token", '"lin_api-abc"', "has no name of an environment variable at "),
        ("follow", "[]", "follows nothing at sources.garden.follow; "),
        ("follow", '["posts:ENG"]', "has 'posts:ENG' at sources.garden.follow; write it as "),
        ("follow", '["comments:"]', "has 'comments:' at sources.garden.follow; "),
        ("follow", '["comments:a/b"]', "has 'comments:a/b' at sources.garden.follow; "),
        ("follow", '["comments:A", "comments:A"]', "names something twice at "),
        ("look_back", '"soon"', "has 'soon' at sources.garden.look_back; give a time like "),
        ("every", '"1s"', "has '1s' at sources.garden.every; give a time like "),
        ("budget", "0", "has 0 at sources.garden.budget; give 1 or more."),
        ("url", '"http://example.com"', "has a wrong address at sources.garden.url; "),
        ("url", '"https://a:b@example.com"', "has a wrong address at sources.garden.url; "),
        ("tokens", '"T"', "has a key sources.garden.tokens; a source knows workspace, "),
    ],
)
def test_what_cannot_be_is_one_sentence(file: Path, key: str, value: str, told: str) -> None:
    write(file, **{key: value})
    assert sentence().startswith(f"{file} {told}")


@pytest.mark.parametrize("url", ["https://proxy.example/v1", "http://127.0.0.1:8081"])
def test_another_address_may_be_given(file: Path, url: str) -> None:
    write(file, url=f'"{url}"')
    assert declarations.read()["garden"].url == url


@pytest.mark.parametrize("value", ["", "  ", "a\nb", "tökén"])
def test_a_token_that_is_none_is_one_sentence(
    file: Path, monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    write(file)
    monkeypatch.setenv("LINEAR_TOKEN", value)
    source = declarations.read()["garden"]
    with pytest.raises(WarehouseError) as caught:
        declarations.token_of("garden", source)
    assert "The variable LINEAR_TOKEN " in caught.value.message
    assert value.strip() == "" or value not in caught.value.message


def test_a_declared_api_needs_an_address_and_a_map(file: Path) -> None:
    lists = "[sources.garden.rest.lists.posts]\npath = '/p'\n"
    told = {"platform": '"rest"', "follow": '["posts:1"]', "token": '""'}
    write(file, **told)
    assert "needs sources.garden.url and sources.garden.rest for the" in sentence()
    write(file, **told, url='"https://forum.example"')
    file.write_text(file.read_text() + lists)
    assert "has no key sources.garden.rest.lists[...].map; add it." in sentence()
    file.write_text(file.read_text() + "map = 'forum.toml'\n")
    assert f"{file.with_name('forum.toml')} cannot be read" in sentence()
    file.with_name("forum.toml").write_text(MAP)
    source = declarations.read()["garden"]
    assert source.api.title == "forum.example"
    assert declarations.token_of("garden", source) == ""
    assert source.declared("posts").map is not None
