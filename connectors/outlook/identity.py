"""MSAL for one account: its application, its way to the web, and what it is never to say."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, cast
from urllib.parse import urlsplit

from connectors.errors import ConnectorError, NotAllowed, TemporarilyUnavailable
from connectors.outlook.aadsts import refusal
from policies.frozen import frozen
from policies.text import shown

if TYPE_CHECKING:  # MSAL and requests take 0.5 s to load
    from msal import PublicClientApplication, SerializableTokenCache
    from requests import Response

_HOST: Final = "https://login.microsoftonline.com"
_LOCAL: Final = frozenset(("localhost", "127.0.0.1", "::1"))
_TENANT: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]*")
_NO_TENANT: Final = "AADSTS90002"
_TIMEOUT_S: Final = 30
_NEVER: Final = logging.CRITICAL + 1
_SENSELESS: Final = (ValueError, KeyError, TypeError, AttributeError, RuntimeError)

Answer = Mapping[str, Any]


@frozen
class Registration:
    """The owner's own application. ``tenant`` is common, organizations, consumers or one of them.

    ``sign_in_url`` is another place to sign in at than Microsoft's.
    """

    source: str
    client_id: str
    tenant: str = "common"
    sign_in_url: str = ""

    def here(self, url: str) -> str:
        """Where an address of Microsoft's sign-in is to be asked for."""
        if not self.sign_in_url or not url.startswith(f"{_HOST}/"):
            return url
        return f"{self.sign_in_url.rstrip('/')}{url.removeprefix(_HOST)}"


@contextmanager
def application(
    registration: Registration, cache: SerializableTokenCache
) -> Iterator[PublicClientApplication]:
    """MSAL, told by Microsoft where its endpoints are; within, its troubles are our errors.

    Raises:
        NotAllowed: the tenant does not exist, or is none.
        TemporarilyUnavailable: Microsoft's sign-in cannot be reached, or says nothing we know.
    """
    import msal

    for name in ("msal", "urllib3"):  # their lines hold codes and addresses
        logging.getLogger(name).setLevel(_NEVER)
    _check(registration)
    with _explained(registration.source), _Web(registration) as web:
        yield msal.PublicClientApplication(
            registration.client_id,
            authority=f"{_HOST}/{registration.tenant}",
            token_cache=cache,
            http_client=web,
            instance_discovery=False,  # its authority is Microsoft's own, and known
        )


def answered(source: str, ask: Callable[[], object]) -> Answer:
    """What MSAL answers to ``ask``: a token.

    Raises: what the refusal means, see `connectors.outlook.aadsts`.
    """
    answer = ask()
    if isinstance(answer, dict) and "error" in answer:
        raise refusal(source, answer)
    if not isinstance(answer, dict) or "access_token" not in answer:
        raise out_of_order(source)
    return cast("Answer", answer)


def out_of_order(source: str) -> TemporarilyUnavailable:
    return TemporarilyUnavailable(source, "Microsoft's sign-in is out of order")


def _check(registration: Registration) -> None:
    if not _TENANT.fullmatch(registration.tenant):
        cause = f"{shown(registration.tenant)!r} is no tenant"
        raise NotAllowed(
            registration.source, cause, "write common, consumers, organizations or its id"
        )
    parts = urlsplit(registration.sign_in_url)
    if registration.sign_in_url and parts.scheme != "https" and parts.hostname not in _LOCAL:
        cause = "its sign_in_url is not encrypted, and not on this machine"
        raise NotAllowed(registration.source, cause, "use an https address")


@contextmanager
def _explained(source: str) -> Iterator[None]:
    """MSAL hands on what its HTTP client raises, and what it did not expect to read."""
    from msal.exceptions import MsalError

    try:
        yield
    except ConnectorError:
        raise
    except MsalError as error:
        raise out_of_order(source) from error
    except OSError as error:
        cause = "Microsoft's sign-in cannot be reached"
        raise TemporarilyUnavailable(source, cause) from error
    except _SENSELESS as error:
        raise out_of_order(source) from error


class _Web:
    """MSAL's ``http_client``: bounded in time, followed nowhere else."""

    def __init__(self, registration: Registration) -> None:
        import requests

        self._registration = registration
        self._session = requests.Session()

    def __enter__(self) -> _Web:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def get(self, url: str, **options: Any) -> Response:  # noqa: ANN401 - as MSAL has it
        answer = self._asked("GET", url, options)
        if answer.status_code == HTTPStatus.BAD_REQUEST and _NO_TENANT in answer.text:
            # MSAL would say so in a text for programmers.
            raise refusal(self._registration.source, {"error_description": _NO_TENANT})
        return answer

    def post(self, url: str, **options: Any) -> Response:  # noqa: ANN401 - as above
        return self._asked("POST", url, options)

    def close(self) -> None:
        self._session.close()

    def _asked(self, method: str, url: str, options: dict[str, Any]) -> Response:
        options = {"timeout": _TIMEOUT_S, "allow_redirects": False, **options}
        return self._session.request(method, self._registration.here(url), **options)
