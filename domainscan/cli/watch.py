"""watch, schedule: scheduled scans in the foreground, or the same tables as systemd and cron lines."""

from __future__ import annotations

import os
import signal
import sys
import time
import types
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Final, Literal

import typer

from blocklists.files import write_whole
from domainscan.cli import common
from domainscan.cli.performing import perform
from domainscan.cli.scan import tell_gb18030, terms
from domainscan.config import BadConfig, Schedule
from domainscan.review import expire
from domainscan.scan.inputs import DUE, Inputs, no_source
from domainscan.schedule import Due, check, cron_line, due, stamp, systemd_units
from domainscan.sources import SOURCES
from domainscan.store import Store, StoreBusy, StoreError
from domainscan.store.cases import due as due_names
from domainscan.store.reports import TIPS
from domainscan.store.runs import end_run, last_slot, start_run

PATHS: Final = ("file", "folder")  # sources whose argument is a path
LONGEST_SLEEP_SECONDS: Final = 60.0  # the clock may be set while the program sleeps
BUSY_SLEEP_SECONDS: Final = 5.0  # until a slot that another process holds up is looked at again
CANARIES: Final = Schedule("canaries", (), every="1m")
LATE: Final = timedelta(minutes=5)  # a run that starts later than this is said to be caught up


class _Stop:
    """Remembers which signal came, and ends a sleep or a scan by KeyboardInterrupt.

    A terminal that is closed says so once more through its shell: what ends already is left to it.
    """

    number = 0

    def __call__(self, number: int, frame: types.FrameType | None) -> None:
        if self.number and number == signal.SIGHUP:
            return
        self.number = number
        raise KeyboardInterrupt


def watch(
    context: typer.Context,
    once: Annotated[bool, typer.Option("--once", help="Run what is due now, then end.")] = False,
    only: Annotated[str, typer.Option(help="Only the schedule of this name.")] = "",
) -> None:
    """Run the [[schedule]] tables in the foreground: one after the other, a missed run once, gaps reported.

    SIGTERM or a closed terminal (exit 0), or Ctrl-C (exit 130), ends it after saving what is finished; the next slot
    goes on with it. With --once, exit 3 says that a schedule failed.

    \b
    Examples:
      domainscan watch
      domainscan watch --once --only tips
    """
    settings = common.whole_settings(context)
    schedules = _schedules(settings, only)
    stop = _Stop()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        if signal.getsignal(number) != signal.SIG_IGN:  # as under nohup
            signal.signal(number, stop)
    failed = False
    try:
        with settings.store() as store:
            held_up: set[tuple[str, datetime]] = set()
            while not stop.number:
                failed |= not _all_that_is_due(store, settings, schedules, held_up)
                if once:
                    raise typer.Exit(common.PARTLY if failed else common.DONE)
                time.sleep(_seconds_to_next(store, schedules))
    except StoreError as error:
        common.fail(str(error), common.STORE)
    except KeyboardInterrupt:
        pass
    common.note("watch ended; state is saved")
    raise typer.Exit(common.INTERRUPTED if stop.number == signal.SIGINT else common.DONE)


def _schedules(settings: common.Settings, only: str) -> list[Schedule]:
    found = [one for one in settings.config.schedule if not only or one.name == only]
    if not found:
        named = ", ".join(one.name for one in settings.config.schedule)
        common.fail(
            f"no schedule {only!r}: there is {named or 'none'}"
            if only
            else f"{settings.file} has no [[schedule]] table"
        )
    try:
        check(settings.config.schedule)
    except BadConfig as error:
        common.fail(str(error), common.STORE)
    return found


def _canaries(settings: common.Settings) -> list[Schedule]:
    """The look at canaries as a schedule. Ends the program with exit 4 where another one has its name."""
    try:
        check((*settings.config.schedule, CANARIES))
    except BadConfig as error:
        common.fail(str(error), common.STORE)
    return [CANARIES]


def _all_that_is_due(
    store: Store,
    settings: common.Settings,
    schedules: list[Schedule],
    held_up: set[tuple[str, datetime]],
) -> bool:
    """Lets expired measures end, then runs each schedule whose slot has begun; False when one failed."""
    sound = True
    try:
        for over in expire(store, settings.now()):
            common.note(f"{over.name}: {over.measure} expired; the next export and order lift it")
        for schedule in schedules:
            sound &= _run_if_due(store, settings, schedule, held_up)
    except StoreBusy as error:
        common.note(f"error: {error}")
        return False
    return sound


def _run_if_due(
    store: Store, settings: common.Settings, schedule: Schedule, held_up: set[tuple[str, datetime]]
) -> bool:
    """Runs one schedule when its slot has begun; False when the run failed. Raises KeyboardInterrupt, StoreBusy."""
    now = datetime.now(UTC)
    last = last_slot(store, schedule.name, stamp(now))
    found = due(schedule, last, now)
    if found.at > now:
        return True
    run = start_run(store, schedule.name, slot=stamp(found.at), missed=found.missed, now=stamp(now))
    if run is None:
        if (schedule.name, found.at) not in held_up:
            common.note(f"{schedule.name}: another process is at it; {stamp(found.at)} is not run beside it")
            held_up.add((schedule.name, found.at))
        return True
    if last:
        _say_what_was_missed(schedule, found, now)
    common.note(f"{schedule.name}: started {stamp(now)} for {stamp(found.at)}")
    detail = "broken off"
    try:
        detail = _scan(store, settings, schedule)
    except KeyboardInterrupt:
        detail = "interrupted"
        raise
    finally:
        _end(store, run, detail, settings.now())
    if detail:
        common.note(f"error: {schedule.name}: {detail}")
    return not detail


def _end(store: Store, run: int, detail: str, now: str) -> None:
    """Raises StoreError when the run's end cannot be written: it stays open until this process is gone."""
    try:
        end_run(store, run, "failed" if detail else "done", detail, now)
    except StoreBusy as error:
        raise StoreError(f"{error}; start watch again") from error


def _say_what_was_missed(schedule: Schedule, found: Due, now: datetime) -> None:
    if found.missed:
        were = "1 run was" if found.missed == 1 else f"{found.missed:,} runs were"
        common.note(f"{schedule.name}: {were} missed since {stamp(found.since)}; running once now")
    elif now - found.at > LATE:
        common.note(f"{schedule.name}: the run of {stamp(found.at)} is late; running it now")


def _scan(store: Store, settings: common.Settings, schedule: Schedule) -> str:
    """Scans what a schedule names; "" or what went wrong. Raises KeyboardInterrupt."""
    kept = settings.home / "spool" / f"due-{schedule.name}.txt"
    try:
        inputs = _inputs(store, settings, schedule, kept)
        if inputs == Inputs():
            common.note(f"{schedule.name}: nothing is due")
            return ""
        tell_gb18030(inputs)
        outcome = perform(store, settings, inputs, terms(settings), limit=schedule.limit)
    except OSError as error:
        return f"{error.filename or schedule.name}: {error.strerror or error}"
    except typer.Exit as error:
        if error.exit_code == common.INTERRUPTED:
            raise KeyboardInterrupt from None
        return f"the scan ended with exit {error.exit_code}"
    kept.unlink(missing_ok=True)
    return "nothing could be resolved" if outcome.code == common.UNRESOLVED else ""


def _inputs(store: Store, settings: common.Settings, schedule: Schedule, kept: Path) -> Inputs:
    """The files and sources of a schedule. Raises FileNotFoundError for a file that is not there.

    Relative paths count from the folder of the configuration file that has the table. The names that are due stay
    in `kept` until they are scanned, so that an interrupted run goes on with the same ones.
    """
    folder = Path(settings.origin.get("schedule", "config.toml")).absolute().parent
    names: tuple[str, ...] = ()
    files: list[Path] = []
    sources: list[str] = []
    for text in schedule.sources:
        kind, colon, argument = text.partition(":")
        if text == DUE:
            names = _due(store, settings, schedule.limit, kept)
        elif text == TIPS:
            sources.append(TIPS)
        elif colon and kind in SOURCES:
            sources.append(f"{kind}:{folder / argument}" if kind in PATHS else text)
        elif (folder / text).is_file():
            files.append(folder / text)
        else:
            raise FileNotFoundError(0, no_source(TIPS, DUE), str(folder / text))
    return Inputs(names, tuple(files), tuple(sources))


def _due(store: Store, settings: common.Settings, limit: int, kept: Path) -> tuple[str, ...]:
    if not kept.exists() or not kept.stat().st_size:  # a power cut may leave a name with nothing behind it
        names = [url or name for name, url in due_names(store, settings.now(), limit)]
        if not names:
            return ()
        kept.parent.mkdir(parents=True, exist_ok=True)
        write_whole(kept, (f"{name}\n" for name in names), 0o600)
    return tuple(kept.read_text("utf-8").split("\n")[:-1])


def _seconds_to_next(store: Store, schedules: list[Schedule]) -> float:
    now = datetime.now(UTC)
    nearest = min(due(one, last_slot(store, one.name, stamp(now)), now).at for one in schedules)
    seconds = (nearest - now).total_seconds()
    return min(LONGEST_SLEEP_SECONDS, seconds) if seconds > 0 else BUSY_SLEEP_SECONDS


def schedule(
    context: typer.Context,
    form: Annotated[
        Literal["systemd", "cron"], typer.Option("--form", help="systemd units or cron lines.")
    ] = "systemd",
    canaries: Annotated[
        bool,
        typer.Option(
            "--canaries", help="Only `verify --canaries`, each minute; no [[schedule]] table is needed."
        ),
    ] = False,
) -> None:
    """Print the [[schedule]] tables as systemd service and timer units, or as lines for your crontab.

    They run in this folder, as you, with the configuration files that count now.

    \b
    Examples:
      domainscan schedule
      domainscan schedule --form cron
      domainscan schedule --canaries
    """
    settings = common.settings(context)
    schedules = _canaries(settings) if canaries else _schedules(settings, "")
    origins = {where for key, where in settings.origin.items() if key != "home"}
    unsaid = sorted(where for where in origins if where.startswith("environment "))
    if unsaid:
        common.note(f"{', '.join(unsaid)} counts now but not in what is printed: put it into config.toml")
    program = [*_program(settings), "--home", str(settings.home.absolute())]
    try:
        if form == "cron":
            print("CRON_TZ=UTC")
        for one in schedules:
            does = ("verify", "--canaries") if canaries else ("watch", "--once", "--only", one.name)
            command = [*program, *does]
            if form == "cron":
                print(cron_line(one, command, Path.cwd()))
            else:
                print(systemd_units(one, command, Path.cwd(), common.user_name(os.geteuid())))
    except BadConfig as error:
        common.fail(str(error), common.STORE)


def _program(settings: common.Settings) -> list[str]:
    """This program with the configuration files in force, so that it starts from anywhere."""
    called = Path(sys.argv[0]).absolute()
    program = [sys.executable, "-m", "domainscan"] if called.name == "__main__.py" else [str(called)]
    files = [one.absolute() for one in settings.files]
    if len(files) > 1:  # --config names one alone: the working folder finds ./config.toml, this the other one
        return ["/usr/bin/env", f"XDG_CONFIG_HOME={files[1].parent.parent}", *program]
    return [*program, "--config", str(files[0])] if files else program
