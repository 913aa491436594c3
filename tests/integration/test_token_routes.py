"""A token of one workspace reaches it alone, through every route that the server has."""

from __future__ import annotations

import itertools
from pathlib import Path
from urllib.parse import quote

from every_route import EXAMPLES, PLACEHOLDER, TABLES, paths
from served import FIRST, SECOND, Served

from warehouse.connection import Target
from warehouse.web.settings import Settings

OF_FIRST = """
select distinct value from (
    select mart.workspace_id, each.value
    from ({}) as mart (workspace_id, names)
    cross join lateral unnest(mart.names) as each (value)
) as named
where length(value) > 5
group by value
having bool_and(workspace_id = %s)
"""
NAMES = {  # what names somebody or something; ids that pages and operations take come first
    "followers": "id::text, username, platform_user_id, display_name",
    "content_items": "id::text, title",
    "daily_highlights": "community_id",
    "issue_engagements": "issue_id, follower_id::text",
    "content_posts": "post_id::text, title",
}


def only_of_first(target: Target) -> list[str]:
    """Return names and ids that are in the first workspace and in no other."""
    parts = " union all ".join(
        f"select workspace_id, array[{columns}] from marts.{mart}"  # noqa: S608 (our names)
        for mart, columns in NAMES.items()
    )
    with target.connect(autocommit=True) as session:
        rows = session.execute(OF_FIRST.format(parts).encode(), (FIRST,))
        return [value for (value,) in rows]


def test_a_token_reaches_its_workspace_alone_through_every_route(
    guarded_server: Served, state_folder: Path
) -> None:
    """Each route, asked with names and ids of the other workspace; each table also as CSV."""
    routes = paths(Settings(lambda: guarded_server.target, state_folder)) - EXAMPLES
    asked = {path: ["", *(table.name for table in TABLES.get(path, ()))] for path in routes}
    theirs = only_of_first(guarded_server.target)
    assert len(theirs) > 100
    answered = 0
    with guarded_server.client(SECOND) as bound:
        for path, tables in sorted(asked.items()):
            names = [name for name in theirs if "/" not in name] if "{" in path else [""]
            for name in names[:: max(len(names) // 25, 1)]:
                place = PLACEHOLDER.sub(quote(name, safe=""), path)
                for table, workspace in itertools.product(tables, (None, FIRST, SECOND)):
                    given = {"csv": table, "workspace": workspace}
                    answer = bound.get(
                        place, params={key: value for key, value in given.items() if value}
                    )
                    assert answer.status_code in (200, 307, 403, 404, 422), (place, given)
                    if answer.status_code == 200:
                        assert [each for each in (FIRST, *theirs) if each in answer.text] == []
                        answered += 1
    assert answered > 60
    with guarded_server.client(FIRST) as bound:  # there is something to find
        texts = [bound.get(path).text for path in asked if "{" not in path]
    assert sum(any(each in text for each in theirs) for text in texts) > 10
