"""Google's refusals, in the two forms its services give them."""

from __future__ import annotations

import json
from collections.abc import Mapping

from tests.servers.wire import Answer

_JSON = {"Content-Type": "application/json; charset=UTF-8"}
_STATUS_NAMES = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    409: "ALREADY_EXISTS",
    429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL",
    501: "UNIMPLEMENTED",
    503: "UNAVAILABLE",
}


_LIMITS = frozenset(
    (
        *("rateLimitExceeded", "userRateLimitExceeded", "quotaExceeded", "dailyLimitExceeded"),
        "accessNotConfigured",
    )
)


class Refused(Exception):
    """What the service answers instead of doing what was asked."""

    def __init__(
        self,
        status: int,
        reason: str,
        message: str,
        location: str = "",
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.reason = reason
        self.message = message
        self.location = location
        self.headers = headers or {}


def invalid(message: str, location: str = "") -> Refused:
    return Refused(400, "invalid", message, location)


def calendar_answer(error: Refused) -> Answer:
    """As the older services say it: https://developers.google.com/calendar/api/guides/errors."""
    one = {
        "domain": "usageLimits" if error.reason in _LIMITS else "global",
        "reason": error.reason,
        "message": error.message,
    }
    if error.location:
        kind = "header" if error.location in {"Authorization", "If-Match"} else "parameter"
        one |= {"locationType": kind, "location": error.location}
    body = {"error": {"errors": [one], "code": error.status, "message": error.message}}
    return Answer(error.status, json.dumps(body, indent=1).encode(), _JSON | dict(error.headers))


def people_answer(error: Refused) -> Answer:
    """As the newer services say it: https://cloud.google.com/apis/design/errors."""
    body = {
        "error": {
            "code": error.status,
            "message": error.message,
            "status": _STATUS_NAMES.get(error.status, "UNKNOWN"),
            "details": [
                {
                    "@type": "type.googleapis.com/google.rpc.ErrorInfo",
                    "reason": error.reason,
                    "domain": "people.googleapis.com",
                }
            ],
        }
    }
    return Answer(error.status, json.dumps(body, indent=1).encode(), _JSON | dict(error.headers))
