"""The `fika` command: its list of commands, and the door where every error becomes one line."""

from __future__ import annotations

import contextlib
import importlib
from typing import TYPE_CHECKING, NamedTuple

import click

if TYPE_CHECKING:  # loaded where a shell completes
    from click.shell_completion import CompletionItem


class Entry(NamedTuple):
    """Where a command lives, and its line in `fika --help`, so that listing loads nothing."""

    section: str
    target: str
    summary: str


COMMANDS: dict[str, Entry] = {
    "init": Entry("Start", "agent.cli.accounts.init:init", "Answer a few questions and write the configuration."),
    "connect": Entry("Start", "agent.cli.accounts.connect:connect", "Sign in to Google or Outlook, or a CalDAV server."),
    "doctor": Entry("Start", "agent.cli.daily.doctor:doctor", "Check configuration, calendars, mail and state."),
    "demo": Entry("Start", "agent.cli.daily.demo:demo", "Try everything on an invented year of calendars."),
    "run": Entry("Every day", "agent.cli.daily.run:run", "Read, audit, protect time, propose, send what was approved."),
    "web": Entry("Every day", "agent.cli.daily.web:web", "Serve the page where you look, approve and plan."),
    "digest": Entry("Every day", "agent.cli.daily.digest:digest_command", "What waits for you and who is overdue, now."),
    "schedule": Entry("Every day", "agent.cli.daily.schedule:schedule", "Run daily from cron, systemd or launchd."),
    "audit": Entry("Relationships", "agent.cli.audit.audit:audit", "Everyone, with status and days over."),
    "plan": Entry("Relationships", "agent.cli.plan.plan:plan", "Goals, who can help, the next steps, what is missing."),
    "why": Entry("Relationships", "agent.cli.audit.audit:why", "Every event behind one person's status."),
    "people": Entry("Relationships", "agent.cli.people.people:people", "List, import, export, edit and merge people."),
    "simulate": Entry("Relationships", "agent.cli.audit.simulate:simulate", "Whether everyone's cadence fits your diary, week by week."),
    "commit": Entry("Relationships", "agent.cli.audit.commit:commit", "One person to build a relationship with, and who is told of it."),
    "report": Entry("Relationships", "agent.cli.audit.report:report", "The audit as a page with pictures, or mailed to a coach."),
    "triage": Entry("Relationships", "agent.cli.people.triage:triage", "Decide about the people you meet, one key each."),
    "log": Entry("Relationships", "agent.cli.memory.log:log", "Record a contact no calendar knows, and what came of it."),
    "promises": Entry("Relationships", "agent.cli.memory.promises:promises", "What was promised to whom, and by when."),
    "thanks": Entry("Relationships", "agent.cli.memory.thanks:thanks", "Whom to thank for what, and by when."),
    "favours": Entry("Relationships", "agent.cli.memory.favours:favours", "What was given and asked, per person."),
    "news": Entry("Relationships", "agent.cli.memory.news:news", "What you achieved and could tell people."),
    "brief": Entry("Relationships", "agent.cli.memory.brief:brief", "What to look at before a coffee, and what to ask."),
    "after": Entry("Relationships", "agent.cli.memory.brief:after", "After a coffee: did it happen, and what next?"),
    "restart": Entry("Relationships", "agent.cli.circles.restart:restart", "One-to-ones that stopped, groups gone quiet, ties asleep."),
    "intro": Entry("Relationships", "agent.cli.circles.intro:intro", "Who could introduce you, and what you can give."),
    "ritual": Entry("Relationships", "agent.cli.circles.ritual:ritual", "A recurring coffee within a group, in turn or in pairs."),
    "events": Entry("Relationships", "agent.cli.circles.events:events", "Events ahead, whom you met there, and following up."),
    "proposals": Entry("Meetings", "agent.cli.proposing.proposals:proposals", "Meetings waiting for your yes."),
    "show": Entry("Meetings", "agent.cli.proposing.proposals:show", "One proposal: exact text, time, day and reasons."),
    "approve": Entry("Meetings", "agent.cli.proposing.approve:approve", "Say yes to one proposal and send it."),
    "reject": Entry("Meetings", "agent.cli.proposing.approve:reject", "Say no to one proposal."),
    "cancel": Entry("Meetings", "agent.cli.proposing.approve:cancel", "Call off a meeting that was sent."),
    "settle": Entry("Meetings", "agent.cli.proposing.approve:settle", "Say what became of a sending nobody can tell."),
    "snooze": Entry("Meetings", "agent.cli.people.snooze:snooze", "Leave one person in peace for a while."),
    "pause": Entry("Meetings", "agent.cli.daily.pause:pause", "Stop proposing and sending for a while."),
    "import-reply": Entry("Meetings", "agent.cli.proposing.import_reply:import_reply", "Read a guest's answer from a file."),
    "answer": Entry("Meetings", "agent.cli.proposing.answer:answer", "Settle a question about someone who found no time."),
    "find-time": Entry("Meetings", "agent.cli.proposing.find_time:find_time", "When a group can meet, from calendars or busy times."),
    "calendars": Entry("Calendars", "agent.cli.accounts.calendars:calendars", "What was read from where, and what was not."),
    "accounts": Entry("Calendars", "agent.cli.accounts.accounts:accounts", "What you are signed in to, since when, and what for."),
    "disconnect": Entry("Calendars", "agent.cli.accounts.accounts:disconnect", "Forget the sign-in of an account."),
    "backup": Entry("Your data", "agent.cli.keeping.backup:backup", "Copy everything into one file, and check it."),
    "restore": Entry("Your data", "agent.cli.keeping.restore:restore", "Bring back a backup or an export; nothing is sent by itself."),
    "export": Entry("Your data", "agent.cli.keeping.export:export", "Write everything to a JSON file that can be restored."),
    "forget": Entry("Your data", "agent.cli.keeping.forget:forget", "Strike out all that is known of one person."),
    "ping": Entry("Other", "agent.cli.daily.ping:ping", "Try the monitor that is told of every run."),
    "completion": Entry("Other", "agent.cli.completion:completion", "Print the shell's completion script."),
}  # fmt: skip


_SHOWING = frozenset({"Relationships", "Meetings", "Calendars"})


class LazyGroup(click.Group):
    """Loads a command's module when it is called, not when the list is shown."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        entry = COMMANDS.get(cmd_name)
        if entry is None:
            return None
        module, _, name = entry.target.partition(":")
        command = getattr(importlib.import_module(module), name)
        if not isinstance(command, click.Command):
            raise TypeError(f"{entry.target} is no command")
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args[0] not in COMMANDS and not ctx.resilient_parsing:
            raise click.NoSuchCommand(args[0], possibilities=COMMANDS, ctx=ctx)
        return super().resolve_command(ctx, args)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        from click.shell_completion import CompletionItem

        names = [
            CompletionItem(name, help=entry.summary)
            for name, entry in COMMANDS.items()
            if name.startswith(incomplete)
        ]
        return names + click.Command.shell_complete(self, ctx, incomplete)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        sections: dict[str, list[tuple[str, str]]] = {}
        for name, entry in COMMANDS.items():
            sections.setdefault(entry.section, []).append((name, entry.summary))
        for section, rows in sections.items():
            with formatter.section(section):
                formatter.write_dl(rows)


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="fika-agent", prog_name="fika")
@click.pass_context
def cli(ctx: click.Context) -> None:
    """Keep professional relationships alive.

    Fika reads your calendars, finds who is overdue, protects time to think of them, and proposes
    coffees that go out only after your yes. Start with `fika init`, or `fika demo` to look first.
    """
    if ctx.obj is None:
        from agent.app import App

        ctx.obj = App()
    ctx.call_on_close(ctx.obj.close)


@cli.result_callback()
@click.pass_context
def _told(ctx: click.Context, code: object) -> object:
    """Say beside what was shown out of the store that it may be old; `fika run` and its like do."""
    app, entry = ctx.obj, COMMANDS.get(ctx.invoked_subcommand or "")
    if entry and entry.section in _SHOWING and "store" in vars(app):
        from agent.errors import FikaError
        from agent.sending.stillness import unrun
        from policies.text import as_sentence

        with contextlib.suppress(FikaError):  # what needs no settings does without sound ones
            for each in unrun(app.store, app.settings, app.clock.now()):
                click.echo(as_sentence(str(each)), err=True)
    return code
