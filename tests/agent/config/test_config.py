from __future__ import annotations

import re
from dataclasses import replace
from datetime import time, timedelta
from pathlib import Path

import pytest

from agent.config.load import ConfigProblems, load, parse
from agent.config.table import Lines, Table
from agent.errors import UsageProblem
from agent.settings import Service, Settings
from connectors.google.invitations import MEET
from policies.people.person import Format, Priority
from policies.rules import Preferences, Rules, SlotRules

EXAMPLE = Path(__file__).parents[3] / "config.example.toml"
MINIMAL = """
[owner]
name = "Olle"
addresses = ["Olle@Example.com"]
zone = "Europe/Stockholm"

[[calendar]]
name = "work"
path = "work"
"""


def read(text: str, folder: Path = Path("/nowhere")) -> Settings:
    return parse(text, folder / "config.toml")


def problems_of(text: str) -> list[str]:
    with pytest.raises(ConfigProblems) as caught:
        read(text)
    return [str(each) for each in caught.value.problems]


def test_what_is_left_out_keeps_its_default() -> None:
    settings = read(MINIMAL)

    assert settings.rules == Rules()
    assert settings.owner.addresses == ("olle@example.com",)
    assert settings.calendars[0].path == Path("/nowhere/work")
    assert settings.mail is None


def test_what_makes_a_time_good_can_be_set_and_switched_off() -> None:
    settings = read(
        MINIMAL.replace("[owner]", '[owner]\noffice_days = ["Tue", "thursday"]', 1)
        + "[slots]\noffice_only = true\n"
        + "[slots.preferences]\nfull_day = 2\ntime_of_day = 0\nfriday_afternoon = -4.5\n"
    )

    assert settings.rules.slots == replace(
        SlotRules(),
        office_only=True,
        preferences=Preferences(full_day=2.0, time_of_day=0.0, friday_afternoon=-4.5),
    )
    assert settings.owner.office_days == (1, 3)


def uncommented(text: str) -> str:
    """The example with every setting it shows switched on."""
    lines = []
    for line in text.splitlines():
        bare = re.sub(r"^# (?=(\[\[?[a-z]|[a-z_]+ = ))", "", line)
        if not bare.startswith(("url = ", "# ", 'hours = "Mon-Fri 09:00-17:00"  # default')):
            lines.append(bare)
    return "\n".join(lines)


def test_the_example_shows_every_default_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "texts").mkdir()
    shown = read(uncommented(EXAMPLE.read_text()), tmp_path)

    assert shown.rules == Rules()
    assert shown.limits == read(MINIMAL).limits
    assert shown.mail is not None
    assert [each.name for each in shown.calendars] == ["work", "team", "google"]
    assert [each.name for each in shown.accounts] == ["google"]


def test_the_example_names_every_setting_there_is(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: set[str] = set()
    leave = Table.leave

    def noting(table: Table) -> None:
        asked.update(table._asked)
        leave(table)

    monkeypatch.setattr(Table, "leave", noting)
    read(MINIMAL + '[mail]\nhost = "smtp.example.com"\n')
    text = EXAMPLE.read_text()

    missing = {key for key in asked if not re.search(rf"\b{re.escape(key)}\b", text)}
    assert missing == set()


def test_the_example_as_it_stands_can_be_used(tmp_path: Path) -> None:
    assert read(EXAMPLE.read_text(), tmp_path).write_calendar == "work"


@pytest.mark.parametrize(
    "beyond",
    [
        "per_run = 11",
        "per_day = 21",
        'per_person = "23h"',
        'approval_valid = "15d"',
        'fresh_within = "8d"',
    ],
)
def test_no_setting_goes_beyond_the_bounds_of_sending(beyond: str) -> None:
    (problem,) = problems_of(f"{MINIMAL}[sending]\n{beyond}\n")

    assert f"sending.{beyond.partition(' ')[0]} is" in problem


def test_ten_mistakes_are_reported_together_with_their_lines() -> None:
    text = """[owner]
name = ""
addresses = ["nobody"]
zone = "Mars/Olympus"
hours = "Mon 17:00-09:00"
huors = "x"

[[calendar]]
name = "work"
path = "a"
url = "https://b.example.com"

[cadence.A]
ideal = "90d"

[slots]
per_day = 0
lunch = "noon"
grid = 15

[mail]
encryption = "rot13"

[digest]
mail = "yes"
"""
    found = problems_of(text)

    assert len(found) >= 11
    for line, word in [
        (2, "owner.name"), (3, "owner.addresses"), (4, "Mars/Olympus"), (5, "owner.hours"),
        (6, "did you mean 'hours'?"), (8, "exactly one of path"), (13, "shorter than the ideal"),
        (17, "slots.per_day is 0"), (18, "12:00-13:00"), (19, "slots.grid is a number"),
        (22, "starttls"), (25, "digest.mail"), (21, "mail.host"),
    ]:  # fmt: skip
        assert any(each.startswith(f"line {line}: ") and word in each for each in found), word


def test_of_one_value_one_thing_is_said() -> None:
    found = problems_of('[owner]\nname = "Olle"\naddresses = "olle@example.com"\nzone = 5\n')

    said = [each for each in found if "owner." in each]
    assert [each.partition(": ")[2].partition(" is ")[0] for each in said] == [
        "owner.addresses",
        "owner.zone",
    ]


def test_a_file_that_is_no_toml_says_where() -> None:
    assert "line 2" in problems_of("[owner]\nname = ")[0]


@pytest.mark.parametrize("value", ["9" * 5_000, "[" * 3_000 + "]" * 3_000])
def test_what_the_toml_library_itself_chokes_on_is_a_problem_like_any_other(value: str) -> None:
    assert "not TOML" in problems_of(f"{MINIMAL}x = {value}")[0]


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ('history = "99999w"', "from 1d to"),
        ('[planning]\nfirst_length = "0m"', "planning.first_length is 0m"),
        ('[planning]\nlength = "9w"', "from 5m to 1d"),
        ('[planning]\nbuffer = "99999w"', "planning.buffer is"),
        ('[slots]\ngrid = "0m"', "from 1m to 1d"),
        ('[slots]\ngrid = "9999w"', "slots.grid is 9999w"),
        ('[slots]\nhorizon = "99999w"', "slots.horizon is"),
        ('[formats.coffee]\ntravel = "99999w"', "formats.coffee.travel is"),
        ('[limits]\ncpu = "0m"', "from 1s to 1h"),
        ("[cadence.A]\nweight = nan", "not a positive number"),
        ("[slots.preferences]\nfull_day = nan", "from -100 to 100"),
        ("[slots.preferences]\nfull_day = -101", "slots.preferences.full_day is not a number"),
        ("[slots.preferences]\nfull_day = true", "0 switches it off"),
        ("[slots.preferences]\nmondays = 1", "slots.preferences.mondays is not a setting"),
        ("[slots]\ntravel = '9w'", "slots.travel is 9w"),
        ("[cadence.A]\nweight = inf", "not a positive number"),
        ("[report]\noutside_goal = 1.5", "write a share from 0 to 1"),
        ('[digest]\npage = "javascript:alert(1)"', "digest.page is not the bare address"),
        ('[digest]\npage = "http://127.0.0.1:1/?code=1"', "digest.page is not the bare address"),
        ('[digest]\npage = "http://a:b@example.com/"', "digest.page is not the bare address"),
        ('[[digest.channel]]\nname = "phone"', "digest.channel[0].url_from is missing"),
        ('[[digest.channel]]\nurl_from = { env = "X" }', "digest.channel[0].name must be there"),
        ('[[digest.channel]]\nname = "mail"\nurl_from = { env = "X" }', "unlike every other"),
        ('[[digest.channel]]\nname = "a"\nurl = "ntfy://x"', "channel[0].url is a secret"),
        (f"[cadence.A]\nweight = 1{'0' * 400}", "not a positive number"),
    ],
)
def test_a_setting_no_run_could_work_with_is_refused_beforehand(setting: str, words: str) -> None:
    found = problems_of(MINIMAL.replace("\n[owner]", f"\n{setting}\n[owner]", 1))

    assert len(found) == 1
    assert words in found[0]


@pytest.mark.parametrize(
    "path", ["~no-such-user/calendars", "a\\u0000b"], ids=["nobody's home", "NUL"]
)
def test_a_path_that_cannot_be_is_a_problem(path: str) -> None:
    text = MINIMAL.replace('path = "work"', f'path = "{path}"')

    assert any("calendar[0].path" in each for each in problems_of(text))


def test_a_folder_of_texts_that_may_not_exist_is_a_problem() -> None:
    assert "is no folder" in problems_of(f'{MINIMAL}\n[texts]\nfolder = "{"x" * 5_000}"')[0]


@pytest.mark.parametrize(
    "address", ["olle@example.com\\nBcc:", "a@example.com, b@example.com", "olle", "@", ""]
)
def test_what_is_not_one_address_is_nobodys(address: str) -> None:
    sender = f'[mail]\nhost = "h"\nsender = "{address or "x"}"\n'

    assert "owner.addresses" in problems_of(MINIMAL.replace("Olle@Example.com", address))[0]
    assert "mail.sender" in problems_of(f"{MINIMAL}\n{sender}")[0]


@pytest.mark.parametrize("name", ["wo\\u001brk", "wo\\u202erk", "w" * 200])
def test_the_name_of_a_calendar_can_be_seen_whole(name: str) -> None:
    assert (
        "calendar[0].name" in problems_of(MINIMAL.replace('name = "work"', f'name = "{name}"'))[0]
    )


def test_without_a_calendar_there_is_nothing_to_read() -> None:
    assert "calendar is missing" in problems_of(MINIMAL.partition("[[calendar]]")[0])[0]


def test_two_calendars_of_one_name_are_refused() -> None:
    again = '\n[[calendar]]\nname = "work"\npath = "other"\n'

    assert "twice: 'work'" in problems_of(MINIMAL + again)[0]


@pytest.mark.parametrize(
    "host",
    [
        "bad host", "smtp.example.com:587", "smtps://example.com", "@",
        "10.0.0.1:25", "cafe.be:587", "dead.beef:25", ":25", "[::1]:25",
    ],
)  # fmt: skip
def test_a_mail_server_goes_by_its_name_alone(host: str) -> None:
    (problem,) = problems_of(f'{MINIMAL}\n[mail]\nhost = "{host}"\n')

    assert "mail.host is no name of a server" in problem
    assert "a port goes under port" in problem


@pytest.mark.parametrize(
    "host",
    [
        "smtp.example.com", "mail", "bücher.example", "127.0.0.1",
        "::1", "fd00::25", "::ffff:10.0.0.1", "2001:db8:0:0:0:0:0:1",
    ],
)  # fmt: skip
def test_a_mail_server_may_have_any_name_or_address(host: str) -> None:
    read(f'{MINIMAL}\n[mail]\nhost = "{host}"\n')


def test_plain_connections_are_for_localhost_only() -> None:
    mail = '[mail]\nhost = "smtp.example.com"\nencryption = "none"\n'

    assert "localhost only" in problems_of(MINIMAL + mail)[0]


def test_a_secret_is_a_reference_and_never_two() -> None:
    mail = '[mail]\nhost = "h"\nuser = "u"\npassword_from = { env = "A", file = "b" }\n'

    assert "exactly one of env" in problems_of(MINIMAL + mail)[0]


@pytest.mark.parametrize(
    ("content", "cause"),
    [(None, "there is no configuration"), (b"\xff\xfe\x00", "is not UTF-8")],
)
def test_a_file_that_cannot_be_read_says_why(
    tmp_path: Path, content: bytes | None, cause: str
) -> None:
    path = tmp_path / "config.toml"
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(UsageProblem, match=cause):
        load(path)


def test_rules_reach_the_policies() -> None:
    settings = read(
        MINIMAL
        + '[cadence.A]\nideal = "2w"\nweight = 10\n[formats.virtual-coffee]\nlength = "25m"\n'
        + '[slots]\nlunch = "none"\n'
        + '[planning]\npreferred_days = ["Tue"]\npreferred_time = "08:15"\n'
    )

    assert settings.rules.cadence.gaps[Priority.A].ideal == timedelta(days=14)
    assert settings.rules.cadence.weights[Priority.A] == 10.0
    assert settings.rules.slots.formats[Format.VIRTUAL_COFFEE].length == timedelta(minutes=25)
    assert settings.rules.slots.lunch is None
    assert settings.rules.planning.preferred_days == (1,)
    assert settings.rules.planning.preferred_time == time(8, 15)


def test_lines_are_found_for_tables_keys_and_lists_of_tables() -> None:
    lines = Lines('a = 1\n[b]\n"c d" = 2\n[[e]]\nf = 1\n[[e]]\nf = 2\n')

    assert [lines.of(path) for path in ("a", "b", "b.c d", "e[1].f", "e[1].g", "z")] == [
        1, 2, 3, 7, 6, 0,
    ]  # fmt: skip


ACCOUNT = """
[[account]]
name = "{name}"
service = "{service}"
{rest}
[[calendar]]
name = "main"
account = "{name}"
id = "primary"

[write]
calendar = "main"
"""


@pytest.mark.parametrize(
    ("service", "rest"),
    [
        ("google", 'client_from = { file = "client.json" }'),
        ("outlook", 'client_id = "0000"\ntokens = "file"\ntokens_key_from = { file = "key" }'),
        ("caldav", 'url = "https://dav.example.com"\nuser = "o"\npassword_from = { env = "P" }'),
    ],
)
def test_a_calendar_of_an_account_can_be_read_and_written(service: str, rest: str) -> None:
    settings = read(MINIMAL + ACCOUNT.format(name="a", service=service, rest=rest))

    assert settings.accounts[0].service is Service(service)
    assert (settings.calendars[1].account, settings.calendars[1].id) == ("a", "primary")
    assert settings.write_calendar == "main"


@pytest.mark.parametrize(
    ("more", "places"),
    [
        ("", (MEET,)),
        ('[formats.virtual-coffee]\nplaces = ["My room"]', ("My room",)),
    ],
)
def test_google_makes_a_room_for_a_coffee_over_video_unless_the_owner_has_one(
    more: str, places: tuple[str, ...]
) -> None:
    client = 'client_from = { file = "client.json" }'
    account = ACCOUNT.format(name="a", service="google", rest=client)

    formats = read(MINIMAL + account + more).rules.slots.formats

    assert formats[Format.VIRTUAL_COFFEE].places == places
    assert formats[Format.CALL].places == ()


@pytest.mark.parametrize(
    ("service", "rest", "cause"),
    [
        ("google", "", "client_from is missing"),
        ("outlook", "", "client_id is missing"),
        ("caldav", 'user = "o"', "url is missing"),
        ("icloud", "", "service"),
        ("outlook", 'client_id = "0"\ntokens = "file"', "tokens_key_from is missing"),
        ("outlook", 'client_id = "0"\nurl = "graph"', "not an https address"),
        ("outlook", 'client_id = "0"\ndeclines = "new"', "is for Google only"),
    ],
)
def test_an_account_that_lacks_something_says_what(service: str, rest: str, cause: str) -> None:
    found = problems_of(MINIMAL + ACCOUNT.format(name="a", service=service, rest=rest))

    assert any(cause in each for each in found)


def test_a_calendar_of_no_account_is_a_problem() -> None:
    text = MINIMAL + '[[calendar]]\nname = "x"\naccount = "gogle"\nid = "primary"\n'

    assert any("names no [[account]]: 'gogle'" in each for each in problems_of(text))
