from __future__ import annotations

from pathlib import Path

from agent.exits import Exit
from agent.store import actions, proposals
from agent.store.database import Database
from policies.proposal import Answer
from tests.agent.cli.place import Place, place
from tests.connectors.replies import google, mailed

__all__ = ["place"]


def test_an_answer_is_imported_from_a_mail(place: Place, tmp_path: Path) -> None:
    place.said("approve", "1", "--yes")
    with Database(place.home) as db:
        uid = actions.of_proposal(db, 1)[0].payload.uid
    (tmp_path / "reply.eml").write_bytes(mailed(google(uid=uid)))
    (tmp_path / "other.ics").write_bytes(google(uid="other"))
    (tmp_path / "noise.txt").write_bytes(b"noise")

    result = place.fika("import-reply", *map(str, sorted(tmp_path.glob("*.*"))))

    assert result.exit_code == 0
    assert "Ana Silva has accepted (proposal 1): See you, Olle" in result.output
    assert "not taken: ana.silva@example.com: the answer is to no invitation" in result.output
    assert "there is no answer" in result.output
    with Database(place.home) as db:
        proposal = proposals.get(db, 1)
    assert proposal is not None
    assert proposal.answer is Answer.ACCEPTED


def test_where_nothing_counts_the_exit_code_says_so(place: Place, tmp_path: Path) -> None:
    (tmp_path / "reply.ics").write_bytes(google())

    assert place.fika("import-reply", str(tmp_path / "reply.ics")).exit_code == Exit.USAGE
    assert place.fika("import-reply", str(tmp_path / "missing.ics")).exit_code == Exit.USAGE
