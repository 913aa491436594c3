"""What dbt makes of templates is kept, and used only where nobody else can have written it."""

from __future__ import annotations

import marshal
import os
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from types import CodeType
from typing import Any

import pytest
from command_line import GOOD, Console

from warehouse import dbt_templates, project
from warehouse.connection import Target

TEMPLATES = {"{{ 1 + one }}": 2, "{% macro twice(n) %}{{ 2 * n }}{% endmacro %}{{ one }}": 1}
WRONG = "{{ 'wrong' }}"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Where code is kept."""
    return tmp_path / "kept.templates"


@pytest.fixture
def translated(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The templates that dbt has translated."""
    environment_class: Any = import_module("dbt_common.clients.jinja").MacroFuzzEnvironment
    translate = environment_class.compile
    found: list[str] = []

    def translate_and_tell(environment: Any, source: Any, *arguments: Any, **more: Any) -> Any:
        found.append(source)
        return translate(environment, source, *arguments, **more)

    monkeypatch.setattr(environment_class, "compile", translate_and_tell)
    yield found
    assert environment_class.compile is translate_and_tell


def rendered(file: Path) -> dict[str, Any]:
    """Return what dbt makes of every template."""
    environment: Any = import_module("dbt_common.clients.jinja").NativeSandboxEnvironment()
    with dbt_templates.kept(file):
        return {each: environment.from_string(each).render({"one": 1}) for each in TEMPLATES}


def test_a_template_is_translated_once(file: Path, translated: list[str]) -> None:
    assert rendered(file) == TEMPLATES
    assert translated == list(TEMPLATES)
    first = file.read_bytes()
    assert rendered(file) == TEMPLATES
    assert (translated, file.read_bytes()) == (list(TEMPLATES), first)
    assert file.stat().st_mode & 0o777 == 0o600


def _of_another_version(file: Path) -> None:
    (name, *_), known = marshal.loads(file.read_bytes())
    file.write_bytes(marshal.dumps(([name, "another version"], known)))


def _of_another_project(file: Path) -> None:
    (_, *made_by), known = marshal.loads(file.read_bytes())
    file.write_bytes(marshal.dumps((["other.templates", *made_by], known)))


def _open_to_others(file: Path) -> None:
    file.chmod(0o622)


def _behind_a_link(file: Path) -> None:
    file.symlink_to(file.rename(file.with_name("elsewhere")))


def _cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-9])


def _emptied(file: Path) -> None:
    file.write_bytes(b"")


@pytest.mark.parametrize(
    "spoil",
    [
        *(_of_another_version, _of_another_project, _open_to_others),
        *(_behind_a_link, _cut, _emptied, os.unlink),
    ],
)
def test_a_file_that_cannot_be_believed_is_replaced(
    file: Path, translated: list[str], spoil: Callable[[Path], None]
) -> None:
    rendered(file)
    environment: Any = import_module("dbt_common.clients.jinja").NativeSandboxEnvironment()
    wrong: CodeType = environment.compile(WRONG)
    heads, known = marshal.loads(file.read_bytes())
    file.write_bytes(marshal.dumps((heads, dict.fromkeys(known, wrong))))
    assert set(rendered(file).values()) == {"wrong"}  # as far as it is believed
    spoil(file)
    translated.clear()
    assert rendered(file) == TEMPLATES
    assert translated == list(TEMPLATES)
    assert file.stat(follow_symlinks=False).st_mode & 0o177777 == 0o100600


def test_runs_keep_what_they_translate(
    warehouse: Console, target: Target, tmp_path: Path, translated: list[str]
) -> None:
    def land_and_run(key: str) -> bytes:
        file = tmp_path / f"{key}.ndjson"
        file.write_bytes(GOOD.replace(b'"id":"1"', f'"id":"{key}"'.encode()))
        assert warehouse("load", file, "-w", "acme").code == 0
        assert warehouse("run").code == 0
        return project.templates(target, project.fingerprint({}).project).read_bytes()

    land_and_run("first")
    kept = land_and_run("second")
    translated.clear()
    assert land_and_run("third") == kept
    assert translated == []


def test_a_rebuild_reads_no_project_again(warehouse: Console, target: Target) -> None:
    assert warehouse("run").code == 0
    templates = project.templates(target, project.fingerprint({}).project)
    parsed = templates.with_suffix(".pickle")
    before = parsed.stat().st_mtime_ns
    assert warehouse("rebuild").code == 0
    assert parsed.stat().st_mtime_ns == before
