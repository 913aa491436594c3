"""The Graph API.

Source: developers.facebook.com/docs/graph-api/guides/error-handling and overview/rate-limiting.
"""

from __future__ import annotations

from documented_errors.told import LATER, MANY, NO, RENEW, TOKEN, Told


def _graph(
    code: int, says: str, sentence: str, *, status: int = 400, subcode: int | None = None
) -> Told:
    error = {"message": says, "type": "OAuthException", "code": code, "fbtrace_id": "A"}
    if subcode is not None:
        error["error_subcode"] = subcode
    name = f"{code}" if subcode is None else f"{code}.{subcode}"
    return Told("facebook", name, status, {"error": error}, sentence)


_PERMISSION = "the token lacks a permission that docs/platforms.md names: get one that has it."
GRAPH = (
    _graph(
        *(4, "(#4) Application request limit reached"),
        f"Facebook {MANY} (the app's calls are used up for now); {LATER}",
    ),
    _graph(
        *(17, "(#17) User request limit reached"),
        f"Facebook {MANY} (the account's calls are used up for now); {LATER}",
    ),
    _graph(
        *(32, "(#32) Page request limit reached"),
        f"Facebook {MANY} (the Page's calls are used up for now); {LATER}",
    ),
    _graph(
        *(613, "(#613) Calls to this api have exceeded the rate limit."),
        f"Facebook {MANY} (calls of this kind are used up for now); {LATER}",
    ),
    _graph(
        *(80001, "There have been too many calls to this Page account."),
        f"Facebook {MANY} (the account's calls are used up for now); {LATER}",
    ),
    _graph(
        *(368, "The action attempted has been deemed abusive."),
        f"Facebook {MANY} (it has blocked the app or account for a time: see its notices); "
        f"{LATER}",
    ),
    _graph(
        *(190, "Error validating access token: It has expired."),
        f"Facebook {TOKEN} (401: Error validating access token: It has expired); {RENEW}",
        status=401,
        subcode=463,
    ),
    _graph(
        *(102, "The session has been invalidated."),
        f"Facebook {TOKEN} (400: The session has been invalidated); {RENEW}",
    ),
    _graph(
        *(10, "(#10) This endpoint requires the 'pages_read_engagement' permission."),
        f"Facebook {NO} 400: (#10) This endpoint requires the 'pages_read_engagement' "
        f"permission; {_PERMISSION}",
    ),
    _graph(
        *(200, "(#200) Missing Permissions"),
        f"Facebook {NO} 403: (#200) Missing Permissions; {_PERMISSION}",
        status=403,
    ),
    _graph(
        *(3, "(#3) Application does not have the capability to make this API call."),
        f"Facebook {NO} 400: (#3) Application does not have the capability to make this API "
        "call; the app lacks the feature: add it to the app in Meta's dashboard.",
    ),
    _graph(
        *(100, "(#100) The value must be a valid insights metric"),
        f"Facebook {NO} 400: (#100) The value must be a valid insights metric; the id in "
        "sources.toml may be wrong, or the token may not see it; if it asks for numbers, a "
        "newer warehouse may ask for others.",
    ),
    _graph(
        *(100, "Unsupported get request. Object with ID '1' does not exist."),
        f"Facebook {NO} 400: Unsupported get request. Object with ID '1' does not exist; it "
        "is gone, or the token may not see it: check its id in sources.toml.",
        subcode=33,
    ),
    _graph(
        *(100, "Media posted before business account conversion"),
        f"Facebook {NO} 400: Media posted before business account conversion; such media are "
        "older than the business account, and nobody has their numbers.",
        subcode=2108006,
    ),
    _graph(
        *(803, "(#803) Some of the aliases you requested do not exist: 1"),
        f"Facebook {NO} 404: (#803) Some of the aliases you requested do not exist: 1; there "
        "is no such id: check it in sources.toml.",
        status=404,
    ),
    _graph(
        *(1, "An unknown error occurred"),
        "Facebook answered with status 500: An unknown error occurred; a later pull asks "
        "again.",
        status=500,
    ),
    _graph(
        *(2, "Service temporarily unavailable"),
        "Facebook answered with status 503: Service temporarily unavailable; a later pull asks "
        "again.",
        status=503,
    ),
)
