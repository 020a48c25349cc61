"""`fika` and `python -m agent`: no traceback ever reaches a user."""

from __future__ import annotations

from agent.cli.root import cli


def main() -> None:
    cli()


if __name__ == "__main__":
    main()
