"""Events as lines for people who look at the log of `warehouse watch`.

Source: `warehouse.events`.
Shape:  a line per event with its time in UTC on standard output; a run has a few more.
Errors: none.
"""

from __future__ import annotations

from warehouse import console, events
from warehouse.events import Event

STYLES = {
    events.LoadRefused: "yellow",
    events.RunPostponed: "yellow",
    events.DatabaseLost: "red",
    events.AlertsNotSent: "red",
    events.Problem: "red",
}


def show_event(event: Event) -> None:
    """Print an event; files without data are passed over."""
    for sentence in _sentences(event):
        console.say(f"{event.at:%Y-%m-%d %H:%M:%S} {sentence}", STYLES.get(type(event)))


def _sentences(event: Event) -> list[str]:  # noqa: PLR0911, PLR0912 (one line for each kind)
    match event:
        case events.LoadLanded(is_new=False):
            return [f"{event.source}: the same bytes had landed before (load {event.load_id})."]
        case events.LoadLanded():
            landed = console.many(event.landed_count, "record")
            rejected = f", {event.rejected_count:,} rejected" if event.rejected_count else ""
            return [f"{event.source}: {landed} landed ({event.platform}){rejected}."]
        case events.LoadRefused():
            return [f"Not loaded: {event.problem}"]
        case events.LoadSkipped():
            return []
        case events.PullEnded():
            stopped = f" It stopped: {event.problem}" if event.problem else ""
            return [f"{event.source}: {event.request_count:,} requests.{stopped}"]
        case events.RunBegan():
            return ["Something is new; a run begins."]
        case events.RunEnded():
            return _of_run(event)
        case events.FollowersAdded():
            return [f"{console.many(event.follower_count, 'new follower')}."]
        case events.ScoresChanged():
            return [f"{console.many(event.follower_count, 'score')} changed."]
        case events.TiersChanged():
            return [f"{console.many(event.follower_count, 'tier')} changed."]
        case events.WatchBegan():
            what = ", ".join(event.paths) or "the database"
            return [f"Watching {what} every {event.every_seconds:g} s; Ctrl-C stops it."]
        case events.WatchEnded():
            return ["Stopped."]
        case events.RunPostponed():
            return ["Another run is active; the next round tries again."]
        case events.DatabaseLost():
            return [f"{event.problem} It is tried again until it answers."]
        case events.DatabaseFound():
            return ["The database answers again."]
        case events.AlertsSent():
            return [f"{console.many(event.alert_count, 'alert')} sent to {event.channel}."]
        case events.AlertsNotSent():
            alerts = console.many(event.alert_count, "alert")
            return [f"{alerts} not sent to {event.channel}: {event.problem}."]
        case events.Problem():
            return [event.problem]
    raise AssertionError(event)


def _of_run(event: events.RunEnded) -> list[str]:
    told = [f"{said.name}: {said.message}" for said in (*event.failures, *event.warnings)]
    told += [f"Upgraded {change}." for change in event.upgrades]
    told += [f"Loaded, but in no mart: {sentence}." for sentence in event.unshown]
    if event.is_held:
        told.append("Nothing was published. `warehouse run --accept` publishes it as it is.")
    elif not event.is_successful:
        told.append("The run failed; finished models stay.")
    else:
        told.append(
            f"Run {event.run_seq} used {console.many(event.load_count, 'load')} "
            f"({console.many(event.record_count, 'record')}); ledger +{event.posted_count:,} "
            f"−{event.reversed_count:,}; {event.seconds:.1f} s."
        )
        if event.held:
            told.append(f"Held back by the quality gate: {', '.join(event.held)}.")
    return told
