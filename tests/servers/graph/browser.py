"""A browser with nobody in front of it: follows a sign-in to its end, as a click on OK would."""

from __future__ import annotations

import ssl
import sys
from html.parser import HTMLParser
from urllib.parse import urlencode
from urllib.request import HTTPSHandler, build_opener


class _Form(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.action = ""
        self.fields: dict[str, str] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.action = named.get("action", "")
        elif tag == "input" and "name" in named:
            self.fields[named["name"]] = named.get("value", "")


def visit(url: str, tls: ssl.SSLContext | None = None) -> str:
    """Open ``url``, submit the form it answers with, and return the page where that ends."""
    opener = build_opener(HTTPSHandler(context=tls)) if tls else build_opener()
    with opener.open(url, timeout=10) as answer:
        page: str = answer.read().decode()
    form = _Form()
    form.feed(page)
    if not form.action:
        return page
    with opener.open(form.action, urlencode(form.fields).encode(), timeout=10) as answer:
        final: str = answer.read().decode()
    return final


if __name__ == "__main__":
    visit(sys.argv[1])
