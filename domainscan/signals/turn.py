"""Turn: a way of saying that tells what a sentence does with its words, and how it is written down.

The other modules named `turns_*`, `refusals_en`, `speakers_en`, `guards_en` and `guards_zh` hold the turns,
`domainscan.signals.turns` tries them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

SENTENCE: Final = 0  # a turn that doubts all of its sentence
INSIDE: Final = -1  # one that doubts the words that it spans
AHEAD: Final = 160  # one that doubts what follows within so many characters, up to a "but"
NEXT: Final = 24  # and one that doubts what follows at once
LIST: Final = 240  # one that doubts a list: what follows within so many characters, up to the next colon
BOUNDARY: Final = r"\b"


@dataclass(frozen=True)
class Turn:
    """A turn of speech: the voice it gives, what it doubts, and the words it has."""

    voice: str
    reach: int
    source: str
    cues: frozenset[str] = frozenset()  # one of which stands in every sentence that takes it

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """Compiled when it is first tried: all of them take 0.1 s, and many programs judge nothing."""
        return re.compile(self.source)


def turn(voice: str, reach: int, *patterns: str) -> Turn:
    return Turn(voice, reach, "|".join(patterns))


def cued(cues: str, one: Turn) -> Turn:
    """A turn that is tried where one of the cues stands."""
    return replace(one, cues=frozenset(cues.split("|")))


def words(voice: str, reach: int, *patterns: str) -> Turn:
    """A turn of a dozen patterns that begin where a word does: looked for once, and each is then told by its letter.

    3.6 µs a sentence, where each looked for a word of its own: 8.7.
    """
    either = "|".join(one.removeprefix(BOUNDARY) for one in patterns)
    return Turn(voice, reach, rf"{BOUNDARY}(?:{either})")
