"""Labelled texts kept as bags of terms: what a fit needs stays, and nothing that names or quotes anybody."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
import zstandard

from benchmarks import bags
from benchmarks.bags import FOUND, read_bags, write_bags
from benchmarks.terms import Bag


def texts() -> list[Bag]:
    """Four sites that sell seats; one of them names itself, and a word that nobody else has."""
    common = frozenset({"seats", "without vpn", "@price_word", "heron seats"})
    return [Bag(f"s{at}", True, ("H07",), common | ({"once"} if at == 0 else frozenset())) for at in range(4)]


def test_what_is_written_is_read(tmp_path: Path) -> None:
    write_bags(tmp_path / "x.bags", texts(), {"heron"})
    found = list(read_bags(tmp_path / "x.bags"))
    assert [(one.site, one.risky, one.categories) for one in found] == [
        (f"s{at}", True, ("H07",)) for at in range(4)
    ]
    assert {one.terms for one in found} == {frozenset({"seats", "without vpn", "@price_word"})}
    assert {one.weight for one in found} == {FOUND}


def test_the_same_text_twice_counts_once_and_bytes_are_the_same(tmp_path: Path) -> None:
    write_bags(tmp_path / "once.bags", texts(), set())
    write_bags(tmp_path / "twice.bags", texts()[::-1] * 2, set())
    assert (tmp_path / "once.bags").read_bytes() == (tmp_path / "twice.bags").read_bytes()


def test_neither_text_nor_address_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [
        {
            "url": f"https://heron{at}.example/",
            "title": f"Heron{at} seats",
            "text": "Seats without vpn by tealwriter77, as Quillfeather said once."
            if at == 0
            else "Seats without vpn by tealwriter77.",
            "label": "risky",
            "category": "H07",
        }
        for at in range(3)
    ]
    (tmp_path / "set.jsonl").write_text("\n".join(map(json.dumps, rows)), "utf-8")
    monkeypatch.setattr(sys, "argv", ["bags", str(tmp_path / "x.bags"), str(tmp_path / "set.jsonl")])
    bags.main()
    kept = zstandard.ZstdDecompressor().decompress((tmp_path / "x.bags").read_bytes()).decode()
    assert "without vpn" in kept
    assert not [
        one
        for one in ("heron", "quillfeather", "tealwriter", "example", "seats without vpn")
        if one in kept.lower()
    ]
