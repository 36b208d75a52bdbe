"""Words of a page: what it says of every lexicon group, and where."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Collection, Iterable, Iterator
from functools import cached_property
from itertools import islice
from typing import Final

from domainscan.read.near import Window, matches_in, windows_before
from domainscan.signals.hits import Hit, hit_of
from domainscan.signals.lexicon import Lexicon, Places, in_order
from domainscan.signals.lines import Lines
from domainscan.signals.near import matches_at, matches_behind
from domainscan.signals.patterns import CUES, PATTERNS

PATTERN_HITS_LIMIT: Final = 400
# A term that is the end of one word and the beginning of the next: "音色 情绪", "角色情感".
_SEAM: Final = re.compile("(?<=[音角特景物颜本货脸喜肤彩声起润])色情(?=[绪感侣节境况形怀景调])")


class Words(Lines):
    """The lines of one page with the hits of every lexicon group in them, in order.

    Hits are made when they are first asked for: most groups of most pages never are.
    """

    def __init__(self, lines: Iterable[tuple[str, str]], lexicon: Lexicon) -> None:
        super().__init__(lines)
        self._lexicon = lexicon
        self._found = lexicon.find(self.text)
        self._hits: dict[str, list[Hit]] = {}
        self._lists: dict[tuple[str, ...], list[list[Hit]]] = {}  # of several groups, those that have hits
        self._cued = frozenset(lexicon.cued(self._found))  # the groups whose pattern may find something
        self._present = lexicon.groups_of(self._found)  # the groups that have hits
        self._open = set(
            self._cued - self._present
        )  # those that may have some: nobody has tried the pattern yet
        self._windows: dict[str, list[Window]] = {}  # per cue

    def has_cue(self, name: str) -> bool:
        """Whether one of the words of `CUES[name]` stands in the text."""
        return self._lexicon.cues[name] in self._found

    def matches(self, pattern: re.Pattern[str], cue: str) -> Iterator[Hit]:
        """What `pattern.finditer` finds in the text, in order; the pattern is tried near its cues only."""
        if CUES[cue].reach == 0:
            return matches_at(pattern, self.text, self._lexicon.places(cue, self._found))
        if CUES[cue].number:
            return matches_behind(pattern, self.text, CUES[cue], self._lexicon.places(cue, self._found))
        windows = self._windows.get(cue)
        if windows is None:
            windows = self._windows[cue] = self._windows_of(cue)
        found = matches_in(pattern, self.text, windows) if windows else ()
        return (hit_of(one.span()) for one in found)

    def _windows_of(self, name: str) -> list[Window]:
        """Where the matches of a pattern may begin."""
        cues = CUES[name]
        places = self._lexicon.places(name, self._found)
        if cues.reach is not None:
            return list(windows_before(places, cues.reach, cues.tail))
        lines = [(self.line(at), at) for at in places]
        return [Window(self.starts[line], at, self.line_end(line)) for line, at in lines]

    @property
    def present(self) -> set[str]:
        """The groups that have hits, after every pattern was tried: prices are tried in vain on most pages."""
        return self.among(self._open) if self._open else self._present

    def has(self, group: str) -> bool:
        """Whether a group has hits; no pattern but its own is tried."""
        if group in self._open:
            self.of(group)
        return group in self._present

    @property
    def cued(self) -> frozenset[str]:
        """The groups whose pattern may find something."""
        return self._cued

    @property
    def maybe(self) -> set[str]:
        """The groups that have hits, and those whose patterns nobody has tried yet."""
        return self._present | self._open if self._open else self._present

    def among(self, groups: Collection[str]) -> set[str]:
        """The groups that have hits, where only `groups` matter: no other pattern is tried for them."""
        for group in self._open.intersection(groups) if self._open else ():
            self.of(group)
        return self._present

    def worded(self, limit: int) -> set[str]:
        """The groups of which a term stands in the first `limit` characters; no pattern is tried."""
        first = {kind: places for kind, places in self._found.items() if places[0][1] < limit}
        return self._lexicon.groups_of(first)

    def begun(self, groups: Collection[str], limit: int) -> set[str]:
        """Those of `groups` that have a hit in the first `limit` characters."""
        tried = [(group, self.of(group)) for group in self._cued.intersection(groups)]
        return self.worded(limit).intersection(groups) | {
            group for group, hits in tried if hits and hits[0].start < limit
        }

    @property
    def hits(self) -> dict[str, list[Hit]]:
        """The hits of every group that has some."""
        return {group: self.of(group) for group in sorted(self.present)}

    def of(self, group: str) -> list[Hit]:
        """The hits of a group, by position."""
        hits = self._hits.get(group)
        if hits is None:
            hits = in_order(self._by_group.get(group, ())) if group in self._present else []
            if self._seams:
                hits = [hit for hit in hits if hit not in self._seams]
            if group in self._cued:
                spans = islice(self.matches(PATTERNS[group], group), PATTERN_HITS_LIMIT)
                hits = sorted((*hits, *spans))
            self._hits[group] = hits
            self._open.discard(group)
            if hits:
                self._present.add(group)
        return hits

    @cached_property
    def _by_group(self) -> dict[str, list[Places]]:
        return self._lexicon.by_group(self._found)

    @cached_property
    def _seams(self) -> frozenset[Hit]:
        """Where what looks like a term is a seam between two words."""
        if "色情" not in self.text:
            return frozenset()
        return frozenset([Hit(*one.span()) for one in _SEAM.finditer(self.text)])

    def terms(self, group: str) -> frozenset[str]:
        """The different terms of a group that the page uses."""
        if group not in self._present and group not in self._open:
            return frozenset()
        text = self.text
        return frozenset([text[start:end] for start, end in self.of(group)])

    def nearest(self, groups: tuple[str, ...], span: Hit, window: int) -> Hit | None:
        """The hit of any of `groups` closest to `span`, at most `window` characters away."""
        lists = self._lists.get(groups)
        if lists is None:  # asked hundreds of times for the same dozen groups, of which a page has a few
            lists = self._lists[groups] = [hits for group in groups if (hits := self.of(group))]
        best: Hit | None = None
        begins, ends = span
        for hits in lists:
            at = bisect_left(hits, span)
            last = at + 2 if at < len(hits) and hits[at][0] - ends <= window else at
            for hit in hits[at - 2 if at > 2 else 0 : last]:
                start, end = hit
                gap = start - ends if start - ends > begins - end else begins - end
                if gap <= window:
                    best, window = hit, gap
        return best

    def between(self, group: str, start: int, end: int) -> list[Hit]:
        """The hits of a group that begin in [start, end)."""
        if group not in self._present and group not in self._open:
            return []
        hits = self.of(group)
        return hits[bisect_left(hits, (start, 0)) : bisect_left(hits, (end, 0))]

    def any_between(self, group: str, start: int, end: int) -> bool:
        """Whether a hit of a group begins in [start, end)."""
        if group not in self._present and group not in self._open:
            return False
        hits = self.of(group)
        at = bisect_left(hits, (start, 0))
        return at < len(hits) and hits[at] < (end, 0)
