"""What Microsoft's refusals of a sign-in mean, and what to do about each.

The numbers are those of "Microsoft Entra authentication and authorization error codes"
(learn.microsoft.com, entra/identity-platform/reference-error-codes).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from connectors.errors import ConnectorError, NeedsLogin, NotAllowed, TemporarilyUnavailable
from connectors.outlook.grant import connect
from policies.text import shown

_NUMBER: Final = re.compile(r"AADSTS(\d+)")


class _Meaning(NamedTuple):
    """``remedy`` may name the account as ``{connect}``; empty: signing in again is the remedy."""

    kind: type[ConnectorError]
    cause: str
    remedy: str = "{connect}"


_ENDED = _Meaning(NeedsLogin, "Microsoft has ended the sign-in")
_UNUSED = _Meaning(NeedsLogin, "the sign-in was not used for 90 days, and Microsoft ended it")
_CHANGED = _Meaning(
    NeedsLogin, "the sign-in was revoked, or the password changed: Microsoft ended it"
)
_CONSENT = _Meaning(NeedsLogin, "it has not been given the permissions it needs")
_ADMIN = _Meaning(
    NotAllowed,
    "an administrator of the organisation must allow this application first",
    "ask for it: docs/outlook.md has what to send them",
)
_FACTOR = _Meaning(NeedsLogin, "the organisation asks for another proof of who you are (MFA)")
_POLICY = _Meaning(
    NotAllowed,
    "the organisation's rules (Conditional Access) do not allow this sign-in",
    "try in a browser of a device it trusts, without --no-browser; else ask the administrator",
)
_WRONG_KIND = _Meaning(
    NotAllowed,
    "this kind of account cannot sign in here",
    "set `tenant` of the account: consumers for a personal one, organizations for one of work",
)
_NO_APP = _Meaning(
    NotAllowed,
    "Microsoft knows no application with this client_id here",
    "copy it again from the registration: docs/outlook.md, step 2",
)
_DISABLED = _Meaning(
    NotAllowed, "the account is locked or disabled", "ask the administrator of the organisation"
)
_DECLINED = _Meaning(NeedsLogin, "access was declined")
_TOO_LATE = _Meaning(NeedsLogin, "the code was not typed in time")
_BUSY = _Meaning(TemporarilyUnavailable, "Microsoft's sign-in is out of order", "")

_BY_NUMBER: Final[Mapping[int, _Meaning]] = {
    65001: _CONSENT,
    65004: _DECLINED,
    70018: _TOO_LATE,
    70019: _TOO_LATE,
    70020: _DECLINED,
    **dict.fromkeys((90093, 90094, 90095, 650052, 650057), _ADMIN),
    **dict.fromkeys((50072, 50074, 50076, 50079, 50158), _FACTOR),
    **dict.fromkeys((53000, 53001, 53002, 53003, 53004, 530003, 530035, 50097, 50105), _POLICY),
    **dict.fromkeys((700082, 700081, 70008), _UNUSED),
    **dict.fromkeys((50173, 50132, 50133, 70000), _CHANGED),
    **dict.fromkeys((70043, 50078, 50089, 700084, 9002313, 54005), _ENDED),
    **dict.fromkeys((50053, 50055, 50057), _DISABLED),
    **dict.fromkeys((50020, 50034, 51004, 500200, 500201, 500202, 9002332), _WRONG_KIND),
    **dict.fromkeys((700016, 700038, 900023), _NO_APP),
    90002: _Meaning(
        NotAllowed, "there is no such tenant", "correct `tenant` of the account, or leave it out"
    ),
    50011: _Meaning(
        NotAllowed,
        "the application is not registered for signing in on this machine",
        "add the redirect address http://localhost to it: docs/outlook.md, step 3",
    ),
    **dict.fromkeys(
        (7000218, 700025, 9002327),
        _Meaning(
            NotAllowed,
            "the application is not registered as a public client",
            "allow public client flows: docs/outlook.md, step 3",
        ),
    ),
    90033: _BUSY,
}
_BY_ERROR: Final[Mapping[str, _Meaning]] = {
    "access_denied": _DECLINED,
    "authorization_declined": _DECLINED,
    "bad_verification_code": _TOO_LATE,
    "code_expired": _TOO_LATE,
    "expired_token": _TOO_LATE,
    "authorization_pending": _TOO_LATE,
    "consent_required": _CONSENT,
    "interaction_required": _FACTOR,
    "login_required": _ENDED,
    "invalid_grant": _ENDED,
    "temporarily_unavailable": _BUSY,
    "server_error": _BUSY,
}


def refusal(source: str, answer: Mapping[str, Any]) -> ConnectorError:
    """The error an answer without a token stands for; nothing it says itself is repeated.

    Microsoft's texts hold addresses, tenants and ids of the request.
    """
    number, error = _number(answer), str(answer.get("error", ""))
    if answer.get("suberror") == "consent_required" and number not in _BY_NUMBER:
        number = 65001
    found = _BY_NUMBER.get(number) or _BY_ERROR.get(error)
    if found is None:
        said = f"AADSTS{number}" if number else shown(error, 40) or "no reason given"
        return NotAllowed(source, f"Microsoft refuses the sign-in ({said})", "see docs/outlook.md")
    if found.kind is TemporarilyUnavailable:
        return TemporarilyUnavailable(source, found.cause)
    cause = f"{found.cause} (AADSTS{number})" if number else found.cause
    return found.kind(source, cause, found.remedy.format(connect=connect(source)))


def _number(answer: Mapping[str, Any]) -> int:
    """The number after AADSTS, 0 for none; an answer brought by the browser has it as text only."""
    codes = answer.get("error_codes")
    if isinstance(codes, list) and codes and isinstance(codes[0], int):
        return codes[0]
    found = _NUMBER.search(str(answer.get("error_description", "")))
    return int(found[1]) if found else 0
