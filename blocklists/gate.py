"""What may not get into a list, asked for one name exactly, and for a million names at once."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from blocklists.entries import Reach
from blocklists.names import Name
from blocklists.protect import Protected
from blocklists.suffixes import Suffixes

GATE_REASONS: Final[dict[str, str]] = {
    "public_suffix": "a public suffix, or what lies above one: its names have many owners",
    "protected": "a name that is never listed",
}
_MANY: Final = 16  # endings to compare each name with; beyond, looking its tails up is faster


class Gate:
    """Public suffixes never get through, nor what `protected` refuses."""

    __slots__ = ("_above", "_alone", "_protected", "_ranking", "_suffixes")

    def __init__(self, suffixes: Suffixes, protected: Protected | None) -> None:
        self._suffixes, self._protected = suffixes, protected
        # Who is not among the first, and has nothing of the second above, is never refused.
        self._alone = suffixes.delicate | (protected.delicate if protected else frozenset())
        self._above = suffixes.wild | (protected.apexes if protected else frozenset())
        self._ranking = protected.ranking if protected and protected.ranking else None

    @classmethod
    @lru_cache(maxsize=4)
    def of(cls, suffixes: Suffixes, protected: Protected | None) -> Gate:
        """The gate of these two; made once, as it takes longer than a short list."""
        return cls(suffixes, protected)

    def refusal(self, name: Name, reach: Reach) -> tuple[str, str] | None:
        """The reason, a key of GATE_REASONS, and the facts; None for a name that may be listed."""
        many = reach is Reach.SUBTREE and self._suffixes.has_suffix_below(name)
        if many or self._suffixes.is_suffix(name):
            return "public_suffix", ""
        refusals = self._protected.refusals(name, reach) if self._protected else ()
        return ("protected", f"{refusals[0].guard}: {refusals[0].detail}") if refusals else None

    def suspects(self, names: Sequence[Name]) -> set[str]:
        """All that `refusal` refuses, and few others; 0.2 us a name."""
        found: set[str] = set(self._alone.intersection(names))
        ranking = self._ranking  # not part of the sets: a million names each are not copied
        if ranking:
            found |= ranking.among(names) | ranking.above_among(names)
        above: set[str] = set()
        tails = {name.partition(".")[2] for name in names}
        while tails:
            above |= self._above & tails
            if ranking:
                above |= ranking.among(tails)
            tails = {tail.partition(".")[2] for tail in tails if "." in tail}
        if len(above) > _MANY:
            found.update(name for name in names if _lies_below(name, above))
        elif above:
            ends = tuple(f".{one}" for one in above)
            found.update(name for name in names if name.endswith(ends))
        return found


def _lies_below(name: str, above: set[str]) -> bool:
    tail = name.partition(".")[2]
    while tail:
        if tail in above:
            return True
        tail = tail.partition(".")[2]
    return False
