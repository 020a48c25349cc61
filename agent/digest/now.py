"""The digest without a run: how things stand at this moment, from what the last run left."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from agent.daily import DailyReport, to_write
from agent.digest.sections import Result
from agent.planning.protect import ProtectReport, RefreshReport
from agent.proposing.propose import ProposeReport
from agent.relationships import accountability, audit
from agent.relationships.own_address import not_yours
from agent.relationships.remembering import look
from agent.sending.followup import stands
from agent.sending.freshness import freshness
from agent.sending.ports import DispatchReport
from agent.sending.stillness import shown_still
from agent.settings import Settings
from agent.store import actions, proposals
from agent.store.database import Database
from policies.proposal import ProposalState
from policies.sending.action import UNDER_WAY, ActionState
from policies.wall import local_date


def standing(db: Database, settings: Settings, home: Path, now: datetime) -> Result:
    """What a run would tell that finds nothing new; nothing is read, written or sent for it."""
    report = DailyReport(
        now=now,
        readings=(),
        freshness=freshness(db, settings, now, 0),
        followup=stands(db, settings, now),
        standings=audit.audit(db, settings, now),
        protected=ProtectReport(),
        proposed=ProposeReport(unplaced=proposals.unplaced(db)),
        remembered=look(db, settings, now),
        to_write=to_write(db, settings, now),
    )
    today = local_date(now, settings.owner.zone)
    return Result(
        report,
        DispatchReport(actions.in_state(db, {*UNDER_WAY, ActionState.NEEDS_REVIEW})),
        RefreshReport(),
        proposals.listed(db, ProposalState.OPEN),
        settings.owner.zone,
        still=tuple(shown_still(db, settings, home, now)),
        committed=accountability.said(db, report.standings, today),
        letter=accountability.waiting(db, today),
        not_yours=tuple(not_yours(db, settings)),
    )
