"""Health: what was loaded, what was not, how fresh it is, and what the last runs did.

Source: landed_sources, landing_checks, rejected_records, runs, unmapped words,
        unshown_records, conflicting_deliveries.
Shape:  one page.
Units:  records.
Errors: none of its own.
"""

from __future__ import annotations

from warehouse.web.pages import charts, values
from warehouse.web.pages.tables import Column, Table
from warehouse.web.pages.visit import Figure, Page, View, Visit, moment

SOURCES = Table(
    name="sources",
    title="Loads",
    source="sources",
    columns=(
        Column("platform", "Platform", "words"),
        Column("format", "Format", "words"),
        Column("load_count", "Loads", "number"),
        Column("record_count", "Records", "number"),
        Column("landed_count", "Landed", "number"),
        Column("rejected_count", "Rejected", "number"),
        Column("pending_load_count", "Waiting", "number"),
        Column("last_received_at", "Last received", "time"),
    ),
    empty="Nothing has been loaded; `warehouse load PATH --workspace NAME` does it.",
    mart="landed_sources",
)
REJECTS = Table(
    name="rejects",
    title="Rejected records by reason",
    source="rejects",
    columns=(
        Column("platform", "Platform", "words"),
        Column("reject_reason", "Reason", "words"),
        Column("record_count", "Records", "number"),
        Column("last_received_at", "Last received", "time"),
    ),
    empty="No record waits to be mended; `warehouse rejects` lists them when there are some.",
    mart="rejected_records",
)
CHECKS = Table(
    name="checks",
    title="Checks of the newest loads",
    source="landing_checks",
    columns=(
        Column("platform", "Platform", "words"),
        Column("format", "Format", "words"),
        Column("result", "Result", "words"),
        Column("record_count", "Records", "number"),
        Column("problems", "What was found", "words-long"),
        Column("is_held", "Held back", "yes"),
        Column("checked_at", "Checked", "time"),
    ),
    empty="No load has been checked; `warehouse run` checks each before it publishes.",
    mart="landing_checks",
)
RUNS = Table(
    name="runs",
    title="Last runs",
    source="runs",
    columns=(
        Column("run_seq", "Run", "number"),
        Column("started_at", "Started", "time"),
        Column("finished_at", "Finished", "time"),
        Column("is_successful", "Successful", "yes"),
        Column("as_of", "As of", "time"),
        Column("load_count", "Loads", "number"),
        Column("record_count", "Records", "number"),
    ),
    empty="Nothing has been loaded; `warehouse load PATH`, then `warehouse run`.",
    mart="runs",
)
UNMAPPED = Table(
    name="unmapped",
    title="Words without a mapping",
    source="unmapped",
    columns=(
        Column("platform", "Platform", "words"),
        Column("kind", "Kind", about="What the word would be."),
        Column("word", "Word", about="As the platform says it."),
        Column("record_count", "Records", "number"),
        Column("seed", "Add a row to", about="The seed that maps such words."),
        Column("last_landed_at", "Last landed", "time"),
    ),
    empty="Every word that the platforms use has a mapping.",
    mart="unshown_records",
)
UNSHOWN = Table(
    name="unshown",
    title="Loaded, but in no mart",
    source="unshown",
    columns=(
        Column("platform", "Platform", "words"),
        Column("kind", "Kind", "words"),
        Column("native_name", "Name"),
        Column("reason", "Reason", "words"),
        Column("record_count", "Records", "number"),
        Column("last_landed_at", "Last landed", "time"),
    ),
    empty="Everything that was loaded is in a mart.",
    mart="unshown_records",
)
CONFLICTS = Table(
    name="conflicts",
    title="Deliveries that contradict an earlier one",
    source="conflicts",
    columns=(
        Column("received_at", "Received", "time"),
        Column("platform", "Platform", "words"),
        Column("native_type", "Type"),
        Column("is_follower_different", "Other follower", "yes"),
        Column("is_post_different", "Other post", "yes"),
        Column("is_time_different", "Other time", "yes"),
    ),
    empty="No delivery contradicts another.",
    mart="conflicting_deliveries",
)


def _health(visit: Visit) -> View:
    totals = visit.one("health_totals")
    records, rejected = totals["record_count"], totals["rejected_count"]
    sources = visit.shown["sources"].rows
    view = View(
        figures=[
            Figure("Loads", values.number(totals["load_count"]), href="#sources"),
            Figure("Records", values.number(records)),
            Figure(
                "Rejected",
                values.number(rejected),
                period=f"{values.percent(rejected / records)} of the records"
                if records
                else "",
                href="#rejects",
            ),
            Figure("Waiting", values.number(totals["pending_load_count"]), period="loads"),
            moment("Last received", totals["last_received_at"], visit),
        ]
    )
    if sources:
        shown = [
            {**row, "name": f"{values.words(row['platform'])}: {values.words(row['format'])}"}
            for row in sources
        ]
        view.charts.append(
            charts.chart(
                "Where records come from",
                "Records of each platform and format.",
                charts.bars(shown, "name", "record_count", "records"),
                "sources",
            )
        )
    return view


HEALTH = Page(
    path="health",
    title="Health",
    lead="What was loaded, what was not and why, and what the last runs did.",
    place="health",
    tables=(SOURCES, CHECKS, REJECTS, UNMAPPED, UNSHOWN, CONFLICTS, RUNS),
    build=_health,
)
