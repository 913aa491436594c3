"""Linear comments, reactions and issue events -> raw records.

Source: webhook bodies, of 2021 (no actor, no webhookTimestamp) and since; answers of the
        GraphQL API that hold comments (`nodes` or `edges`, beneath an issue, issues, or by
        themselves) with their reactions.
Export: Create a webhook in the workspace's API settings; `warehouse serve` receives
        [webhooks](tracking.md#receive-webhooks). Or save the
        answers of a GraphQL query for comments with their reactions.
Pull:   `warehouse pull` asks the GraphQL API for a team's comments, reactions and issues. The
        token is a personal API key (`lin_api_…`) or an OAuth token with the scope `read`.
        Linear allows 2,500 requests and 3,000,000 points of complexity an hour. Removed
        comments are gone from its answers; only a webhook tells of them.
Shape:  A comment or reaction is one interaction, whichever event or page delivers it;
        `update` edits it and `remove` retracts it. `@name` in a comment is a mention; an edit
        that drops the name retracts it. Every other event, such as a changed issue, is an
        interaction in Linear's own words, by the person who did it. Bodies of 2021 name only
        the creator. An issue is the post. Its identifier (`ENG-12`) is part of its address,
        which is Linear's short one if only the identifier is known. Linear does not say how
        often an issue was viewed.
Units:  ISO times in UTC. Type, id, action and time of the state identify an event, because
        `webhookId` names the webhook and not the delivery.
Errors: RecordError naming the key; the other bodies or comments still land.
"""

from __future__ import annotations

from loaders.platforms.linear import events, graphql
from loaders.platforms.linear.things import LINEAR

PLATFORM = LINEAR

FORMATS = (
    *events.FORMATS,
    *graphql.FORMATS,
)
