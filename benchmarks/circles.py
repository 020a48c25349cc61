"""`fika restart` and `fika intro` over 100,000 occurrences: CPU of the questions alone.

One store is built through the code that reads calendars: 500 people, 100,000 occurrences, half of
them in series. Each figure is the least of several runs in one process, the store open already.

    python benchmarks/circles.py [--runs N]
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import audit as stores

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from agent.app import App  # noqa: E402
from agent.relationships import audit, circles  # noqa: E402

BUDGET_MS = 1_000
PEOPLE, OCCURRENCES = 500, 100_000


def least_ms(work: Callable[[], object], runs: int) -> float:
    spent = []
    for _ in range(runs):
        began = time.process_time()
        work()
        spent.append(time.process_time() - began)
    return round(min(spent) * 1_000, 1)


def main() -> None:
    """Print the figures; the result is 1 where one is over the budget."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=5)
    runs = parser.parse_args().runs
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder, "state")
        stores.build(home, PEOPLE, OCCURRENCES)
        app = App(home=home)
        db, settings, now = app.store, app.settings, app.clock.now()
        standings = audit.audit(db, settings, now)
        person = standings[0].person
        wanted = circles.one_person(settings, person)
        ten = [circles.one_person(settings, each.person) for each in standings[:10]]
        figures = {
            "the audit itself": least_ms(lambda: audit.audit(db, settings, now), runs),
            "what could be restarted": least_ms(
                lambda: circles.to_restart(db, settings, standings, now), runs
            ),
            "an introduction to one person": least_ms(
                lambda: circles.introductions(db, settings, [wanted], standings, now), runs
            ),
            "common ground with one person": least_ms(
                lambda: circles.shared_ground(db, settings, person, now), runs
            ),
            "introductions to ten people": least_ms(
                lambda: circles.introductions(db, settings, ten, standings, now), runs
            ),
            "what three proposals make of it": least_ms(
                lambda: list(
                    map(
                        circles.ties(db, settings, standings, now),
                        [each.person for each in standings[:3]],
                    )
                ),
                runs,
            ),
        }
        app.close()
    result = {"people": PEOPLE, "occurrences": OCCURRENCES, "cpu_ms": figures}
    text = json.dumps(result, indent=2)
    Path(__file__).with_name("results").joinpath("circles.json").write_text(text + "\n", "utf-8")
    print(text)
    raise SystemExit(int(max(figures.values()) > BUDGET_MS))


if __name__ == "__main__":
    main()
