"""Pack the dashboard into a file that Superset imports.

Source: the folder `dashboard` beside this file, and what `warehouse login add` shows.
Shape:  a ZIP file in the form of Superset's own exports.
Errors: a sentence and exit code 2 for what is no address of PostgreSQL.

The password is never in the file: Superset asks for it when the file is imported.
"""

from __future__ import annotations

import argparse
import re
import sys
import zipfile
from pathlib import Path
from urllib.parse import urlsplit

FOLDER = Path(__file__).resolve().parent / "dashboard"
DATABASE = "databases/engagement_warehouse.yaml"
MASKED = "X" * 10  # what Superset takes for a password that it has to ask for


def main() -> int:
    """Write the file; return the exit code."""
    parser = argparse.ArgumentParser(description="Pack the dashboard for Superset.")
    parser.add_argument("address", help="as `warehouse login add superset` shows it")
    parser.add_argument("file", type=Path, nargs="?", default=Path("audience_engagement.zip"))
    told = parser.parse_args()
    try:
        text = addressed((FOLDER / DATABASE).read_text("utf-8"), told.address)
    except ValueError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    with zipfile.ZipFile(told.file, "w", zipfile.ZIP_DEFLATED) as packed:
        for path in sorted(FOLDER.rglob("*.yaml")):
            name = path.relative_to(FOLDER).as_posix()
            content = text if name == DATABASE else path.read_text("utf-8")
            packed.writestr(f"audience_engagement/{name}", content)
    sys.stdout.write(f"{told.file} can be imported: in Superset, Dashboards, Import.\n")
    return 0


def addressed(text: str, address: str) -> str:
    """Return a database's file with this address, whose password is left out."""
    parts = urlsplit(address)
    if parts.scheme not in ("postgresql", "postgres") or not parts.username or not parts.path:
        raise ValueError(
            "The address is not like postgresql://superset@127.0.0.1:5432/warehouse; "
            "copy it from `warehouse login add superset`."
        )
    place = parts.netloc.rpartition("@")[2]
    uri = f"postgresql+psycopg2://{parts.username}:{MASKED}@{place}{parts.path}"
    uri += f"?{parts.query}" if parts.query else ""
    return re.sub(r"^sqlalchemy_uri: .*$", lambda _: f"sqlalchemy_uri: {uri}", text, flags=re.M)


if __name__ == "__main__":
    sys.exit(main())
