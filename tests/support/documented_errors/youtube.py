"""YouTube's Data API.

Source: developers.google.com/youtube/v3/docs/errors.
"""

from __future__ import annotations

from documented_errors.told import LATER, MANY, NO, RENEW, TOKEN, Told


def _youtube(status: int, reason: str, says: str, sentence: str) -> Told:
    error = {"code": status, "message": says, "errors": [{"reason": reason}]}
    return Told("youtube", reason, status, {"error": error}, sentence)


_DELETED = "it was deleted, is private, or its id in sources.toml is wrong: check it."


def _google(reason: str, says: str, sentence: str) -> Told:
    """Return an error whose cause stands in its details, as Google's newer services tell it."""
    told = {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": reason}
    error = {
        "code": 403,
        "message": says,
        "errors": [{"reason": "forbidden"}],
        "status": "PERMISSION_DENIED",
        "details": [told],
    }
    return Told("youtube", reason, 403, {"error": error}, sentence)


YOUTUBE = (
    _google(
        *("SERVICE_DISABLED", "YouTube Data API v3 is disabled in project 7."),
        "YouTube answers no request (403: YouTube Data API v3 is disabled in project 7); "
        "enable the YouTube Data API v3 in the Google Cloud project of the token.",
    ),
    _google(
        *("API_KEY_SERVICE_BLOCKED", "Requests to this API are blocked."),
        "YouTube answers no request (403: Requests to this API are blocked); allow the YouTube "
        "Data API v3 and this machine in the restrictions of the API key.",
    ),
    _google(
        *("ACCESS_TOKEN_SCOPE_INSUFFICIENT", "Insufficient authentication scopes."),
        f"YouTube {NO} 403: Insufficient authentication scopes; the token lacks the scope "
        "youtube.readonly: get one that has it.",
    ),
    _youtube(
        *(403, "quotaExceeded", "The request cannot be completed because of your quota."),
        f"YouTube {MANY} (the project's quota of the day is used up); {LATER}",
    ),
    _youtube(
        *(403, "rateLimitExceeded", "The request was sent too often."),
        f"YouTube {MANY} (the project asks too often); pull again later.",
    ),
    _youtube(
        *(400, "keyInvalid", "Bad Request"),
        f"YouTube {TOKEN} (400: Bad Request); {RENEW}",
    ),
    _youtube(
        *(400, "badRequest", "API key expired. Please renew the API key."),
        f"YouTube {TOKEN} (400: API key expired. Please renew the API key); {RENEW}",
    ),
    _youtube(
        *(401, "authError", "Invalid Credentials"),
        f"YouTube {TOKEN} (401: Invalid Credentials); {RENEW}",
    ),
    _youtube(
        *(403, "accessNotConfigured", "YouTube Data API v3 has not been used in project 7."),
        "YouTube answers no request (403: YouTube Data API v3 has not been used in project 7); "
        "enable the YouTube Data API v3 in the Google Cloud project of the token.",
    ),
    _youtube(
        *(403, "insufficientPermissions", "Request had insufficient scopes."),
        f"YouTube {NO} 403: Request had insufficient scopes; the token lacks the scope "
        "youtube.readonly: get one that has it.",
    ),
    _youtube(
        *(403, "commentsDisabled", "The video has disabled comments."),
        f"YouTube {NO} 403: The video has disabled comments; comments are turned off there, "
        "so there are none to pull.",
    ),
    _youtube(
        *(403, "forbidden", "Comments cannot be retrieved."),
        f"YouTube {NO} 403: Comments cannot be retrieved; the token may not see it: use one "
        "of the channel's owner.",
    ),
    _youtube(
        *(403, "channelSuspended", "The channel has been suspended."),
        f"YouTube {NO} 403: The channel has been suspended; the channel is closed or "
        "suspended: take it out of sources.toml.",
    ),
    _youtube(
        *(404, "channelNotFound", "The channel could not be found."),
        f"YouTube {NO} 404: The channel could not be found; {_DELETED}",
    ),
    _youtube(
        *(404, "videoNotFound", "The video could not be found."),
        f"YouTube {NO} 404: The video could not be found; {_DELETED}",
    ),
    _youtube(
        *(404, "playlistNotFound", "The playlist cannot be found."),
        f"YouTube {NO} 404: The playlist cannot be found; {_DELETED}",
    ),
    _youtube(
        *(400, "operationNotSupported", "The filter is not supported."),
        f"YouTube {NO} 400: The filter is not supported; YouTube no longer knows such a "
        "request: a newer warehouse may ask another one.",
    ),
    _youtube(
        *(400, "processingFailure", "The server failed to process it."),
        "YouTube answered with status 400: The server failed to process it; a later pull asks "
        "again.",
    ),
    _youtube(
        *(503, "backendError", "Backend Error"),
        "YouTube answered with status 503: Backend Error; a later pull asks again.",
    ),
)
