"""Who may reach a guest: what stands in the source itself, wherever somebody adds to it."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]


@cache
def sources() -> tuple[tuple[str, ast.Module], ...]:
    return tuple(
        (str(path.relative_to(ROOT)), ast.parse(path.read_text("utf-8")))
        for room in ("agent", "connectors", "policies")
        for path in sorted((ROOT / room).rglob("*.py"))
    )


def calls(*names: str) -> set[tuple[str, str]]:
    """Every function in the tree with a call of something by one of these names."""
    found = set()
    for path, tree in sources():
        for function in ast.walk(tree):
            if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
                continue
            for node in ast.walk(function):
                if isinstance(node, ast.Call):
                    called = node.func
                    name = called.attr if isinstance(called, ast.Attribute) else ""
                    name = called.id if isinstance(called, ast.Name) else name
                    if name in names:
                        found.add((path, function.name))
    return found


def test_one_function_in_the_whole_tree_reaches_a_guest() -> None:
    assert calls("deliver") == {("agent/dispatch.py", "_deliver")}


def test_it_takes_an_approval_and_sends_what_the_approval_says() -> None:
    (tree,) = (tree for path, tree in sources() if path == "agent/dispatch.py")
    (function,) = (
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef) and node.name == "_deliver"
    )
    kinds = {arg.arg: ast.unparse(arg.annotation) for arg in function.args.args if arg.annotation}

    assert kinds["approval"] == "Approval"
    assert "channel.deliver(written, approval.payload" in ast.unparse(function)
    assert "action.payload" not in ast.unparse(function).split('"""')[-1]


def test_one_function_puts_an_invitation_into_words_and_one_writes_an_attendee() -> None:
    composes = {place for place in calls("compose") if place[0].startswith(("agent", "connectors"))}

    assert composes == {("connectors/smtp/invitations.py", "deliver")}
    assert calls("compose_report") == {("connectors/smtp/reports.py", "deliver")}
    assert ("connectors/smtp/message.py", "compose") in calls("invitation")
    writes = {
        path
        for path, tree in sources()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and any(
            isinstance(a, ast.Constant) and str(a.value).lower() == "attendee" for a in node.args
        )
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "add"
    }
    assert writes == {"connectors/ical/write.py"}


@pytest.mark.parametrize(
    ("module", "composes"), [("invitations", "compose("), ("reports", "compose_report(")]
)
def test_what_was_composed_is_looked_at_once_more_before_it_leaves(
    module: str, composes: str
) -> None:
    (tree,) = (tree for path, tree in sources() if path == f"connectors/smtp/{module}.py")
    (function,) = (
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef) and node.name == "deliver"
    )
    words = ast.unparse(function)

    looks = words.index("check_recipient(message, payload)")
    assert words.index(composes) < looks < words.index(".send(")


def test_one_module_makes_approvals() -> None:
    assert {path for path, _ in calls("Approval")} == {"agent/store/actions.py"}
    assert calls("take_approval") == {
        ("agent/dispatch.py", "_look_and_send"),
        ("agent/dispatch.py", "_sent"),
    }
