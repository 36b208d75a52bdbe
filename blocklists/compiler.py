"""Many lists in many spellings -> one BlockList. Nothing is dropped in silence: every line that is no entry
is counted.

What a line means (docs/formats.md has the table): hosts lines name single hosts; `*.name`, `.name`,
`||name^` and plain names name domains with everything below, unless the caller or a `# reach: host` line in
the list says otherwise; RPZ records and CSV rows say it themselves. A URL is a page: it is rejected, not
widened to its host.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

from blocklists.account import COMPILE_REASONS as COMPILE_REASONS  # noqa: PLC0414 - a word of this module's
from blocklists.account import Account, Source, account
from blocklists.asked import Asked
from blocklists.budget import Tier, within
from blocklists.entries import BlockList, Reach, Terms
from blocklists.folding import Excluded, Folding
from blocklists.gate import Gate
from blocklists.halves import Input, read_inputs
from blocklists.lines import State
from blocklists.protect import Protected
from blocklists.reading import Reading
from blocklists.reading import Reject as Reject  # noqa: PLC0414 - a word of this module's
from blocklists.suffixes import Suffixes, load_suffixes

DROP_REASONS: Final[dict[str, str]] = {
    "allowed": "on an allow list",
    "narrowed": "an allow list has a name that it reaches: it is listed as a single host",
    "over_budget": "more entries than the budget has room for",
}


@dataclass(frozen=True, slots=True)
class Counts:
    """Where the lines went. A hosts line with two names counts once in `lines` and twice in what follows."""

    lines: int
    blank: int  # empty lines, comments, headers
    accepted: int
    rejected: int
    entries: (
        int  # after duplicates and subsumed names were merged, and what the budget has no room for was cut
    )
    by_reason: Mapping[str, int]


class Dropped(NamedTuple):
    """A name that lines asked for and that is not listed so; `reason` is a key of DROP_REASONS."""

    name: str
    terms: Terms
    reason: str


@dataclass(frozen=True, slots=True)
class Compiled:
    """The list, every rejected line, and the account.

    `dropped` counts, by reason, what `drops` tells name by name. `tiers` is empty without a budget.
    """

    blocklist: BlockList
    rejects: tuple[Reject, ...]
    counts: Counts
    excluded: Excluded
    cut: BlockList
    tiers: tuple[Tier, ...]
    sources: tuple[Source, ...] = ()
    allowing: tuple[Source, ...] = ()  # the allow lists

    def dropped(self) -> dict[str, int]:
        """How many names each reason of DROP_REASONS took away."""
        numbers = (len(self.excluded.names), len(self.excluded.narrowed), len(self.cut))
        return {reason: number for reason, number in zip(DROP_REASONS, numbers, strict=True) if number}

    def drops(self) -> Iterator[Dropped]:
        """The names that are not listed as lines asked."""
        for name in sorted(self.excluded.names):
            yield Dropped(name, self.excluded.names[name], "allowed")
        for name in sorted(self.excluded.narrowed):
            yield Dropped(name, self.excluded.narrowed[name], "narrowed")
        for name, code in zip(self.cut.names, self.cut.codes, strict=True):
            yield Dropped(name, self.cut.terms[code], "over_budget")


def compile_lists(
    inputs: Iterable[Input],
    *,
    allow: Iterable[Input] = (),
    budget: int | None = None,
    reach: Reach = Reach.SUBTREE,
    suffixes: Suffixes | None = None,
    protected: Protected | None = None,
    now: str = "",
) -> Compiled:
    """The one list of all `inputs`, pairs of a label and lines; each line's syntax is found by itself.

    Lines are texts, or a binary file in UTF-8, which is read ten times as fast. `reach` is what a line means that
    names a domain and says no more. Public suffixes never get in (by `suffixes`, the shipped ones unless given), nor
    does what `protected` refuses, nor what the lists in `allow` name, which may be exceptions (`@@||name^`) and RPZ
    records with `rpz-passthru.` too. At most `budget` entries are left. What is past its expiry at `now` (a time as
    2026-11-23T14:00:00Z) is rejected; without it nothing is.
    """
    suffixes = suffixes or load_suffixes()
    allow = list(allow)
    asked, gate = Asked(sorts=not allow), Gate.of(suffixes, protected)
    read = read_inputs(list(inputs), lambda label, names: Reading(label, reach, gate, names, now=now), asked)
    told = account((one.label, one.part()) for one in read)
    excluded, taken = Excluded({}, {}), account(())
    if allow:
        folding = asked.folding()
        excluded, taken = _exclude(folding, allow, reach, Gate.of(suffixes, None))
        blocklist = folding.blocklist()
    else:
        blocklist = asked.blocklist()
    kept, cut, tiers = (blocklist, BlockList(), ()) if budget is None else within(blocklist, budget)
    rejects, counts = (*told.rejects, *taken.rejects), _counts(told, len(kept))
    return Compiled(kept, rejects, counts, excluded, cut, tiers, told.sources, taken.sources)


def _exclude(folding: Folding, allow: list[Input], reach: Reach, gate: Gate) -> tuple[Excluded, Account]:
    """Takes what `allow` names out of `folding`; and where the lines of the allow lists went."""
    allowed = Asked()

    def make(label: str, names: Asked) -> Reading:
        return Reading(label, reach, gate, names, State(allows=True))

    read = read_inputs(allow, make, allowed)
    excluded = folding.exclude(allowed.blocklist())
    return excluded, account((one.label, one.part()) for one in read)


def _counts(told: Account, entries: int) -> Counts:
    rejected = len(told.rejects)
    return Counts(told.lines, told.blank, told.accepted, rejected, entries, told.by_reason())
