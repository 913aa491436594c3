"""Linear's GraphQL API.

Source: linear.app/developers/rate-limiting, and the errors that its SDK knows.
"""

from __future__ import annotations

from documented_errors.told import LATER, MANY, NO, RENEW, TOKEN, Told


def _linear(status: int, code: str, says: str, sentence: str, **headers: str) -> Told:
    error = {"message": says, "extensions": {"code": code}}
    names = {f"X-RateLimit-{name.replace('_', '-')}": told for name, told in headers.items()}
    return Told("linear", code, status, {"errors": [error]}, sentence, names)


LINEAR = (
    _linear(
        *(400, "RATELIMITED", "Rate limit exceeded"),
        f"Linear {MANY} (its hourly limit on requests is reached); {LATER}",
        Requests_Remaining="0",
        Requests_Reset="4102444800000",
    ),
    _linear(
        *(400, "RATELIMITED", "Rate limit exceeded"),
        f"Linear {MANY} (its hourly limit on complexity is reached); {LATER}",
        Requests_Remaining="90",
        Requests_Reset="4102444800000",
        Complexity_Remaining="0",
        Complexity_Reset="4102444800000",
    ),
    _linear(
        *(401, "AUTHENTICATION_ERROR", "Authentication required, not authenticated"),
        f"Linear {TOKEN} (401: Authentication required, not authenticated); {RENEW}",
    ),
    _linear(
        *(400, "AUTHENTICATION_ERROR", "Invalid API key"),
        f"Linear {TOKEN} (400: Invalid API key); {RENEW}",
    ),
    _linear(
        *(403, "FORBIDDEN", "You don't have permission"),
        f"Linear {NO} 403: You don't have permission; the token may not see that team: use "
        "one with the scope read, of a member of it.",
    ),
    _linear(
        *(400, "INPUT_ERROR", "Query too complex"),
        f"Linear {NO} 400: Query too complex; it asks for too much at once: a newer warehouse "
        "may ask for less.",
    ),
    _linear(
        *(400, "GRAPHQL_VALIDATION_FAILED", 'Cannot query field "bot"'),
        f'Linear {NO} 400: Cannot query field "bot"; Linear no longer knows such a query: '
        "a newer warehouse may ask another one.",
    ),
    _linear(
        *(200, "INTERNAL_SERVER_ERROR", "Internal server error"),
        "Linear answered with status 200: Internal server error; a later pull asks again.",
    ),
    _linear(
        *(503, "", "Service unavailable"),
        "Linear answered with status 503: Service unavailable; a later pull asks again.",
    ),
)
