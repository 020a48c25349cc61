"""What a web server may say that it should not, one on each line; see `tests.proof.corpus`."""

from __future__ import annotations

import gzip
import zlib
from typing import Final

from tests.proof.corpus import lines

STATUS_LINES: Final = (
    b"",
    b"HTTP/1.1 200 OK" + b"A" * 70_000,
    *[b"HTTP/1.1 200 OK"] * 12,
    *lines(r"""
        HTTP/1.0 200 OK
        HTTP/1.1 200
        HTTP/2 200 OK
        HTTP/9.9 200 OK
        ICY 200 OK
        HTTP/1.1 200 \xff\xfe
        HTTP/1.1 -1 x
        HTTP/1.1 99 x
        HTTP/1.1 100 Continue
        HTTP/1.1 101 Switching
        HTTP/1.1 204 No
        HTTP/1.1 206 Partial
        HTTP/1.1 302 x
        HTTP/1.1 304 x
        HTTP/1.1 401 x
        HTTP/1.1 403 x
        HTTP/1.1 410 x
        HTTP/1.1 600 x
        HTTP/1.1 1000 x
    """),
)

HEADERS: Final = (
    b"X: " + b"y" * 200_000,
    b"ETag: " + b"x" * 9_000,
    *lines(r"""
        Content-Length: -1
        Content-Length: 99999999999999999999
        Content-Length: abc
        Content-Length: 5\r\nContent-Length: 7
        Transfer-Encoding: chunked
        Transfer-Encoding: chunked, chunked
        Transfer-Encoding: gzip
        Content-Encoding: gzip
        Content-Encoding: gzip, gzip
        Content-Encoding: deflate
        Content-Encoding: br
        Content-Type: text/html
        Content-Type: \xff
        Location: http://
        Location: //
        Location: \xff\xfe
        Location: https://[::1
        Location: https://a b/
        Location: https://x:99999/
        Location: https://xn--/
        Location: /x\x00y
        Location: /loop
        Location: javascript:1
        Location: file:///etc/passwd
        Location: data:text/calendar,BEGIN:VCALENDAR
        ETag: \x1b[2J
        Last-Modified: nonsense
        Last-Modified: Mon, 99 Foo 99999 99:99:99 +9999
        Retry-After: -5
        Retry-After: \xd9\xa3
        Set-Cookie: a=b
        X\x00Y: 1
        X: a\r\n folded
        : empty
        bad header
    """),
)

BODY: Final = b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n"
BODIES: Final = (
    BODY,
    b"",
    b"5\r\nBEGIN\r\n0\r\n\r\n",
    b"5;ext=" + b"e" * 100_000 + b"\r\nBEGIN\r\n0\r\n\r\n",
    b"FFFFFFFFFFFFFFFFF\r\n",
    b"-1\r\nx\r\n",
    b"zz\r\n",
    bytes(1_000),
    gzip.compress(BODY),
    gzip.compress(BODY)[:-5],
    gzip.compress(gzip.compress(BODY)),
    gzip.compress(bytes(5_000_000)),
    zlib.compress(BODY),
    zlib.compress(BODY)[2:-4],
)
