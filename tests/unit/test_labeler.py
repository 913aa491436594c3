"""The sentiment labeler: which texts it labels, and how well."""

from __future__ import annotations

import csv
from collections import Counter

import pytest
from copies import ROOT

from warehouse import sentiment
from warehouse.sentiment import Labeler

TEXTS = ROOT / "tests" / "fixtures" / "sentiment"
COMPLAINT = "This is the worst service I have ever seen, I am furious"


@pytest.fixture(scope="module")
def labeler() -> Labeler:
    """The labeler that comes along."""
    return Labeler()


def rows(name: str) -> list[dict[str, str]]:
    """The rows of a fixture."""
    with (TEXTS / f"{name}.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_english_texts_are_labelled_well(labeler: Labeler) -> None:
    """Of what is labelled nine in ten are right; little is left without a label."""
    said = [(row["sentiment"], labeler.label(row["text"])) for row in rows("english")]
    labelled = [(expected, label.sentiment) for expected, label in said if label is not None]
    assert len(labelled) >= 0.95 * len(said)
    assert sum(expected == found for expected, found in labelled) >= 0.9 * len(labelled)
    reversed_ = Counter(labelled)
    assert reversed_["positive", "negative"] + reversed_["negative", "positive"] <= 1


def test_other_languages_have_no_label(labeler: Labeler) -> None:
    found = [row for row in rows("other_languages") if labeler.label(row["text"]) is not None]
    assert found == []


@pytest.mark.parametrize(
    "text", ["", "👍", "lol", "42", "https://example.com/great @ann #love", "great " * 1000]
)
def test_what_cannot_be_told_has_no_label(labeler: Labeler, text: str) -> None:
    assert labeler.label(text) is None


def test_a_label_is_the_same_every_time(labeler: Labeler) -> None:
    assert labeler.label(COMPLAINT) == Labeler().label(COMPLAINT)
    assert labeler.version.endswith(f"/{sentiment.REVISION}")
