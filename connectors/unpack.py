"""A body as it was before a server compressed it, in pieces of bounded size."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from typing import Final

import httpcore

_CHUNK: Final = 64 * 1024


class BrokenPacking(Exception):
    """It is compressed in a way nobody asked for, or wrongly; the message is a plain clause."""


def unpacked(chunks: Iterable[bytes], packing: str) -> Iterator[bytes]:
    """``chunks`` unpacked as the header Content-Encoding, ``packing``, says.

    Some servers compress also where nobody asked for it.

    Raises:
        BrokenPacking: see there.
        httpcore.RemoteProtocolError: the body ended early.
    """
    packing = packing.strip().lower()
    if packing in ("", "identity"):
        return iter(chunks)
    if packing not in ("gzip", "x-gzip", "deflate"):
        raise BrokenPacking("it is compressed in a way we did not ask for")
    return _inflated(chunks)


def _inflated(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Never more than `_CHUNK` at a time, however small the bytes that swell to it."""
    engine = zlib.decompressobj(wbits=32 + zlib.MAX_WBITS)  # 32: gzip or zlib, as it comes
    chunk = b""
    try:
        for chunk in chunks:
            yield engine.decompress(chunk, _CHUNK)
            while engine.unconsumed_tail:
                yield engine.decompress(engine.unconsumed_tail, _CHUNK)
        while rest := engine.decompress(b"", _CHUNK):
            yield rest
    except zlib.error as error:
        raise BrokenPacking("its compression is broken") from error
    if chunk and not engine.eof:
        raise httpcore.RemoteProtocolError("the answer ended early")
