"""The loads of a lake: a load counts as soon as its file in `raw/loads` has its name.

Source: the files of `raw/loads`: one from an export, one of each load that landed here.
Shape:  loads as dictionaries of the columns of `layout.OF_LOADS`.
Units:  ids rise with the time of landing: milliseconds and twelve random bits.
Errors: those of the file system.
"""

from __future__ import annotations

import hashlib
import os
import random
from collections import defaultdict
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from loaders.landing.identity import NAMED, Known
from warehouse.lake.files import Draft, keep_names
from warehouse.lake.layout import LOADS, Lake, arrow_schema

Manifest = dict[str, Any]
CLAIM = ".claim-"
_RANDOM_BITS = 12  # an id stays below 2^53, so that every reader of JSON keeps it

_canonical = msgspec.json.Encoder(order="deterministic").encode


class Manifests:
    """The loads of a lake; `refresh` reads those that have come since."""

    def __init__(self, lake: Lake) -> None:
        self._lake = lake
        self._files: set[str] = set()
        self._of_content: dict[tuple[str, str, bytes], list[Manifest]] = defaultdict(list)
        self._of_workspace: dict[str, list[Manifest]] = defaultdict(list)
        self.ids: set[int] = set()

    def refresh(self) -> None:
        """Read the loads that were committed since the last time."""
        import pyarrow.dataset  # noqa: PLC0415 (an extra)

        folder = self._lake.table(LOADS)
        found = {file.name for file in self._lake.files(LOADS)} - self._files
        if not found:
            return
        files = [str(folder / name) for name in sorted(found)]
        read = pyarrow.dataset.dataset(files, arrow_schema(LOADS), format="parquet")
        for row in read.to_table().to_pylist():
            self._enter(row)
        self._files |= found

    def _enter(self, row: Manifest) -> None:
        key = row["workspace_id"], row["platform"], bytes(row["content_sha256"])
        self._of_content[key].append(row)
        self._of_workspace[row["workspace_id"]].append(row)
        self.ids.add(row["load_id"])

    def known(self, values: Mapping[str, Any]) -> list[Known]:
        """Return the loads of the same content, oldest first.

        Many files are equal, as empty ones: of these only those of the same name.
        """
        key = values["workspace"], values["platform"], values["content"]
        named = (values["options"] or {}).get(NAMED)
        found = (_known(row) for row in self._of_content.get(key, ()))
        return sorted(
            (
                known
                for known in found
                if known.account != values["account"]
                or (known.options or {}).get(NAMED) == named
            ),
            key=lambda known: known.load_id,
        )

    def loads(self, workspace: str | None = None) -> list[Manifest]:
        """Return the loads of a workspace, or of all."""
        if workspace is not None:
            return list(self._of_workspace.get(workspace, ()))
        return [load for loads in self._of_workspace.values() for load in loads]

    def claim(self) -> tuple[int, Path]:
        """Return an id that no other load has or gets, and the file that keeps it."""
        while True:
            now = int(datetime.now(UTC).timestamp() * 1000)
            drawn = (now << _RANDOM_BITS) + random.getrandbits(_RANDOM_BITS)
            load_id = max(drawn, max(self.ids, default=0) + 1)  # a clock may be set back
            file = self._lake.table(LOADS) / f"{CLAIM}{load_id}"
            try:
                file.touch(exist_ok=False)
            except FileExistsError:
                continue
            return load_id, file

    def commit(self, row: Manifest) -> bool:
        """Let a load count from now on; false where the same has landed meanwhile."""
        import pyarrow  # noqa: PLC0415 (an extra)

        schema = arrow_schema(LOADS)
        folder = self._lake.table(LOADS)
        file = folder / f"{name_of(row)}.parquet"
        with Draft(folder / f"load-{row['load_id']}.parquet", schema) as draft:
            draft.add(pyarrow.Table.from_pylist([row], schema))
            draft.close()
            try:
                os.link(draft.path, file)  # fails where it exists
            except FileExistsError:
                return False
        keep_names(folder)
        self._files.add(file.name)
        self._enter(row)
        return True


def name_of(row: Manifest) -> str:
    """Return the name of a load's file, which only one load of the same can have."""
    told = [row["workspace_id"], row["platform"], row["content_sha256"].hex()]
    told += [row["account"], row["timezone"], row["options"]]
    return hashlib.sha256(_canonical(told)).hexdigest()


def _known(row: Manifest) -> Known:
    options = row["options"]
    return Known(
        load_id=row["load_id"],
        received_at=row["received_at"],
        n_in=row["n_in"],
        n_landed=row["n_landed"],
        n_rejected=row["n_rejected"],
        format=row["format"],
        account=row["account"],
        timezone=row["timezone"],
        options=None if options is None else msgspec.json.decode(options),
    )
