"""Every error that a platform documents has its sentence: what, of which source, what next."""

from __future__ import annotations

import re
from collections.abc import Iterator

import psycopg
import pytest
import tenacity
from command_line import Console
from documented_errors import DOCUMENTED, THEN, Told
from fake_services.fakes import FAKES
from fake_services.service import TOKEN, Answer, Fault
from pulled import VARIABLE, Pulled, make

from warehouse.pulling import asking

pytestmark = pytest.mark.first_build

TIME = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d")


@pytest.fixture(params=FAKES, scope="module")
def pulled(
    request: pytest.FixtureRequest, warehouse: Console, session: psycopg.Connection
) -> Iterator[Pulled]:
    """A platform that answers with an error."""
    with make(request.param) as service, pytest.MonkeyPatch.context() as patch:
        patch.setenv(VARIABLE, TOKEN)
        patch.setattr(asking, "_backoff", tenacity.wait_none())
        found = Pulled(request.param, service, warehouse, session)
        yield found
        found.clear()
        found.file.unlink()


def test_a_documented_error_is_one_sentence_that_says_what_to_do(pulled: Pulled) -> None:
    is_instagram = pulled.platform == "instagram"  # it shares Facebook's errors
    host = pulled.service.url.removeprefix("http://")
    documented = [
        told
        for told in DOCUMENTED
        if told.platform == ("facebook" if is_instagram else pulled.platform)
    ]
    assert documented
    for told in documented:
        sentence = told.sentence.replace("HOST", host)
        if is_instagram:
            sentence = sentence.replace("Facebook", "Instagram", 1)
        pulled.clear()
        assert sentence_of(pulled, told) == sentence, told.name


def sentence_of(pulled: Pulled, told: Told) -> str:
    """Pull while every answer is this error; return the sentence without the source's name."""
    pulled.service.always = Fault(Answer(told.status, told.body, told.headers))
    said = pulled.pull()
    assert said.code == 1, (told, said)
    (line,) = said.err.splitlines()
    assert "wants no requests before" not in line
    source, _, sentence = line.removeprefix("✗ ").partition(": ")
    assert source in ("s", f"pull/s/{pulled.fake.item}")
    return TIME.sub(THEN, sentence)
