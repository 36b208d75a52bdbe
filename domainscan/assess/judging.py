"""Judgements: a pack of rules applied to readings, explained rule by rule.

Severity is the category's constant, confidence comes from evidence; the two are never merged.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Final

from blocklists.suffixes import Suffixes
from domainscan.assess.pack import Pack, Thresholds
from domainscan.assess.rules import Rulebook, Watch, Watches
from domainscan.model import (
    CATEGORIES,
    CONFIDENCES,
    KINDS,
    PAGE,
    SEVERITIES,
    Assessment,
    Failure,
    Fired,
    History,
    Judgement,
    Observation,
    Part,
    Reading,
    Unmeasured,
    content_digest,
)
from domainscan.signals import OF_THE_PAGE, SIGNALS, measure
from domainscan.signals.context import Context
from domainscan.signals.later import measure_first
from domainscan.signals.shown import wall

LEVELS: Final = ("none", "low", "medium", "high")
Readings = Mapping[str, Reading | Failure]
Met = tuple[Watch, Reading, float | str, tuple[str, ...]]  # with the value and the evidence that it met


def judge(
    observation: Observation, history: History, pack: Pack, suffixes: Suffixes, quiet: str = ""
) -> Assessment:
    """Measures an observation and judges it by a pack; pure, so a replay gives the same.

    The same as `assess` of all that `measure` finds; what can only speak against a harm is not read where none is seen.
    `quiet` is the digest of the pack by which this very page of this name has proven nothing before: by the same
    pack it proves nothing now, and its words are read only where something else proves something.
    """
    context = Context(history, pack.vocabulary, suffixes)

    instead = partial(wall, observation, context)
    if quiet == pack.digest and not isinstance(context.page(observation), Failure):
        readings = measure(observation, context, pack.book.of_page)
        if not _met(readings, pack.book.proof):
            return _assessment(readings, [], {}, pack, observation, history, instead)
    readings, left = measure_first(observation, context, pack.book.waiting)

    def rest() -> Readings:
        return {name: SIGNALS[name](observation, context) for name in left}

    return assess(readings, pack, observation=observation, history=history, rest=rest, instead=instead)


def assess(
    readings: Readings,
    pack: Pack,
    *,
    observation: Observation,
    history: History,
    rest: Callable[[], Readings] = dict,
    instead: Callable[[], Failure | None] = lambda: None,
) -> Assessment:
    """What fired, what speaks against it and what is unknown: per category a severity and a confidence.

    `rest` gives further readings, of which none proves anything and none is a Failure; asked where something is proven.
    `instead` says what stood in the page's place; asked unless the page flags the case.
    A case settled by a decision stays settled while its content is the same, and while its page cannot be
    read: could not look is no change of content.
    """
    proof = _met(readings, pack.book.proof)
    fired = _fired(readings, proof, pack.book, rest)
    return _assessment(readings, proof, fired, pack, observation, history, instead)


def _assessment(
    readings: Readings,
    proof: list[Met],
    fired: Mapping[str, list[Fired]],
    pack: Pack,
    observation: Observation,
    history: History,
    instead: Callable[[], Failure | None],
) -> Assessment:
    """What the rules that fired come to."""
    judgements = [
        one
        for category, rules in fired.items()
        if (one := _judgement(category, rules, pack.book.caps, pack.thresholds))
    ]
    judgements.sort(key=lambda one: (-CONFIDENCES[one.confidence], -SEVERITIES[one.severity], one.category))
    context = history.digest()
    content = content_digest(observation)
    there = None if any(map(_seen_on_the_page, judgements)) else instead()
    unknown = [*_unknown(readings), *([Unmeasured(PAGE, there.status, there.detail)] if there else ())]
    identity = hashlib.sha256(f"{observation.id}\n{pack.digest}\n{context}".encode()).hexdigest()
    return Assessment(
        id="a" + identity[:20],
        observation=observation.id,
        name=observation.name,
        at=observation.at,
        pack=pack.name,
        pack_digest=pack.digest,
        context_digest=context,
        judgements=tuple(judgements),
        unknown=tuple(unknown),
        content=content,
        settled=bool(history.settled)
        and (history.settled == content or bool(there) or isinstance(observation.page, Failure)),
        compromised=any(watch.rule.compromised for watch, *_ in proof),
        quiet=not any(watch.rule.signal in OF_THE_PAGE for watch, *_ in proof),
    )


def _seen_on_the_page(judgement: Judgement) -> bool:
    """Whether the page, with what else there is, flags the case: then it was a page, whatever stands on it."""
    return "page" in judgement.kinds and CONFIDENCES[judgement.confidence] >= CONFIDENCES["medium"]


def _fired(
    readings: Readings, proof: list[Met], book: Rulebook, rest: Callable[[], Readings]
) -> dict[str, list[Fired]]:
    """The rules that fire, in the order of the pack, for each category that something proves."""
    proven = {category for one in proof if one[0].rule.points > 0 for category in one[0].rule.category}
    if not proven:
        return {}
    met = sorted((*proof, *_met({**readings, **rest()}, book.counter)), key=_place_of)
    fired: dict[str, list[Fired]] = {category: [] for category in proven}
    for watch, reading, value, evidence in met:
        rule = watch.rule
        if proven.isdisjoint(rule.category):
            continue
        one = Fired(
            rule.id, rule.signal, rule.kind, rule.points, value, reading.unit, evidence, rule.reason, rule.harm
        )  # fmt: skip
        for category in rule.category:
            if category in proven:
                fired[category].append(one)
    return fired


def _place_of(met: Met) -> int:
    return met[0].place


def _met(readings: Readings, book: Mapping[str, Watches]) -> list[Met]:
    """What meets the rules of a book."""
    found: list[Met] = []
    for signal, watches in book.items():
        reading = readings.get(signal)
        if reading is None or isinstance(reading, Failure):
            continue
        value = reading.value
        if isinstance(value, str):
            found += [
                (one, reading, value, reading.evidence) for one in watches.whole if value == one.rule.equals
            ]
        else:
            found += [
                (one, reading, value, reading.evidence)
                for one in (watches.whole if value else watches.whole_at_zero)
                if one.low <= value <= one.high and -math.inf < value < math.inf
            ]
        for part in reading.parts if watches.parts else ():
            if part.value and part.name in watches.parts and -math.inf < part.value < math.inf:
                found += [
                    (one, reading, part.value, part.evidence)
                    for one in watches.parts[part.name]
                    if one.low <= part.value <= one.high
                ]
        if watches.at_zero:
            found += _met_at_zero(reading, watches)
    return found


def _met_at_zero(reading: Reading, watches: Watches) -> Iterable[Met]:
    """What parts that are zero meet; one that the reading does not mention is zero."""
    measured = {part.name: part for part in reversed(reading.parts)}
    for name, waiting in watches.at_zero.items():
        part = measured.get(name, Part(name, 0.0))
        if not part.value:
            for one in waiting:
                yield one, reading, part.value, part.evidence


def _judgement(
    category: str, fired: Iterable[Fired], caps: Mapping[str, str], limits: Thresholds
) -> Judgement | None:
    """One category: points become a confidence; no rule lifts it above its cap, high wants two kinds.

    None for the confidence none, which most categories have.
    """
    fired = tuple(fired)
    proof = tuple(one for one in fired if one.points > 0)
    points = round(sum(one.points for one in fired), 3)
    level = sum(points >= limit for limit in (limits.low, limits.medium, limits.high))
    level = min(level, max((CONFIDENCES[caps[one.rule]] for one in proof), default=0))
    if level == 0:
        return None
    kinds = tuple(kind for kind in KINDS if any(one.kind == kind for one in proof))
    if level == 3 and (len(kinds) < 2 or not any(one.harm and one.kind == "page" for one in proof)):
        level = 2
    counter = tuple(one for one in fired if one.points <= 0)
    return Judgement(category, CATEGORIES[category][1], LEVELS[level], points, kinds, proof, counter)


def _unknown(readings: Readings) -> Iterable[Unmeasured]:
    for name, reading in readings.items():
        if isinstance(reading, Failure):
            yield Unmeasured(name, reading.status, reading.detail)
        elif reading.value and not isinstance(reading.value, str) and not math.isfinite(reading.value):
            yield Unmeasured(name, "malformed", f"the reading is {reading.value}")
