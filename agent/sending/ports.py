"""What sending needs of the world, and what it reports."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from agent.clock import Clock, Uptime
from agent.exits import Exit, worst
from connectors.errors import ConnectorError, NeedsLogin
from connectors.port import InvitationWriter
from policies.frozen import frozen
from policies.sending.action import Action, ActionState

MAIL: Final = "mail"
"""The channel of payloads that we mail ourselves, with an entry in a folder of the owner's."""
NO_CALENDAR: Final = ""
"""The calendar of what has no entry in one: a report."""


@frozen
class SendingPorts:
    """``channels`` are found by the name of a channel and of a calendar, as a payload has them.

    ``stopped`` says whether the owner wants nothing sent at all. ``uptime`` is what the limits are
    counted by, see `agent.store.elapsed`. ``checkpoint`` is told the name of each moment at which
    a run can be killed, and does nothing in a real run; inside a channel's call there is none, a
    model of it dies there by itself:

    K0  the yes is written, not yet committed
    K1  it is committed (``APPROVED``)
    K2  the claim is committed, nothing is written (``HOLDING``)
    K3  about to write the hold
    K5  the hold is written, not yet recorded
    K6  the hold is recorded (``HELD``)
    K7  about to ask the gate, in the transaction that acts on its answer
    K8  the approval is used up and counted, nothing is sent (``INVITING``)
    K9  about to send
    K11 sent, not yet recorded
    K12 the record is written, not yet committed
    K13 recorded (``SENT``)
    T1  ended, our entry in the calendar not yet put right
    T2  put right, not yet recorded
    """

    channels: Mapping[tuple[str, str], InvitationWriter]
    clock: Clock
    stopped: Callable[[], bool]
    checkpoint: Callable[[str], None] = lambda _: None
    uptime: Callable[[], Uptime | None] = lambda: None


@frozen
class DispatchReport:
    """What became of every action that was under way, and of those that need the owner's eyes.

    ``failures`` are channels that failed or refused; ``broken_off``: after too many that failed
    nothing more was tried. A refusal (`NotAllowed`) does not count to it.
    """

    outcomes: tuple[Action, ...] = ()
    failures: tuple[ConnectorError, ...] = ()
    broken_off: bool = False

    @property
    def exit(self) -> Exit:
        signs_in = (isinstance(each, NeedsLogin) for each in self.failures)
        codes = [Exit.SIGN_IN if needed else Exit.DEGRADED for needed in signs_in]
        if any(each.state is ActionState.NEEDS_REVIEW for each in self.outcomes):
            codes.append(Exit.NEEDS_REVIEW)
        return worst(codes)


def stop_file(home: Path) -> Path:
    """While this file is there nothing is sent, whatever was approved."""
    return home / "STOP"


def is_stopped(home: Path) -> bool:
    """Whether there is one, be it a link that leads nowhere.

    Raises:
        OSError: nobody may look, so that nobody knows.
    """
    try:
        stop_file(home).lstat()
    except FileNotFoundError:
        return False
    return True
