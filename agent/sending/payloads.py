"""Building exactly what would be sent: an invitation, the same at another time, its calling off."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from agent.errors import UsageProblem
from agent.sending.ports import MAIL
from agent.settings import Settings
from policies.outreach.wording import salutation, valediction
from policies.people.naming import called
from policies.proposal import ASKED, Answer, Proposal, Slot
from policies.sending.action import ActionKind, Payload
from policies.spoken import moment_said
from policies.text import LINE_END, one_line

TITLE_LIMIT: Final = 200
TEXT_LIMIT: Final = 8_000
ADD_MAIL: Final = "add a [mail] section to the configuration: README, Set up mail"
_LONGEST_NAME: Final = 200
_SORRY: Final = "I am sorry, I have to call this off. I will be in touch about another time."
_THANKS: Final = "Thank you for letting me know."
_DECLINED: Final = f"{_THANKS} This only takes the meeting off our calendars; another time, I hope."
_MOVE: Final = "I am sorry, I have to ask you for another time."
_WOULD: Final = "Would {time} suit you instead? If not, tell me what would."
_AGREED: Final = "Thank you for naming a time. {time} suits me well, and I look forward to it."


class CannotApprove(UsageProblem):
    """It cannot be approved, or not as things are."""


class CannotSend(CannotApprove):
    """Nothing at all can be sent, as things are configured."""


def guest_name(name: str) -> str:
    """As it stands in what is sent."""
    return one_line(name).strip()[:_LONGEST_NAME]


def cannot_send(settings: Settings) -> CannotSend | None:
    """What is missing in the configuration before anything can be sent."""
    try:
        _from(settings)
    except CannotSend as missing:
        return missing
    return None


def invitation(
    settings: Settings,
    proposal: Proposal,
    name: str,
    index: int,
    *,
    uid: str,
    title: str,
    text: str,
) -> Payload:
    """The first invitation to one of the proposal's times, for a guest of this name.

    Raises:
        CannotApprove: no such time, nothing to send with or to write to, or unfit words.
    """
    slot, owner = slot_at(proposal, index), settings.owner
    channel, sender = _from(settings)
    if proposal.draft.address.count("@") != 1:
        raise CannotApprove("the person has no usable address", "see `fika people edit`")
    return Payload(
        kind=ActionKind.INVITE,
        uid=uid,
        sequence=0,
        recipient=proposal.draft.address,
        recipient_name=guest_name(name),
        sender=sender,
        sender_name=one_line(owner.name).strip(),
        start=slot.when.start.isoformat(),
        end=slot.when.end.isoformat(),
        zone=owner.zone,
        title=checked_title(title),
        text=checked_text(text),
        location=one_line(slot.place).strip(),
        calendar=settings.write_calendar,
        channel=channel,
    )


def moved(
    last: Payload, proposal: Proposal, index: int, title: str | None, text: str | None
) -> Payload:
    """What the guest has, at another of the proposal's times, in words that know of the first.

    Raises:
        CannotApprove: no such time, the same time, or unfit words.
    """
    slot = slot_at(proposal, index)
    if slot.when == last.when:
        raise CannotApprove(f"proposal {proposal.number} was sent for this time already")
    return replace(
        last,
        kind=ActionKind.RESCHEDULE,
        sequence=last.sequence + 1,
        start=slot.when.start.isoformat(),
        end=slot.when.end.isoformat(),
        location=one_line(slot.place).strip(),
        title=last.title if title is None else checked_title(title),
        text=checked_text(_letter(last, _moving(proposal, slot, last)) if text is None else text),
    )


def called_off(last: Payload, text: str | None, *, declined: bool = False) -> Payload:
    """The end of a meeting the guest was invited to. Who has ``declined`` gets no apology.

    Raises:
        CannotApprove: unfit words.
    """
    usual = _letter(last, _DECLINED if declined else _SORRY)
    return replace(
        last,
        kind=ActionKind.CANCEL,
        sequence=last.sequence + 1,
        text=checked_text(usual if text is None else text),
    )


def _moving(proposal: Proposal, slot: Slot, last: Payload) -> str:
    """What is said of a new time: an apology only where it was not the guest who spoke first."""
    time = slot.spoken or moment_said(slot.when.start, last.zone)
    if proposal.answer is Answer.COUNTERED and ASKED in slot.parts:
        return _AGREED.format(time=time)
    told = proposal.answer in {Answer.COUNTERED, Answer.DECLINED}
    return f"{_THANKS if told else _MOVE} {_WOULD.format(time=time)}"


def _letter(last: Payload, words: str) -> str:
    """A short letter after ``last``, greeted and signed as that was."""
    greeting = salutation(last.text) or f"Hello {called(last.recipient_name)}".rstrip() + ","
    closing = valediction(last.text) or called(last.sender_name)
    return "\n\n".join(filter(None, (greeting, words, closing)))


def checked_title(title: str) -> str:
    plain = " ".join(one_line(title).split())
    if not plain:
        raise CannotApprove("the title is empty", "give it one with --edit")
    if len(plain) > TITLE_LIMIT:
        raise CannotApprove(f"the title is longer than {TITLE_LIMIT} characters", "shorten it")
    return plain


def checked_text(text: str, limit: int = TEXT_LIMIT) -> str:
    plain = "\n".join(one_line(line).rstrip() for line in LINE_END.split(text)).strip("\n")
    if len(plain) > limit:
        raise CannotApprove(f"the text is longer than {limit} characters", "shorten it")
    return plain


def text_for(proposal: Proposal, index: int) -> tuple[str, bool]:
    """The text for another time, and whether it names that time now.

    Raises:
        CannotApprove: no such time.
    """
    draft = proposal.draft
    before, after = draft.slots[proposal.chosen].spoken, slot_at(proposal, index).spoken
    if index == proposal.chosen:
        return draft.text, True
    follows = bool(before) and before in draft.text
    return (draft.text.replace(before, after) if follows else draft.text), follows


def _from(settings: Settings) -> tuple[str, str]:
    """The channel that tells the guest, and the address it comes from.

    Raises:
        CannotSend: nothing to send with or to write to.
    """
    if not settings.write_calendar:
        raise CannotSend("no calendar to write to is configured", "add a [write] section")
    usual = settings.owner.addresses[0]
    account = settings.account_of(settings.write_calendar)
    if account is not None and account.invites:
        return account.service.value, account.user if "@" in account.user else usual
    if settings.mail is None:
        raise CannotSend("no mail server is configured", ADD_MAIL)
    return MAIL, settings.mail.sender or usual


def slot_at(proposal: Proposal, index: int) -> Slot:
    """One of the times of a proposal.

    Raises:
        CannotApprove: it has no such time.
    """
    slots = proposal.draft.slots
    if not 0 <= index < len(slots):
        remedy = f"choose from 1 to {len(slots)}" if len(slots) > 1 else "it has only one"
        raise CannotApprove(f"proposal {proposal.number} has no time {index + 1}", remedy)
    return slots[index]
