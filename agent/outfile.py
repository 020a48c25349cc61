"""Files that the owner names to be written: none of Fika's own, and whole or not at all."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from agent.errors import UsageProblem
from agent.store import files
from agent.store.database import BACKUPS


@contextlib.contextmanager
def written_whole(home: Path, path: Path, *, force: bool) -> Iterator[Path]:
    """An empty file that only its owner can read, which is at ``path`` once this has ended.

    Raises:
        UsageProblem: as `check`, or it cannot be written.
    """
    check(home, path, force=force)
    made = files.beside(path)
    try:
        made.unlink(missing_ok=True)
        files.make_file(made)
        yield made
        files.put(made, path)
    except OSError as error:
        raise UsageProblem(f"{path}: {error.strerror}", "choose another place") from error
    finally:
        with contextlib.suppress(OSError):
            made.unlink(missing_ok=True)


def write(home: Path, path: Path, text: str, *, force: bool) -> None:
    """Write a text there, its lines ended as they are.

    Raises: as `written_whole`.
    """
    with written_whole(home, path, force=force) as made:
        made.write_text(text, "utf-8", newline="")


def check(home: Path, path: Path, *, force: bool) -> None:
    """Refuse a place where nothing may be written, whatever the owner forces.

    In the state folder each file is Fika's own, and stands in the way where none is yet; only
    backups may be put beside the others. What is no file, such as a device, is never replaced.

    Raises:
        UsageProblem: see above; or there is a file already and ``force`` is not given.
    """
    if path.name in {"", "-"}:
        raise UsageProblem("the file has no name", "give one, or leave it out for the screen")
    if _is_in(home, path) and not _is_in(home / BACKUPS, path):
        raise UsageProblem(f"{path} is in Fika's own folder", "choose a place outside it")
    there = os.path.lexists(path)
    if there and (path.is_symlink() or not path.is_file()):
        raise UsageProblem(f"{path} is not a plain file", "choose another name")
    if there and not force:
        raise UsageProblem(f"{path} exists", "choose another name, or say --force")


def _is_in(folder: Path, path: Path) -> bool:
    """Whether it is, whatever the two are called: by a link, or in letters of another case."""
    place = Path(os.path.realpath(path.parent))
    return folder.exists() and any(
        each.exists() and each.samefile(folder) for each in (place, *place.parents)
    )
