"""Delivery through Apprise: keys, harmless text, failures without addresses."""

from __future__ import annotations

import logging
import re
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from receivers import http_receiver, smtp_receiver

from warehouse import messages
from warehouse.delivery import Service
from warehouse.display import visible
from warehouse.messages import MOST_LINES, MOST_MESSAGES, Alert, Message, harmless

SECRET = "s3cret-t0ken"
HOSTILE = (
    "@everyone <!channel> <@123> [free](https://evil.example) **b** ||c|| `d` www.evil.com"
)
LINK = re.compile(r"://|www\.|[^\s.]\.[a-z]{2}", re.IGNORECASE)


def alert(name: str = "yuki.f", workspace: str = "acme", severity: str = "warning") -> Alert:
    """Return an alert about somebody."""
    return Alert(
        uuid4(), workspace, "instagram", name, "vip_quiet", severity, "Nothing for 15 days."
    )


def message(*alerts: Alert) -> Message:
    """Return a message with these alerts."""
    return Message("team", uuid4(), alerts or [alert()])


# -- text --


@given(st.text())
def test_no_text_is_obeyed(text: str) -> None:
    shown = harmless(text, 80)
    assert not set("@<>[]#*~|`") & set(shown)
    assert not LINK.search(shown)
    assert visible(shown) == shown


def test_harmless_text_looks_alike() -> None:
    assert harmless("theo_vs_everything, kofi.m", 80) == "theo_vs_everything, kofi.m"
    assert harmless("fell from 20 to 0.", 80) == "fell from 20 to 0."
    assert harmless("x" * 100, 80) == "x" * 79 + "…"


def test_one_alert_is_told_by_itself() -> None:
    only = [alert("@here")]
    assert messages.title(only) == "Warning in acme: \uff20here on instagram"
    assert messages.body(only, 1000) == "Nothing for 15 days."


def test_a_digest_fits_and_counts_what_it_leaves_out() -> None:
    many = [alert(f"u{number}", severity="notice") for number in range(100)]
    assert messages.title(many) == "100 new alerts in acme"
    lines = messages.body(many, 100_000).split("\n")
    assert len(lines) == MOST_LINES + 1
    assert lines[0] == "Notice: u0 on instagram: Nothing for 15 days."
    assert lines[-1].startswith("and 75 more;")
    short = messages.body(many, 200)
    assert len(short) <= 200
    assert " more;" in short
    places = [alert(workspace="acme"), alert(workspace="other")]
    assert messages.title(places) == "2 new alerts in 2 workspaces"
    assert messages.body(places, 1000).startswith("Warning in acme: yuki.f on instagram: ")


def test_each_alert_is_in_one_message() -> None:
    many = [alert() for _ in range(MOST_MESSAGES + 5)]
    digest = messages.messages("team", many, is_digest=True)
    assert [len(each.alerts) for each in digest] == [len(many)]
    single = messages.messages("team", many, is_digest=False)
    assert [len(each.alerts) for each in single] == [1] * MOST_MESSAGES + [5]
    assert [told for each in single for told in each.alerts] == many
    assert len({each.key for each in single}) == len(single)
    assert messages.messages("team", [], is_digest=True) == []


# -- services --


def test_mail_has_the_key_as_its_only_message_id(monkeypatch: pytest.MonkeyPatch) -> None:
    with smtp_receiver() as receiver:
        address = f"mailto://127.0.0.1:{receiver.port}?from=w@example.org&to=team@example.org"
        service = Service(address + "&mode=insecure")
        monkeypatch.setattr(service._plugin, "request_rate_per_sec", 0)  # else it waits
        first, second = message(alert(HOSTILE), alert("b\r\nBcc: all@example.org")), message()
        assert service.send(first) is None
        assert service.send(first) is None
        assert service.send(second) is None
    keys = [first.key, first.key, second.key]
    assert [mail.get_all("Message-ID") for mail in receiver.mails] == [
        [f"<{key}@127.0.0.1>"] for key in keys
    ]
    mail = receiver.mails[0]
    assert mail["Subject"] == "2 new alerts in acme"
    assert mail["Bcc"] is None
    assert mail.get_content_type() == "text/plain"
    text = mail.get_content()
    assert "\uff20everyone" in text
    assert not LINK.search(text)
    assert str(first.key) not in text


def test_json_has_the_key_in_a_header() -> None:
    with http_receiver() as receiver:
        service = Service(f"json://127.0.0.1:{receiver.port}/hook/{SECRET}")
        sent = [message(alert(HOSTILE)), message()]
        assert [service.send(each) for each in sent] == [None, None]
    assert [UUID(got.key) for got in receiver.posted] == [each.key for each in sent]
    assert receiver.posted[1].message == "Nothing for 15 days."
    assert not set("@<>[]*|`") & set(receiver.posted[0].title)


@pytest.mark.parametrize(
    "url",
    [
        "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ",
        "discord://4174216298/JHMHI8qBe7bk2ZwO5U711o3dV_js",
        "tgram://123456789:abcdefg_hijklmnop/12315544",
    ],
)
def test_other_services_show_the_key(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    service = Service(url)
    told: list[str] = []

    def take(body: str, **_: object) -> bool:
        told.append(body)
        return True

    monkeypatch.setattr(service._plugin, "send", take)
    sent = message(alert(HOSTILE), alert())
    assert service.send(sent) is None
    assert str(sent.key) in told[0].replace("\\", "")
    assert "@" not in told[0]
    assert not LINK.search(told[0])


def test_a_failure_is_told_without_the_address(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "apprise")
    with http_receiver() as receiver:
        receiver.is_up = False
        url = f"json://user:{SECRET}@127.0.0.1:{receiver.port}/hook/{SECRET}"
        assert Service(url).send(message()) == "the service answered 500"
    unreachable = "the service cannot be reached, or refused the login"
    assert Service(url).send(message()) == unreachable
    with smtp_receiver() as receiver:
        receiver.is_up = False
        address = f"mailto://127.0.0.1:{receiver.port}?from=w@example.org&to=t@example.org"
        assert Service(address).send(message()) == "the service did not take the message"
    assert Service(address).send(message()) == unreachable
    assert SECRET not in caplog.text


def test_an_exception_of_a_plugin_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    service = Service(f"json://127.0.0.1:1/{SECRET}")

    def fail(**_: object) -> bool:
        raise OSError(SECRET)

    monkeypatch.setattr(service._plugin, "send", fail)
    assert service.send(message()) == "Apprise failed with OSError"


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        (SECRET, "that does not begin with a service, like mailto:// or json://"),
        (f"slakc://{SECRET}", "that Apprise does not understand (slakc://)"),
        (f"slack://{SECRET}", "that Apprise does not understand (slack://)"),
        (f"{SECRET}://x", "that Apprise does not understand"),
    ],
)
def test_an_unknown_address_is_told_without_it(url: str, reason: str) -> None:
    with pytest.raises(ValueError, match=re.escape(reason)) as refused:
        Service(url)
    assert SECRET not in str(refused.value)
