"""Turns: what the grammar of a sentence says of it, where no list of words can: who refuses, who else is speaking.

Each turn is tried on a sentence that holds words of an offer, never on a whole page, and no part of one but
a word's letters repeats without a limit. Text is folded: lower case, half width, straight apostrophes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

import ahocorasick_rs

from domainscan.signals import guards_en, guards_zh, refusals_en, turns_zh
from domainscan.signals.others_en import OTHERS
from domainscan.signals.refusals_en import REFUSALS
from domainscan.signals.speakers_en import SPEAKERS
from domainscan.signals.turn import INSIDE, LIST, SENTENCE, Turn
from domainscan.signals.turns_filters import FILTERS, FILTERS_ZH
from domainscan.signals.turns_lessons import LESSONS_ZH
from domainscan.signals.turns_likeness import LIKENESS
from domainscan.signals.turns_programs import PROGRAMS
from domainscan.signals.turns_records import RECORDS, RECORDS_ZH
from domainscan.signals.turns_reports import REPORTS, REPORTS_ZH

SENTENCE_LIMIT: Final = 1200  # characters of a sentence that are looked at

ENGLISH: Final[tuple[Turn, ...]] = (
    *REFUSALS,
    *SPEAKERS,
    *OTHERS,
    *guards_en.GUARDS,
    *LIKENESS,
    *REPORTS,
    *RECORDS,
    *PROGRAMS,
    *FILTERS,
)
CHINESE: Final[tuple[Turn, ...]] = (
    *turns_zh.CHINESE,
    *LESSONS_ZH,
    *guards_zh.GUARDS,
    *REPORTS_ZH,
    *RECORDS_ZH,
    *FILTERS_ZH,
)
_TURNS: Final = (*ENGLISH, *CHINESE)
_CUES: Final = sorted(frozenset[str]().union(*(one.cues for one in _TURNS)))
_CUED: Final = ahocorasick_rs.AhoCorasick(_CUES)
_TRIED: Final = tuple(
    [at for at, one in enumerate(_TURNS) if cue in one.cues] for cue in _CUES
)  # for each cue
# The line above a list whose items are refused.
REFUSED_LIST: Final = re.compile(rf"(?:{refusals_en.REFUSED_LIST}|{turns_zh.REFUSED_LIST})$")


class Turned(NamedTuple):
    """A turn that a sentence takes: where its words stand, and from where to where it doubts."""

    voice: str
    start: int
    end: int
    first: int
    last: int


# Where a refusal ends: the page turns to what it does. A Chinese comma has no blank behind it once folded.
_TURNED: Final = re.compile(
    r"\b(?:but|instead|except|unless)\b|, (?:we|i|just|only|so|you)\b|,(?![ 也更或])|[;:]|但|而是|只做|只卖|不过"
)
DEFANGED: Final = re.compile(
    r"[a-z\d.]{0,40} ?[\[({](?:\.|dot)[\])}]|\bh(?:xx|\*\*)ps?\b|[a-z\d.]{1,40}\[:\]"
)
_CONTACT: Final = re.compile(r"^(?:t|wa|telegram|discord|line)\W")


def turns_of(text: str) -> Iterator[Turned]:
    """The turns that a sentence takes, positions in its text; each is tried where one of its cues stands."""
    text = text[:SENTENCE_LIMIT]
    for at in _tried(text):
        turn = _TURNS[at]
        for found in turn.pattern.finditer(text):
            yield Turned(turn.voice, *found.span(), *_doubted(turn, text, *found.span()))


def _tried(text: str) -> list[int]:
    """The numbers of the turns of which a cue stands in a text, in order.

    Cues are looked for at once, 6 µs a sentence: of more than two hundred turns a sentence has the cues of three.
    """
    cues = {cue for cue, _, _ in _CUED.find_matches_as_indexes(text, overlapping=True)}
    return sorted({at for cue in cues for at in _TRIED[cue]})


def _doubted(turn: Turn, text: str, start: int, end: int) -> tuple[int, int]:
    """From where to where the sentence is doubted for a turn at [start, end)."""
    if turn.reach == SENTENCE:
        return 0, SENTENCE_LIMIT * 100
    if turn.reach == INSIDE:
        return start, end
    if turn.reach == LIST:
        colon = text.find(":", end, end + LIST)
        return start, colon if colon >= 0 else end + LIST
    turned = _TURNED.search(text, end, end + turn.reach)
    return start, turned.start() if turned else end + turn.reach


def own_contact(address: str) -> bool:
    """Whether a defanged address is a messenger's, as a seller writes a handle: "t[.]me"."""
    return bool(_CONTACT.match(address))
