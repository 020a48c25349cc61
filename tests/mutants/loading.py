"""A plugin of pytest: one module of the program is loaded as the mutant the environment names."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from importlib.util import spec_from_loader
from pathlib import Path
from types import CodeType, ModuleType

from tests.mutants.mutating import mutants

MUTANT = "FIKA_MUTANT"
"""Path and number, with a colon between; without it everything is loaded as it is."""


class _Mutated(SourceFileLoader):
    def get_code(self, fullname: str) -> CodeType | None:
        source = Path(self.path).read_text("utf-8")
        (tree,) = (each.tree for each in mutants(source) if each.number == _NUMBER)
        return compile(tree, self.path, "exec")


class _Finder:
    """Finds the one module, and leaves all others to those who find them otherwise."""

    @staticmethod
    def find_spec(
        name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if name != _MODULE:
            return None
        found = PathFinder.find_spec(name, path, target)
        if found is None or found.origin is None:
            return None
        return spec_from_loader(name, _Mutated(name, found.origin))


_PATH, _, _GIVEN = os.environ.get(MUTANT, "").partition(":")
_MODULE, _NUMBER = _PATH.removesuffix(".py").replace("/", "."), int(_GIVEN or 0)
if _PATH:
    sys.meta_path.insert(0, _Finder())
