"""What may not get into a list, asked for one name exactly, and for a million names at once."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from blocklists.backwards import SIGNS, forwards, to_backwards
from blocklists.entries import Reach
from blocklists.names import Name
from blocklists.protect import Protected
from blocklists.suffixes import Suffixes

GATE_REASONS: Final[dict[str, str]] = {
    "public_suffix": "a public suffix, or what lies above one: its names have many owners",
    "protected": "a name that is never listed",
}
_SIGNS: Final = "".join(SIGNS.values())
_MANY: Final = 16  # endings to compare each name with; beyond, looking its tails up is faster


class Gate:
    """Public suffixes never get through, nor what `protected` refuses."""

    __slots__ = ("_above", "_above_lines", "_alone", "_alone_lines", "_protected", "_ranking", "_suffixes")

    def __init__(self, suffixes: Suffixes, protected: Protected | None) -> None:
        self._suffixes, self._protected = suffixes, protected
        # Who is not among the first, and has nothing of the second above, is never refused.
        self._alone = suffixes.delicate | (protected.delicate if protected else frozenset())
        self._above = suffixes.wild | (protected.apexes if protected else frozenset())
        self._ranking = protected.ranking if protected and protected.ranking else None
        lines = to_backwards("\n".join(self._alone)).split("\n")
        self._alone_lines = frozenset(line + sign for line in lines for sign in SIGNS.values())
        self._above_lines = sorted(to_backwards(f".{one}") for one in self._above)

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

    def suspects_among(self, lines: Sequence[str]) -> set[str]:
        """The same of names as lines backwards, which are sorted: what lies below a name stands together there."""
        if self._ranking:
            names = [forwards(line).lstrip(_SIGNS) for line in lines]
            found = self.suspects([Name(name) for name in names])
            return {line for line, name in zip(lines, names, strict=True) if name in found}
        suspects = set(self._alone_lines.intersection(lines))
        start = 0
        for above in self._above_lines:
            start = end = bisect_left(lines, above, start)
            while end < len(lines) and lines[end].startswith(above):
                end += 1
            suspects.update(lines[start:end])
        return suspects


def _lies_below(name: str, above: set[str]) -> bool:
    tail = name.partition(".")[2]
    while tail:
        if tail in above:
            return True
        tail = tail.partition(".")[2]
    return False
