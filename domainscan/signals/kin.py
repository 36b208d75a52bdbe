"""Kin: what a site shares with cases that people decided against, each kind of feature weighed apart."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from domainscan.model import Failure, Observation, Part, Reading
from domainscan.signals.context import Context

# Two features of one group are one fact: a copied text brings its elements along.
SORTS: Final[dict[str, tuple[str, float]]] = {
    # kind: (group, what sharing it is worth)
    "number": ("number", 1.0),
    "analytics": ("account", 1.0),
    "contact": ("contact", 1.0),
    "token": ("token", 1.0),
    "certificate": ("certificate", 1.0),
    "san": ("certificate", 1.0),
    "text": ("template", 1.0),  # of stores older than `text64`
    "text64": ("template", 1.0),
    "shape64": ("template", 0.5),  # the same kit, perhaps in other hands
    "favicon": ("favicon", 0.5),
    "script": ("script", 0.4),
}
ONE: Final = 1.0  # a fact that supports what something else has raised
STRONG: Final = 1.5  # two independent ones, one of them full: the three weak kinds together stay below
NO_KIN: Final = Reading(0.0, "weight")


def kind_of(feature: str) -> str:
    """`shape64` of `shape64~2:0123...`."""
    return feature.partition(":")[0].partition("~")[0]


def weight_of(features: Iterable[str]) -> float:
    """What shared features are worth together: of each group the best, added up."""
    best: dict[str, float] = {}
    for feature in features:
        group, weight = SORTS.get(kind_of(feature), ("", 0.0))
        best[group] = max(weight, best.get(group, 0.0))
    return round(sum(best.values()), 3)


def decided_kin(observation: Observation, context: Context) -> Reading | Failure:
    """The weight of what the site shares with the one decided case it shares most with.

    Parts: the same per category of the decisions. What the pack calls public (default icons, ids of examples) is no
    feature of anybody's.
    """
    kin = [one for one in context.history.kin if one.feature not in context.vocabulary.public]
    if not kin:
        return NO_KIN
    shared: dict[tuple[str, str], list[str]] = {}
    for one in kin:
        shared.setdefault((one.name, one.category), []).append(one.feature)
    ranked = sorted(
        ((weight_of(features), name, category, features) for (name, category), features in shared.items()),
        key=lambda one: (-one[0], one[1]),
    )
    best: dict[str, Part] = {}
    for weight, name, category, features in ranked:
        best.setdefault(category, Part(category, weight, (told(name, category, features),)))
    evidence = tuple(told(name, category, features) for _, name, category, features in ranked[:4])
    parts = tuple(part for category, part in sorted(best.items()) if category)
    return Reading(ranked[0][0], "weight", evidence, parts)


def told(name: str, category: str, features: Iterable[str]) -> str:
    """One decided case and what is shared with it, for people."""
    return f"{name}{f' ({category})' if category else ''}: {', '.join(features)}"
