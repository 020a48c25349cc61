"""Public holidays of a country or a part of one, from the `holidays` library.

The library takes 50 ms of CPU to load and a country 20 ms more, so nothing of it is loaded before
somebody has a country.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import lru_cache
from types import MappingProxyType

from agent.errors import UsageProblem

_NONE: Mapping[date, str] = MappingProxyType({})
_EARLIEST, _LATEST = 1900, 2100


def public_holidays(country: str, years: Iterable[int]) -> Mapping[date, str]:
    """The public holidays of these years with their English names, by date.

    ``country`` is an ISO 3166 code, with the subdivision where holidays differ within the
    country: ``SE``, ``DE-BE``, ``GB-SCT``. Empty means that none are known.

    Raises:
        UsageProblem: there is no such country or subdivision; the remedy names those near it.
    """
    if not country:
        return _NONE
    return _holidays(country.strip().upper(), tuple(sorted(set(years))))


def unknown(country: str) -> tuple[str, ...]:
    """What every proposal has to say where the owner's country is not known."""
    sentence = "Your public holidays are not known: name your country under [owner]."
    return () if country else (sentence,)


@lru_cache(maxsize=512)
def _holidays(code: str, years: tuple[int, ...]) -> Mapping[date, str]:
    import holidays

    country, _, part = code.partition("-")
    known = holidays.list_supported_countries(include_aliases=True)
    parts = known.get(country, [])
    if country not in known:  # of other names the library may find a month or a weekday
        raise _unknown(code, country, part, parts)
    try:
        found = holidays.country_holidays(
            country,
            subdiv=next((each for each in parts if each.upper() == part), part) or None,
            years=[year for year in years if _EARLIEST <= year <= _LATEST],
            expand=False,
            language="en_US",
        )
    except NotImplementedError:
        raise _unknown(code, country, part, parts) from None
    return MappingProxyType(dict(sorted(found.items())))


def _unknown(code: str, country: str, part: str, parts: Sequence[str]) -> UsageProblem:
    import holidays

    if country in holidays.list_supported_countries():
        known = ", ".join(f"{country}-{each}" for each in parts)
        return UsageProblem(
            f"no public holidays are known for {part!r} in {country}",
            f"known are {country}, {known}" if known else f"write {country}",
        )
    near = _near(code)
    remedy = f"did you mean {' or '.join(near)}?" if near else "write a code such as SE or DE-BE"
    return UsageProblem(f"no public holidays are known for {code!r}", remedy)


def _near(text: str) -> list[str]:
    """Codes with their country whose code or name is like ``text``, nearest first."""
    from difflib import get_close_matches

    from holidays.registry import COUNTRIES

    codes = {module.replace("_", " "): entry[1] for module, entry in COUNTRIES.items()}
    codes |= {entry[2].lower(): entry[1] for entry in COUNTRIES.values()}
    names = {entry[1]: module.replace("_", " ").title() for module, entry in COUNTRIES.items()}
    near = get_close_matches(text.lower(), codes, n=3, cutoff=0.7)
    return [f"{code} ({names[code]})" for code in dict.fromkeys(codes[each] for each in near)]
