"""How the list of proposals looks, and its JSON."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import click

from agent.cli.proposing.records import head
from agent.proposing.answering import to_answer
from agent.terminal import say
from policies.people.person import PersonId
from policies.proposal import Answer, Proposal, ProposalState, Unplaced
from policies.spoken import short_moment
from policies.text import shown

_NAME, _TITLE, _SENTENCE = 32, 60, 400
_STATUS = {
    ProposalState.OPEN: "waits for your yes",
    ProposalState.APPROVED: "approved, not sent yet",
    ProposalState.SENT: "sent",
    ProposalState.REJECTED: "rejected by you",
    ProposalState.EXPIRED: "expired",
    ProposalState.CANCELLED: "called off",
}
_MAYBE_SENT = "may have been sent before"
_STYLES = {ProposalState.OPEN: "bold", ProposalState.SENT: "green"}


def list_json(
    found: Sequence[Proposal],
    unplaced: Sequence[Unplaced],
    names: Mapping[PersonId, str],
    zone: str,
    unsure: Collection[int],
) -> str:
    """``proposals`` and ``unplaced``; times are ISO 8601 on the owner's clock.

    ``unsure`` are the numbers of those of which nobody can tell what was sent.
    """
    from agent.terminal import json_text

    return json_text(
        {
            "proposals": [
                head(each, names.get(each.draft.person, ""), zone, unsure=each.number in unsure)
                for each in found
            ],
            "unplaced": [
                {
                    "person": each.person,
                    "name": names.get(each.person, ""),
                    "code": each.code.value,
                    "question": each.question,
                    "answer": {"field": each.answer.field, "yes": list(each.answer.texts)},
                }
                for each in unplaced
            ],
        }
    )


def print_list(
    found: Sequence[Proposal],
    unplaced: Sequence[Unplaced],
    names: Mapping[PersonId, str],
    zone: str,
    unsure: Collection[int],
    most: int | None,
) -> None:
    """The proposals as a table, then the open questions, at most so many of them."""
    from agent.terminal import Column, Styled, print_grid

    if found:
        columns = (
            Column("No.", right=True),
            Column("Person", gives_way=True),
            Column("Format", spare=2),
            Column("When"),
            Column("Status"),
            Column("Expires", spare=1),
            Column("Why" if any(each.outcome for each in found) else "", gives_way=True, spare=3),
        )
        rows = [
            (
                str(each.number),
                shown(names.get(each.draft.person, each.draft.person), _NAME),
                each.draft.format.value,
                short_moment(each.slot.when.start, zone),
                Styled(
                    status(each, unsure=each.number in unsure),
                    "bold red" if each.number in unsure else _STYLES.get(each.state, "dim"),
                ),
                short_moment(each.draft.expires, zone) if each.state is ProposalState.OPEN else "",
                shown(each.outcome, _TITLE),
            )
            for each in found
        ]
        print_grid(columns, rows)
    else:
        say("No proposal is waiting. `fika run` looks for people to meet.")
    if unplaced:
        click.echo("\nThese could not be placed:")
    for question in unplaced[:most]:
        name = shown(names.get(question.person, question.person), _NAME)
        say(f"  {name} ({question.code}): {shown(question.question, _SENTENCE)}")
        if command := to_answer(question):
            say(f"    {command}")
    if len(unplaced[:most]) < len(unplaced):
        click.echo(f"  and {len(unplaced) - len(unplaced[:most])} more, with --all")


def status(proposal: Proposal, *, unsure: bool) -> str:
    """Where it stands, in words, with the guest's answer while the meeting stands."""
    if unsure:
        return f"sent or not? fika settle {proposal.number}"
    if proposal.restored and proposal.state is ProposalState.OPEN:
        return _MAYBE_SENT
    said = _STATUS[proposal.state]
    answered = proposal.state is ProposalState.SENT and proposal.answer is not Answer.NONE
    return f"{said}, {proposal.answer}" if answered else said
