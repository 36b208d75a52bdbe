"""The tips on one name, as `show` tells them: who says what, and no word of how to reach them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, Final

from msgspec.structs import asdict

from domainscan.cli import common
from domainscan.model import Name
from domainscan.store import Store
from domainscan.store.reports import Report, load_reports

SHOWN: Final = 5  # texts on a terminal; --json has all
CHARACTERS: Final = 400  # of each


def tips_shown(store: Store, name: Name, moment: str) -> list[Report]:
    """The tips on a name that nobody closed, newest first; with a moment, those that had come by then."""
    tips = (one for one in load_reports(store, name=name) if one.state != "closed")
    return [one for one in tips if not moment or one.at <= moment]


def as_json(tips: Iterable[Report]) -> list[dict[str, Any]]:
    """Tips without how to reach who reports, as a case is handed on; nor whether one waits, which is of today."""
    return [
        {key: value for key, value in asdict(one).items() if key not in ("contact", "state")} for one in tips
    ]


def print_tips(tips: Sequence[Report]) -> None:
    """How many tips and whose, then the newest texts: a thousand who say the same are one line."""
    if not tips:
        return
    since = f", the first {tips[-1].at}" if len(tips) > 1 else ""
    sources = _told(one.source for one in tips)
    categories = _told(one.category for one in tips if one.category)
    named = f"; named: {categories}" if categories else ""
    print()
    common.say(f"reported {common.counted(len(tips), 'time')}{since}: by {sources}{named}")
    texts = Counter(one.text for one in tips)
    for text, count in list(texts.items())[:SHOWN]:
        newest = next(one for one in tips if one.text == text)
        times = f" ({count:,} times)" if count > 1 else ""
        common.say(f"  {newest.at} {newest.source}{times}: {_cut(text)}", 4)
    if len(texts) > SHOWN:
        common.say(f"  and {len(texts) - SHOWN:,} other texts: domainscan report list {tips[0].name}")


def _cut(text: str) -> str:
    return text if len(text) <= CHARACTERS else f"{text[:CHARACTERS]}…"


def _told(words: Iterable[str]) -> str:
    return ", ".join(f"{word} {count:,}" for word, count in Counter(words).most_common(SHOWN))
