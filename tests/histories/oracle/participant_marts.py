"""Every mart about participants, by name."""

from __future__ import annotations

from collections.abc import Sequence

from oracle.decisions import participant_decisions
from oracle.facts import find_facts
from oracle.history_marts import interaction_history, participant_profile_history
from oracle.labels import Label, sentiment_labels
from oracle.participants import participant_context, participant_profiles
from oracle.world import Row, World

MARTS = {
    "participant_profiles": participant_profiles,
    "participant_context": participant_context,
    "interaction_history": interaction_history,
    "participant_profile_history": participant_profile_history,
    "participant_decisions": participant_decisions,
    "sentiment_labels": sentiment_labels,
}


def participant_marts(world: World, labels: Sequence[Label]) -> dict[str, list[Row]]:
    """Return the rows of every mart, by name."""
    facts = find_facts(world)
    return {name: mart(world, facts, labels) for name, mart in MARTS.items()}
