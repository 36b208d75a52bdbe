"""A bar on standard error that shows how far a long piece of work is."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    TextColumn,
    TimeRemainingColumn,
)

from domainscan.cli import common


class Show(Protocol):
    """Moves the bar to so many that are done; `said` is what stands behind it."""

    def __call__(self, done: int, said: str = "") -> None: ...


@contextmanager
def progress(
    settings: common.Settings, noun: str, total: int, *, done: int = 0, clock: ProgressColumn | None = None
) -> Iterator[Show]:
    """Yields what moves the bar; where nobody watches, or wants to, there is none. `clock`: what time it tells."""
    console = Console(stderr=True, no_color=not settings.color)
    if settings.quiet or not console.is_terminal:
        yield lambda done, said="": None
        return
    columns = (
        *(TextColumn(noun), BarColumn(), MofNCompleteColumn(), clock or TimeRemainingColumn()),
        TextColumn("{task.description}"),
    )
    # Lines on standard output go above the bar where both are one terminal, and else where they were sent.
    both = sys.stdout.isatty()
    with Progress(*columns, console=console, transient=True, redirect_stdout=both) as bar:
        task = bar.add_task("", total=total, completed=done)

        def show(done: int, said: str = "") -> None:
            bar.update(task, completed=done, description=said)

        yield show
