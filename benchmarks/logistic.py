"""A logistic curve over terms of labelled texts, drawn towards zero: it fits the tables of wording and of letters."""

from __future__ import annotations

import math
import operator
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Final

from domainscan.signals.weights import Wording

STEPS: Final = 250


def descend(
    there: Sequence[Collection[str]],
    risky: Sequence[bool],
    heavy: Sequence[float],
    pull: Callable[[float], float],
    *,
    part: Callable[[int], float] = lambda _: 1.0,
    steps: int = STEPS,
) -> tuple[float, dict[str, float]]:
    """Base and weights of the least loss, by steps down its slope with momentum (Nesterov).

    `there` holds the terms of each text, `heavy` how much it counts; all risky texts together count as much as all
    honest ones. `part` says what part of its weight a term of a text counts, by how many terms the text has. A term
    seen more often in risky texts never speaks against harm, nor the other way round: it would take back what
    another term says too much. `pull`: how strongly a term is drawn towards zero, by the share of texts that have it.
    """
    weighed = sum(one for one, bad in zip(heavy, risky, strict=True) if bad)
    even = (sum(heavy) - weighed) / weighed
    heavy = [one * (even if bad else 1.0) for one, bad in zip(heavy, risky, strict=True)]
    number = {term: at for at, term in enumerate(sorted(frozenset().union(*there)))}
    texts = [[number[term] for term in sorted(terms)] for terms in there]
    parts = [part(len(terms)) for terms in texts]
    rows = list(zip(texts, heavy, risky, parts, strict=True))
    worth, last = [0.0] * (len(number) + 1), [0.0] * (len(number) + 1)  # the last one is the base
    pulls = [pull(count / len(texts)) for count in _counts(rows, len(number))]
    side, rate = _sides(rows, len(number)), _rates(rows, pulls)
    for step in range(steps):
        ahead = step / (step + 3)
        seen = [now + ahead * (now - before) for now, before in zip(worth, last, strict=True)]
        slope = [*map(operator.mul, pulls, seen), 0.0]
        for terms, weight, bad, share in rows:
            odds = seen[-1] + share * sum([seen[at] for at in terms])
            wrong = weight * (1 / (1 + math.exp(-max(-30.0, min(30.0, odds)))) - bad)
            slope[-1] += wrong
            wrong *= share
            for at in terms:
                slope[at] += wrong
        moved = [one - fast * down for one, fast, down in zip(seen, rate, slope, strict=True)]
        last, worth = (
            worth,
            [*(max(0.0, one * on) * on for one, on in zip(moved, side, strict=False)), moved[-1]],
        )
    return worth[-1], {term: worth[at] for term, at in number.items()}


# The numbers of a text's terms, how much it counts, whether it is risky, and what part of a weight its terms count.
Row = tuple[list[int], float, bool, float]


def _sides(rows: Sequence[Row], size: int) -> list[float]:
    """1 for each term that stands in more risky texts than honest ones, by weight; else -1."""
    more = [0.0] * size
    for terms, weight, bad, _ in rows:
        for at in terms:
            more[at] += weight if bad else -weight
    return [1.0 if one > 0 else -1.0 for one in more]


def _counts(rows: Sequence[Row], size: int) -> list[int]:
    """In how many texts each term stands."""
    counts = [0] * size
    for terms, *_ in rows:
        for at in terms:
            counts[at] += 1
    return counts


def _rates(rows: Sequence[Row], pulls: Sequence[float]) -> list[float]:
    """The longest step for each term that is sure not to overshoot: rare terms may take longer ones."""
    size = len(pulls)
    curved = [*pulls, 0.0]
    for terms, weight, _, share in rows:
        bend = weight * (share * len(terms) + 1) / 4
        curved[size] += bend
        for at in terms:
            curved[at] += share * bend
    return [1 / one for one in curved]


def table_of(
    base: float,
    worth: Mapping[str, float],
    categories: Sequence[str],
    there: Sequence[Collection[str]],
    least: float,
    digits: int,
) -> Wording:
    """Rounded weights of `least` and more; a term that speaks for harm stands where it is used most, by share.

    `categories` holds that of each risky text, "" for an honest one; `there` its terms.
    """
    size = Counter(one for one in categories if one)
    used: dict[str, Counter[str]] = defaultdict(Counter)
    for category, terms in zip(categories, there, strict=True):
        for term in terms if category else ():
            used[term][category] += 1
    speaks: dict[str, dict[str, float]] = defaultdict(dict)
    against = {}
    for term, weight in sorted(worth.items(), key=lambda one: (-abs(round(one[1], digits)), one[0])):
        if weight >= least and used[term]:
            category = max(used[term], key=lambda one: ((used[term][one] - 0.5) / (size[one] + 3), one))
            speaks[category][term] = round(weight, digits)
        elif weight <= -least:
            against[term] = round(weight, digits)
    return Wording(round(base, 2), "", dict(sorted(speaks.items())), against)
