"""Forms as browsers send them, read strictly."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import parse_qsl

_MOST_FIELDS = 60


class BadForm(ValueError):
    """No browser sends this."""


def read_form(body: bytes) -> Mapping[str, str]:
    """The fields of a form, each once; lines end in a line feed.

    Raises:
        BadForm: not UTF-8, a field twice, too many of them, or a NUL.
    """
    try:
        pairs = parse_qsl(
            body.decode("ascii"),
            keep_blank_values=True,
            strict_parsing=bool(body),
            errors="strict",
            max_num_fields=_MOST_FIELDS,
        )
    except ValueError as error:
        raise BadForm("no form") from error
    fields = {name: value.replace("\r\n", "\n").replace("\r", "\n") for name, value in pairs}
    if len(fields) < len(pairs) or any("\0" in value for value in fields.values()):
        raise BadForm("a field twice, or a NUL")
    return fields
