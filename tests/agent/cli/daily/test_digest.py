from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from agent.settings import ChannelSettings, DigestSettings, SecretRef
from tests.agent.cli.place import Place, place
from tests.servers.feeds import FeedServer, body, status

pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")
__all__ = ["place"]


@pytest.fixture
def server() -> Iterator[FeedServer]:
    with FeedServer(b"{}").running() as made:
        made.always = body(b"{}", "application/json")
        yield made


def channelled(place: Place, server: FeedServer, tmp_path: Path, *, mail: bool = False) -> None:
    file = tmp_path / "channel.txt"
    file.write_text(server.url("/very-secret").replace("http:", "json:") + "\n")
    file.chmod(0o600)
    phone = ChannelSettings("phone", SecretRef(file=str(file)))
    digest = DigestSettings(mail=mail, channels=(phone,))
    place.settings = replace(place.settings, digest=digest)


def test_the_digest_says_what_waits_for_a_yes(place: Place) -> None:
    said = place.said("digest")

    assert said.startswith("Fika: 1 for you\n\nWaiting for your yes\n  1. Ana Silva")
    assert "# Fika: 1 for you\n\n## Waiting for your yes\n\n- 1\\. Ana Silva" in place.said(
        "digest", "--markdown"
    )
    told = json.loads(place.said("digest", "--json"))
    assert [each["heading"] for each in told] == ["Waiting for your yes", "Most overdue"]


def test_it_reads_and_changes_nothing(place: Place) -> None:
    before = sorted(each.name for each in place.home.iterdir())

    assert place.said("digest") == place.said("digest")
    assert sorted(each.name for each in place.home.iterdir()) == before


def test_nothing_to_say_is_said(place: Place) -> None:
    place.said("people", "remove", "Ana", "--yes")

    assert place.said("digest") == "Nothing waits for you, and nobody is overdue.\n"


def test_whoever_is_sensitive_is_left_out_of_what_leaves_and_counted(
    place: Place, server: FeedServer, tmp_path: Path
) -> None:
    place.said("people", "edit", "Ana", "--sensitive")
    channelled(place, server, tmp_path, mail=True)

    assert "Ana Silva" in place.said("digest")
    assert "Ana" not in place.said("digest", "--for-others")
    assert "1 more that stay on your machine: fika proposals" in place.said(
        "digest", "--for-others"
    )


def test_a_test_reaches_mail_and_channels(place: Place, server: FeedServer, tmp_path: Path) -> None:
    channelled(place, server, tmp_path, mail=True)

    assert place.said("digest", "--test") == "Sent to mail, phone.\n"
    assert len(server.seen) == len(place.server.mailbox) == 1
    assert "Fika can reach you here" in server.seen[0].body.decode()


def test_a_channel_that_refuses_is_named_with_the_remedy_and_without_its_address(
    place: Place, server: FeedServer, tmp_path: Path
) -> None:
    channelled(place, server, tmp_path)
    server.always = status(404)

    result = place.fika("digest", "--test")
    assert result.exit_code == 1
    assert "phone: it answers 404; check its address" in result.output
    assert "very-secret" not in result.output


def test_with_nowhere_to_go_a_test_says_where_that_is_set(place: Place) -> None:
    assert "docs/digest.md" in place.failed("digest", "--test")


def test_a_run_with_something_to_say_tells_each_channel_once_a_day(
    place: Place, server: FeedServer, tmp_path: Path
) -> None:
    place.said("people", "edit", "Ana", "--sensitive")
    channelled(place, server, tmp_path)

    place.said("run")
    place.said("run")
    (seen,) = server.seen
    told = json.loads(seen.body)["message"]
    assert "Time put aside" in told
    assert "1 more that stay on your machine" in told
    assert "Ana" not in told


def test_a_rehearsal_tells_nobody(place: Place, server: FeedServer, tmp_path: Path) -> None:
    channelled(place, server, tmp_path)

    place.said("run", "--dry-run")
    assert server.seen == []


def test_a_run_without_news_sends_nothing(place: Place, server: FeedServer, tmp_path: Path) -> None:
    place.said("run")
    channelled(place, server, tmp_path)

    place.said("run")
    assert server.seen == []


def test_a_channel_that_fails_is_said_and_the_run_is_as_good_as_without(
    place: Place, server: FeedServer, tmp_path: Path
) -> None:
    channelled(place, server, tmp_path)
    server.always = status(500)

    said = place.said("run")
    assert "the digest did not reach phone: it answers 500" in said
    assert "very-secret" not in said


def test_what_did_not_arrive_is_said_the_next_day_even_without_news(
    place: Place, server: FeedServer, tmp_path: Path
) -> None:
    channelled(place, server, tmp_path)
    server.faults.append(status(500))

    place.said("run")
    place.said("run")
    assert len(server.seen) == 1
    place.clock.moment += timedelta(days=1)
    place.said("run")
    assert len(server.seen) == 2
    place.clock.moment += timedelta(days=1)
    place.said("run")
    assert len(server.seen) == 2


def test_it_tells_what_a_run_tells_that_finds_nothing_new(place: Place) -> None:
    place.said("commit", "to", "ana", "--until", "2026-09-30")
    place.said("run")

    ran = place.said("run").splitlines()
    heading, *lines = place.said("digest").splitlines()
    assert heading == "Fika: 1 for you"
    assert "Committed to" in lines
    assert [each for each in lines if each not in ran] == []
