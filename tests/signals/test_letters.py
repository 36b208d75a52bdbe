"""Letters of names: pieces weighed once each, where they are silent, and what a table may not say."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from benchmarks.letters import Example, as_toml, fit
from blocklists.suffixes import load_suffixes
from domainscan.assess import BadPack, Pack, judge, load_pack
from domainscan.evaluate import Row
from domainscan.model import History, Observation
from domainscan.signals.context import Context
from domainscan.signals.letters import name_letters
from domainscan.signals.weights import Letters, Wording, pieces_of

TABLE = Wording(
    -1.0,
    "by hand",
    {"H01": {"_peel": 3.0, "pix": 1.5}, "H12": {"flame": 2.5, "chum_": 0.4}},
    {"orange": -4.0},
)

ODDS = [
    ("harbour", 0.0, (), "the base speaks for no harm"),
    ("peelpix", 3.5, ("H01",), "two pieces"),
    ("peel-peel-pix", 3.5, ("H01",), "each counts once"),
    ("orangepeel", 0.0, (), "the piece asks for the beginning of a word"),
    ("orange-peel", 0.0, (), "a hyphen begins one, and what speaks against it is heard"),
    ("my-peel", 2.0, ("H01",), "a hyphen begins a word"),
    ("peelflame", 4.5, ("H01", "H12"), "two categories that say nearly as much"),
    ("peelpixchum", 3.9, ("H01",), "a weaker one is not meant"),
    ("ＰＥＥＬ-pix", 3.5, ("H01",), "full width and capitals"),
]


@pytest.mark.parametrize(("label", "odds", "categories", "why"), ODDS, ids=[row[3] for row in ODDS])
def test_pieces_add_up(label: str, odds: float, categories: tuple[str, ...], why: str) -> None:
    said = Letters(TABLE).said(label)
    assert (said.odds, said.categories) == (odds, categories), why


def test_pieces_are_two_to_six_letters_with_the_ends_of_words() -> None:
    assert pieces_of("a-bc") == {
        *("_a", "a_", "_b", "bc", "c_"),
        *("_a_", "a_b", "_bc", "bc_"),
        *("_a_b", "a_bc", "_bc_"),
        *("_a_bc", "a_bc_"),
        "_a_bc_",
    }


def with_letters(table: Wording | None) -> Pack:
    pack = load_pack()
    pack.vocabulary.letters = Letters(table)
    return pack


NAMES = [
    ("peelpix.example", "H01", "the label before the suffix"),
    ("www.peelpix.example", "H01", "www is nobody's word"),
    ("shop.peelpix.example", "H01", "whatever stands before it"),
    ("peelpix.pages.example", "H01", "below a platform"),
    ("stop-peelpix.example", "", "a word of defence"),
    ("peelpix-lawyer.example", "", "whoever helps"),
    ("peelpix-laundry.example", "", "whoever cleans"),
    ("nudify-peelpix.example", "", "words say it already"),
    ("peelpix.openai.com", "", "under a brand's own name"),
    ("peelpix.github.com", "H01", "where others have their pages it is not the brand that speaks"),
]


@pytest.mark.parametrize(("name", "category", "why"), NAMES, ids=[row[2] for row in NAMES])
def test_where_letters_speak(name: str, category: str, why: str, visit: Callable[..., Observation]) -> None:
    """See it fail: let `speaks_against` be false, or drop a name from `tenants` in brands.toml."""
    reading: Any = name_letters(
        visit(name), Context(History(), with_letters(TABLE).vocabulary, load_suffixes())
    )
    assert [part.name for part in reading.parts] == ([category] if category else []), why
    assert reading.value == (3.5 if category else 0.0)


def test_evidence_is_what_weighs_most(visit: Callable[..., Observation]) -> None:
    context = Context(History(), with_letters(TABLE).vocabulary, load_suffixes())
    assert name_letters(visit("peelpixchum.example"), context).evidence == ("_peel", "pix", "chum_")  # type: ignore[union-attr]


@pytest.mark.parametrize(("name", "flagged"), [("peelpix.example", ["medium"]), ("peel.example", [])])
def test_letters_alone_reach_medium_from_3_on(
    name: str, flagged: list[str], visit: Callable[..., Observation]
) -> None:
    said = judge(visit(name), History(), with_letters(TABLE), load_suffixes())
    assert [one.confidence for one in said.judgements if one.confidence != "low"] == flagged


def test_without_a_table_nothing_is_said(visit: Callable[..., Observation]) -> None:
    context = Context(History(), with_letters(None).vocabulary, load_suffixes())
    assert name_letters(visit("peelpix.example"), context).value == 0  # type: ignore[union-attr]


BAD = [
    ('[letters.speaks_for.H99]\n"1" = "x"', "closed list", "a category nobody knows"),
    ('[letters.speaks_for.H01]\n"-1" = "x"', "more than 0", "a weight on the wrong side"),
    ('[letters.speaks_for.H01]\n"nan" = "x"', "more than 0", "no number to add"),
    ('[letters.speaks_for.H01]\n"much" = "x"', "no number", "no number at all"),
    (
        '[letters.speaks_for.H01]\n"1" = "x"\n[letters.speaks_for.H02]\n"2" = "x"',
        "two places",
        "under two categories",
    ),
    ('[letters.speaks_for.H01]\n"1" = "x"\n[letters.against]\n"-2" = "x"', "two places", "for and against"),
]


@pytest.mark.parametrize(("text", "message", "why"), BAD, ids=[row[2] for row in BAD])
def test_a_table_with_a_fault_is_refused(text: str, message: str, why: str, tmp_path: Path) -> None:
    (tmp_path / "pack.toml").write_text(HEAD, "utf-8")
    against = "" if "[letters.against]" in text else "\n[letters.against]\n"
    (tmp_path / "letters.toml").write_text(f'[letters]\nbase = 0\nfitted = ""\n{text}{against}', "utf-8")
    with pytest.raises(BadPack, match=message):
        load_pack(tmp_path)


HEAD = '[pack]\nname = "x"\nversion = "1"\nlow = 1\nmedium = 3\nhigh = 6\n'


def examples() -> list[Example]:
    """Names that peel beside names of harbours."""
    found = []
    for at in range(24):
        label = f"peel{at}pix" if at % 2 == 0 else f"harbour{at}"
        seen = Observation(f"o{at}", "s", f"{label}.example", "", "", "observed")  # type: ignore[arg-type]
        row = Row(at, seen, "positive" if at % 2 == 0 else "negative", registrable=f"{label}.example")
        found.append(
            Example(row, at % 2 == 0, "H01" if at % 2 == 0 else "", frozenset(pieces_of(label)), 1.0)
        )
    return found


def test_a_fit_tells_them_apart_and_is_the_same_each_time() -> None:
    table = fit(examples())
    letters = Letters(table)
    assert letters.said("peelpix").odds > 0 == letters.said("harbours").odds
    assert list(table.speaks_for) == ["H01"]
    assert as_toml(table, "x") == as_toml(fit(examples()), "x")


def test_a_fitted_table_is_a_table_of_a_pack(tmp_path: Path) -> None:
    table = fit(examples())
    (tmp_path / "pack.toml").write_text(HEAD + as_toml(table, "24 names"), "utf-8")
    assert load_pack(tmp_path).vocabulary.letters.pieces == {*table.speaks_for["H01"], *table.against}
