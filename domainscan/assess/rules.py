"""Rules, and the book that a judgement looks them up in: by the signal they read, what proves before the rest."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import NamedTuple

from domainscan.model import Record
from domainscan.signals import OF_THE_PAGE
from domainscan.signals.later import LATER, Gate


class Rule(Record, frozen=True, forbid_unknown_fields=True):
    """What a reading is worth for categories of harm. Ids are permanent and never change meaning."""

    id: str
    category: tuple[str, ...]
    signal: str
    points: float
    kind: str
    reason: str
    source: str
    part: str = ""
    at_least: float | None = None
    at_most: float | None = None
    equals: float | str | None = None
    harm: bool = False  # the harm itself is seen on the page
    cap: str = "high"  # the most confidence this rule can carry without a stronger one beside it
    compromised: bool = False  # the site is an ordinary one that somebody broke into


class Watch(NamedTuple):
    """A rule that waits for a finite number between two bounds, or for a text; `place` is its place in the pack."""

    place: int
    low: float
    high: float
    rule: Rule


class Watches:
    """The rules that read one signal, as a judgement looks for them: most readings are zero, and few wait for it."""

    __slots__ = ("at_zero", "parts", "whole", "whole_at_zero")

    def __init__(self) -> None:
        self.whole: list[Watch] = []
        self.whole_at_zero: list[Watch] = []
        self.parts: dict[str, list[Watch]] = {}  # by part
        self.at_zero: dict[str, list[Watch]] = {}  # those that fire on zero, by part

    def add(self, watch: Watch) -> None:
        part, zero = watch.rule.part, watch.low <= 0.0 <= watch.high
        if part:
            self.parts.setdefault(part, []).append(watch)
            if zero:
                self.at_zero.setdefault(part, []).append(watch)
        else:
            self.whole.append(watch)
            if zero:
                self.whole_at_zero.append(watch)


class Rulebook:
    """Rules by the signal they read.

    A category without proof is not judged, so what speaks against one is looked at where something was proven: a
    dozen rules wait for "offers nothing", which nearly every page does.
    """

    def __init__(self, rules: Iterable[Rule]) -> None:
        rules = tuple(rules)
        self.caps = {rule.id: rule.cap for rule in rules}
        self.proof: dict[str, Watches] = {}
        self.counter: dict[str, Watches] = {}
        for place, rule in enumerate(rules):
            # What lifts nothing by itself waits for what does.
            proves = rule.points > 0 and rule.cap != "none"
            book = self.proof if proves or rule.compromised else self.counter
            book.setdefault(rule.signal, Watches()).add(Watch(place, *_bounds(rule), rule))
        self.waiting = {name: gates for name in LATER if (gates := self._gates(name)) is not None}
        # What need not be read where the page is known to prove nothing; `parked` looks at its words as well.
        self.of_page = OF_THE_PAGE | ({"parked"} - self.proof.keys())

    def _gates(self, name: str) -> tuple[Gate, ...] | None:
        """What may open before a signal that can wait; None when a rule takes proof from more than has a gate."""
        watches, gates = self.proof.get(name), LATER[name]
        if watches is None:
            return ()
        read = (*watches.parts, "") if watches.whole else tuple(watches.parts)
        if watches.whole_at_zero or watches.at_zero or not gates.keys() >= set(read):
            return None
        return tuple(gates[part] for part in read)


def _bounds(rule: Rule) -> tuple[float, float]:
    """The least and the greatest number that a rule fires on; nothing lies between those of a rule for a text."""
    if isinstance(rule.equals, str):
        return math.inf, -math.inf
    low = [one for one in (rule.at_least, rule.equals) if one is not None]
    high = [one for one in (rule.at_most, rule.equals) if one is not None]
    return max(low, default=-math.inf), min(high, default=math.inf)
