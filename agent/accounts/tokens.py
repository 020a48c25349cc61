"""The tokens of each account in an encrypted file of its own, its key kept somewhere else.

A key ring holds the key and never the tokens: rings differ in what fits into an entry (Windows:
1,280 characters) and none says when a replaced entry is safely on the disk, while a rotated token
that is lost means signing in again.
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

from agent.accounts.secrets import in_ring, keep_in_ring, read_secret
from agent.settings import AccountSettings, SecretRef, TokensIn
from agent.store import files
from agent.store.errors import StateUnusable
from agent.store.locks import take
from connectors.errors import NeedsLogin, TemporarilyUnavailable
from policies.frozen import frozen

if TYPE_CHECKING:  # loaded where tokens are opened
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_FORM: Final = b"fika tokens 1\n"
_NONCE, _CHECK, _KEY = 12, 16, 32  # bytes
_SHORTEST_KEY: Final = 32  # characters; those made here have 43, which is 256 bits
_UNFIT: Final = re.compile(r"[^a-z0-9]+")
_PATIENCE: Final = timedelta(seconds=30)
_PATIENCE_WITH_OWNER: Final = timedelta(seconds=60)


@frozen
class EncryptedTokens:
    """One account's tokens; a `connectors.tokens.TokenStore`.

    ``path`` is replaced whole at every saving (AES-256-GCM, a new nonce each time, bound to the
    account's name). What cannot be opened is never overwritten: it may be good, and the key wrong.
    ``key`` may point to a file, a command, a variable or a key ring.
    """

    source: str
    path: Path
    key: SecretRef
    patience: timedelta = _PATIENCE

    @contextmanager
    def locked(self) -> Iterator[None]:
        """See `connectors.tokens.TokenStore.locked`; the kernel holds the lock, not a file."""
        with _explained(self.source):
            files.make_folder(self.path.parent)
            lock = take(self.path.with_suffix(".lock"), self.patience)
        if lock is None:
            cause = "another program has been renewing its sign-in for too long"
            raise TemporarilyUnavailable(self.source, cause)
        with lock:
            yield

    def load(self) -> str:
        """See `connectors.tokens.TokenStore.load`."""
        with _explained(self.source):
            try:
                sealed = self.path.read_bytes()
            except FileNotFoundError:
                return ""
        return self._opened(sealed)

    def save(self, text: str) -> None:
        """See `connectors.tokens.TokenStore.save`."""
        self.load()  # refuses where something stands that this key does not open
        sealed = self._sealed(text.encode())
        with _explained(self.source):
            files.make_folder(self.path.parent)
            files.sweep(self.path.parent)
            made = files.beside(self.path)
            made.unlink(missing_ok=True)
            try:
                files.make_file(made)
                made.write_bytes(sealed)
                files.put(made, self.path)
            finally:
                made.unlink(missing_ok=True)

    def forget(self) -> bool:
        """Remove what is kept, readable or not; whether there was anything."""
        with self.locked(), _explained(self.source):
            there = self.path.exists()
            self.path.unlink(missing_ok=True)
            files.sync_folder(self.path.parent)
        return there

    def make_key(self) -> bool:
        """Make the key where there is none and it is ours to make; whether one was made.

        Raises:
            NeedsLogin: it can be neither read nor made.
        """
        if self.key.keyring:
            if in_ring(self.key.keyring, self.source, _PATIENCE_WITH_OWNER):
                return False
            keep_in_ring(self.key.keyring, secrets.token_urlsafe(_KEY), self.source)
        elif self.key.file and not os.path.lexists(self.key.file):
            self._make_key_file(Path(self.key.file))
        else:
            self._key()
            return False
        return True

    def _make_key_file(self, path: Path) -> None:
        with _explained(self.source):
            files.make_folder(path.parent)
            made = files.beside(path)
            files.make_file(made)
            made.write_text(secrets.token_urlsafe(_KEY) + "\n", "ascii")
            files.put_first(made, path)
            made.unlink(missing_ok=True)

    def _opened(self, sealed: bytes) -> str:
        from cryptography.exceptions import InvalidTag

        key, check = self._key()
        form, rest = sealed[: len(_FORM)], sealed[len(_FORM) :]
        if form != _FORM or len(rest) < _CHECK + _NONCE:
            raise self._refusal("is damaged")
        if not secrets.compare_digest(rest[:_CHECK], check):
            raise self._refusal("was written with another key")
        nonce, body = rest[_CHECK : _CHECK + _NONCE], rest[_CHECK + _NONCE :]
        try:
            return _cipher(key).decrypt(nonce, body, self._bound_to()).decode()
        except InvalidTag as error:
            raise self._refusal("is damaged, or belongs to another account") from error

    def _sealed(self, text: bytes) -> bytes:
        key, check = self._key()
        nonce = secrets.token_bytes(_NONCE)
        return _FORM + check + nonce + _cipher(key).encrypt(nonce, text, self._bound_to())

    def _bound_to(self) -> bytes:
        return _FORM + self.source.encode()

    def _key(self) -> tuple[bytes, bytes]:
        """The key, and what tells it from another without telling anything about it (RFC 5869)."""
        from cryptography.hazmat.primitives.hashes import SHA256
        from cryptography.hazmat.primitives.kdf.hkdf import HKDF

        made = HKDF(SHA256(), _KEY + _CHECK, salt=None, info=_FORM).derive(self._secret().encode())
        return made[:_KEY], made[_KEY:]

    def _secret(self) -> str:
        if self.key.keyring:
            found = in_ring(self.key.keyring, self.source)
            if not found:
                cause = "the key ring has no key for its tokens"
                raise NeedsLogin(self.source, cause, f"`fika connect` signs in to {self.source}")
            return found
        found = read_secret(self.key, self.source).reveal()
        if len(found) < _SHORTEST_KEY:
            raise NeedsLogin(
                self.source,
                f"the key for its tokens has less than {_SHORTEST_KEY} characters",
                "make one that nobody can guess: openssl rand -base64 32",
            )
        return found

    def _refusal(self, cause: str) -> NeedsLogin:
        remedy = (
            f"put the file or its key back, or begin anew: fika disconnect {self.source}, "
            "then fika connect"
        )
        return NeedsLogin(self.source, f"{self.path} {cause}", remedy)


def tokens_of(account: AccountSettings, home: Path) -> EncryptedTokens:
    """Where the tokens of ``account`` are kept in the state folder ``home``."""
    mark = hashlib.sha256(account.name.encode()).hexdigest()[:8]
    name = f"{_UNFIT.sub('-', account.name.lower()).strip('-')[:40]}-{mark}"
    key = account.tokens_key
    if account.tokens is TokensIn.KEYRING or key is None:
        # One key ring may serve several state folders.
        folder = hashlib.sha256(str(home.resolve()).encode()).hexdigest()[:8]
        key = SecretRef(keyring=f"tokens of {name} in {folder}")
    return EncryptedTokens(account.name, home / "tokens" / f"{name}.sealed", key)


@contextmanager
def _explained(source: str) -> Iterator[None]:
    """What the disk refuses: tokens that cannot be stored are not used either."""
    try:
        yield
    except StateUnusable as error:
        raise NeedsLogin(source, error.cause, error.remedy) from error
    except OSError as error:
        cause = f"its tokens cannot be kept or read: {error.strerror}"
        raise TemporarilyUnavailable(source, cause, "make room, or check the folder") from error


def _cipher(key: bytes) -> AESGCM:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    return AESGCM(key)
