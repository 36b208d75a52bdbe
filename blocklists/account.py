"""Where the lines of lists went: how many became names, and which did not, by reason and by list."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Final, NamedTuple

from blocklists.gate import GATE_REASONS
from blocklists.lines import LINE_REASONS
from blocklists.reading import Part, Reject

COMPILE_REASONS: Final[dict[str, str]] = LINE_REASONS | GATE_REASONS
_FEW: Final = 10  # rejects that say nothing about a list yet


class Source(NamedTuple):
    """How many names and how many rejects one input gave."""

    label: str
    accepted: int
    rejected: int

    @property
    def is_doubtful(self) -> bool:
        """Whether it looks like something else than a list: a page, a program, a table of other things."""
        return self.rejected > (max(self.accepted, _FEW) if self.accepted else 0)


class Account(NamedTuple):
    """The lines of some lists. A hosts line with two names counts once in `lines` and twice in what follows."""

    lines: int
    blank: int  # empty lines, comments, headers
    accepted: int
    rejects: tuple[Reject, ...]
    sources: tuple[Source, ...]

    def by_reason(self) -> dict[str, int]:
        """How many rejects each reason of COMPILE_REASONS has, the most frequent first."""
        return dict(Counter(reject.reason for reject in self.rejects).most_common())


def account(read: Iterable[tuple[str, Part]]) -> Account:
    """The account of all lists that were read: of each its label and its part."""
    known = list(read)
    return Account(
        lines=sum(part.lines for _, part in known),
        blank=sum(part.blank for _, part in known),
        accepted=sum(part.accepted for _, part in known),
        rejects=tuple(reject for _, part in known for reject in part.rejects),
        sources=tuple(Source(label, part.accepted, len(part.rejects)) for label, part in known),
    )
