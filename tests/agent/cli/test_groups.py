from __future__ import annotations

from pathlib import Path

import pytest
from click.shell_completion import ShellComplete

from agent.cli.root import cli
from tests.agent.spoken import said


@pytest.mark.parametrize("group", ["promises", "thanks", "favours", "news", "ritual", "people"])
def test_a_group_without_a_command_is_its_list_with_the_options_of_that(
    group: str, tmp_path: Path
) -> None:
    assert said(tmp_path, group) == said(tmp_path, group, "list")
    assert said(tmp_path, group, "--json") == "[]\n"
    help_ = said(tmp_path, group, "--help")
    assert "[OPTIONS] [COMMAND] [ARGS]..." in help_
    assert "--json" in help_


def test_every_command_of_a_group_is_offered_to_who_completes_a_line() -> None:
    completing = ShellComplete(cli, {}, "fika", "_FIKA_COMPLETE")

    offered = {each.value for each in completing.get_completions(["promises"], "")}
    assert offered == {"add", "kept", "let-go", "list"}
