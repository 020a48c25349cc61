"""The sections of the configuration that set `policies.rules`."""

from __future__ import annotations

from dataclasses import fields
from datetime import timedelta
from types import MappingProxyType

from agent.config.table import Table
from policies.people.person import Cadence, Format, Priority
from policies.quiet import Quiet, parse_quiet
from policies.rules import (
    CadenceRules,
    EtiquetteRules,
    EvidenceRules,
    FormatRule,
    GoalRules,
    PlanningRules,
    Preferences,
    Rules,
    SendingRules,
    SlotRules,
)
from policies.sending.action import Ceiling

_MINUTE, _DAY, _YEAR = timedelta(minutes=1), timedelta(days=1), timedelta(days=366)


def rules(root: Table) -> Rules:
    """The rules in the tables below ``root``; what is left out keeps its default."""
    return Rules(
        cadence=_cadence(root.table("cadence")),
        goals=_goals(root.table("goals")),
        evidence=_evidence(root.table("evidence")),
        planning=_planning(root.table("planning")),
        slots=_slots(root.table("slots"), root.table("formats")),
        etiquette=_etiquette(root.table("etiquette")),
        sending=_sending(root.table("sending")),
        history=root.length("history", Rules().history, least=_DAY, most=50 * _YEAR),
    )


def _cadence(table: Table) -> CadenceRules:
    default = CadenceRules()
    gaps, weights = dict(default.gaps), dict(default.weights)
    for priority in Priority:
        one = table.table(priority.value)
        try:
            gaps[priority] = Cadence(
                one.length("ideal", gaps[priority].ideal),
                one.length("maximum", gaps[priority].maximum),
            )
        except ValueError as error:
            one.problem("", f"cannot be used: {error}")
        weights[priority] = one.share("weight", weights[priority])
        one.leave()
    to_meet = table.share("to_meet_share", default.to_meet_share)
    table.leave()
    return CadenceRules(MappingProxyType(gaps), MappingProxyType(weights), to_meet)


def _goals(table: Table) -> GoalRules:
    made = GoalRules(weight=table.share("weight", GoalRules().weight))
    table.leave()
    return made


def _evidence(table: Table) -> EvidenceRules:
    default = EvidenceRules()
    contact = table.number("contact_up_to", default.contact_up_to, least=2, most=50)
    seen = table.number("seen_up_to", default.seen_up_to, least=2, most=500)
    if seen < contact:
        table.problem("seen_up_to", "is less than contact_up_to")
    unanswered = table.flag("unanswered_counts", default=default.unanswered_counts)
    tentative = table.flag("tentative_counts", default=default.tentative_counts)
    table.leave()
    return EvidenceRules(contact, seen, unanswered, tentative)


def _planning(table: Table) -> PlanningRules:
    default = PlanningRules()
    made = PlanningRules(
        enabled=table.flag("enabled", default=default.enabled),
        first_length=_meeting(table, "first_length", default.first_length),
        length=_meeting(table, "length", default.length),
        per_week=table.number("per_week", default.per_week, most=5),
        review_length=_meeting(table, "review_length", default.review_length),
        weeks_ahead=table.number("weeks_ahead", default.weeks_ahead, least=1, most=12),
        hours=table.hours("hours"),
        preferred_days=days(table, "preferred_days"),
        preferred_time=table.clock("preferred_time", default.preferred_time),
        minimum_notice=table.length("minimum_notice", default.minimum_notice, most=_YEAR),
        buffer=table.length("buffer", default.buffer, most=_DAY),
        title=table.text("title", default.title),
    )
    table.leave()
    return made


def _slots(table: Table, formats: Table) -> SlotRules:
    default = SlotRules()
    made = SlotRules(
        minimum_notice=table.length("minimum_notice", default.minimum_notice, most=_YEAR),
        horizon=table.length("horizon", default.horizon, least=_DAY, most=_YEAR),
        buffer=table.length("buffer", default.buffer, most=_DAY),
        travel=table.length("travel", default.travel, most=_DAY),
        grid=table.length("grid", default.grid, least=_MINUTE, most=_DAY),
        lunch=table.span("lunch", default.lunch),
        per_day=table.number("per_day", default.per_day, least=1, most=8),
        per_week=table.number("per_week", default.per_week, least=1, most=40),
        alternatives=table.number("alternatives", default.alternatives, least=1, most=5),
        all_day_busy_blocks=table.flag("all_day_busy_blocks", default=default.all_day_busy_blocks),
        tentative_blocks=table.flag("tentative_blocks", default=default.tentative_blocks),
        office_only=table.flag("office_only", default=default.office_only),
        preferences=_preferences(table.table("preferences")),
        formats=MappingProxyType({each: _format(formats, each) for each in Format}),
    )
    table.leave()
    formats.leave()
    return made


def _preferences(table: Table) -> Preferences:
    default = Preferences()
    names = [each.name for each in fields(Preferences)]
    made = Preferences(**{name: table.points(name, getattr(default, name)) for name in names})
    table.leave()
    return made


def _format(formats: Table, name: Format) -> FormatRule:
    default = SlotRules().formats[name]
    table = formats.table(name.value.replace(" ", "-"))
    made = FormatRule(
        length=_meeting(table, "length", default.length),
        earliest=table.clock("earliest", default.earliest),
        latest_end=table.clock("latest_end", default.latest_end),
        in_person=table.flag("in_person", default=default.in_person),
        places=table.texts("places", default.places),
        travel=table.length("travel", default.travel, most=_DAY),
        per_week=table.number("per_week", default.per_week, most=40),
    )
    if made.latest_end <= made.earliest:
        table.problem("", "leaves no time: it ends before it starts")
    table.leave()
    return made


def _etiquette(table: Table) -> EtiquetteRules:
    default = EtiquetteRules()
    made = EtiquetteRules(
        cooldown=table.length("cooldown", default.cooldown),
        per_run=table.number("per_run", default.per_run, most=Ceiling.PER_RUN),
        per_week=table.number("per_week", default.per_week, most=50),
        expires_after=table.length("expires_after", default.expires_after),
        after_silence=table.length("after_silence", default.after_silence),
        silences_before_asking=table.number(
            "silences_before_asking", default.silences_before_asking, least=1, most=10
        ),
        after_decline=table.length("after_decline", default.after_decline),
        dormant_after=table.length("dormant_after", default.dormant_after, least=30 * _DAY),
        dormant_per_week=table.number("dormant_per_week", default.dormant_per_week, most=50),
        asks_before_giving=table.number(
            "asks_before_giving", default.asks_before_giving, least=1, most=50
        ),
        quiet=_quiet(table, "quiet"),
    )
    table.leave()
    return made


def _quiet(table: Table, key: str) -> tuple[Quiet, ...]:
    found = []
    for word in table.texts(key):
        try:
            found.append(parse_quiet(word))
        except ValueError as error:
            remedy = "write for example ['Fri', '2026-12-24', '12-20..01-06']"
            table.problem(key, f"{word!r}: {error}", remedy)
    return tuple(found)


def _sending(table: Table) -> SendingRules:
    default = SendingRules()
    made = SendingRules(
        per_run=table.number("per_run", default.per_run, most=Ceiling.PER_RUN),
        per_day=table.number("per_day", default.per_day, most=Ceiling.PER_DAY),
        per_person=table.length("per_person", default.per_person, least=Ceiling.PER_PERSON),
        approval_valid=table.length(
            "approval_valid", default.approval_valid, most=Ceiling.APPROVAL
        ),
        fresh_within=table.length("fresh_within", default.fresh_within, most=Ceiling.UNREAD),
    )
    table.leave()
    return made


def _meeting(table: Table, key: str, default: timedelta) -> timedelta:
    return table.length(key, default, least=5 * _MINUTE, most=_DAY)


def days(table: Table, key: str) -> tuple[int, ...]:
    """Weekdays by their names, Monday 0, as they are written."""
    names = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
    found = []
    for word in table.texts(key):
        if word[:3].lower() in names:
            found.append(names.index(word[:3].lower()))
        else:
            table.problem(key, f"has no such day: {word!r}", "write for example ['Tue', 'Thu']")
    return tuple(found)
