"""Serving the page: one process, one socket, on this machine only."""

from __future__ import annotations

import logging
import socket
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http import HTTPStatus
from pathlib import Path
from typing import Final

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

from agent.errors import UsageProblem
from agent.web.security import HEADERS

LOOPBACK: Final = "127.0.0.1"
_WAIT_S: Final = 5


@contextmanager
def on_port(port: int) -> Iterator[socket.socket]:
    """A socket on the loopback interface; port 0 is any that is free.

    Raises:
        UsageProblem: the port is taken, or not ours to use.
    """
    with socket.socket(socket.AF_INET) as made:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            made.bind((LOOPBACK, port))
        except OSError as error:
            raise UsageProblem(
                f"port {port} cannot be used: {error.strerror}", "leave out --port, or name another"
            ) from error
        made.listen()
        yield made


@contextmanager
def on_path(path: Path) -> Iterator[socket.socket]:
    """A socket in the file system that only its owner can connect to; it goes when we end.

    Raises:
        UsageProblem: something else stands there, or it cannot be made.
    """
    with socket.socket(socket.AF_UNIX) as made:
        try:
            if path.exists() and not stat.S_ISSOCK(path.stat().st_mode):
                raise UsageProblem(f"{path}: something else is there", "name another path")
            _bind_for_us_alone(made, path)
        except OSError as error:  # a path that is too long has no number of its own
            why = error.strerror or str(error)
            raise UsageProblem(
                f"no socket can be made there: {why}", "name another path"
            ) from error
        made.listen()
        try:
            yield made
        finally:
            with suppress(FileNotFoundError):
                path.unlink()


def _bind_for_us_alone(made: socket.socket, path: Path) -> None:
    """Bound under a name nobody knows, closed to others, and then put in place."""
    hidden = path.with_name(f".{path.name}-new")
    hidden.unlink(missing_ok=True)
    made.bind(str(hidden))
    hidden.chmod(0o600)
    hidden.rename(path)


def server(application: ASGIApp) -> uvicorn.Server:
    """Nothing is logged: whoever needs to know what went wrong finds it on the page."""
    logging.getLogger("uvicorn").setLevel(logging.CRITICAL + 1)
    config = uvicorn.Config(
        application,
        http=_Protocol,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=_WAIT_S,
        timeout_graceful_shutdown=_WAIT_S,
    )
    return uvicorn.Server(config)


class _Protocol(H11Protocol):
    """What is no HTTP at all gets our headers too."""

    def send_400_response(self, msg: str) -> None:
        body = b"That is no request.\n"
        head = [(b"content-type", b"text/plain; charset=utf-8"), (b"connection", b"close")]
        head += [(b"content-length", str(len(body)).encode()), *HEADERS]
        lines = [b"HTTP/1.1 %d %s" % (HTTPStatus.BAD_REQUEST, b"Bad Request")]
        lines += [b"%s: %s" % each for each in head]
        self.transport.write(b"\r\n".join((*lines, b"", body)))
        self.transport.close()
