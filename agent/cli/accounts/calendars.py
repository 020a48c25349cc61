"""`fika calendars`: what was read from where, what was left out, and accepting a shrunken one."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import click

from agent.app import App
from agent.cli.values import AS_JSON
from agent.errors import UsageProblem
from agent.store import calendars as store
from agent.store import suspension
from policies.text import one_line, shown

_NAMED = 10  # of a calendar's entries that were left out


@click.group(invoke_without_command=True)
@click.option("--all", "everything", is_flag=True, help="Name everything that was left out.")
@AS_JSON
@click.pass_context
def calendars(ctx: click.Context, *, everything: bool, as_json: bool) -> None:
    """What was read from where, and what had to be left out."""
    if ctx.invoked_subcommand:
        return
    rows = _rows(ctx.obj)
    if as_json:
        from agent.terminal import json_text

        click.echo(json_text(rows))
    else:
        _print(rows, ctx.obj.settings.owner.zone, None if everything else _NAMED)


@calendars.command()
@click.argument("name")
@click.pass_obj
def accept(app: App, name: str) -> None:
    """Believe that a calendar really lost as much as it seems to have lost."""
    with app.store.transaction() as sql:
        accepted = store.accept_shrink(sql, one_line(name))
    if not accepted:
        raise UsageProblem(f"{shown(name)} was not refused", "`fika calendars` shows what was")
    click.echo(
        f"{shown(name)}: the next run takes it in as it is; meetings that have ended still count"
    )


@calendars.command()
@click.argument("name")
@click.pass_obj
def release(app: App, name: str) -> None:
    """Write and send again before a service is said to be ready for it.

    After a refusal for spam Fika leaves an account alone for a day. `fika doctor` names it.
    """
    with app.store.transaction() as sql:
        released = suspension.release(sql, one_line(name))
    if not released:
        raise UsageProblem(f"nothing keeps Fika from writing to {shown(name)}", "see `fika doctor`")
    click.echo(f"{shown(name)}: the next run writes and sends again")


def _rows(app: App) -> list[dict[str, object]]:
    known = {row.name: row for row in store.calendars(app.store)}
    left_out = store.quarantined(app.store)
    rows: list[dict[str, object]] = []
    for each in app.settings.calendars:
        row = known.get(each.name)
        rows.append(
            {
                "name": each.name,
                "kind": each.kind.value,
                "busy": each.busy,
                "evidence": each.evidence,
                "entries": row.total if row else 0,
                "read_at": _iso(row.read_at_s if row else None),
                "content_as_of": _iso(row.content_at_s if row else None),
                "failure": row.failure if row else "",
                "refused_entries": row.refused_total if row else None,
                "left_out": [
                    {"place": problem.place, "reason": problem.reason}
                    for problem in left_out.get(each.name, ())
                ],
            }
        )
    return rows


def _print(rows: list[dict[str, object]], zone: str, most: int | None) -> None:
    """A line a calendar, its times in ``zone``; below, what failed and what was left out.

    Of that at most so many lines a calendar.
    """
    from agent.terminal import Column, print_grid

    columns = (
        Column("Calendar", gives_way=True),
        Column("Kind", spare=2),
        Column("Entries", right=True, spare=1),
        Column("Read"),
        Column("Content of"),
        Column("Left out", right=True),
    )
    cells = [
        (
            shown(str(row["name"])),
            str(row["kind"]),
            str(row["entries"]),
            _minute(row["read_at"], zone),
            _minute(row["content_as_of"], zone)
            if row["content_as_of"] or not row["read_at"]
            else "",
            str(len(left_out)) if isinstance(left_out, list) and left_out else "",
        )
        for row in rows
        for left_out in [row["left_out"]]
    ]
    print_grid(columns, cells)
    for row in rows:
        if note := _note(row):
            click.echo(f"{shown(str(row['name']))}: {note}")
        name, left_out = shown(str(row["name"])), row["left_out"]
        places = left_out if isinstance(left_out, list) else []
        for each in places[:most]:
            click.echo(f"{name}: {shown(each['place'])}: {shown(each['reason'])}")
        if len(places) > len(places[:most]):
            click.echo(f"{name}: and {len(places) - len(places[:most])} more, with --all")


def _note(row: dict[str, object]) -> str:
    if row["refused_entries"] is not None:
        name = shown(str(row["name"]))
        return f"refused: now {row['refused_entries']} entries; fika calendars accept {name}"
    return shown(str(row["failure"]))


def _iso(seconds: int | None) -> str | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC).isoformat()


def _minute(iso: object, zone: str) -> str:
    if not iso:
        return "never"
    return f"{datetime.fromisoformat(str(iso)).astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M}"
