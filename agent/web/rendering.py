"""Templates: every text in them is escaped, and has what is hidden in it made visible."""

from __future__ import annotations

from importlib import resources
from typing import Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from agent.terminal import STATUS_SHAPE
from policies.text import as_sentence, shown, visible

STATIC: Final = {
    "style.css": "text/css; charset=utf-8",
    "page.js": "text/javascript; charset=utf-8",
    "icon.svg": "image/svg+xml; charset=utf-8",
}
"""What the page is made of beside its templates, with the type of each."""


def templates() -> Environment:
    """The page's templates; a name that is not there is an error, never an empty place."""
    made = Environment(
        loader=PackageLoader("agent.web"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_visible,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.filters |= {
        "address": _address,
        "exact": _exact,
        "sentence": sentence,
        "shown": shown,
    }
    made.globals["shapes"] = STATUS_SHAPE
    return made


def sentence(text: str) -> str:
    """A cause or a remedy, which the command line shows in the middle of a line, on its own.

    The marks around a command are for a terminal, and go.
    """
    return as_sentence(text.replace("`", ""))


def static(name: str) -> bytes:
    """One of `STATIC`."""
    return resources.files("agent.web").joinpath("static", name).read_bytes()


def _visible(value: Any) -> Any:  # noqa: ANN401 - whatever a template names
    if value is None:
        return ""
    return visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _address(text: str) -> Markup:
    """A mail address, which a narrow screen breaks after its @ before it breaks a word."""
    return escape(shown(text, 254)).replace("@", Markup("@<wbr>"))


def _exact(text: str) -> Markup:
    """For the fields of forms, which come back: escaped, and otherwise as it is."""
    return escape(text)
