"""What Graph says when it refuses."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime

from tests.servers.graph.accounts import identifier
from tests.servers.wire import Answer


class Problem(Exception):
    """One refusal: HTTP status, Graph's code for it, and a text for people."""

    def __init__(
        self, status: int, code: str, message: str, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(status, code, message)
        self.status, self.code, self.message = status, code, message
        self.headers = headers or {}


def malformed(message: str) -> Problem:
    """The body or the query is not what the metadata allow."""
    return Problem(400, "RequestBodyRead", message)


def bad_query(message: str) -> Problem:
    return Problem(400, "BadRequest", message)


def not_found() -> Problem:
    return Problem(404, "ErrorItemNotFound", "The specified object was not found in the store.")


def denied() -> Problem:
    return Problem(403, "ErrorAccessDenied", "Access is denied. Check credentials and try again.")


def unauthorised(message: str) -> Problem:
    return Problem(
        401,
        "InvalidAuthenticationToken",
        message,
        {
            "WWW-Authenticate": 'Bearer realm="", authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize"'
        },
    )


def throttled(retry_after: str) -> Problem:
    return Problem(
        429,
        "TooManyRequests",
        "Too many requests. Please try again later.",
        {"Retry-After": retry_after or "10"},
    )


def crowded(retry_after: str) -> Problem:
    """More requests at once than a mailbox takes."""
    return Problem(
        503,
        "ApplicationThrottled",
        "Application is over its MailboxConcurrency limit.",
        {"Retry-After": retry_after or "1"},
    )


def problem_answer(problem: Problem, now: datetime) -> Answer:
    inner = {
        "date": f"{now:%Y-%m-%dT%H:%M:%S}",
        "request-id": identifier("request"),
        "client-request-id": identifier("request"),
    }
    body = {"error": {"code": problem.code, "message": problem.message, "innerError": inner}}
    headers = {"Content-Type": "application/json", "request-id": identifier("request")}
    return Answer(problem.status, json.dumps(body).encode(), {**headers, **problem.headers})
