"""Stored visits judged again: a slice of the history, its new judgements, and what they change."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Final

from msgspec.structs import replace

from blocklists.suffixes import Suffixes
from domainscan.assess import BadPack, Pack, judge
from domainscan.evaluate import explaining
from domainscan.model import CONFIDENCES, Assessment, History, Judgement, Observation, Record
from domainscan.packfiles import files_of, load_files
from domainscan.store import Store
from domainscan.store.findings import Judged, Made, judged_again, made
from domainscan.store.histories import history
from domainscan.store.kept import kept_pack
from domainscan.store.reassessments import StoredVisit, stored_visits
from domainscan.tool import suffixes_digest, tool

SLICE_ROWS: Final = (
    200  # a transaction each: it costs a sync of the disk, and is lost when the pass is killed
)


class RuleChange(Record, frozen=True):
    """A rule that speaks otherwise than it did; None where it did not, or does not, speak."""

    rule: str
    before: float | None  # points
    after: float | None


class Change(Record, frozen=True):
    """A category whose confidence changes. Without a rule that changed it is the pack's limits that did."""

    category: str
    before: str
    after: str
    points_before: float
    points_after: float
    rules: tuple[RuleChange, ...]


class Flip(Record, frozen=True):
    """A visit whose judgement today's pack changes."""

    name: str
    observation: str
    at: str
    current: bool  # the newest visit of its name and URL
    before: str  # "H01 high, H08 medium", or "-"
    after: str
    flagged_before: bool
    flagged_after: bool
    changes: tuple[Change, ...]


class Slice(Record, frozen=True):
    """What came of the observations up to number `last`."""

    last: int
    count: int
    judged: tuple[Judged, ...]  # those that differ from the newest one kept, be it by the pack's digest alone
    flips: tuple[Flip, ...]


class Bench:
    """A pack at work on the visits of a store."""

    def __init__(self, store: Store, pack: Pack, suffixes: Suffixes) -> None:
        self._store, self._pack, self._suffixes = store, pack, suffixes
        self._tool, self._suffixes_digest = tool(), suffixes_digest(suffixes)
        self._earlier: dict[str, Pack | None] = {}  # packs that judged before, as they explain themselves

    def judge_slice(self, first: int, last: int, now: str) -> Slice:
        """Judges the observations from number `first` to `last` by what their newest judgement saw: then only the
        pack and the code make a difference.
        """
        judged: list[Judged] = []
        flips: list[Flip] = []
        count = 0
        by = Made(now, self._tool, self._suffixes_digest)
        for one in stored_visits(self._store, first, last):
            known = one.context or self._known(one.seen)
            after = made(judge(one.seen, known, self._pack, self._suffixes), by)
            count += 1
            if one.judged is None or not _same(one.judged, after):
                judged.append(judged_again(one.seen, after, known))
            if told(one.judged) != told(after):
                flips.append(self._flip(one, known, after))
        return Slice(last, count, tuple(judged), tuple(flips))

    def _known(self, seen: Observation) -> History:
        """What was known at a visit whose judgement kept no context."""
        return history(self._store, seen.name, seen.at, seen, self._suffixes)

    def _flip(self, visit: StoredVisit, known: History, after: Assessment) -> Flip:
        seen, before = visit.seen, visit.judged
        old = self._explained_before(seen, known, before)
        new = {one.category: one for one in judge(seen, known, self._wide, self._suffixes).judgements}
        was, now = levels(before), levels(after)
        changes = tuple(
            Change(
                category,
                was.get(category, "none"),
                now.get(category, "none"),
                old[category].points if category in old else 0.0,
                new[category].points if category in new else 0.0,
                _rules(old.get(category), new.get(category)),
            )
            for category in sorted(was.keys() | now.keys())
            if was.get(category) != now.get(category)
        )
        flagged = bool(before and before.flagged), after.flagged
        return Flip(seen.name, seen.id, seen.at, visit.current, told(before), told(after), *flagged, changes)

    @cached_property
    def _wide(self) -> Pack:
        return explaining(self._pack)

    def _explained_before(
        self, seen: Observation, known: History, before: Assessment | None
    ) -> Mapping[str, Judgement]:
        """Every category the earlier pack speaks of, by that pack where it is kept; else what it recorded."""
        if before is None:
            return {}
        pack = self._earlier_pack(before.pack_digest)
        found = judge(seen, known, pack, self._suffixes).judgements if pack else before.judgements
        return {one.category: one for one in found}

    def _earlier_pack(self, digest: str) -> Pack | None:
        if digest not in self._earlier:
            kept = kept_pack(self._store, digest)
            try:
                self._earlier[digest] = explaining(load_files(files_of(kept))) if kept else None
            except BadPack:  # by code of another time, or damaged: a replay says so
                self._earlier[digest] = None
        return self._earlier[digest]


def _same(before: Assessment, after: Assessment) -> bool:
    """Whether nothing but the time differs."""
    return replace(after, id=before.id, made_at=before.made_at) == before


def _rules(before: Judgement | None, after: Judgement | None) -> tuple[RuleChange, ...]:
    """The rules whose points differ, the weightiest change first."""
    was, now = _points(before), _points(after)
    changed = [
        RuleChange(rule, was.get(rule), now.get(rule))
        for rule in sorted(was.keys() | now.keys())
        if was.get(rule) != now.get(rule)
    ]
    return tuple(sorted(changed, key=lambda one: -abs((one.after or 0) - (one.before or 0))))


def _points(judgement: Judgement | None) -> dict[str, float]:
    return {one.rule: one.points for one in (*judgement.fired, *judgement.counter)} if judgement else {}


def levels(assessment: Assessment | None) -> dict[str, str]:
    """The confidence of each category that has one."""
    found = assessment.judgements if assessment else ()
    return {one.category: one.confidence for one in found if CONFIDENCES[one.confidence]}


def told(assessment: Assessment | None) -> str:
    """Such as "H01 high, H08 medium"; "-" for nothing."""
    return ", ".join(f"{category} {level}" for category, level in levels(assessment).items()) or "-"
