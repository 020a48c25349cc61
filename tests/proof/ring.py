"""A key ring for tests: what it holds is in the environment, so that nothing is left behind."""

from __future__ import annotations

import os

from keyring.backend import KeyringBackend


class Ring(KeyringBackend):
    """Answers for every user of the service with what ``PROOF_RING`` holds."""

    priority = 1

    def get_password(self, service: str, username: str) -> str | None:
        return os.environ.get("PROOF_RING")

    def set_password(self, service: str, username: str, password: str) -> None:
        raise NotImplementedError
