"""The colours of pictures by their role, light and dark, told apart by the colour-blind too.

Each is at least 3:1 against its ground, words 4.5:1 (WCAG 2.2, 1.4.3 and 1.4.11), and none says
anything by itself: a status has its shape as well, a tier its place.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import Final, NamedTuple


class Tone(NamedTuple):
    """One colour on a light ground, and its like on a dark one."""

    light: str
    dark: str


PALETTE: Final = MappingProxyType(
    {
        "ground": Tone("#fffffe", "#171c21"),
        "ink": Tone("#1c2128", "#e8ebee"),
        "quiet": Tone("#59626d", "#a3adb8"),
        "line": Tone("#d5dade", "#39414b"),
        "red": Tone("#9c1c10", "#f0654a"),
        "amber": Tone("#c48300", "#f7c948"),
        "amber-words": Tone("#8a5a00", "#f7c948"),
        "green": Tone("#0e7f62", "#3fc79a"),
        "grey": Tone("#737d88", "#8d97a2"),
        "tier-a": Tone("#12436d", "#8fc3f0"),
        "tier-b": Tone("#2f7cb5", "#4f93cc"),
        "tier-c": Tone("#6f8fa6", "#4a7396"),
        "tier-d": Tone("#8a8f94", "#77838f"),
        "accent": Tone("#7a3f9d", "#cf9bf0"),
        "empty": Tone("#e9ecef", "#252c34"),
        "heat-1": Tone("#4f97c9", "#2f6da0"),
        "heat-2": Tone("#2f74a8", "#559dd6"),
        "heat-3": Tone("#0f3a5f", "#b3daf7"),
    }
)

STATUS_MARK: Final = MappingProxyType({"red": "^", "amber": "D", "green": "o", "grey": "o"})
"""The shape of each status, the same as on a terminal; grey is hollow."""

STATUS_MEANING: Final = MappingProxyType(
    {
        "red": "past the longest gap",
        "amber": "past the ideal gap",
        "green": "on time",
        "grey": "still to meet",
    }
)


def light(role: str) -> str:
    return PALETTE[role].light


def stylesheet() -> str:
    """The CSS that inline pictures are coloured by; a page that lacks it shows them light.

    It follows the reader's system, and ``data-theme`` on the root element where a page sets one.
    """
    named = [("light", 0), ("dark", 1)]
    variables = {
        theme: "".join(f"--picture-{role}:{tone[at]};" for role, tone in PALETTE.items())
        for theme, at in named
    }
    rules = "".join(
        f".fill-{role}{{fill:var(--picture-{role})}}.line-{role}{{stroke:var(--picture-{role})}}\n"
        for role in PALETTE
    )
    return (
        f":root{{{variables['light']}}}\n"
        f"@media (prefers-color-scheme:dark){{:root{{{variables['dark']}}}}}\n"
        f':root[data-theme="light"]{{{variables["light"]}}}\n'
        f':root[data-theme="dark"]{{{variables["dark"]}}}\n'
        "@media print{:root,:root[data-theme]{" + variables["light"] + "}}\n"
        ".picture{display:block;width:100%;height:auto;font-family:inherit}\n"
        ".picture a:focus-visible{outline:2px solid currentColor}\n" + rules
    )
