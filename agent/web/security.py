"""The wall around the page: who may ask, in which form, and what every answer says.

It stands outside of everything else, so that no route, error or slow body is answered without it.
What it refuses it refuses before any of our own code has seen the request.

- Only requests to exactly our own host and port: a name that was made to point at this machine
  (DNS rebinding) is not it.
- What changes something is a POST from a form of ours: the exact ``Origin``, and no
  ``Sec-Fetch-Site`` but our own. Browsers send ``Origin`` with every POST (Fetch standard, 3.2).
- Pages of other origins may link here, and nothing else: no frames, images, scripts or fetches.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from typing import Final

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

Headers = Sequence[tuple[bytes, bytes]]

LARGEST_BODY: Final = 128 * 1024
"""Bytes of a form: a text of 8,000 characters, percent-encoded at twelve bytes each, fits."""

CONTENT_POLICY: Final = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; object-src 'none';"
    " form-action 'self'; base-uri 'none'; frame-ancestors 'none';"
    " require-trusted-types-for 'script'; trusted-types 'none'"
)
HEADERS: Final[Headers] = tuple(
    (name.encode(), value.encode())
    for name, value in (
        ("content-security-policy", CONTENT_POLICY),
        ("cache-control", "no-store"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
        ("permissions-policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
        ("referrer-policy", "same-origin"),
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "DENY"),
    )
)
"""On every answer. ``same-origin`` as referrer, for without any a browser says ``Origin: null``."""

_OWN: Final = (b"same-origin", b"none")
_TOO_SLOW, _TOO_LARGE, _MISDIRECTED = 408, 413, 421


class Wall:
    """``host`` is the only one answered to, with its port, as a browser writes it.

    ``within_s`` is how many seconds a browser has to send a form.
    """

    def __init__(self, app: ASGIApp, host: str, within_s: float = 20) -> None:
        self._app, self._within_s = app, within_s
        self._host = host.encode("ascii")
        self._origin = b"http://" + self._host

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                own = {name for name, _ in HEADERS}
                kept = [each for each in message["headers"] if each[0].lower() not in own]
                message = {**message, "headers": [*kept, *HEADERS]}
            await send(message)

        status, why = self._refusal(scope)
        body = b""
        if not status and scope["method"] == "POST":
            try:
                async with asyncio.timeout(self._within_s):
                    body = await _body(receive)
            except TimeoutError:
                status, why = _TOO_SLOW, "That took too long."
            except _TooLong:
                status, why = _TOO_LARGE, "That is too long."
        if status:
            headers = {"allow": "GET, HEAD, POST"} if status == 405 else {}  # noqa: PLR2004 - RFC 9110, 15.5.6
            refused = PlainTextResponse(f"{why}\n", status, headers)
            await refused(scope, receive, guarded)
            return
        await self._app(scope, _Once(body), guarded)

    def _refusal(self, scope: Scope) -> tuple[int, str]:
        """A status and a sentence, or 0 for a request that may come in."""
        headers, method = scope["headers"], scope["method"]
        if _values(headers, b"host") != [self._host] or not scope["raw_path"].startswith(b"/"):
            return _MISDIRECTED, f"This page answers to http://{self._host.decode()} only."
        if method not in {"GET", "HEAD", "POST"}:
            return 405, "There is nothing here to do in this way."
        length = _values(headers, b"content-length") or [b"0"]
        if not length[0].isdigit() or int(length[0]) > LARGEST_BODY:
            return _TOO_LARGE, "That is too long."
        site = _values(headers, b"sec-fetch-site")
        if method == "POST":
            return self._refused_form(headers, site)
        visits = _values(headers, b"sec-fetch-mode") == [b"navigate"]
        if site not in ([], *([each] for each in _OWN)) and not visits:
            return 403, "Other pages may link here, and nothing else."
        return 0, ""

    def _refused_form(self, headers: Headers, site: list[bytes]) -> tuple[int, str]:
        if _values(headers, b"origin") != [self._origin]:
            return 403, "This did not come from a form of this page."
        if site not in ([], *([each] for each in _OWN)):
            return 403, "This did not come from a form of this page."
        kind = _values(headers, b"content-type")
        if len(kind) != 1 or kind[0].partition(b";")[0].strip().lower() != _FORM:
            return 415, "Only forms are taken."
        return 0, ""


_FORM: Final = b"application/x-www-form-urlencoded"


class _Once:
    """Hands a body that was read already to whoever is inside."""

    def __init__(self, body: bytes) -> None:
        self._messages: list[Message] = [{"type": "http.request", "body": body}]

    async def __call__(self) -> Message:
        return self._messages.pop() if self._messages else {"type": "http.disconnect"}


class _TooLong(Exception):
    """There is more of a body than a form has, or it ends before its end."""


async def _body(receive: Receive) -> bytes:
    parts: list[bytes] = []
    size, more = 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise _TooLong
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > LARGEST_BODY:
            raise _TooLong
        more = message.get("more_body", False)
    return b"".join(parts)


def _values(headers: Iterable[tuple[bytes, bytes]], name: bytes) -> list[bytes]:
    return [value for key, value in headers if key.lower() == name]
