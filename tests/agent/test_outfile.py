from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from agent.errors import UsageProblem
from agent.keeping import backup, export
from agent.outfile import write
from agent.store.database import Database
from tests.agent.store.stored import NOW

Writing = Callable[[Database, Path], object]
WRITERS: dict[str, Writing] = {
    "a text": lambda db, path: write(db.path.parent, path, "text", force=True),
    "an export": lambda db, path: export.write(db, path, force=True),
    "a backup": lambda db, path: backup.make_at(db, path, NOW, force=True),
}
each_writer = pytest.mark.parametrize("writing", WRITERS.values(), ids=WRITERS)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A state folder as it is used, with a link to it beside."""
    home = tmp_path / "state"
    Database(home).close()
    for name in ("config.toml", "run.lock"):
        (home / name).write_text(name)
    (tmp_path / "link").symlink_to(home)
    return home


def content(folder: Path) -> dict[Path, bytes]:
    return {each: each.read_bytes() for each in folder.rglob("*") if each.is_file()}


@each_writer
@pytest.mark.parametrize("folder", ["state", "link", "state/../state", "state/keys"])
@pytest.mark.parametrize("name", ["fika.db", "fika.db-wal", "config.toml", "run.lock", "new.json"])
def test_nothing_of_fikas_own_is_written_over_and_nothing_put_beside_it(
    home: Path, writing: Writing, folder: str, name: str
) -> None:
    (home / "keys").mkdir()
    with Database(home) as db:
        before = content(home)

        with pytest.raises(UsageProblem, match="in Fika's own folder"):
            writing(db, home.parent / folder / name)
        assert content(home) == before


@each_writer
def test_what_is_no_plain_file_is_never_replaced(home: Path, writing: Writing) -> None:
    outside = home.parent
    os.mkfifo(outside / "pipe")
    (outside / "link.toml").symlink_to(home / "config.toml")
    (outside / "gone").symlink_to("nowhere")
    with Database(home) as db:
        for name in ("pipe", "link.toml", "gone"):
            with pytest.raises(UsageProblem, match="not a plain file"):
                writing(db, outside / name)

    assert stat.S_ISFIFO((outside / "pipe").stat().st_mode)
    assert (home / "config.toml").read_text() == "config.toml"
    assert not (outside / "nowhere").exists()


@each_writer
def test_a_place_among_the_backups_or_outside_is_free(home: Path, writing: Writing) -> None:
    (home / "backups").mkdir(mode=0o700)
    with Database(home) as db:
        for place in (home / "backups" / "mine", home.parent / "mine"):
            writing(db, place)
            assert place.stat().st_size
            assert stat.S_IMODE(place.stat().st_mode) == 0o600


def test_a_file_is_not_written_over_unasked(home: Path, tmp_path: Path) -> None:
    path = tmp_path / "people.toml"
    path.write_text("old")
    before = set(tmp_path.iterdir())

    with pytest.raises(UsageProblem, match="exists"):
        write(home, path, "new", force=False)
    assert path.read_text() == "old"
    write(home, path, "new\r\n", force=True)

    assert path.read_bytes() == b"new\r\n"
    assert set(tmp_path.iterdir()) == before


def test_a_place_that_cannot_be_written_is_named(home: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageProblem, match="No such file or directory"):
        write(home, tmp_path / "none" / "x", "text", force=False)


@pytest.mark.parametrize("name", ["", ".", "-"])
def test_a_file_without_a_name_is_none(home: Path, name: str) -> None:
    with pytest.raises(UsageProblem, match="has no name"):
        write(home, Path(name), "text", force=True)
