"""X's API v2.

Source: docs.x.com/x-api/fundamentals/response-codes-and-errors.
"""

from __future__ import annotations

from documented_errors.told import LATER, MANY, NO, RENEW, TOKEN, Told


def _x(status: int, kind: str, detail: str, sentence: str) -> Told:
    told = {"title": "Problem", "detail": detail}
    told["type"] = f"https://api.x.com/2/problems/{kind}" if kind else "about:blank"
    return Told("x", kind or str(status), status, told, sentence)


X = (
    Told(
        *("x", "429", 429, {"title": "Too Many Requests"}),
        f"X {MANY} (its limit on requests is reached); {LATER}",
        {"Retry-After": "900"},
    ),
    _x(
        *(429, "usage-capped", "Usage cap exceeded: Monthly product cap"),
        f"X {MANY} (the posts of the plan are used up); {LATER}",
    ),
    _x(401, "", "Unauthorized", f"X {TOKEN} (401: Unauthorized); {RENEW}"),
    _x(
        *(402, "credits", "Your account does not have any credits."),
        "X answers no request (402: Your account does not have any credits); the account has "
        "no credits left: buy some in X's developer portal.",
    ),
    _x(
        *(403, "", "You are not permitted to perform this action."),
        f"X {NO} 403: You are not permitted to perform this action; the token may lack a "
        "permission (docs/platforms.md), or the item is private.",
    ),
    _x(
        *(403, "client-forbidden", "You must use an app attached to a project."),
        f"X {NO} 403: You must use an app attached to a project; the app's project or plan "
        "does not include it: see X's developer portal.",
    ),
    _x(
        *(403, "unsupported-authentication", "Application-Only is forbidden here."),
        f"X {NO} 403: Application-Only is forbidden here; it needs the account's own user "
        "token, which docs/platforms.md describes.",
    ),
    _x(
        *(400, "invalid-request", "The `id` query parameter value is not valid."),
        f"X {NO} 400: The `id` query parameter value is not valid; check its number in "
        "sources.toml.",
    ),
    Told(
        *("x", "not found, with status 200", 200),
        {
            "errors": [
                {
                    "title": "Not Found Error",
                    "detail": "Could not find user with id: [20].",
                    "type": "https://api.twitter.com/2/problems/resource-not-found",
                }
            ]
        },
        f"X {NO} 200: Could not find user with id: [20]; it is gone: check its number in "
        "sources.toml.",
    ),
    Told(
        *("x", "protected, with status 200", 200),
        {
            "errors": [
                {
                    "title": "Authorization Error",
                    "detail": "Sorry, you are not authorized to see the user.",
                    "type": "https://api.twitter.com/2/problems/not-authorized-for-resource",
                }
            ]
        },
        f"X {NO} 200: Sorry, you are not authorized to see the user; the account is "
        "protected, so the token sees none.",
    ),
    _x(
        503,
        "",
        "Over capacity",
        "X answered with status 503: Over capacity; a later pull asks again.",
    ),
)
