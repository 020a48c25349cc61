"""Loading one module of the program as a mutant of itself, in place of the real one."""

from __future__ import annotations

import ast
import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from importlib.util import spec_from_loader
from types import CodeType, ModuleType


class _Mutated(SourceFileLoader):
    def __init__(self, name: str, path: str, tree: ast.Module) -> None:
        super().__init__(name, path)
        self._tree = tree

    def get_code(self, fullname: str) -> CodeType | None:
        return compile(self._tree, self.path, "exec")


class _Finder:
    """Finds the one module, and leaves all others to those who find them otherwise."""

    def __init__(self, name: str, tree: ast.Module) -> None:
        self._name, self._tree = name, tree

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if name != self._name:
            return None
        found = PathFinder.find_spec(name, path, target)
        if found is None or found.origin is None:
            return None
        return spec_from_loader(name, _Mutated(name, found.origin, self._tree))


def load_as(module: str, tree: ast.Module) -> None:
    """From now on in this process; ``module`` is a path such as ``policies/sending/gate.py``.

    Raises:
        ValueError: the real one is loaded already.
    """
    name = module.removesuffix(".py").replace("/", ".")
    if name in sys.modules:
        raise ValueError(f"{name} is loaded already")
    sys.meta_path.insert(0, _Finder(name, tree))
