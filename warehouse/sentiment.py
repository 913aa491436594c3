"""The labeler that comes along: VADER, for English texts only.

Source: vaderSentiment's lexicon and rules; py3langid tells the language. Both carry their data
        in their wheels, so nothing is fetched.
Shape:  a text in -> one `Label`, or none.
Units:  score: VADER's compound, -1 to 1; probability 0 to 1.
Errors: none; what is no English, too short to tell, or too long has no label.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import version

from py3langid.langid import MODEL_FILE, LanguageIdentifier
from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

LABELER = "vader"
REVISION = 1  # of the numbers below: a change of them is another version
LANGUAGE = "en"
LEAST_PROBABILITY = 0.5  # of the language
LEAST_SCORE = 0.05  # VADER's own: within it either way is neutral
LONGEST = 5_000  # characters; the rules are made for short texts, and slow for long ones
REMEMBERED = 20_000  # texts: many are the same few words

_NO_WORDS = re.compile(r"https?://\S+|[@#]\w+|[^\w\s'’]+|[\d_]+")  # tell no language


@dataclass(frozen=True)
class Label:
    """What a labeler says of a text."""

    sentiment: str
    language: str
    score: float


class Labeler:
    """VADER with a guard before it; loading takes about three seconds."""

    name = LABELER

    def __init__(self) -> None:
        self.version = f"{version('vaderSentiment')}/{version('py3langid')}/{REVISION}"
        self._languages = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
        self._lexicon = SentimentIntensityAnalyzer()
        self.label = lru_cache(REMEMBERED)(self._label)

    def _label(self, text: str) -> Label | None:
        if len(text) > LONGEST:
            return None
        words = " ".join(_NO_WORDS.sub(" ", text).split())
        if not words:
            return None
        language, probability = self._languages.classify(words)
        if language != LANGUAGE or probability < LEAST_PROBABILITY:
            return None
        score = float(self._lexicon.polarity_scores(text)["compound"])
        if score >= LEAST_SCORE:
            sentiment = "positive"
        elif score <= -LEAST_SCORE:
            sentiment = "negative"
        else:
            sentiment = "neutral"
        return Label(sentiment, LANGUAGE, score)
