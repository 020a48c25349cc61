from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta

import pytest

from connectors.channels import Channel
from connectors.errors import ConnectorError, NeedsLogin, NotAllowed, TemporarilyUnavailable
from tests.servers.feeds import Fault, FeedServer, body, dripping_head, hang_up, silent, status

pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")
SECRET = "tk-very-secret-topic"


@pytest.fixture
def server() -> Iterator[FeedServer]:
    with FeedServer(b"{}").running() as made:
        made.always = body(b"{}", "application/json")
        yield made


def at(server: FeedServer, scheme: str) -> Channel:
    host = server.url("").removeprefix("http://").rstrip("/")
    return Channel("phone", lambda: f"{scheme}://{host}/{SECRET}", timedelta(seconds=5))


def test_a_message_reaches_ntfy_as_it_was_written(server: FeedServer) -> None:
    at(server, "ntfy").send("Fika: 1 for you", "1. Åsa <b>*Öberg*</b> & co: coffee\n- second")

    (seen,) = server.seen
    told = json.loads(seen.body)
    assert seen.method == "POST"
    assert told["topic"] == SECRET
    assert told["title"] == "Fika: 1 for you"
    assert told["message"] == "1. Åsa <b>*Öberg*</b> & co: coffee\n- second"
    assert "http" not in json.dumps(told), "nothing is to be fetched from elsewhere"


def test_a_message_reaches_a_webhook(server: FeedServer) -> None:
    at(server, "json").send("Fika: 1 for you", "Waiting for your yes: 1")

    (seen,) = server.seen
    told = json.loads(seen.body)
    assert seen.path == f"/{SECRET}"
    assert (told["title"], told["message"]) == ("Fika: 1 for you", "Waiting for your yes: 1")


@pytest.mark.parametrize(
    ("fault", "kind", "said"),
    [
        (status(401), NotAllowed, "it answers 401"),
        (status(403), NotAllowed, "it answers 403"),
        (status(404), NotAllowed, "it answers 404"),
        (status(500), TemporarilyUnavailable, "it answers 500"),
        (hang_up, TemporarilyUnavailable, "it cannot be reached"),
    ],
)
@pytest.mark.parametrize("scheme", ["ntfy", "json"])
def test_a_refusal_is_an_error_that_says_what_to_do_and_never_the_address(
    server: FeedServer,
    scheme: str,
    fault: Fault,
    kind: type[ConnectorError],
    said: str,
    capfd: pytest.CaptureFixture[str],
) -> None:
    server.always = fault

    with pytest.raises(kind) as caught:
        at(server, scheme).send("title", "body")
    assert caught.value.cause == said
    assert caught.value.remedy
    assert SECRET not in f"{caught.value} {caught.value.remedy}{capfd.readouterr()}"


@pytest.mark.parametrize("fault", [silent, dripping_head(0.05)])
def test_a_service_that_never_ends_its_answer_does_not_hold_a_run_up(
    server: FeedServer, fault: Fault
) -> None:
    server.always = fault
    impatient = Channel("phone", at(server, "json").url, timedelta(seconds=0.3))

    with pytest.raises(TemporarilyUnavailable, match=r"did not take it within 0\.3 s"):
        impatient.send("title", "body")


@pytest.mark.parametrize("url", ["", "nonsense", f"nonsense://{SECRET}", "https://"])
def test_an_address_that_no_service_has_is_said(
    url: str, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(NotAllowed, match="none that apprise knows") as caught:
        Channel("phone", lambda: url).send("title", "body")
    assert SECRET not in f"{caught.value}{capfd.readouterr()}"


def test_an_address_that_cannot_be_had_is_the_same_error_here() -> None:
    def url() -> str:
        raise NeedsLogin("phone", "the key ring holds no secret", "put it there")

    with pytest.raises(NeedsLogin):
        Channel("phone", url).send("title", "body")


def test_the_librarys_own_log_is_quiet_even_where_all_else_is_logged(server: FeedServer) -> None:
    server.always = status(500)
    code = (
        "import logging, sys; logging.basicConfig(level=logging.DEBUG)\n"
        "from connectors.channels import Channel\n"
        "try: Channel('phone', lambda: sys.argv[1]).send('title', 'body with a name')\n"
        "except Exception as error: print(error)"
    )

    said = subprocess.run(
        [sys.executable, "-c", code, at(server, "json").url()],
        capture_output=True,
        text=True,
        check=True,
    )
    assert len(server.seen) == 1
    assert said.stdout == "phone: it answers 500\n"
    assert SECRET not in said.stderr
    assert "name" not in said.stderr


def test_without_the_extra_one_line_says_how_to_have_it() -> None:
    code = (
        "import sys; sys.modules['apprise'] = None\n"
        "from connectors.channels import Channel\n"
        "try: Channel('phone', lambda: 'ntfy://example.com/x').send('t', 'b')\n"
        "except Exception as error: print(error, '|', error.remedy)"
    )

    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout == (
        "phone: channels need the extra `channels`, which is not installed |"
        ' in its checkout: pipx install --force ".[channels]"'
        ' (or: uv tool install --reinstall ".[channels]")\n'
    )


def test_a_service_that_breaks_in_a_way_nobody_foresaw_is_an_error_like_any_other() -> None:
    class Broken:
        def notify(self, **_: object) -> bool:
            raise KeyError(SECRET)

    problem = Channel("phone", str)._sent(Broken(), "title", "body")  # type: ignore[arg-type]
    assert str(problem) == "phone: apprise failed (KeyError)"
