"""Items -> LabelReport: every label checked, the strongest reason decides."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Final, TypeVar

from domainscan.read.labels.annex import operators, read_label
from domainscan.read.labels.jumbf import read_manifest
from domainscan.read.labels.report import Label, LabelReport, Reason
from domainscan.read.labels.rules import ORDER, reason
from domainscan.read.labels.source import (
    ITEMS,
    Fields,
    Item,
    Manifest,
    Packet,
    Prompt,
    Source,
    Text,
    Trouble,
    Wall,
)
from domainscan.read.labels.xmp import read_xmp

REASONS: Final = 64  # of one report
Seen = Text | Fields | Label | Trouble
T = TypeVar("T")


def grade(name: str, kind: str, items: Iterable[Item], source: Source) -> LabelReport:
    """The report on one file, from what its carrier handed up. `source` keeps the account of the reading."""
    labels: list[Label] = []
    reasons: list[Reason] = []
    for seen in _opened(items):
        if isinstance(seen, Label):
            labels.append(seen)
        elif isinstance(seen, Trouble):
            reasons.append(reason(seen.rule, seen.place, seen.detail))
        else:
            label, faults = read_label(seen)
            labels.append(label)
            reasons += faults
    reasons = [one for one in reasons if not _outdone(one.rule, labels)]
    decided = {one.effect for one in reasons} & set(ORDER)
    reasons += _about_all(labels, source, decided)
    return LabelReport(
        name=name,
        kind=kind,
        grade=_strongest(reasons),
        reasons=tuple(dict.fromkeys(reasons))[:REASONS],
        labels=tuple(labels),
        operators=tuple(dict.fromkeys(one for label in labels for one in operators(label))),
        bytes_read=source.size,
        bytes_total=source.total,
    )


def _opened(items: Iterable[Item]) -> Iterator[Seen]:
    """Items with packets and manifests read; the wall that ended the reading becomes a Trouble."""
    walls: list[Wall] = []
    for count, item in enumerate(islice(_until_wall(items, walls), ITEMS + 1)):
        if count == ITEMS:
            yield Trouble("limit", item.place, f"more than {ITEMS} labels and packets")
        elif isinstance(item, Packet):
            yield from islice(_until_wall(read_xmp(item), walls), ITEMS)
        elif isinstance(item, Manifest):
            yield from read_manifest(item)
        elif isinstance(item, Prompt):
            yield Label("text", item.place, "generated", (), item.text)
        else:
            yield item
    for wall in walls:
        yield Trouble(wall.rule, wall.place, wall.detail)


def _until_wall(items: Iterable[T], walls: list[Wall]) -> Iterator[T]:
    try:
        yield from items
    except Wall as wall:
        walls.append(wall)


def _about_all(labels: list[Label], source: Source, decided: set[str]) -> Iterator[Reason]:
    """Reasons that no single label gives: how many there are, and what is left when nothing else decides."""
    national = _national(labels)
    if len(national) > 1:
        places = ", ".join(dict.fromkeys(one.place for one in national))
        yield reason("duplicate", "", f"{len(national)} ({places})")
        if len({tuple(sorted(one.fields)) for one in national}) > 1:
            yield reason("disagree")
    elif decided:
        return
    elif national:
        yield reason("kept", national[0].place)
        if source.is_cut:
            yield reason("part_read", "", f"{source.size:,} of {source.total:,} bytes")
    elif any(one.scheme == "text" for one in labels):
        yield reason("text_label", next(one.place for one in labels if one.scheme == "text"))
    else:
        yield reason("none")
        marks = [one.place for one in labels if one.meaning in ("generated", "composite")]
        if marks:
            yield reason("other_scheme", "", ", ".join(dict.fromkeys(marks)))


def _national(labels: list[Label]) -> list[Label]:
    """Labels of the national scheme that say something; an emptied place is none."""
    return [one for one in labels if one.scheme == "aigc" and (one.fields or one.raw.strip("\x00 \t\r\n"))]


def _outdone(rule: str, labels: list[Label]) -> bool:
    """Whether a reason is beside the point once a label was read: what follows a cut, a packet without a word."""
    return rule in ("cut", "shell") and bool(_national(labels))


def _strongest(reasons: Iterable[Reason]) -> str:
    effects = {one.effect for one in reasons}
    return next((effect for effect in ORDER if effect in effects), "")
