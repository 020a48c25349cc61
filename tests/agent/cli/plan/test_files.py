from __future__ import annotations

import stat
from pathlib import Path

import pytest

from agent.errors import UsageProblem
from agent.store.database import Database
from policies.goals.goal import Helper, Role
from policies.people.person import PersonId, Priority
from tests.agent.planning.planned import ANA, MEI, RAJ, known, plan, state
from tests.agent.spoken import fika, said
from tests.agent.store.stored import listed
from tests.make import person


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return state(tmp_path)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "plan.toml"


def test_what_is_exported_can_be_edited_and_read_again(home: Path, file: Path) -> None:
    said(home, "plan", "add", "Move", "--who", "ana")
    said(home, "plan", "step", "move", "ask", "--with", "ana")

    assert said(home, "plan", "export", str(file)) == f"written: {file}\n"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert said(home, "plan", "import", str(file)) == "nothing to change\n"
    file.write_text(file.read_text().replace('"helps"', '"decides"').replace('"ask"', '"call"'))
    out = said(home, "plan", "import", str(file), "--yes")

    assert out == "changed: Move: person, step\ndone: 1 goal\n"
    (goal,) = plan(home)
    assert goal.helpers == (Helper(ANA.id, Role.DECIDES),)
    assert [(each.number, each.text) for each in goal.steps] == [(1, "call")]


def test_a_plan_can_be_begun_in_a_file_and_names_people_as_one_likes(
    home: Path, file: Path
) -> None:
    file.write_text(
        '[[goal]]\ntitle = "Move"\n[[goal.person]]\nname = "raj"\n'
        '[[goal.step]]\ntext = "ask"\nwith = "mei.lin@example.com"\nnumber = 7\n'
    )

    assert said(home, "plan", "import", str(file), "--yes").startswith(
        "new: Move (1 person, 1 step)"
    )

    (goal,) = plan(home)
    assert goal.id == "move"
    assert goal.people == {RAJ.id}
    assert [(each.person, each.number) for each in goal.steps] == [(MEI.id, 1)]
    assert said(home, "plan", "import", str(file), "--dry-run").splitlines() == [
        "changed: Move: step",
        "a dry run changes nothing",
    ]


def test_everyone_who_is_nobody_is_told_at_once(home: Path, file: Path) -> None:
    file.write_text(
        '[[goal]]\ntitle = "Move"\n[[goal.person]]\nname = "zed"\n[[goal.person]]\nname = "yan"\n'
    )

    problem = fika(home, "plan", "import", str(file), "--yes").exception

    assert isinstance(problem, UsageProblem)
    assert "'zed'" in problem.cause
    assert "'yan'" in problem.cause
    assert plan(home) == ()


def test_nothing_is_imported_without_a_yes(home: Path, file: Path) -> None:
    file.write_text('[[goal]]\ntitle = "Move"\n')

    assert isinstance(fika(home, "plan", "import", str(file)).exception, UsageProblem)
    assert plan(home) == ()
    missing = fika(home, "plan", "import", str(file.parent / "none.toml")).exception
    assert isinstance(missing, UsageProblem)


NOTE = """\
# People on my goal note
- Ana Silva (decides)
- Lin
- Jo Okonkwo, Contoso
- and then everyone else I can think of
"""


@pytest.fixture
def note(home: Path, tmp_path: Path) -> str:
    said(home, "plan", "add", "Move")
    file = tmp_path / "note.txt"
    file.write_text(NOTE)
    return str(file)


def test_names_of_a_note_are_found_on_the_list_or_become_people_to_meet(
    home: Path, note: str
) -> None:
    out = said(home, "plan", "note", "move", note, "--yes")

    assert out.splitlines() == [
        "on your list: Ana Silva (ana-silva), decides",
        "on your list: Mei Lin (mei-lin)",
        "to meet: Jo Okonkwo  Contoso",
        "left out: line 5 is no name: and then everyone else I can think of",
        "Move: 3 people can help",
    ]
    assert plan(home)[0].helpers == (
        Helper(ANA.id, Role.DECIDES),
        Helper(MEI.id),
        Helper(PersonId("jo-okonkwo")),
    )
    assert known(home, PersonId("jo-okonkwo")).priority is Priority.B


def test_nobody_is_listed_from_a_note_unasked(home: Path, note: str) -> None:
    problem = fika(home, "plan", "note", "move", note).exception

    assert isinstance(problem, UsageProblem)
    assert plan(home)[0].helpers == ()
    assert said(home, "plan", "note", "move", note, "--dry-run").endswith("changes nothing\n")


def test_reading_a_note_again_lists_nobody_twice_and_keeps_roles(home: Path, note: str) -> None:
    said(home, "plan", "note", "move", note, "--yes")
    said(home, "plan", "who", "move", "mei", "--role", "mentor")

    out = said(home, "plan", "note", "move", note, "--yes")

    assert "on your list: Jo Okonkwo (jo-okonkwo)" in out
    assert plan(home)[0].helpers[1] == Helper(MEI.id, Role.MENTOR)


def test_a_name_that_several_people_have_is_left_out_and_told(home: Path, note: str) -> None:
    with Database(home) as db:
        listed(db, person("Bo Lin"))

    assert "left out: Lin could be bo-lin, mei-lin" in said(
        home, "plan", "note", "move", note, "-y"
    )


def test_a_step_copied_within_a_file_is_a_step_of_its_own(home: Path, file: Path) -> None:
    said(home, "plan", "add", "Move", "--who", "ana")
    said(home, "plan", "step", "move", "ask")
    said(home, "plan", "export", str(file))
    text = file.read_text()
    step = text[text.index("[[goal.step]]") :]
    file.write_text(f"{text}\n{step.replace('ask', 'call')}")

    said(home, "plan", "import", str(file), "--yes")

    (goal,) = plan(home)
    assert sorted(each.text for each in goal.steps) == ["ask", "call"]
    assert len({each.number for each in goal.steps}) == 2


def test_a_goal_that_is_there_twice_is_taken_as_it_stands_last(home: Path, file: Path) -> None:
    goal = '[[goal]]\ntitle = "Move"\nwhy = "{0}"\n'
    file.write_text(goal.format("first") + goal.format("last"))

    said(home, "plan", "import", str(file), "--yes")

    assert [each.why for each in plan(home)] == ["last"]
