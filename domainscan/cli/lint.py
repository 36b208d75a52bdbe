"""`label --lint`: the fix list of pages, for the people who run them."""

from __future__ import annotations

import os
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Final

from rich.console import Console
from rich.text import Text

from domainscan.assess import judge, pack_in_force
from domainscan.cli import common
from domainscan.lint import CANNOT_TELL, FIX, OK, FixList, Item, fix_list, look
from domainscan.model import Assessment, Failure, History, Observation, Reading
from domainscan.samples import open_tools
from domainscan.signals.context import Context
from domainscan.signals.pages import offers

_MARKS: Final = {FIX: ("FIX", "bold red"), CANNOT_TELL: ("?", "yellow"), OK: ("ok", "green")}
_MARGIN: Final = 15
_WIDTH: Final = 100  # columns at most: longer lines are hard to read
_COUNTS: Final = ((FIX, "to fix"), (CANNOT_TELL, "that cannot be told from here"), (OK, "in order"))


async def fix_lists(
    settings: common.Settings, urls: Sequence[str], samples: int, refusal: Callable[[str], str]
) -> AsyncIterator[FixList]:
    """The fix list of each URL, in order. `refusal` says why media at a URL are not asked for, or ""."""
    pack, suffixes = pack_in_force(settings.config.packs), settings.suffixes()

    def judged(observation: Observation) -> tuple[Assessment, Reading | Failure]:
        context = Context(History(), pack.vocabulary, suffixes)
        return judge(observation, History(), pack, suffixes), offers(observation, context)

    async with open_tools(settings.config.net, settings.now) as tools:
        for one in urls:
            yield fix_list(await look(one, tools, judged, samples, refusal))


def exit_code(found: Sequence[FixList], fail_on: Sequence[str]) -> int:
    """1 when a page or one of its media has a grade to fail on, 3 when a page could not be read."""
    grades = {grade for one in found for grade in (one.grade, *(report.grade for report in one.media))}
    if grades.intersection(fail_on):
        return common.FLAGGED
    return common.PARTLY if any(one.failure for one in found) else common.DONE


def print_lists(found: Sequence[FixList]) -> None:
    """The lists for people, on standard output."""
    plain = not sys.stdout.isatty() or bool(os.environ.get("NO_COLOR"))
    console = Console(color_system=None if plain else "auto", highlight=False, soft_wrap=False, emoji=False)
    console.width = min(console.width, _WIDTH) if sys.stdout.isatty() else _WIDTH
    for number, one in enumerate(found):
        if number:
            console.print()
        _print_list(console, one)


def _print_list(console: Console, found: FixList) -> None:
    console.print(Text(common.visible_line(found.url), style="bold"))
    if found.failure is not None:
        console.print(
            Text(common.visible(f"  not read: {found.failure.status} {found.failure.detail}".rstrip()))
        )
        return
    console.print(Text(f"  {_summary(found)}"))
    for item in found.items:
        console.print()
        _print_item(console, item)


def _summary(found: FixList) -> str:
    if not found.items:
        return "nothing to check: the page offers no generation and shows no label"
    counts = [(sum(item.state == state for item in found.items), words) for state, words in _COUNTS]
    whom = (
        "for readers in the mainland"
        if found.mainland
        else "not for the mainland, as far as its language shows"
    )
    return ", ".join(f"{count} {words}" for count, words in counts if count) + f" · a page {whom}"


def _print_item(console: Console, item: Item) -> None:
    mark, style = _MARKS[item.state]
    head = Text(f"  {mark:<4}", style=style)
    head.append(item.title, style="bold")
    console.print(head)
    rows = [("seen" if at == 0 else "", one) for at, one in enumerate(item.seen)]
    if item.state != OK:
        rows.insert(0, ("required", f"{item.required} [{item.clause}]"))
    if item.change:
        rows.append(("change" if item.state == FIX else "to do", item.change))
    for name, text in rows:
        _print_row(console, name, common.visible_line(text))


def _print_row(console: Console, name: str, text: str) -> None:
    """A word in the margin, and a text beside it, wrapped by its width on the screen."""
    for at, line in enumerate(Text(text).wrap(console, console.width - _MARGIN)):
        line.rstrip()
        console.print(Text.assemble((f"      {name if at == 0 else '':<9}", "dim"), line))
