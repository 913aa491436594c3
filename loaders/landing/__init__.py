"""The only writer of raw records: one document in, one load committed, or nothing.

Source: a recognised document and the outcomes of its format.
Shape:  one row in raw.loads, typed rows in the tables of the records, rejects beside them,
        all at once.
Units:  counts are native records: n_in = n_landed + n_rejected + n_suppressed.
Errors: a data error rejects one record. An error of the sink or of the file leaves no
        trace, and landing the document again is right.
"""

from __future__ import annotations

from collections import Counter as Tally
from collections.abc import Callable
from datetime import datetime

import msgspec
import psycopg

from loaders.exchange.singer import ACTIVATION
from loaders.landing import former_keys, snapshots, versions
from loaders.landing.identity import Identity, Known, Source
from loaders.landing.postgres import PostgresSink
from loaders.landing.sinks import Counts, Sink
from loaders.landing.suppression import Suppression
from loaders.landing.writing import TABLES, Writer
from loaders.parsing.formats import Context, Format
from loaders.parsing.notes import Note
from loaders.parsing.times import EPOCH
from loaders.reading.documents import Document
from loaders.reading.reader import outcomes
from loaders.records import Reason, Rejected

__all__ = ["TABLES", "Load", "Sink", "Source", "as_sink", "land"]

PROGRESS_ROWS = 5_000


class Load(msgspec.Struct, frozen=True, kw_only=True):
    """Result of landing one document.

    `is_new` is false where the same bytes had been landed before under the same declarations:
    the counts are then those of that earlier load. `unnamed_count`: interactions of the
    exporting account, where nothing says which account that is.
    """

    load_id: int
    is_new: bool
    received_at: datetime
    n_in: int
    n_landed: int
    n_rejected: int
    n_suppressed: int = 0
    reasons: dict[Reason, int]
    notes: dict[Note, int] = {}
    unnamed_count: int = 0


def as_sink(place: psycopg.Connection | Sink) -> Sink:
    """Return where to land: a connection stands for its database."""
    return PostgresSink(place) if isinstance(place, psycopg.Connection) else place


def land(
    place: psycopg.Connection | Sink,
    document: Document,
    fmt: Format,
    source: Source,
    context: Context,
    *,
    replay_of: int | None = None,
    on_progress: Callable[[int], None] | None = None,
    suppression: Suppression | None = None,
) -> Load:
    """Land a document once under one declaration.

    `on_progress` is called now and then with the number of records so far. Records of accounts
    that `suppression` names are counted and not stored; it is asked once the load is entered,
    so that a wish which was committed before then is heeded. Within a transaction of the
    caller it is his to commit or to take back.
    """
    sink = as_sink(place)
    with sink.landing():
        identity = Identity(document, fmt, source, context, replay_of)
        known = identity.earlier(sink)
        claimed = None if known is not None else sink.claim(identity.values())
        if claimed is None:
            known = known or identity.earlier(sink)
            assert known is not None
            return _same_as(known)
        load_id, received_at = claimed
        kept = suppression and suppression(source.workspace)
        tally: Tally[Reason] = Tally()
        notes: dict[Note, tuple[int, int]] = {}  # records, the first of them
        n_in = n_suppressed = 0
        with Writer(sink, load_id, source.workspace, received_at) as writer:
            for n_in, told in enumerate(outcomes(document, fmt, context), 1):
                outcome = told if kept is None else kept(told)
                if outcome is None:
                    n_suppressed += 1
                    continue
                writer.add(outcome)
                if isinstance(outcome, Rejected):
                    tally[outcome.reason] += 1
                for remark in outcome.notes:
                    count, first = notes.get(remark, (0, outcome.line_no))
                    notes[remark] = count + 1, first
                if n_in % PROGRESS_ROWS == 0 and on_progress is not None:
                    on_progress(n_in)
        document.check()
        n_rejected = tally.total()
        n_landed = n_in - n_rejected - n_suppressed
        counts = Counts(
            n_in=n_in,
            n_landed=n_landed,
            n_rejected=n_rejected,
            n_suppressed=n_suppressed,
            newest_at=EPOCH if fmt.is_as_received else writer.newest_at,
        )
        if kept is not None:
            sink.rename(load_id, kept.of_file)
        sink.finish(load_id, counts, notes)
        identity.replace(sink, load_id)
        if fmt.lists_reactions and replay_of is None:
            snapshots.retract(sink, load_id)
        if fmt.name == ACTIVATION and replay_of is None:
            versions.retract(sink, load_id, source)
        former_keys.retract(sink, load_id, source.platform, fmt.name)
        if not sink.commit():
            known = identity.earlier(sink)
            assert known is not None
            return _same_as(known)
    return Load(
        load_id=load_id,
        is_new=True,
        received_at=received_at,
        n_in=n_in,
        n_landed=n_landed,
        n_rejected=n_rejected,
        n_suppressed=n_suppressed,
        reasons=dict(tally),
        notes={remark: count for remark, (count, _) in notes.items()},
        unnamed_count=writer.unnamed_count,
    )


def _same_as(known: Known) -> Load:
    """What a load comes to that has landed before."""
    return Load(
        load_id=known.load_id,
        is_new=False,
        received_at=known.received_at,
        n_in=known.n_in,
        n_landed=known.n_landed,
        n_rejected=known.n_rejected,
        reasons={},
    )
