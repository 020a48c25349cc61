from __future__ import annotations

import ast
import importlib
import re
import shlex
import subprocess
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import click
import pytest

from agent.app import App
from agent.cli.root import cli
from agent.config.load import parse
from agent.exits import Exit
from agent.settings import Settings
from policies.audit.evidence import Reason
from policies.outreach.etiquette import Hold
from policies.outreach.phrases import Voice
from policies.people.fields import FIELDS
from policies.people.identity import Doubt
from policies.proposal import NoSlot
from policies.sending.action import ActionState
from policies.sending.gate import Objection

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = [ROOT / name for name in ("README.md", "CHANGELOG.md", "CONTRIBUTING.md")]
PAGES += sorted(DOCS.glob("*.md"))
FENCE = re.compile(r"^( *)```(\w*)\n(.*?)^\1```$", re.DOTALL | re.MULTILINE)
INLINE = re.compile(r"`(fika [^`]+)`")
LINK = re.compile(r"(?<!\\)\[[^\]]*\]\(([^)\s]+)\)|src=\"([^\"]+)\"")
SETTING = re.compile(r"`(?:\[{1,2}([a-z.-]+)\]{1,2})(?: ([a-z_]+))?[^`]*`")
ADDRESS = re.compile(r"[\w.+-]+@([\w-]+(?:\.[\w-]+)+)")
INVENTED = re.compile(
    r"(?:.+\.)?example\.(?:com|org|net)|.+\.(?:example|invalid|test)"  # kept free by RFC 2606
    r"|(?:\d+\.){3}\d+|.+\.ics"  # a machine's number; the name of a file
    r"|(?:\w+\.)*google\.com|.+\.iam\.gserviceaccount\.com"  # as Google calls entries and robots
    r"|gmail\.com|googlegroups\.com"  # known to the policies by name
    r"|-?ex(?:\wmpl|amp1|arnpl|a_mpl)e\.com|xn--[a-z0-9-]+\.com",  # that look like one of these
    re.IGNORECASE,
)
WORDS = re.compile(r"[A-Z]+\.{0,3}|…")
BESIDE = {
    "owner": '[owner]\nname = "Olle"\naddresses = ["olle@example.com"]\nzone = "Europe/Stockholm"',
    "calendar": '[[calendar]]\nname = "work"\npath = "work"',
}
WITHIN = {
    "account": '[[account]]\nname = "a"\nservice = "google"\nclient_from = { env = "C" }',
    "digest.channel": '[[digest.channel]]\nname = "a"\nurl_from = { env = "U" }',
    "mail": '[mail]\nhost = "smtp.example.com"',
}
"""What a section cannot be without, where it need not be there."""


@pytest.fixture(scope="module")
def generate() -> Iterator[ModuleType]:
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(DOCS))
        yield importlib.import_module("generate")
        importlib.import_module("sample").clear()


def relative(path: Path) -> str:
    return str(path.relative_to(ROOT))


def blocks(page: Path, *kinds: str) -> Iterator[str]:
    for _, kind, text in FENCE.findall(page.read_text("utf-8")):
        if kind in kinds:
            yield text


def prose(page: Path) -> str:
    return FENCE.sub("", page.read_text("utf-8"))


# ---------------------------------------------------------------- made parts


def test_what_is_made_from_the_code_is_up_to_date(generate: ModuleType) -> None:
    stale = [
        relative(path)
        for path, text in generate.made().items()
        if not path.exists() or path.read_text("utf-8") != text
    ]

    assert stale == [], "run `make docs`"


def test_every_part_that_can_be_made_stands_on_a_page(generate: ModuleType) -> None:
    named = re.findall(r"<!-- made: ([a-z-]+) -->", "".join(page.read_text() for page in PAGES))

    assert sorted(named) == sorted(generate.PARTS)


# ---------------------------------------------------------------- commands


class Shown(NamedTuple):
    page: str
    words: tuple[str, ...]


def shown_commands() -> Iterator[Shown]:
    for page in PAGES:
        lines = [line for text in blocks(page, "sh", "text") for line in text.splitlines()]
        lines = [line.strip().removeprefix("$ ") for line in _joined(lines)]
        found = [line for line in lines if re.match(r"fika [a-z-]", line)]
        for line in [*found, *INLINE.findall(prose(page))]:
            yield Shown(relative(page), _words(line))


def _joined(lines: list[str]) -> list[str]:
    return "\n".join(lines).replace("\\\n", " ").splitlines()


def _words(line: str) -> tuple[str, ...]:
    """One command without its comment, its redirections, and what goes on in a sentence."""
    words: list[str] = []
    for word in shlex.split(line.partition("  ")[0], comments=True)[1:]:
        if word in {"|", "<", ">", "&&", ";"}:
            break
        words.append(word)
    return tuple(words)


def test_every_command_shown_exists_with_its_flags() -> None:
    found = list(shown_commands())
    wrong = {f"{each.page}: fika {' '.join(each.words)}": _why_not(each.words) for each in found}

    assert {line: why for line, why in wrong.items() if why} == {}
    assert len(found) > 100


def _why_not(words: tuple[str, ...]) -> str:
    command: click.Command = cli
    app = App(Path("nowhere"))  # where no day is the owner's own, it is that of UTC
    context = click.Context(cli, info_name="fika", obj=app, **cli.context_settings)
    rest = list(words)
    while isinstance(command, click.Group) and rest and not rest[0].startswith("-"):
        inner = command.get_command(context, rest[0])
        if inner is None:
            return f"no command {rest[0]!r}"
        context = click.Context(inner, context, info_name=rest.pop(0))
        command = inner
    try:
        values, left, _ = command.make_parser(context).parse_args(rest)
    except click.UsageError as error:
        return error.format_message()
    if left:
        return f"what is {left[0]!r}?"
    return "; ".join(filter(None, (_misfit(each, values, context) for each in command.params)))


def _misfit(parameter: click.Parameter, values: dict[str, Any], context: click.Context) -> str:
    """Why the value shown is none that this parameter takes; words in capitals stand for one."""
    given = values.get(parameter.name or "")
    for value in given if isinstance(given, list | tuple) else [given]:
        open_or_left_out = not isinstance(value, str) or WORDS.fullmatch(value)
        if open_or_left_out or isinstance(parameter.type, click.File | click.Path):
            continue
        try:
            parameter.type.convert(value, parameter, context)
        except click.UsageError as error:
            return error.format_message()
    return ""


def test_the_check_of_commands_sees_what_is_wrong() -> None:
    assert _why_not(("frobnicate",))
    assert _why_not(("audit", "--stale"))
    assert _why_not(("audit", "--status", "blue"))
    assert _why_not(("people", "lost"))
    assert not _why_not(("audit", "--status", "red", "--json"))
    assert not _why_not(("show", "N"))


# ---------------------------------------------------------------- settings


@cache
def known_settings() -> frozenset[tuple[str, ...]]:
    """Every section and setting of the example file, commented out or not."""
    text = re.sub(
        r"^# (?=\[|[a-z_]+ = )", "", (ROOT / "config.example.toml").read_text(), flags=re.MULTILINE
    )
    sections: set[tuple[str, ...]] = set()
    section = ""
    for line in text.splitlines():
        if header := re.match(r"\[{1,2}([\w.-]+)\]", line):
            section = header[1]
            sections.add((section,))
        elif key := re.match(r"([a-z_]+) = ", line):
            sections.add((section, key[1]))
    return frozenset(sections)


def test_every_setting_named_in_a_sentence_exists() -> None:
    wrong = []
    for page in PAGES:
        for section, key in SETTING.findall(prose(page)):
            wanted = (section, key) if key else (section,)
            if section != "person" and wanted not in known_settings():
                wrong.append(f"{relative(page)}: [{section}] {key}")

    assert wrong == []


def test_every_default_stated_is_what_holds_where_the_setting_is_left_out(
    generate: ModuleType,
) -> None:
    wrong = []
    for section, rows in generate.settings().items():
        left_out = _parsed(section, "")
        lines = [f"{row.key} = {row.value}" for row in rows if not row.shown]
        wrong += [line for line in lines if _parsed(section, line) != left_out]

    assert wrong == []


def _parsed(section: str, line: str) -> Settings:
    """The least configuration that has this section, and this line in it."""
    head = (BESIDE | WITHIN).get(section, f"[{section}]" if section else "")
    least = {"": ""} | BESIDE | {section: f"{head}\n{line}"}
    return parse("\n".join(least.values()), Path("/nowhere/config.toml"))


@pytest.mark.parametrize("page", PAGES, ids=relative)
def test_every_piece_of_configuration_shown_can_be_used(page: Path, tmp_path: Path) -> None:
    for text in blocks(page, "toml"):
        values = tomllib.loads(text)
        if "person" in values:
            assert values["person"][0].keys() <= FIELDS.keys()
            continue
        for folder in values.get("texts", {}).values():
            (tmp_path / folder).mkdir()
        whole = "\n".join([text, *(more for name, more in BESIDE.items() if name not in values)])

        assert parse(whole, tmp_path / "config.toml").calendars


# ---------------------------------------------------------------- links, codes, messages


@pytest.mark.parametrize("page", PAGES, ids=relative)
def test_every_link_within_the_project_leads_somewhere(page: Path) -> None:
    lost = []
    for found in LINK.findall(prose(page)):
        target, _, anchor = "".join(found).partition("#")
        if "://" in target:
            continue
        path = (page.parent / target).resolve() if target else page
        if not path.exists() or (anchor and anchor not in _anchors(path)):
            lost.append("".join(found))

    assert lost == []


@cache
def _anchors(page: Path) -> frozenset[str]:
    """Headings as they are linked to: lower case, hyphens for spaces, signs left out."""
    headings = re.findall(r"^#+ (.+)$", prose(page), re.MULTILINE)
    return frozenset(
        re.sub(r"[^\w -]", "", heading.lower()).strip().replace(" ", "-") for heading in headings
    )


def test_every_page_can_be_reached_from_the_first() -> None:
    seen: set[Path] = set()
    waiting = [ROOT / "README.md"]
    while waiting:
        page = waiting.pop()
        if page in seen or page.suffix != ".md" or not page.exists():
            continue
        seen.add(page)
        targets = ("".join(found).partition("#")[0] for found in LINK.findall(prose(page)))
        waiting += [(page.parent / target).resolve() for target in targets if "://" not in target]

    assert set(PAGES) - seen == set()


@pytest.mark.parametrize(
    ("page", "codes"),
    [
        ("evidence", Reason),
        ("proposals", Hold),
        ("proposals", NoSlot),
        ("sending", Objection),
        ("people", Doubt),
        ("texts", Voice),
    ],
)
def test_every_code_is_explained(page: str, codes: type[Any]) -> None:
    text = (DOCS / f"{page}.md").read_text("utf-8")

    assert [each.value for each in codes if not re.search(rf"`{each}`|\*\*{each}\*\*", text)] == []


def test_every_exit_code_state_and_table_is_explained() -> None:
    schedule, sending, architecture = (
        (DOCS / f"{name}.md").read_text("utf-8") for name in ("schedule", "sending", "architecture")
    )
    steps = (ROOT / "agent" / "store").glob("schema*.sql")
    schema = "".join(path.read_text("utf-8") for path in steps)
    for_a_moment = set(re.findall(r"ALTER TABLE (\w+) RENAME TO", schema))
    tables = set(re.findall(r"CREATE TABLE (\w+)", schema)) - for_a_moment

    assert [code for code in Exit if f"| {int(code)} |" not in schedule] == []
    assert [state for state in ActionState if state.replace("-", "_") not in sending] == []
    assert {table for table in tables if f"`{table}`" not in architecture} == set()


def test_every_dependency_has_its_reason() -> None:
    wanted = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    rows = re.findall(r"^\| ([\w, -]+) \|", (DOCS / "dependencies.md").read_text(), re.MULTILINE)
    named = {name for row in rows for name in row.split(", ")}

    assert {re.split(r"[<>=]", each)[0] for each in wanted} - named == set()


def test_every_message_in_troubleshooting_is_one_that_fika_says() -> None:
    said = _texts_in_code()
    quoted = re.findall(
        r"^\| `([^`]+)` \|", (DOCS / "troubleshooting.md").read_text(), re.MULTILINE
    )
    pieces = {piece.strip() for message in quoted for piece in message.split("…") if piece.strip()}

    assert len(quoted) > 30
    assert {piece for piece in pieces if not any(piece in text for text in said)} == set()


def _texts_in_code() -> set[str]:
    found: set[str] = set()
    for folder in ("agent", "connectors", "policies"):
        for path in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.Constant) and isinstance(node.value, str):
                    found.add(node.value)
    return found


# ---------------------------------------------------------------- what must not stand anywhere


def tracked() -> list[Path]:
    """The project's own files, as git has them; all of its text where there is no git."""
    try:
        listed = subprocess.run(
            ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True, text=True
        ).stdout.split("\0")
    except (OSError, subprocess.CalledProcessError):
        listed = [relative(path) for path in [*PAGES, *ROOT.glob("[acp]*/**/*.py")]]
    return [ROOT / name for name in listed if name and (ROOT / name).is_file()]


def test_no_file_names_a_machine_or_a_registry() -> None:
    folders = (
        "work/" + "main",
        "work/" + "shared",
        "home/(?!o/|olle/)[a-z]",
        "Users/" + "[a-z]",
        "root/",
    )
    hosts = ("pypi" + r"\.org", "python" + "hosted", "npm" + r"js\.", "proxy" + r"\.golang")
    unwanted = re.compile("|".join((*(f"(?<![\\w.~])/{each}" for each in folders), *hosts)))
    found = []
    for path in tracked():
        text = path.read_bytes().decode("utf-8", "replace")
        found += [f"{relative(path)}: {each[0]}" for each in unwanted.finditer(text)]

    assert found == []


def unfolded(path: Path) -> str:
    """The text of a file, in a calendar with the lines whole."""
    text = path.read_bytes().decode("utf-8", "replace")
    return re.sub(r"\r?\n ", "", text) if path.suffix == ".ics" else text


def test_only_invented_people_are_written_to_in_the_documentation_and_the_tests() -> None:
    pages = [*PAGES, ROOT / "config.example.toml"]
    pages += [path for path in tracked() if path.is_relative_to(ROOT / "tests")]
    found = [
        f"{relative(page)}: {each[0]}"
        for page in pages
        for each in ADDRESS.finditer(unfolded(page))
        if not INVENTED.fullmatch(each[1])
    ]

    assert found == []
