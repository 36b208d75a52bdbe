"""The tables of docs/evaluation.md: sites and their mirrors share a fold, what is chosen never sees its own fold."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from benchmarks import folds
from benchmarks.evaluation import families, tables
from benchmarks.folds import FOLDS, Scored, cross_validate, folds_of
from blocklists.names import Name
from blocklists.suffixes import load_suffixes
from domainscan.assess import load_pack
from domainscan.evaluate import Row, load_dataset
from domainscan.model import Failure, Observation, Page

AT: Final = "2026-11-26T12:00:00Z"
PROSE: Final = (
    "Our workshop mends old clocks and writes a letter about every one of them to its owner, number {}."
)


def row(line: int, name: str, label: str = "positive", text: str = "") -> Row:
    page = Page(url=f"https://{name}/", http_status=200, text=text) if text else Failure("not_run")
    seen = Observation(f"row-{line}", "s", Name(name), "", AT, "observed", page=page)
    return Row(line, seen, label, registrable=".".join(name.split(".")[-2:]))


def fold(rows: list[Row], name: str) -> int:
    return next(one for one, mine in zip(folds_of(rows), rows, strict=True) if mine.observation.name == name)


MIRRORS = [
    ("www.heron.example", "shop.heron.example", "", "", "hosts of one domain"),
    ("mirror-2.example", "mirror31.example", "", "", "names that differ by a number"),
    ("heron.example", "otter.example", PROSE, PROSE, "the very same text"),
    (
        "heron.example",
        "otter.example",
        PROSE.format(1),
        PROSE.format(2) + " Visit us.",
        "nearly the same text",
    ),
]


@pytest.mark.parametrize(("one", "other", "text", "near", "why"), MIRRORS, ids=[row[4] for row in MIRRORS])
def test_a_site_and_its_mirrors_share_a_fold(one: str, other: str, text: str, near: str, why: str) -> None:
    for salt in range(12):  # alone, two of twelve sites would share one of five folds by chance
        first, second = (
            f"{name.split('.')[0]}.s{salt}-{name.split('.')[1]}x.example" for name in (one, other)
        )
        if not text:
            first, second = one, other
        rows = [row(1, first, text=text), row(2, second, text=near)]
        rows = [
            rows[0],
            Row(2, rows[1].observation, "positive", registrable=second if text else rows[1].registrable),
        ]
        assert len(set(folds_of(rows))) == 1, why


def test_other_sites_are_spread_over_all_folds() -> None:
    words = (
        "heron",
        "otter",
        "willow",
        "granite",
        "saddle",
        "lantern",
        "pepper",
        "violin",
        "harbor",
        "meadow",
    )
    found = folds_of(
        [
            row(number, f"{one}{other}.example")
            for number, (one, other) in enumerate((one, other) for one in words for other in words)
        ]
    )
    assert set(found) == set(range(FOLDS))


def test_the_threshold_of_a_fold_is_chosen_on_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    """The largest fold wants another threshold than all others, and must not get it."""
    monkeypatch.setattr(folds, "folds_of", lambda rows: [row.line % FOLDS for row in rows])
    rows = []
    for line in [*range(0, 300, FOLDS), *(line for line in range(50) if line % FOLDS)]:
        large = line % FOLDS == 0
        rows.append(Scored(row(line, f"bad{line}x.example"), 2.0 if large else 5.0))
        rows.append(Scored(row(line, f"good{line}x.example", "negative"), 1.0 if large else 4.0))
    rounds, _, said = cross_validate(rows, 3.0)
    assert [one.medium for one in rounds] == [4.25, 2.0, 2.0, 2.0, 2.0]
    assert [one.fitted.recall for one in rounds] == [0.0, 1.0, 1.0, 1.0, 1.0]
    assert [one.fitted.precision for one in rounds] == [None, 0.5, 0.5, 0.5, 0.5]
    assert sum(said) == 80


def test_every_rule_belongs_to_a_family() -> None:
    pack = load_pack()
    found = families(pack)
    whole = [ids for name, ids in found.items() if ":" not in name and name != "all counter-evidence"]
    assert sorted(one for ids in whole for one in ids) == sorted(rule.id for rule in pack.rules)
    assert "names: brand_lookalike" in found


@pytest.mark.parametrize("file", ["names.csv", "pages.jsonl"])
def test_the_tables_name_no_site(file: str) -> None:
    suffixes = load_suffixes()
    dataset = load_dataset(Path(__file__).parent / "vectors" / file, suffixes, AT)
    text = "\n".join(tables(file, dataset, load_pack(), suffixes))
    assert "### Cross-validation" in text
    assert "| all folds together |" in text
    assert "| all counter-evidence |" in text or "all counter-evidence." in text
    assert [row.observation.name for row in dataset.rows if row.observation.name in text] == []
