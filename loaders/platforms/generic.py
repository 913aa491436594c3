"""The project's own exchange format -> raw records, for any platform.

Source: NDJSON written by people's own exporters, one object a line, told apart by `record`:
        interaction, profile, post, counter, content.
Export: Write it yourself, from any source that has no module here. The operator's guide
        (`docs/operators.md`) shows each record. Programs may also post it to
        [a webhook](tracking.md#receive-webhooks) of `warehouse serve`.
Shape:  One line becomes one record, with ids, types and kinds exactly as given. Every key has
        its column, so no payload is kept, and unknown keys are ignored. For the platform
        `product` only allowed metadata is kept (`loaders/privacy/product_metadata.py`), and no
        account that is an e-mail address.
Units:  RFC 3339 times, without a zone only with --timezone. Counts are whole numbers.
Errors: RecordError naming the key; a line without a known `record` is unsupported.
"""

from __future__ import annotations

from loaders.exchange import csv_rows
from loaders.exchange.lines import parse
from loaders.parsing.formats import Format, Lines
from loaders.reading.json_values import outline

PLATFORM = "generic"


def _recognises(head: bytes) -> bool:
    """Half of the lines are records: fewer are examples in a text about something."""
    lines = [line for line in head.split(b"\n") if line.strip()]
    told = sum(b'"record"' in line and "record" in outline(line) for line in lines)
    return told > 0 and told * 2 >= len(lines)


FORMATS = (
    Format(
        name="exchange_ndjson",
        expects="the exchange format (NDJSON, one object with `record` a line)",
        container=Lines(),
        recognises=_recognises,
        parse=parse,
        is_repetitive=False,
    ),
    *csv_rows.FORMATS,
)
