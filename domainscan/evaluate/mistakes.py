"""Rows that were judged wrongly, each with the rules that caused it, or with those that fell short."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import msgspec

from domainscan.assess import Pack
from domainscan.evaluate.dataset import Row
from domainscan.model import CONFIDENCES, Assessment, Fired, Judgement, Observation, Record

Judge = Callable[[Observation], Assessment]

_RULES: Final = 8  # of one row; the strongest say why
_WORDS: Final = 60  # of one piece of evidence
_EVERYTHING: Final = -1e9  # points that every sum reaches


class Because(Record, frozen=True):
    """A rule that spoke on a row, for or against."""

    rule: str
    category: str
    points: float
    evidence: tuple[str, ...] = ()


class Mistake(Record, frozen=True):
    """A negative row that was flagged, a positive one that was not, or a grey one at confidence high."""

    line: int
    name: str
    url: str
    label: str
    category: str  # in the set's own words
    registrable: str
    source: str
    flagged: tuple[str, ...]  # categories at medium or high; none for a miss
    confidence: str  # the surest category's
    points: float  # of the category that came nearest to it
    needed: float  # points for medium
    rules: tuple[Because, ...]  # for a miss: the strongest ones, which fell short


def explaining(pack: Pack) -> Pack:
    """The pack as one to ask why a row was missed: it tells of every category that any rule speaks of."""
    limits = msgspec.structs.replace(pack.thresholds, low=_EVERYTHING)
    return msgspec.structs.replace(pack, thresholds=limits)


def mistake(row: Row, answer: Assessment, explain: Judge, meant: Sequence[str], needed: float) -> Mistake:
    """Why a row got the answer it got. `meant` are the categories that would have been right for a miss."""
    flagged = tuple(one.category for one in answer.judgements if CONFIDENCES[one.confidence] >= 2)
    told = answer.judgements if flagged else explain(row.observation).judgements
    named = [one for one in told if one.category in (flagged or meant)] or list(told)
    named.sort(key=lambda one: -one.points)
    seen = row.observation
    return Mistake(
        row.line,
        seen.name,
        seen.url,
        row.label,
        row.category,
        row.registrable,
        row.source,
        flagged,
        max((one.confidence for one in answer.judgements), key=CONFIDENCES.__getitem__, default="none"),
        named[0].points if named else 0.0,
        needed,
        tuple(_because(named)),
    )


def _because(judgements: Sequence[Judgement]) -> list[Because]:
    """The rules of these categories, the weightiest first; one that speaks for several is told once."""
    found: dict[str, Because] = {}
    for one in judgements:
        for fired in (*one.fired, *one.counter):
            found.setdefault(fired.rule, _told(one.category, fired))
    return sorted(found.values(), key=lambda one: -abs(one.points))[:_RULES]


def _told(category: str, fired: Fired) -> Because:
    return Because(fired.rule, category, fired.points, tuple(one[:_WORDS] for one in fired.evidence[:2]))
