"""Every small mistake that could be made in a module: one changed place in each mutant."""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, Final, NamedTuple

_COMPARED: Final = MappingProxyType(
    {
        ast.Lt: (ast.LtE, ast.GtE),
        ast.LtE: (ast.Lt, ast.Gt),
        ast.Gt: (ast.GtE, ast.LtE),
        ast.GtE: (ast.Gt, ast.Lt),
        ast.Eq: (ast.NotEq,),
        ast.NotEq: (ast.Eq,),
        ast.Is: (ast.IsNot,),
        ast.IsNot: (ast.Is,),
        ast.In: (ast.NotIn,),
        ast.NotIn: (ast.In,),
    }
)
_COMPUTED: Final = MappingProxyType(
    {
        ast.Add: ast.Sub,
        ast.Sub: ast.Add,
        ast.Mult: ast.FloorDiv,
        ast.FloorDiv: ast.Mult,
        ast.BitAnd: ast.BitOr,
        ast.BitOr: ast.BitAnd,
    }
)
_CALLED: Final = MappingProxyType({"any": "all", "all": "any", "min": "max", "max": "min"})


class Mutant(NamedTuple):
    """``line`` is what stood there, on one line; ``change`` what became of the place in it."""

    number: int
    line: str
    change: str
    tree: ast.Module


def mutants(source: str) -> Iterator[Mutant]:
    """All of them, in the order of the source; annotations and docstrings are left alone."""
    tree = ast.parse(source)
    lines = source.splitlines()
    number = 0
    for place, node in enumerate(_nodes(tree)):
        for variant, change in enumerate(_changed(node)):
            mutated = copy.deepcopy(tree)
            old = _nodes(mutated)[place]
            new = list(_changed(old))[variant]
            _put(mutated, old, new)
            text = f"{_said(node)} -> {_said(change)}"
            stood = " ".join(lines[getattr(node, "lineno", 1) - 1].split())
            yield Mutant(number, stood, text, ast.fix_missing_locations(mutated))
            number += 1


def _nodes(tree: ast.Module) -> list[ast.AST]:
    """Where a mistake can be made, in a fixed order."""
    skipped = {id(below) for node in ast.walk(tree) for below in _not_run(node)}
    return [node for node in ast.walk(tree) if id(node) not in skipped]


def _not_run(node: ast.AST) -> Iterator[ast.AST]:
    """Annotations, and docstrings."""
    if isinstance(node, ast.arg | ast.AnnAssign) and node.annotation is not None:
        yield from ast.walk(node.annotation)
    if isinstance(node, ast.FunctionDef) and node.returns is not None:
        yield from ast.walk(node.returns)
    body = getattr(node, "body", None)
    for each in body if isinstance(body, list) else ():
        if isinstance(each, ast.Expr) and isinstance(each.value, ast.Constant):
            yield from ast.walk(each)
    if isinstance(node, ast.Call) and _name(node.func) in {"NewType", "TypeVar"}:
        yield from ast.walk(node)
    if isinstance(node, ast.Assign) and isinstance(node.value, ast.Subscript):
        yield node  # an alias of a type


def _changed(node: ast.AST) -> Iterator[ast.AST]:
    """What a place could be by mistake; the same node always gives the same."""
    made = _MISTAKES.get(type(node))
    return made(node) if made else iter(())


def _compared(node: ast.Compare) -> Iterator[ast.AST]:
    if len(node.ops) > 1:
        yield ast.UnaryOp(ast.Not(), node)
    else:
        for kind in _COMPARED.get(type(node.ops[0]), ()):
            yield ast.Compare(node.left, [kind()], node.comparators)


def _joined(node: ast.BoolOp) -> Iterator[ast.AST]:
    other = ast.Or() if isinstance(node.op, ast.And) else ast.And()
    yield ast.BoolOp(other, node.values)
    for left_out in range(len(node.values)):
        values = [each for at, each in enumerate(node.values) if at != left_out]
        yield values[0] if len(values) == 1 else ast.BoolOp(node.op, values)


def _negated(node: ast.UnaryOp) -> Iterator[ast.AST]:
    if isinstance(node.op, ast.Not):
        yield node.operand


def _computed(node: ast.BinOp) -> Iterator[ast.AST]:
    if type(node.op) in _COMPUTED:
        yield ast.BinOp(node.left, _COMPUTED[type(node.op)](), node.right)


def _constant(node: ast.Constant) -> Iterator[ast.AST]:
    if isinstance(node.value, bool):
        yield ast.Constant(not node.value)
    elif isinstance(node.value, int):
        yield ast.Constant(node.value + 1)


def _called(node: ast.Call) -> Iterator[ast.AST]:
    if _name(node.func) in _CALLED:
        yield ast.Call(ast.Name(_CALLED[_name(node.func)], ast.Load()), node.args, node.keywords)


def _listed(node: ast.Tuple | ast.Set) -> Iterator[ast.AST]:
    """One element less, but not of a target."""
    if len(node.elts) > 1 and not isinstance(getattr(node, "ctx", None), ast.Store):
        for left_out in range(len(node.elts)):
            elts = [each for at, each in enumerate(node.elts) if at != left_out]
            yield ast.Tuple(elts, ast.Load()) if isinstance(node, ast.Tuple) else ast.Set(elts)


def _asked(node: ast.If | ast.IfExp) -> Iterator[ast.AST]:
    """The other way, where that is no mistake of the question itself."""
    if not isinstance(node.test, ast.Compare | ast.UnaryOp | ast.BoolOp):
        other_way = copy.copy(node)
        other_way.test = ast.UnaryOp(ast.Not(), node.test)
        yield other_way


def _answered(node: ast.Return) -> Iterator[ast.AST]:
    if node.value is not None and not isinstance(node.value, ast.Constant):
        yield ast.Return(ast.Constant(None))


def _left_out(node: ast.Expr | ast.AugAssign | ast.Raise) -> Iterator[ast.AST]:
    if not isinstance(getattr(node, "value", None), ast.Yield | ast.YieldFrom):
        yield ast.Pass()


_MISTAKES: Final[Mapping[type[ast.AST], Callable[[Any], Iterator[ast.AST]]]] = MappingProxyType(
    {
        ast.Compare: _compared,
        ast.BoolOp: _joined,
        ast.UnaryOp: _negated,
        ast.BinOp: _computed,
        ast.Constant: _constant,
        ast.Call: _called,
        ast.Tuple: _listed,
        ast.Set: _listed,
        ast.If: _asked,
        ast.IfExp: _asked,
        ast.Return: _answered,
        ast.Expr: _left_out,
        ast.AugAssign: _left_out,
        ast.Raise: _left_out,
    }
)


def _put(tree: ast.Module, old: ast.AST, new: ast.AST) -> None:
    for parent in ast.walk(tree):
        for name, value in ast.iter_fields(parent):
            if value is old:
                setattr(parent, name, new)
            elif isinstance(value, list) and any(each is old for each in value):
                value[:] = [new if each is old else each for each in value]


def _name(node: ast.AST) -> str:
    return node.id if isinstance(node, ast.Name) else ""


def _said(node: ast.AST) -> str:
    shown = ast.unparse(ast.fix_missing_locations(copy.deepcopy(node))).splitlines()[0]
    return " ".join(shown.split())[:100]
