"""`fika digest`: what there is to know and to do today, on the screen or for another program."""

from __future__ import annotations

import click

from agent.app import App
from agent.cli.values import AS_JSON
from agent.digest import forms
from agent.digest.sections import digest, without_sensitive
from agent.errors import UsageProblem
from agent.exits import Exit
from policies.text import shown


@click.command(name="digest")
@click.option("--markdown", "as_markdown", is_flag=True, help="Print Markdown.")
@AS_JSON
@click.option("--for-others", is_flag=True, help="Leave out sensitive people.")
@click.option("--test", is_flag=True, help="Send one sentence to every place it goes to.")
@click.pass_context
def digest_command(
    ctx: click.Context, /, *, as_markdown: bool, as_json: bool, for_others: bool, test: bool
) -> None:
    """What waits for you and who is overdue, as the last run left it.

    The run itself mails the digest, or sends it to your channels, once a day at most and only
    when there is something to say; [digest] in the configuration says where.
    """
    from agent.digest.now import standing

    app: App = ctx.obj
    if test:
        ctx.exit(_test(app))
    result = standing(app.store, app.settings, app.home, app.clock.now())
    sections = digest(without_sensitive(result) if for_others else result)
    if as_json:
        from agent.terminal import json_text

        click.echo(json_text([each._asdict() for each in sections]))
    elif as_markdown:
        text = forms.markdown(sections, app.settings.digest.page)
        click.echo(f"# {forms.subject(sections)}\n\n{text}", nl=False)
    elif sections:
        from agent.terminal import print_sections

        click.echo(forms.subject(sections))
        print_sections(sections)
    else:
        click.echo("Nothing waits for you, and nobody is overdue.")


def _test(app: App) -> int:
    from agent.digest.delivery import destinations, tested
    from agent.wiring import channels, mailer

    settings = app.settings
    sender = mailer(settings.mail) if settings.mail and settings.digest.mail else None
    to = destinations(settings, sender, channels(settings.digest), app.clock.now())
    if not to:
        raise UsageProblem(
            "the digest goes nowhere but to your screen", "see [digest] in docs/digest.md"
        )
    failed = tested(to)
    for each in failed:
        click.echo(f"{shown(each.name)}: {shown(each.cause, 300)}", err=True)
    reached = [each.name for each in to if each.name not in {one.name for one in failed}]
    if reached:
        click.echo(f"Sent to {', '.join(map(shown, reached))}.")
    return Exit.DEGRADED if failed else Exit.OK
