"""watch, schedule: scheduled scans in the foreground, or the same tables as systemd and cron lines."""

from __future__ import annotations

import shlex
import signal
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Literal

import typer

from domainscan.cli import common
from domainscan.cli.scan import perform, terms
from domainscan.config import BadConfig, Schedule
from domainscan.review import expire
from domainscan.scan.inputs import Inputs
from domainscan.schedule import cron_expression, due, on_calendar
from domainscan.store import Store, StoreError
from domainscan.store.runs import end_run, last_run, start_run

LONGEST_SLEEP_SECONDS = 60.0  # the clock may be set while the program sleeps


def watch(
    context: typer.Context,
    once: Annotated[bool, typer.Option("--once", help="Run what is due now, then end.")] = False,
    only: Annotated[str, typer.Option(help="Only the schedule of this name.")] = "",
) -> None:
    """Run the [[schedule]] tables in the foreground: one after the other, a missed run once, gaps reported.

    SIGTERM or Ctrl-C ends it after saving what is finished.

    \b
    Examples:
      domainscan watch
      domainscan watch --once --only tips
    """
    settings = common.settings(context)
    schedules = _schedules(settings, only)
    ended = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: _end(ended))
    failures = 0
    with settings.store() as store:
        while not ended.is_set():
            for over in expire(store, settings.now()):
                common.note(f"{over.name}: {over.measure} expired; the next export and order lift it")
            for schedule in schedules:
                failures += not _run_if_due(store, settings, schedule)
            if once:
                break
            ended.wait(_seconds_to_next(store, schedules))
    common.note("watch ended; state is saved")
    raise typer.Exit(common.PARTLY if failures else common.DONE)


def _end(ended: threading.Event) -> None:
    """Wakes a sleeping watch, and ends a scan that is under way as Ctrl-C would."""
    ended.set()
    raise KeyboardInterrupt


def _schedules(settings: common.Settings, only: str) -> list[Schedule]:
    found = [one for one in settings.config.schedule if not only or one.name == only]
    if not found:
        named = ", ".join(one.name for one in settings.config.schedule)
        common.fail(
            f"no schedule {only!r}: there is {named or 'none'}"
            if only
            else "config.toml has no [[schedule]] table"
        )
    try:
        for schedule in found:
            due(schedule, "", datetime.now(UTC))
    except BadConfig as error:
        common.fail(str(error), common.STORE)
    return found


def _run_if_due(store: Store, settings: common.Settings, schedule: Schedule) -> bool:
    """Runs one schedule when its time has come; False when the run failed."""
    found = due(schedule, last_run(store, schedule.name), datetime.now(UTC))
    if found.at > datetime.now(UTC):
        return True
    if found.missed:
        common.note(
            f"{schedule.name}: {found.missed} runs were missed since {found.at:%Y-%m-%dT%H:%M:%SZ}; running once now"
        )
    run = start_run(
        store,
        schedule.name,
        slot=found.at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        missed=found.missed,
        now=settings.now(),
    )
    if run is None:
        common.note(f"{schedule.name}: another process runs this slot")
        return True
    common.note(f"{schedule.name}: started {settings.now()}")
    files = tuple(Path(one) for one in schedule.sources if ":" not in one)
    sources = tuple(one for one in schedule.sources if ":" in one)
    state, detail = "done", ""
    try:
        perform(store, settings, Inputs((), files, sources), terms(settings), limit=schedule.limit)
    except typer.Exit as error:
        state, detail = "failed", f"exit {error.exit_code}"
        if error.exit_code == common.INTERRUPTED:
            raise
    except StoreError as error:
        state, detail = "failed", str(error)
        common.note(f"{schedule.name}: {error}")
    finally:
        end_run(store, run, state, detail, settings.now())
    return state == "done"


def _seconds_to_next(store: Store, schedules: list[Schedule]) -> float:
    now = datetime.now(UTC)
    nearest = min(due(one, last_run(store, one.name), now).at for one in schedules)
    return min(LONGEST_SLEEP_SECONDS, max(1.0, (nearest - now).total_seconds()))


def schedule(
    context: typer.Context,
    form: Annotated[
        Literal["systemd", "cron"], typer.Option("--form", help="systemd units or cron lines.")
    ] = "systemd",
) -> None:
    """Print the [[schedule]] tables as systemd service and timer units, or as cron lines.

    \b
    Examples:
      domainscan schedule
      domainscan schedule --form cron
    """
    settings = common.settings(context)
    config = context.find_root().params.get("config")
    program = [
        str(Path(sys.argv[0]).resolve()),
        *(["--config", str(Path(config).resolve())] if config else []),
    ]
    program += ["--home", str(settings.home.resolve())]
    try:
        for one in _schedules(settings, ""):
            command = shlex.join([*program, "watch", "--once", "--only", one.name])
            print(_cron(one, command) if form == "cron" else _systemd(one, command))
    except BadConfig as error:
        common.fail(str(error), common.STORE)


def _cron(one: Schedule, command: str) -> str:
    return f"{cron_expression(one)} {command}"


def _systemd(one: Schedule, command: str) -> str:
    unit = f"domainscan-{one.name}"
    return f"""# /etc/systemd/system/{unit}.service
[Unit]
Description=domainscan: scheduled scan {one.name}
After=network-online.target
Wants=network-online.target

[Service]
Type=oneshot
ExecStart={command}
SuccessExitStatus=3

# /etc/systemd/system/{unit}.timer
[Unit]
Description=domainscan: when {one.name} runs

[Timer]
{on_calendar(one)}
Persistent=true

[Install]
WantedBy=timers.target
"""
