"""One asset per source of sources.toml; `warehouse pull` makes it.

Source: sources.toml in the state folder, of which only the names are read here.
Shape:  a definition, or nothing where there are no sources.
Errors: dagster.Failure that names each source that failed; the others are pulled.
"""

# no `from __future__ import annotations`: Dagster reads the annotations of a step
import tomllib
from collections.abc import Iterator

import dagster as dg

from warehouse_dagster.commands import HOME, Ended, call

GROUP = "pulls"


def _key(source: str) -> dg.AssetKey:
    return dg.AssetKey([GROUP, source])


def _declared() -> list[dg.AssetSpec]:
    """Return a specification for each source."""
    file = HOME / "sources.toml"
    sources = tomllib.loads(file.read_text("utf-8"))["sources"] if file.exists() else {}
    return [
        dg.AssetSpec(
            _key(name),
            group_name=GROUP,
            description=f"What is new on {told['platform']} for {told['workspace']}.",
            kinds={told["platform"]},
            metadata={"workspace": told["workspace"], "follow": told["follow"]},
            skippable=True,
        )
        for name, told in sources.items()
    ]


SPECS = _declared()


def _result(source: str, ended: Ended) -> dg.MaterializeResult:
    """Return what a pull landed."""
    landed = [told for told in ended.events if told["event"] == "load_landed"]
    told = ended.last("pull_ended") or {}
    metadata = {
        "requests": told.get("request_count"),
        "records landed": sum(each["landed_count"] for each in landed if each["is_new"]),
        "records rejected": sum(each["rejected_count"] for each in landed if each["is_new"]),
    }
    return dg.MaterializeResult(asset_key=_key(source), metadata=metadata)


def _definition() -> dg.AssetsDefinition:
    @dg.multi_asset(name="warehouse_pull", specs=SPECS, can_subset=True)
    def warehouse_pull(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult]:
        """Pull the chosen sources, one after the other."""
        problems = []
        for spec in SPECS:
            if spec.key not in context.selected_asset_keys:
                continue
            source = spec.key.path[-1]
            ended = call(context, "pull", source)
            told = ended.last("pull_ended")
            if told is None or told["problem"] is not None or not ended.is_done:
                problems.append((told and told["problem"]) or f"{source}: {ended.problem}")
                continue
            if ended.code:
                context.log.warning(f"{source}: something failed or was rejected; see stderr.")
            yield _result(source, ended)
        if problems:
            raise dg.Failure("\n".join(problems), allow_retries=False)

    return warehouse_pull


ASSETS = [_definition()] if SPECS else []
