"""Evaluation: precision and recall are counted as they are defined, and bad input is named."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from blocklists.suffixes import Suffixes, load_suffixes
from domainscan.cli import app
from domainscan.evaluate import BadDataset, Score, evaluate, load_rows
from domainscan.model import Assessment, Judgement, Observation, Page

AT = "2026-11-23T12:00:00Z"


@pytest.fixture(scope="module")
def suffixes() -> Suffixes:
    return load_suffixes()


def flags(observation: Observation) -> Assessment:
    """A judge that flags names with `bad` in them, for the category the name ends in; `worst` at high."""
    label = observation.name.split(".")[0]
    confidence = "high" if "worst" in label else "medium"
    found = (Judgement("H01", "critical", confidence, 3.0, ("page",), ()),) if "bad" in label else ()
    return Assessment("a1", "o1", observation.name, AT, "p", "d", "c", found, (), "x")


CSV = """domain,label,category,source
bad1.one.example,positive,nudify_undress,s1
bad2.one.example,1,nudify_undress,s1
good.two.example,positive,nudify_undress,s2
bad3.three.example,negative,bank,s2
fine.four.example,0,bank,s2
bad-worst.five.example,grey,odd,s3
nothing.six.example,grey,odd,s3
"""


def write(tmp_path: Path, text: str, name: str = "set.csv") -> Path:
    file = tmp_path / name
    file.write_text(text, "utf-8")
    return file


def test_names_are_counted_as_precision_and_recall_define(tmp_path: Path, suffixes: Suffixes) -> None:
    rows, skipped = load_rows(write(tmp_path, CSV), suffixes, AT)
    report = evaluate(rows, flags, words={"nudify_undress": ["H01"]})
    assert skipped == []
    assert report.overall == Score(2, 1, 1, 1)
    assert (report.overall.precision, report.overall.recall, report.overall.f1) == (0.6667, 0.6667, 0.6667)
    assert (report.grey, report.grey_flagged, report.grey_high) == (2, 1, 1)
    assert dict(report.categories) == {"H01": Score(2, 1, 1, 1)}
    assert dict(report.sources)["s1"] == Score(2, 0, 0, 0)


def test_each_registrable_domain_weighs_one(tmp_path: Path, suffixes: Suffixes) -> None:
    rows, _ = load_rows(
        write(tmp_path, "domain,label\nbad1.same.com,1\nbad2.same.com,1\nok.same.com,1\nok.other.com,1\n"),
        suffixes,
        AT,
    )
    report = evaluate(rows, flags, words={})
    assert report.overall.recall == 0.5
    assert report.by_domain.recall == pytest.approx(0.3333, abs=1e-3)


def test_pages_come_from_json_lines_as_text_or_html(tmp_path: Path, suffixes: Suffixes) -> None:
    lines = [
        {"url": "https://a.example/", "title": "T", "text": "one", "label": "risky"},
        {"url": "https://b.example/", "html": "<title>Two</title><p>two", "label": "benign"},
        {"url": "https://placeholder.invalid/", "text": "three", "label": "benign"},
    ]
    rows, skipped = load_rows(write(tmp_path, "\n".join(map(json.dumps, lines)), "set.jsonl"), suffixes, AT)
    pages = [row.observation.page for row in rows]
    assert skipped == []
    assert [(page.title, page.text.split()[-1]) for page in pages if isinstance(page, Page)] == [
        ("T", "one"),
        ("Two", "two"),
        ("", "three"),
    ]
    assert rows[2].observation.name.endswith(".example"), "a placeholder host still carries a page"


SKIPPED = [
    ("domain,label\n127.0.0.1,1\n", "address", "an address is no name"),
    ("domain,label\na.example,maybe\n", "label", "a label nobody knows"),
]


@pytest.mark.parametrize(("text", "says", "why"), SKIPPED, ids=[row[2] for row in SKIPPED])
def test_a_row_that_cannot_be_used_is_named_and_skipped(
    text: str, says: str, why: str, tmp_path: Path, suffixes: Suffixes
) -> None:
    rows, skipped = load_rows(write(tmp_path, text), suffixes, AT)
    assert rows == []
    assert skipped[0][0] == 2
    assert says in skipped[0][1]


@pytest.mark.parametrize("text", ["name,verdict\na,b\n", '{"label": \n', "[1]\n"])
def test_a_file_that_is_no_labelled_set_is_refused(text: str, tmp_path: Path, suffixes: Suffixes) -> None:
    with pytest.raises(BadDataset, match=r"set\.csv"):
        load_rows(write(tmp_path, text), suffixes, AT)


def test_numbers_that_nothing_counts_towards_are_absent(suffixes: Suffixes) -> None:
    report = evaluate([], flags, words={})
    assert (report.overall.precision, report.overall.recall, report.overall.f1) == (None, None, None)


def test_the_command_uses_the_brands_of_the_configuration(tmp_path: Path) -> None:
    dataset, brands, config = (tmp_path / one for one in ("names.csv", "brands.toml", "config.toml"))
    dataset.write_text("domain,label\nzelphira-official.example,1\n", "utf-8")
    brands.write_text(
        '[[brand]]\ntoken = "zelphira"\nnames = ["Zelphira"]\nowners = ["zelphira.example"]\n', "utf-8"
    )
    recalls = []
    for text in ("", f'[packs]\nbrands = ["{brands}"]\n'):
        config.write_text(text, "utf-8")
        words = [
            "--config",
            str(config),
            "--home",
            str(tmp_path / "home"),
            "evaluate",
            str(dataset),
            "--json",
        ]
        done = CliRunner().invoke(app, words)
        assert done.exit_code == 0, done.output
        recalls.append(json.loads(done.stdout)["recall"])
    assert recalls == [0.0, 1.0]
