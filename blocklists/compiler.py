"""Many lists in many spellings -> one BlockList. Nothing is dropped in silence: every line that is no entry
is counted.

What a line means (docs/formats.md has the table): hosts lines name single hosts; `*.name`, `.name`,
`||name^` and plain names name domains with everything below, unless the caller or a `# reach: host` line in
the list says otherwise; RPZ records and CSV rows say it themselves. A URL is a page: it is rejected, not
widened to its host.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from blocklists.lines import LINE_REASONS, Found, Refused, read_lines
from blocklists.lists import BlockList, Entry, Reach, block_list
from blocklists.names import Name
from blocklists.protect import Protected
from blocklists.suffixes import Suffixes, load_suffixes

COMPILE_REASONS: Final[dict[str, str]] = LINE_REASONS | {
    "public_suffix": "a public suffix, or what lies above one: its names have many owners",
    "protected": "a name that is never listed",
}


class Reject(NamedTuple):
    """A line, or one word of it, that became no entry. `reason` is a key of COMPILE_REASONS."""

    source: str
    line: int
    text: str
    reason: str
    detail: str = ""


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
    inputs: Iterable[tuple[str, Iterable[str]]],
    *,
    reach: Reach = Reach.SUBTREE,
    suffixes: Suffixes | None = None,
    protected: Protected | None = None,
) -> Compiled:
    """The one list of all `inputs`, pairs of a label and lines; each line's syntax is found by itself.

    `reach` is what a line means that names a domain and says no more. Public suffixes never get in (by
    `suffixes`, the shipped ones unless given), nor does what `protected` refuses.
    """
    compiling = _Compiling(reach, suffixes or load_suffixes(), protected)
    blocklist = block_list(entry for label, lines in inputs for entry in compiling.entries(label, lines))
    reasons = dict(Counter(reject.reason for reject in compiling.rejects).most_common())
    counts = Counts(
        lines=compiling.lines,
        blank=compiling.blank,
        accepted=compiling.accepted,
        rejected=len(compiling.rejects),
        entries=len(blocklist),
        by_reason=reasons,
    )
    return Compiled(blocklist, tuple(compiling.rejects), counts)


@dataclass(slots=True)
class _Compiling:
    """The account of a compilation while it runs."""

    reach: Reach
    suffixes: Suffixes
    protected: Protected | None
    lines: int = 0
    blank: int = 0
    accepted: int = 0
    rejects: list[Reject] = field(default_factory=list)

    def entries(self, label: str, lines: Iterable[str]) -> Iterator[Entry]:
        """The entries of one list."""
        apexes: set[Name] = set()
        below: dict[Name, tuple[int, str]] = {}
        sources = (label,)
        number = 0
        for number, text, found in read_lines(lines):
            if found is None:
                self.blank += 1
                continue
            if isinstance(found, Refused):
                self._reject(label, number, text, *found)
                continue
            if found.below:
                below[found.name] = (number, text)
                continue
            if found.zone:
                apexes.add(found.name)
            yield from self._allowed(found, label, number, text, sources)
        for name, (at, text) in below.items():
            if name in apexes:
                yield from self._allowed(Found(name, Reach.SUBTREE), label, at, text, sources)
            else:
                self._reject(label, at, text, "bare_wildcard")
        self.lines += number

    def _allowed(
        self, found: Found, label: str, number: int, text: str, sources: tuple[str, ...]
    ) -> Iterator[Entry]:
        name, reach = found.name, found.reach or self.reach
        many = reach is Reach.SUBTREE and self.suffixes.has_suffix_below(name)
        if many or self.suffixes.is_suffix(name):
            self._reject(label, number, text, "public_suffix")
            return
        refusals = self.protected.refusals(name, reach) if self.protected else ()
        if refusals:
            self._reject(label, number, text, "protected", f"{refusals[0].guard}: {refusals[0].detail}")
            return
        self.accepted += 1
        yield Entry(name, reach, found.category, found.expires, sources)

    def _reject(self, label: str, number: int, text: str, reason: str, detail: str = "") -> None:
        self.rejects.append(Reject(label, number, text[:200], reason, detail))
