"""What the API says of the operations that receive.

Source: `tracking` and `webhooks`.
Shape:  keyword arguments for FastAPI's routes.
Units:  none.
Errors: none.
"""

from __future__ import annotations

from typing import Any

from warehouse.web import problems

ITEM = {
    "event_id": "0d5c6ec8-5a0c-4c38-9d6a-0c2f8f1f2b11",
    "interaction_type": "view",
    "post_id": "post-17",
    "user_id": "u-42",
    "occurred_at": "2026-06-07T10:00:00Z",
    "metadata": {"duration": 5200, "scroll_depth": 80, "source": "feed"},
}
REFUSALS = {
    400: "The body is no JSON.",
    401: "No valid token or signature was shown.",
    403: "The token is for something else, or the page is of another origin.",
    404: "There is no such webhook.",
    413: "The body is too large.",
    415: "The body has another type, or is compressed.",
    422: "No workspace is named.",
    429: "The token sends too much.",
    503: "Nothing can be kept now; send it again later.",
}
_ID = {"type": ["string", "integer"]}
_ITEM_SCHEMA = {
    "type": "object",
    "required": ["interaction_type", "post_id"],
    "properties": {
        "interaction_type": {"type": "string", "description": "view, click, like, share, …"},
        "post_id": _ID,
        "event_id": {**_ID, "description": "An id of the event, which makes retries harmless."},
        "user_id": {**_ID, "description": "Who did it."},
        "user_hmac": {"type": "string", "description": "The proof, where one is asked for."},
        "occurred_at": {"type": "string", "format": "date-time"},
        "metadata": {"type": "object", "description": "Only allowed keys are stored."},
    },
}
_ERROR_SCHEMA = {
    "type": "object",
    "required": ["index", "error", "reason"],
    "properties": {
        "index": {"type": ["integer", "null"]},
        "error": {"type": "string"},
        "reason": {"type": ["string", "null"]},
    },
}
_ANSWER_SCHEMA = {
    "type": "object",
    "required": ["success", "tracked", "errors"],
    "properties": {
        "success": {"type": "boolean", "description": "Whether every item was good."},
        "tracked": {"type": "integer", "description": "How many items were kept."},
        "errors": {"type": "array", "items": _ERROR_SCHEMA},
    },
}


def _refusals(*statuses: int) -> dict[int | str, dict[str, Any]]:
    content = {problems.MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {
        status: {"description": REFUSALS[status], "content": content} for status in statuses
    }


def _query(name: str, description: str) -> dict[str, Any]:
    return {
        "name": name,
        "in": "query",
        "description": description,
        "schema": {"type": "string"},
    }


TRACK: dict[str, Any] = {
    "operation_id": "track",
    "summary": "Track interactions of the product",
    "description": "One interaction, or at most 1,000 under `interactions`. The answer comes "
    "when they are on disk. A bad item does not fail the others.",
    "tags": ["track"],
    "openapi_extra": {
        "parameters": [
            _query("token", "The token, where a page cannot send a header."),
            _query("workspace", "The workspace, where the token is for all."),
        ],
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {
                    "schema": {
                        "anyOf": [
                            _ITEM_SCHEMA,
                            {
                                "type": "object",
                                "required": ["interactions"],
                                "properties": {
                                    "interactions": {"type": "array", "items": _ITEM_SCHEMA}
                                },
                            },
                        ]
                    },
                    "example": {"interactions": [ITEM]},
                }
            },
        },
    },
    "responses": {
        200: {
            "description": "What became of each interaction.",
            "content": {
                "application/json": {
                    "schema": _ANSWER_SCHEMA,
                    "example": {"success": True, "tracked": 1, "errors": []},
                }
            },
        },
        **_refusals(400, 401, 403, 413, 415, 422, 429, 503),
    },
}
WEBHOOK: dict[str, Any] = {
    "operation_id": "webhook",
    "summary": "Receive what a platform pushes",
    "description": "The body as the platform sends and signs it. The answer comes when it is "
    "on disk. What the loader cannot read is kept as a reject.",
    "tags": ["webhooks"],
    "openapi_extra": {
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": {}, "example": {"update_id": 1}}},
        }
    },
    "responses": {200: {"description": "It is kept."}, **_refusals(401, 404, 413, 503)},
}
