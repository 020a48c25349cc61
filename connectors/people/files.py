"""Which kind of file it is that holds people, and the source that reads it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from pathlib import Path

from connectors.people import encoded
from connectors.port import PeopleSource
from policies.people.person import Person

_PROBE = 65_536  # bytes


class FileKind(StrEnum):
    """The formats people are read from."""

    CSV = "csv"
    VCARD = "vcard"
    TOML = "toml"


_ENDINGS = {
    ".csv": FileKind.CSV,
    ".tsv": FileKind.CSV,
    ".vcf": FileKind.VCARD,
    ".vcard": FileKind.VCARD,
    ".toml": FileKind.TOML,
}


def people_file(
    path: Path,
    kind: FileKind | None,
    mapping: Mapping[str, Sequence[str]],
    encoding: str = "",
) -> PeopleSource:
    """The source for a file; without ``kind`` its name decides, then how it begins.

    Raises:
        UnreadableAnswer: there is no such file.
    """
    match kind or _ENDINGS.get(path.suffix.lower()) or _begun(path):
        case FileKind.VCARD:
            from connectors.people.vcard import VcardPeople

            return VcardPeople(path, encoding)
        case FileKind.TOML:
            from connectors.people.toml import TomlPeople

            return TomlPeople(path)
        case FileKind.CSV:
            from connectors.people.csv import CsvPeople

            return CsvPeople(path, mapping, encoding)


def people_text(people: Iterable[Person], kind: FileKind) -> str:
    """People as a file of Fika's own, TOML or CSV, that `people_file` reads without loss.

    Raises:
        ValueError: vCards are only read.
    """
    if kind is FileKind.VCARD:
        raise ValueError("vCards are only read")
    if kind is FileKind.CSV:
        from connectors.people import csv

        return csv.written(people)
    from connectors.people import toml

    return toml.written(people)


def _begun(path: Path) -> FileKind:
    head = encoded.head(path, _PROBE).replace(b"\0", b"").upper()
    if b"BEGIN:VCARD" in head:
        return FileKind.VCARD
    return FileKind.TOML if b"[[PERSON]]" in head else FileKind.CSV
