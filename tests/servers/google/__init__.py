"""A strict fake of Google Calendar v3, People v1 and Google's sign-in, over real sockets."""

from tests.servers.google.server import EVERYTHING, GoogleServer

__all__ = ["EVERYTHING", "GoogleServer"]
