"""What dbt makes of its templates, kept from command to command.

Source: dbt, which translates each template that a command uses into Python: 340 for a small
        run, an eighth of its processor time.
Shape:  a file for each project: code by a digest of its template. Only its owner can have
        written it, for it is run.
Errors: none: what cannot be read or written is translated again.
"""

from __future__ import annotations

import hashlib
import marshal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Any

from warehouse import own_files

TRANSLATORS = ("jinja2", "dbt-common")


@contextmanager
def kept(file: Path) -> Iterator[None]:
    """Take code from a file for a while; at the end write what was missing there, too."""
    environment_class: Any = import_module("dbt_common.clients.jinja").MacroFuzzEnvironment
    translate = environment_class.compile
    made_by = [sys.version, *map(version, TRANSLATORS)]
    known: dict[str, Any] = {}
    with suppress(Exception):  # whatever a damaged file raises
        written_by, found = marshal.loads(own_files.read(file))
        known = found if written_by == [file.name, *made_by] else {}
    before = len(known)

    def look_up(environment: Any, source: Any, *arguments: Any, **options: Any) -> Any:
        if not isinstance(source, str) or arguments or options:
            return translate(environment, source, *arguments, **options)
        named = f"{type(environment).__name__} {source}"
        digest = hashlib.sha256(named.encode()).hexdigest()
        if digest not in known:
            known[digest] = translate(environment, source)
        return known[digest]

    environment_class.compile = look_up
    try:
        yield
    finally:
        environment_class.compile = translate
        if len(known) > before:
            with suppress(OSError):
                own_files.write(file, marshal.dumps(([file.name, *made_by], dict(known))))
