"""Inputs as no program should write them, for every door: seeded, so that each can be made again.

What is right to begin with (fixtures, invented calendars, the example configuration) is cut,
flipped, shuffled, nested, recoded and sown with the values of `tests.proof.corpus`.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator, Sequence
from email.message import EmailMessage
from pathlib import Path
from typing import Final, NamedTuple

from benchmarks.calendars import calendar
from tests.connectors import replies
from tests.proof import corpus, corpus_web

_TESTS: Final = Path(__file__).parents[1]
_CODECS: Final = "utf-16 utf-16-le utf-16-be utf-32 utf-8-sig cp1252 cp1251 utf-7 cp037".split()  # noqa: SIM905 - words
_LINE_ENDS: Final = (b"\r", b"\n", b"\n\n", b"\r\r\n", b"\r\n\r\n", b"\r\n ", b"\n\t", b"\r\n=")

Chance = random.Random
Mutation = Callable[[Chance, bytes], bytes]


# ------------------------------------------------------------------ what can be done to any bytes


def _cut(chance: Chance, data: bytes) -> bytes:
    return data[: chance.randrange(len(data))]


def _flipped(chance: Chance, data: bytes) -> bytes:
    changed = bytearray(data)
    for _ in range(chance.choice((1, 3, 10, 50, 300))):
        changed[chance.randrange(len(changed))] = chance.randrange(256)
    return bytes(changed)


def _gnawed(chance: Chance, data: bytes) -> bytes:
    for _ in range(chance.choice((1, 5, 30))):
        start = chance.randrange(len(data))
        data = data[:start] + data[start + chance.randrange(1, 40) :] or b"\n"
    return data


def _sown(chance: Chance, data: bytes) -> bytes:
    for _ in range(chance.choice((1, 3, 10))):
        start = chance.randrange(len(data) + 1)
        data = data[:start] + chance.choice((*corpus.STRAY, *corpus.VALUES)) + data[start:]
    return data


def _shuffled(chance: Chance, data: bytes) -> bytes:
    lines = data.splitlines(keepends=True)
    chance.shuffle(lines)
    return b"".join(lines)


def _repeated(chance: Chance, data: bytes) -> bytes:
    lines = data.splitlines(keepends=True)
    for _ in range(chance.choice((1, 5, 20))):
        lines[chance.randrange(len(lines))] = chance.choice(lines)
    return b"".join(lines)


def _thinned(chance: Chance, data: bytes) -> bytes:
    return b"".join(each for each in data.splitlines(keepends=True) if chance.random() > 0.05)


def _with_other_values(chance: Chance, data: bytes) -> bytes:
    lines = data.splitlines()
    for _ in range(chance.choice((1, 3, 12))):
        at = chance.randrange(len(lines))
        mark = b"=" if b"=" in lines[at] and b":" not in lines[at] else b":"
        value = chance.choice((*corpus.VALUES, *corpus.RULES))
        lines[at] = lines[at].partition(mark)[0] + mark + value
    return b"\r\n".join(lines)


def _recoded(chance: Chance, data: bytes) -> bytes:
    return data.decode("utf-8", "replace").encode(chance.choice(_CODECS), "replace")


def _with_other_ends(chance: Chance, data: bytes) -> bytes:
    return chance.choice(_LINE_ENDS).join(data.splitlines())


_ANY: Final[tuple[Mutation, ...]] = (
    *(_cut, _flipped, _gnawed, _sown, _shuffled, _repeated, _thinned, _with_other_values),
)


# ------------------------------------------------------------------ calendars, and answers to them


def _with_rules(chance: Chance, data: bytes) -> bytes:
    def rule() -> bytes:
        return b"RRULE:" + chance.choice(corpus.RULES)

    return _with_lines(chance, data, rule, after=b"DTSTART", share=0.4)


def _with_boundaries(chance: Chance, data: bytes) -> bytes:
    return _with_lines(chance, data, lambda: chance.choice(corpus.BOUNDARIES), share=0.05)


def _with_properties(chance: Chance, data: bytes) -> bytes:
    def line() -> bytes:
        value = chance.choice((*corpus.VALUES, *corpus.RULES))
        return chance.choice(corpus.NAMES) + b":" + value

    return _with_lines(chance, data, line, share=0.03)


def _with_lines(
    chance: Chance, data: bytes, made: Callable[[], bytes], *, after: bytes = b"", share: float
) -> bytes:
    lines = []
    for line in data.splitlines():
        lines.append(line)
        if line.startswith(after) and chance.random() < share:
            lines.append(made())
    return b"\r\n".join(lines)


def _with_parameters(chance: Chance, data: bytes) -> bytes:
    lines = data.splitlines()
    for at, line in enumerate(lines):
        if line.startswith((b"DTSTART", b"DTEND", b"EXDATE", b"RECURR")) and chance.random() < 0.5:
            name, _, value = line.partition(b":")
            name = name.partition(b";")[0]
            lines[at] = b"%b;%b:%b" % (name, chance.choice(corpus.PARAMETERS), value)
    return b"\r\n".join(lines)


_TO_A_CALENDAR: Final[tuple[Mutation, ...]] = (
    *(*_ANY, _with_other_ends, _with_rules, _with_boundaries, _with_properties, _with_parameters),
)


def calendars(seed: int) -> Iterator[bytes]:
    """What stands where events should, without the calendar around it."""
    chance = Chance(seed)
    fixtures = sorted((_TESTS / "connectors" / "ical" / "fixtures").glob("*.ics"))
    good = [path.read_bytes() for path in fixtures] + [calendar(8, seed=n) for n in range(4)]
    while True:
        data = chance.choice(_TO_A_CALENDAR)(chance, chance.choice(good))
        again = bool(data) and chance.random() < 0.3
        yield chance.choice(_TO_A_CALENDAR)(chance, data) if again else data


def answers(seed: int) -> Iterator[bytes]:
    """A guest's answer, as a calendar file, a mail, or a mailbox."""
    chance = Chance(seed)
    files = (replies.google(), replies.outlook(), replies.counter())
    mails = tuple(map(_mail, files))
    good = (*files, *mails, b"".join(b"From x\n" + each + b"\n" for each in mails))
    while True:
        yield chance.choice(_TO_A_CALENDAR)(chance, chance.choice(good))


def _mail(answer: bytes) -> bytes:
    mail = EmailMessage()
    mail["From"], mail["To"] = "Ana Silva <ana.silva@example.com>", "olle@example.com"
    mail["Subject"] = "Accepted: Coffee?"
    mail.set_content("Yes")
    mail.add_alternative(answer, "text", "calendar", params={"method": "REPLY"})
    mail.add_attachment(answer, "application", "ics", filename="invite.ics")
    return mail.as_bytes()


# ------------------------------------------------------------------ people, settings


def people(seed: int) -> Iterator[tuple[str, bytes]]:
    """The ending of a file's name, sometimes a wrong one, and what is in the file."""
    chance = Chance(seed)
    files = sorted((_TESTS / "connectors" / "people" / "fixtures").iterdir())
    good = [(path.suffix, path.read_bytes()) for path in files if path.is_file()]
    while True:
        ending, data = chance.choice(good)
        if chance.random() < 0.1:
            ending = chance.choice((".csv", ".vcf", ".toml", ".txt"))
        yield ending, chance.choice((*_ANY, _recoded, _with_other_ends))(chance, data)


def configurations(seed: int) -> Iterator[bytes]:
    """The example, as it stands or with every setting switched on, with some of them otherwise."""
    chance = Chance(seed)
    example = (_TESTS.parent / "config.example.toml").read_bytes()
    switched_on = re.sub(rb"(?m)^# (?=[\[a-z])", b"", example)
    while True:
        mutation = chance.choice((*[_with_other_settings] * 8, *_ANY, _recoded))
        yield mutation(chance, chance.choice((example, switched_on)))


def _with_other_settings(chance: Chance, data: bytes) -> bytes:
    lines = data.splitlines()
    for _ in range(chance.choice((1, 2, 10, 40))):
        at = chance.randrange(len(lines))
        key, equals, _ = lines[at].partition(b"=")
        if equals:
            lines[at] = key.lstrip(b"# ") + b"= " + chance.choice(corpus.SETTINGS)
    return b"\n".join(lines)


# ------------------------------------------------------------------ web servers, command lines


def web_answers(seed: int) -> Iterator[bytes]:
    """Everything a server sends after a request, head and body."""
    chance = Chance(seed)
    while True:
        headers = chance.choices(corpus_web.HEADERS, k=chance.choice((0, 1, 1, 2, 4)))
        head = b"\r\n".join((chance.choice(corpus_web.STATUS_LINES), *headers, b"", b""))
        whole = head + chance.choice(corpus_web.BODIES)
        mangled = chance.random() < 0.2
        yield chance.choice((_flipped, _cut, _gnawed))(chance, whole) if mangled else whole


class Parameter(NamedTuple):
    """One parameter of a command: its flags (none: an argument), and what may follow."""

    flags: tuple[str, ...]
    takes_word: bool
    many: bool


Command = tuple[tuple[str, ...], Sequence[Parameter]]


def command_lines(seed: int, commands: Sequence[Command]) -> Iterator[list[str]]:
    """Words after ``fika``: a command as it is called, and whatever may stand behind it."""
    chance = Chance(seed)
    while True:
        path, parameters = chance.choice(commands)
        words = list(path)
        for each in parameters:
            if not each.flags:
                count = chance.choice((0, 1, 2)) if each.many else 1
                words += chance.choices(corpus.WORDS, k=count if chance.random() < 0.95 else 0)
            elif chance.random() < 0.25:
                words.append(chance.choice(each.flags))
                words += chance.choices(corpus.WORDS, k=int(each.takes_word))
        if chance.random() < 0.05:
            words.insert(chance.randrange(len(words) + 1), chance.choice(corpus.WORDS))
        yield words
