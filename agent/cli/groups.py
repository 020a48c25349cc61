"""Groups of commands: what they are for in full, and what one shows that is given no command."""

from __future__ import annotations

from typing import Any

import click


class WholeSummaries(click.Group):
    """On a narrow terminal click cuts what a command is for; this lets it wrap."""

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        commands = sorted(self.commands.items())
        rows = [(name, command.get_short_help_str(200)) for name, command in commands]
        with formatter.section("Commands"):
            formatter.write_dl(rows)


class WithDefault(WholeSummaries):
    """Without a command it does the one named ``bare``, whose options it takes."""

    def __init__(self, *args: Any, bare: str = "list", **options: Any) -> None:  # noqa: ANN401 - click's
        super().__init__(*args, **{"subcommand_metavar": "[COMMAND] [ARGS]...", **options})
        self.bare = bare

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        is_bare = not args or (args[0].startswith("-") and args[0] not in ctx.help_option_names)
        if is_bare and not ctx.resilient_parsing:  # who completes a line is offered every command
            args = [self.bare, *args]
        return super().parse_args(ctx, args)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        params = (*self.commands[self.bare].params, *self.get_params(ctx))
        options = (each.get_help_record(ctx) for each in params if isinstance(each, click.Option))
        with formatter.section("Options"):
            formatter.write_dl([each for each in options if each])
        self.format_commands(ctx, formatter)
