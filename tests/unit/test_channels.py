"""The file of channels: what it may say, and one sentence for what it may not."""

from __future__ import annotations

from pathlib import Path

import pytest

from warehouse import channels
from warehouse.errors import USAGE, WarehouseError

SECRET = "s3cret"
URL = f'url = "json://127.0.0.1/{SECRET}"\n'


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file of a state folder."""
    monkeypatch.setenv("WAREHOUSE_HOME", str(tmp_path))
    path = tmp_path / channels.FILE
    path.touch(0o600)
    return path


def test_channels_are_read(file: Path) -> None:
    file.write_text(
        f"[channels.team]\n{URL}[channels.desk]\n{URL}"
        'workspaces = ["acme"]\nkinds = ["vip_quiet"]\nseverities = ["warning"]\n'
        'messages = "each"\n'
    )
    found = channels.read()
    assert list(found) == ["team", "desk"]
    team, desk = found.values()
    assert (team.messages, desk.messages) == ("digest", "each")
    assert team.wants("other", "score_dropped", "notice")
    assert desk.wants("acme", "vip_quiet", "warning")
    for other in (
        ("other", "vip_quiet", "warning"),
        ("acme", "negative_trend", "warning"),
        ("acme", "vip_quiet", "notice"),
    ):
        assert not desk.wants(*other)
    assert SECRET not in repr(found)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "declares no channel; docs/operators.md#notifications shows how to."),
        ("channels = 3", "declares no channel; docs/operators.md#notifications shows how to."),
        ("[channels.team\n", "is not TOML: "),
        (f"[channel.team]\n{URL}", "has a key channel; write each channel as [channels.NAME]."),
        ("[channels.team]\n", "has no key channels.team.url; add it."),
        (
            f"[channels.team]\nurll = 1\n{URL}",
            "has a key channels.team.urll; a channel knows url, workspaces, kinds, severities, "
            "messages.",
        ),
        (
            f'[channels.team]\nurl = ["{SECRET}"]',
            "has a wrong value at channels.team.url: Expected text, got a list; correct it.",
        ),
        (
            f'[channels.team]\n{URL}kinds = "vip_quiet"',
            "has a wrong value at channels.team.kinds: Expected a list, got text; correct it.",
        ),
        (
            f"[channels.team]\n{URL}workspaces = [1]",
            "has a wrong value at channels.team.workspaces[0]: Expected text, got a number; "
            "correct it.",
        ),
        (
            f'[channels.team]\n{URL}messages = "all"',
            "has a wrong value at channels.team.messages: Invalid enum value 'all'; ",
        ),
        (
            f'[channels.team]\n{URL}kinds = ["vip_quite"]',
            "has 'vip_quite' at channels.team.kinds; use one of score_dropped, vip_quiet, ",
        ),
        (
            f'[channels.team]\n{URL}severities = ["loud"]',
            "has 'loud' at channels.team.severities; use one of notice, warning.",
        ),
        ("[channels]\nteam = 3", "has a wrong value at channels.team: Expected a table, got "),
        (f'[channels."a b"]\n{URL}', "has a channel 'a b'; name it with letters, digits, "),
    ],
)
def test_what_a_file_may_not_say(file: Path, text: str, sentence: str) -> None:
    file.write_text(text)
    told = refusal()
    assert told.startswith(f"{file} {sentence}")
    assert SECRET not in told


def test_what_a_file_may_not_be(file: Path) -> None:
    file.write_bytes(b"\xff")
    assert refusal() == f"{file} is not UTF-8; save it as text in UTF-8."
    file.write_text(f"[channels.team]\n{URL}")
    file.chmod(0o640)
    assert refusal() == f"{file} can be read by others; run `chmod 600 {file}`."
    file.unlink()
    assert refusal().startswith(f"There is no {file}, so no alert is sent anywhere; ")
    file.mkdir()
    assert refusal() == f"{file} cannot be read: Is a directory; correct that."


def refusal() -> str:
    """Return the sentence with which reading ends."""
    with pytest.raises(WarehouseError) as refused:
        channels.read()
    assert refused.value.exit_code == USAGE
    return refused.value.message
