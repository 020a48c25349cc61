"""`fika completion`: the shell's completion script, as click makes it."""

from __future__ import annotations

import click


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(ctx: click.Context, shell: str) -> None:
    """Print the shell's completion script.

    It completes commands and options, the people on your list by id or name, and the numbers of
    proposals that wait or are still to come.

    \b
    bash:  eval "$(fika completion bash)"        in ~/.bashrc
    zsh:   eval "$(fika completion zsh)"         in ~/.zshrc
    fish:  fika completion fish | source         in config.fish
    """  # noqa: D301 - click keeps a block after its own mark as it is
    from click.shell_completion import get_completion_class

    made = get_completion_class(shell)
    if made is None:
        raise click.UsageError(f"no completion for {shell}")
    root = ctx.find_root().command
    click.echo(made(root, {}, "fika", "_FIKA_COMPLETE").source())
