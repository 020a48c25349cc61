"""What Google's refusals mean: https://developers.google.com/calendar/api/guides/errors."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import Final

from connectors.errors import (
    ChangedMeanwhile,
    ConnectorError,
    NotAllowed,
    TemporarilyUnavailable,
    UnreadableAnswer,
    WritingSuspended,
)
from connectors.http import answered

_TOO_FAST: Final = frozenset(("rateLimitExceeded", "userRateLimitExceeded"))
_NO_SCOPE: Final = frozenset(
    ("insufficientPermissions", "insufficientScopes", "ACCESS_TOKEN_SCOPE_INSUFFICIENT")
)
_SWITCHED_OFF: Final = frozenset(("accessNotConfigured", "SERVICE_DISABLED"))


class Refusal(NotAllowed):
    """Google said no, and whoever asked may know what that means; else it is not allowed."""

    def __init__(self, source: str, cause: str, remedy: str, status: int, reason: str) -> None:
        super().__init__(source, cause, remedy)
        self.status = status
        self.reason = reason


def is_too_fast(status: int, reason: str) -> bool:
    """Whether the same request may do a little later."""
    return status == HTTPStatus.TOO_MANY_REQUESTS or reason in _TOO_FAST


def refused(source: str, account: str, status: int, reason: str) -> ConnectorError:
    """A refusal in the owner's words; nothing was done."""
    if is_too_fast(status, reason):
        return TemporarilyUnavailable(source, "Google wants us to ask more slowly")
    if status == HTTPStatus.PRECONDITION_FAILED:
        return ChangedMeanwhile(source, "it was changed meanwhile")
    if status == HTTPStatus.FORBIDDEN:
        return _forbidden(source, account, reason)
    if HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR:
        remedy = "check its id, and that it is shared with this account"
        return Refusal(source, answered(status), remedy, status, reason)
    return UnreadableAnswer(source, answered(status))


def reason_of(content: bytes) -> str:
    """The one word for what is wrong, in either form Google's services have; else nothing."""
    try:
        error = json.loads(content)["error"]
        if error.get("errors"):
            return str(error["errors"][0]["reason"])
        return next(str(each["reason"]) for each in error["details"] if "reason" in each)
    except (ValueError, LookupError, TypeError, AttributeError, StopIteration, RecursionError):
        return ""


def _forbidden(source: str, account: str, reason: str) -> ConnectorError:
    if reason == "quotaExceeded":  # its guard against spam: asking again makes it worse
        cause = "Google lets this account invite no more people for now (quotaExceeded)"
        return WritingSuspended(source, cause)
    if reason == "dailyLimitExceeded":
        return TemporarilyUnavailable(source, "your Google Cloud project has asked enough today")
    if reason in _NO_SCOPE:
        cause = "the sign-in does not include leave for this"
        remedy = f"fika accounts says what is missing; then fika connect google {account}"
        return NotAllowed(source, cause, remedy)
    if reason in _SWITCHED_OFF:
        cause = "this API is not switched on in your Google Cloud project"
        return NotAllowed(source, cause, "switch it on: docs/google.md says where")
    remedy = "check that the calendar is shared with this account, and may be changed by it"
    return Refusal(source, "Google does not allow it", remedy, HTTPStatus.FORBIDDEN, reason)
