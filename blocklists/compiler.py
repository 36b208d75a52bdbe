"""Many lists in many spellings -> one BlockList. Nothing is dropped in silence: every line that is no entry
is counted.

What a line means (docs/formats.md has the table): hosts lines name single hosts; `*.name`, `.name`,
`||name^` and plain names name domains with everything below, unless the caller or a `# reach: host` line in
the list says otherwise; RPZ records and CSV rows say it themselves. A URL is a page: it is rejected, not
widened to its host.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import BinaryIO, Final

from blocklists.entries import BlockList, Reach
from blocklists.folding import Folding
from blocklists.gate import GATE_REASONS, Gate
from blocklists.halves import read_inputs
from blocklists.lines import LINE_REASONS
from blocklists.protect import Protected
from blocklists.reading import Reading
from blocklists.reading import Reject as Reject  # noqa: PLC0414 - a word of this module's
from blocklists.suffixes import Suffixes, load_suffixes

COMPILE_REASONS: Final[dict[str, str]] = LINE_REASONS | GATE_REASONS


@dataclass(frozen=True, slots=True)
class Counts:
    """Where the lines went. A hosts line with two names counts once in `lines` and twice in what follows."""

    lines: int
    blank: int  # empty lines, comments, headers
    accepted: int
    rejected: int
    entries: int  # after duplicates and subsumed names were merged
    by_reason: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Compiled:
    """The list, every rejected line, and the account."""

    blocklist: BlockList
    rejects: tuple[Reject, ...]
    counts: Counts


def compile_lists(
    inputs: Iterable[tuple[str, Iterable[str] | BinaryIO]],
    *,
    reach: Reach = Reach.SUBTREE,
    suffixes: Suffixes | None = None,
    protected: Protected | None = None,
) -> Compiled:
    """The one list of all `inputs`, pairs of a label and lines; each line's syntax is found by itself.

    Lines are texts, or a binary file in UTF-8, which is read ten times as fast. `reach` is what a line means that
    names a domain and says no more. Public suffixes never get in (by `suffixes`, the shipped ones unless given), nor
    does what `protected` refuses.
    """
    folding, gate = Folding(), Gate.of(suffixes or load_suffixes(), protected)
    read = read_inputs(list(inputs), lambda label, names: Reading(label, reach, gate, names), folding)
    blocklist = folding.blocklist()
    rejects = tuple(reject for one in read for reject in one.rejects)
    reasons = dict(Counter(reject.reason for reject in rejects).most_common())
    counts = Counts(
        lines=sum(one.lines for one in read),
        blank=sum(one.blank for one in read),
        accepted=sum(one.accepted for one in read),
        rejected=len(rejects),
        entries=len(blocklist),
        by_reason=reasons,
    )
    return Compiled(blocklist, rejects, counts)
