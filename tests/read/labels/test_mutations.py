"""Carriers with random damage: always one of the four grades, never an exception, never work without a bound.

Work is counted and not timed: steps through structures, bytes copied and inflated, bytes searched.
See it fail: let `boxes` in carriers/box.py accept a length of 0, or take the RecursionError out of annex._json.
"""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest

from domainscan.read.labels import GRADES, LabelReport, read_labels
from domainscan.read.labels.carriers import CARRIERS, kind_of
from domainscan.read.labels.grade import grade
from domainscan.read.labels.source import (
    METADATA_BYTES,
    PIECE_BYTES,
    SCANNED_BYTES,
    STEPS,
    STORE_BYTES,
    Source,
)
from tests.read.labels import build
from tests.read.labels.build import BUILDERS, LABEL, STORES

SEED = 45438
HOSTILE = (
    b"\x00" * 4,
    b"\xff" * 4,
    b"\x7f\xff\xff\xff",
    b"\x00\x00\x00\x08",
    b"<<" * 50,
    b"(" * 60,
    b"[" * 99,
    b"<a>" * 40,
)
MARKS = (
    b"AIGC",
    b"obj",
    b"stream",
    b"/ObjStm",
    b"endstream",
    b"jumb",
    b"RIFF",
    b"OggS",
    b"ID3",
    b"PK\x05\x06",
    b"<!DOCTYPE a>",
)


def _originals() -> list[bytes]:
    labelled = [build_file(LABEL) for build_file, _, _ in BUILDERS.values()]
    manifest = build.store("trainedAlgorithmicMedia", "digitalCapture")
    return labelled + [build_file(manifest) for build_file, _ in STORES.values()]


def _damaged(data: bytes, dice: random.Random, others: list[bytes]) -> bytes:
    """One of the ways in which files break, or are broken."""
    made = bytearray(data)
    at = dice.randrange(len(made))
    way = dice.randrange(8)
    if way == 0:  # some bytes are others
        for _ in range(dice.randint(1, 12)):
            made[dice.randrange(len(made))] = dice.randrange(256)
    elif way == 1:  # one bit
        made[at] ^= 1 << dice.randrange(8)
    elif way == 2:  # cut off
        del made[at:]
    elif way == 3:  # a piece is missing
        del made[at : at + dice.randint(1, 64)]
    elif way == 4:  # a piece twice, or many times
        made[at:at] = made[at : at + dice.randint(1, 64)] * dice.randint(1, 40)
    elif way == 5:  # lengths and depths that lie
        made[at : at + 4] = dice.choice(HOSTILE)
    elif way == 6:  # a word of the format where it does not belong
        made[at:at] = dice.choice(MARKS)
    else:  # two files in one
        other = dice.choice(others)
        made[at:] = other[dice.randrange(len(other)) :]
    return bytes(made)


def _mutants(count: int, seed: int) -> Iterator[bytes]:
    dice, originals = random.Random(seed), _originals()
    for number in range(count):
        mutant = originals[number % len(originals)]
        for _ in range(dice.randint(1, 3)):
            mutant = _damaged(mutant, dice, originals) or b"\x00"
        yield mutant


def _check(mutant: bytes, *, cut: bool) -> LabelReport:
    """The report; fails when anything about it or the work for it is out of bounds."""
    source = Source(mutant, len(mutant) + 100 if cut else 0)
    kind = kind_of(mutant)
    report = grade("mutant", kind, CARRIERS[kind].read(source) if kind else (), source)
    assert report.grade in GRADES
    assert source.steps <= min(STEPS + 4, 1_000 + 16 * len(mutant)), (kind, source.steps, mutant[:40])
    assert source.taken <= min(METADATA_BYTES + STORE_BYTES, 2 * PIECE_BYTES + 64 * len(mutant)), (
        kind,
        source.taken,
    )
    assert source.scanned <= min(SCANNED_BYTES + PIECE_BYTES, 4 * PIECE_BYTES + 256 * len(mutant)), (
        kind,
        source.scanned,
    )
    assert len(report.labels) <= 64 * 64
    return report


def _all(count: int, seed: int) -> set[str]:
    return {_check(mutant, cut=number % 5 == 0).grade for number, mutant in enumerate(_mutants(count, seed))}


def test_a_thousand_damaged_carriers_are_graded_within_bounds() -> None:
    assert _all(1_000, SEED) == set(GRADES)


@pytest.mark.soak
def test_fifty_thousand_damaged_carriers_are_graded_within_bounds() -> None:
    assert _all(50_000, SEED + 1) == set(GRADES)


def test_the_same_damage_gives_the_same_report_whatever_was_read_before() -> None:
    mutants = list(_mutants(60, SEED))
    reports = [read_labels(mutant) for mutant in mutants]
    assert [read_labels(mutant) for mutant in reversed(mutants)] == reports[::-1]
