"""A search for many values finds what looking for each of them would."""

from __future__ import annotations

import io
import json
import random
import time
from urllib.parse import quote

import pytest

from warehouse.privacy import searching
from warehouse.privacy.searching import SHORTEST, Sought

LETTERS = 'abAB.é"\\/ 1'


def words(rng: random.Random, count: int, longest: int) -> list[str]:
    return ["".join(rng.choices(LETTERS, k=rng.randint(1, longest))) for _ in range(count)]


def is_held(text: str, values: list[str]) -> bool:
    """Return the same by looking for one value after the other."""
    text = text.lower()
    return any(
        text == value if len(value) < SHORTEST else value in text
        for value in map(str.lower, values)
    )


@pytest.mark.parametrize("seed", range(40))
def test_it_finds_what_looking_one_by_one_finds(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a column and of a stream, however the stream is cut."""
    rng = random.Random(seed)
    values = words(rng, rng.randint(1, 60), 9)
    texts = [*words(rng, 300, 30), *values]
    sought = Sought(values)
    forms = [form for value in values for form in searching._forms(value)]
    found = [sought.rows([text]) == 1 for text in texts]
    assert found == [is_held(text, forms) for text in texts]
    assert all(each for each, text in zip(found, texts, strict=True) if is_held(text, values))
    assert True in found and False in found
    assert sought.rows(texts) == sum(sought.rows([text]) for text in texts)
    whole = "".join(texts)
    for size in (1, 2, 7, 64, 1 << 20):
        monkeypatch.setattr(searching, "BLOCK", size)
        stream = io.BytesIO(whole.encode())
        assert sought.places_in(stream) == sought.places(whole)


@pytest.mark.parametrize(
    "value",
    ["plant-me", "q\"uo'te", "back\\slash", "zoë-ü", "a.b*c+d", "@zoë/x", "日本語の名前"],
)
def test_a_value_is_found_however_a_text_writes_it(value: str) -> None:
    for text in (
        *(value, value.upper(), f"x{value}y"),
        *(json.dumps({"k": [value]}), json.dumps([value], ensure_ascii=False)),
        json.dumps(value).replace("/", "\\/"),  # as PHP writes it
        *(f"https://web.example/{quote(value)}/1", quote(value, safe="")),
        *(quote(value).lower(), json.dumps(value).upper()),
    ):
        assert Sought([value]).rows(["no", text, "nor this"]) == 1, text
        assert Sought([value]).places_in(io.BytesIO(text.encode())) == 1, text
        assert Sought([f"{value}-not"]).rows([text]) == 0


def test_bytes_that_are_no_text_are_searched_too() -> None:
    assert Sought(["never-landed"]).places_in(io.BytesIO(b"\xff\xfeNEVER-landed\xc3")) == 1
    assert Sought(["a"]).places_in(io.BytesIO(b"a" * 10)) == 0
    assert Sought([]).rows(["a", ""]) == 0


def test_a_thousand_people_are_found_as_fast_as_one() -> None:
    """12,000 values and a megabyte: looking one by one would take minutes."""
    rng = random.Random("many")
    values = [
        f"{rng.getrandbits(64):x}-{person}-{number}"
        for person in range(1_000)
        for number in range(12)
    ]
    text = " ".join(f"{rng.getrandbits(64):x}" for _ in range(60_000))
    began = time.process_time()
    assert Sought(values).places(f"{text} {values[17]} {values[-1]}") == 2
    assert time.process_time() - began < 10
