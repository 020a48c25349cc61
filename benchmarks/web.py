"""The page on a large store: CPU time of the server for each request, nothing left out.

5,000 people with 100,000 occurrences, half of them in a calendar that takes time (46 meetings a
day), and as many proposals of three times each as the usual caps let wait for a yes in a week;
then four times as many, of which the page shows four in full and names the rest. Each time is
free. A request goes through the whole application as the server calls it, from the host check to
the last byte, with a configuration and a store opened for it as for every request. CPU time is
that of this process, user and system, the least and the middle of many requests. Beside it stand
one person's page, and the list of everyone.

    python benchmarks/web.py [--runs N]
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import sys
import tempfile
import time
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "benchmarks")]

from audit import CONFIG, ZONE, build  # noqa: E402 - the path comes first

from agent.app import App  # noqa: E402
from agent.store import calendars, people, proposals  # noqa: E402
from agent.store.database import Database  # noqa: E402
from agent.web.app import page  # noqa: E402
from agent.web.entry import new_code  # noqa: E402
from policies.interval import Interval  # noqa: E402
from policies.people.person import Format, Person  # noqa: E402
from policies.proposal import Draft, ScorePart, Slot  # noqa: E402
from policies.wall import seconds  # noqa: E402
from tests.web.browser import HOST, Browser  # noqa: E402

BUDGET_MS = 50
USUAL, MANY = 3, 12
LENGTH = timedelta(minutes=45)
DAY = timedelta(days=1)
TEXT = "Hello,\n\nit has been too long. " + "Shall we have a coffee? " * 20
FURTHER = """
[write]
calendar = "work"

[mail]
host = "localhost"
port = 2525
encryption = "none"
"""


def propose(home: Path, first: int, last: int) -> None:
    """Proposals to the people from ``first`` to before ``last``, at times that are free."""
    text = CONFIG.replace("path =", "synced = true\npath =")
    text = text.replace('path = "private.ics"', 'path = "private.ics"\nbusy = false')
    (home / "config.toml").write_text(text + FURTHER)
    with Database(home) as db, db.transaction() as sql:
        now = App(home).clock.now()
        for number, person in enumerate(people.everyone(db)[first:last], first):
            people.save(sql, replace(person, zone="Asia/Kolkata"))
            times = tuple(_free(db, now + DAY * (3 + number + more)) for more in (0, 4, 8))
            proposals.add(sql, _draft(person, times), now)


def _free(db: Database, after: datetime) -> Interval:
    """The next 45 minutes in which nothing takes time."""
    while calendars.busy(db, {"work"}, seconds(after), seconds(after + LENGTH)):
        after += timedelta(minutes=5)
    return Interval(after, after + LENGTH)


def _draft(person: Person, times: tuple[Interval, ...]) -> Draft:
    parts = (ScorePart("suits both", 10), ScorePart("room before and after", 1.5))
    return Draft(
        person=person.id,
        address=person.addresses[0],
        format=Format.COFFEE,
        slots=tuple(Slot(each, "Kaffebar", parts, f"{each.start:%A at %H:%M}") for each in times),
        reasons=("Last contact 136 days ago; the ideal gap is 21 days.",),
        assumptions=(f"Their hours are not known: yours, in {ZONE}, are assumed.",),
        title="Coffee",
        text=TEXT,
        expires=times[-1].end + timedelta(days=7),
    )


def measure(browser: Browser, path: str, runs: int) -> dict[str, float]:
    """Milliseconds of CPU for one request, the least and the middle; and the size of the answer."""
    spent = []
    for _ in range(runs):
        began = time.process_time()
        answer = browser.get(f"{browser.room}/{path}")
        spent.append(time.process_time() - began)
        assert answer.status == 200, answer.text
    return {
        "cpu_ms": round(min(spent) * 1_000, 1),
        "median_ms": round(statistics.median(spent) * 1_000, 1),
        "kilobytes": round(len(answer.body) / 1_000, 1),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=30)
    runs = parser.parse_args().runs
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder, "large")
        build(home, 5_000, 100_000)
        propose(home, 0, USUAL)
        browser = Browser(page(lambda: App(home), HOST))
        browser.enter(new_code(home, App(home).clock.now()))
        assert _waiting(browser) == USUAL
        found = {f"Today, {USUAL} proposals": measure(browser, "", runs)}
        propose(home, USUAL, MANY)
        assert _waiting(browser) == MANY
        found |= {
            f"Today, {MANY} proposals": measure(browser, "", runs),
            "one person": measure(browser, "people/person-7", max(3, runs // 5)),
            "People, all 5,000": measure(browser, "people", max(3, runs // 5)),
        }
        browser.close()
    for name, each in found.items():
        print(f"{name:24} {each['cpu_ms']:8.1f} ms CPU {each['kilobytes']:8.1f} kB")
    result = ROOT / "benchmarks" / "results" / "web.json"
    machine = {"python": platform.python_version(), "cpus": os.cpu_count(), "runs": runs}
    result.write_text(json.dumps({"machine": machine, "measured": found}, indent=2) + "\n")
    usual = found[f"Today, {USUAL} proposals"]
    assert usual["cpu_ms"] <= BUDGET_MS, f"over the budget of {BUDGET_MS} ms"


def _waiting(browser: Browser) -> int:
    """How many proposals the page has, those it shows in full with a button that sends them."""
    page = browser.look()
    buttons = [each for each in page.all("button") if each.text == "Approve and send"]
    assert not any("disabled" in each.attributes for each in buttons)
    further = [each for each in page.all("a") if "/?proposal=" in each.attributes.get("href", "")]
    return len(buttons) + len(further)


if __name__ == "__main__":
    main()
