"""`label --lint`: the fix list of pages, for the people who run them."""

from __future__ import annotations

import os
import sys
import tomllib
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from functools import cache
from importlib.resources import files as resources
from typing import Final, NamedTuple

from rich.cells import cell_len
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
_FRAME: Final = {
    "mainland": "a page for readers in the mainland",
    "elsewhere": "a page not for the mainland, as far as its language shows",
    "nothing": "nothing to check: the page offers no generation and shows no label",
    "unread": "not read",
    "joint": ", ",
}
LANGUAGES: Final = ("en", "zh-CN")
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


def print_lists(found: Sequence[FixList], language: str = "en") -> None:
    """The lists for people, on standard output, in the words of a language."""
    words = _words(language)
    plain = not sys.stdout.isatty() or bool(os.environ.get("NO_COLOR"))
    console = Console(color_system=None if plain else "auto", highlight=False, soft_wrap=False, emoji=False)
    console.width = min(console.width, _WIDTH) if sys.stdout.isatty() else _WIDTH
    for number, one in enumerate(found):
        if number:
            console.print()
        _print_list(console, one, words)


def _print_list(console: Console, found: FixList, words: _Words) -> None:
    console.print(Text(common.visible_line(found.url), style="bold"))
    if found.failure is not None:
        console.print(
            Text(
                common.visible(
                    f"  {words.frame('unread')}: {found.failure.status} {found.failure.detail}".rstrip()
                )
            )
        )
        return
    console.print(Text(f"  {_summary(found, words)}"))
    for item in found.items:
        console.print()
        _print_item(console, item, words)


def _summary(found: FixList, words: _Words) -> str:
    if not found.items:
        return words.frame("nothing")
    counts = [(sum(item.state == state for item in found.items), one) for state, one in _COUNTS]
    whom = words.frame("mainland" if found.mainland else "elsewhere")
    return (
        words.frame("joint").join(f"{count} {words.frame(one)}" for count, one in counts if count)
        + f" · {whom}"
    )


def _print_item(console: Console, item: Item, words: _Words) -> None:
    mark, style = _MARKS[item.state]
    head = Text(f"  {words.frame(mark)}", style=style)
    head.append(" " * max(1, 6 - cell_len(head.plain)))
    head.append(words.said(item.title), style="bold")
    console.print(head)
    rows = [("seen" if at == 0 else "", words.seen(one)) for at, one in enumerate(item.seen)]
    if item.state != OK:
        rows.insert(0, ("required", f"{words.said(item.required)} [{words.said(item.clause)}]"))
    if item.change:
        rows.append(("change" if item.state == FIX else "to do", words.said(item.change)))
    for name, text in rows:
        _print_row(console, words.frame(name), common.visible_line(text))


def _print_row(console: Console, name: str, text: str) -> None:
    """A word in the margin, and a text beside it, wrapped by its width on the screen."""
    for at, line in enumerate(Text(text).wrap(console, console.width - _MARGIN)):
        line.rstrip()
        margin = f"      {name if at == 0 else ''}"
        console.print(Text.assemble((margin + " " * (_MARGIN - cell_len(margin)), "dim"), line))


class _Words(NamedTuple):
    """What a list says, in a language: by its English sentences, which stand where there is no other."""

    frames: Mapping[str, str]
    sentences: Mapping[str, str]
    beginnings: Mapping[str, str]

    def frame(self, word: str) -> str:
        return self.frames.get(word, word)

    def said(self, text: str) -> str:
        """A text of our own, sentence by sentence."""
        for one in sorted(self.sentences, key=len, reverse=True):
            text = text.replace(f"{one} ", self.sentences[one]).replace(one, self.sentences[one])
        return text

    def seen(self, text: str) -> str:
        """What was seen, in how it begins or ends. What is quoted from a page is never touched."""
        known = max((one for one in self.beginnings if text.startswith(one)), key=len, default="")
        text = self.beginnings.get(known, "") + text[len(known) :]
        end = next((one for one in self.beginnings if one.startswith(" ") and text.endswith(one)), "")
        return text.removesuffix(end) + self.beginnings.get(end, "")


@cache
def _words(language: str) -> _Words:
    if language == "en":
        return _Words(_FRAME, {}, {})
    file = resources("domainscan") / "templates" / "lint" / f"{language}.toml"
    words = tomllib.loads(file.read_text("utf-8"))
    return _Words(words["frame"], words["sentence"], words["seen"])
