"""Evaluation: precision and recall are counted as they are defined, errors have reasons, and bad input is named."""

from __future__ import annotations

import json
import os
import threading
from pathlib import Path
from typing import Final

import pytest
from typer.testing import CliRunner, Result

from blocklists.suffixes import Suffixes, load_suffixes
from domainscan.cli import app
from domainscan.evaluate import BadDataset, Counts, Report, bootstrap, evaluate, load_dataset, remarks, wilson
from domainscan.model import Assessment, Fired, Judgement, Observation, Page

AT = "2026-11-23T12:00:00Z"


@pytest.fixture(scope="module")
def suffixes() -> Suffixes:
    return load_suffixes()


def flags(observation: Observation) -> Assessment:
    """A judge that flags names with `bad` in them for H01; `worst` at high; `near` falls short by a rule."""
    label = observation.name.split(".")[0]
    fired = (Fired("H01-N1", "abuse_tokens", "name", 1.5, 1.0, "", (label,), "says it"),)
    against = (Fired("ANY-C1", "manner", "page", -0.5, 1.0, "", (), "reports"),)
    found = ()
    if "bad" in label:
        found = (
            Judgement("H01", "critical", "high" if "worst" in label else "medium", 3.0, ("name",), fired),
        )
    elif "near" in label:
        found = (Judgement("H01", "critical", "low", 1.0, ("name",), fired, against),)
    return Assessment("a1", "o1", observation.name, AT, "p", "d", "c", found, (), "x")


def report_of(tmp_path: Path, suffixes: Suffixes, text: str, sure: str = "") -> Report:
    dataset = load_dataset(write(tmp_path, text), suffixes, AT, sure)
    return evaluate(dataset, flags, words={"nudify_undress": ["H01"]}, needed=3.0)


CSV = """domain,label,category,source
bad1.one.example,positive,nudify_undress,s1
bad2.one.example,1,nudify_undress,s1
near.two.example,positive,nudify_undress,s2
bad3.three.example,negative,bank,s2
fine.four.example,0,bank,s2
bad-worst.five.example,grey,odd,s3
nothing.six.example,grey,odd,s3
"""


def write(tmp_path: Path, text: str | bytes, name: str = "set.csv") -> Path:
    file = tmp_path / name
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return file


def test_names_are_counted_as_precision_and_recall_define(tmp_path: Path, suffixes: Suffixes) -> None:
    report = report_of(tmp_path, suffixes, CSV)
    assert report.skipped == ()
    assert (report.rows, report.overall.n) == (7, 5)
    assert report.overall == Counts(2, 1, 1, 1, grey=2, grey_flagged=1, grey_high=1)
    assert (report.overall.precision, report.overall.recall, report.overall.f1) == (0.6667, 0.6667, 0.6667)
    assert report.overall.false_positives_per_10000 == 5000
    assert dict(report.by_category) == {"H01": Counts(2, 1, 1, 1)}
    assert dict(report.by_source)["s1"] == Counts(2, 0, 0, 0)
    assert dict(report.by_word)["odd"] == Counts(grey=2, grey_flagged=1, grey_high=1)


def test_each_registrable_domain_weighs_one(tmp_path: Path, suffixes: Suffixes) -> None:
    lines = ("domain,label", "bad1.same.com,1", "bad2.same.com,1", "ok.same.com,1", "ok.other.com,1")
    grey = ("bad-worst1.grey.com,grey", "ok.grey.com,grey")
    report = report_of(tmp_path, suffixes, "\n".join((*lines, *grey)))
    assert report.overall.recall == 0.5
    assert report.per_domain.recall == 0.3333
    assert (report.per_domain.n, report.per_domain.grey, report.per_domain.grey_high) == (2, 1, 0.5)


def test_a_benign_row_at_confidence_high_is_counted_apart(tmp_path: Path, suffixes: Suffixes) -> None:
    report = report_of(tmp_path, suffixes, "domain,label\nbad-worst.a.example,0\nbad.b.example,0\n")
    assert (report.overall.false_positives, report.overall.high_false_positives) == (2, 1)


def test_errors_tell_the_rules_behind_them(tmp_path: Path, suffixes: Suffixes) -> None:
    report = report_of(tmp_path, suffixes, CSV)
    alarm, miss = report.errors
    assert (alarm.line, alarm.name, alarm.label, alarm.category) == (
        5,
        "bad3.three.example",
        "negative",
        "bank",
    )
    assert (alarm.flagged, alarm.confidence, alarm.points, alarm.needed) == (("H01",), "medium", 3.0, 3.0)
    assert [(one.rule, one.category, one.points, one.evidence) for one in alarm.rules] == [
        ("H01-N1", "H01", 1.5, ("bad3",))
    ]
    assert (miss.name, miss.flagged, miss.confidence, miss.points) == ("near.two.example", (), "low", 1.0)
    assert [(one.rule, one.points) for one in miss.rules] == [("H01-N1", 1.5), ("ANY-C1", -0.5)]
    assert [one.name for one in report.grey_at_high] == ["bad-worst.five.example"]


def test_a_row_with_a_category_of_ours_needs_no_map(tmp_path: Path, suffixes: Suffixes) -> None:
    report = report_of(tmp_path, suffixes, "domain,label,category\nbad.a.example,1,H01\nok.b.example,1,h02\n")
    assert dict(report.by_category) == {"H01": Counts(1, 0, 0, 0), "H02": Counts(0, 0, 1, 0)}


def test_pages_come_from_json_lines_as_text_or_html(tmp_path: Path, suffixes: Suffixes) -> None:
    lines = [
        {"url": "https://a.example/", "title": "T", "text": "one\u2028more", "label": "risky"},
        {"url": "https://b.example/", "html": "<title>Two</title><p>two", "text": "", "label": "benign"},
        {"url": "https://placeholder.invalid/", "text": "three", "html": None, "label": "benign"},
        {"domain": "c.example", "label": "benign"},
        {"url": "https://d.example/", "text": "lone \ud800", "label": "benign"},
    ]
    text = "\r\n".join(json.dumps(one, ensure_ascii=one.get("text", "").startswith("lone")) for one in lines)
    dataset = load_dataset(write(tmp_path, "\ufeff" + text, "set.jsonl"), suffixes, AT)
    pages = [row.observation.page for row in dataset.rows]
    assert dataset.skipped == ()
    assert [(page.title, page.text.split()[-1]) for page in pages if isinstance(page, Page)] == [
        ("T", "more"),
        ("Two", "two"),
        ("", "three"),
        ("", "\ud800"),
    ]
    assert not isinstance(pages[3], Page), "a name alone"
    assert dataset.rows[2].observation.name.endswith(".example"), "a placeholder host still carries a page"


def test_a_set_may_have_a_byte_order_mark_crlf_and_fields_with_newlines(
    tmp_path: Path, suffixes: Suffixes
) -> None:
    text = '\ufeffdomain, label ,note\r\na.example,1,"two\r\nlines"\r\n\r\nb.example,0,\r\nc.example,grey\r\n'
    dataset = load_dataset(write(tmp_path, text), suffixes, AT)
    assert dataset.skipped == ()
    assert [(row.line, row.observation.name, row.label) for row in dataset.rows] == [
        (2, "a.example", "positive"),
        (5, "b.example", "negative"),
        (6, "c.example", "grey"),
    ]


SHOP: Final = "domain,label,source\r\nbad.example,1,某网站，并未备案\r\n"
SAVED = [  # as the table of tips in tests/test_tips.py
    (SHOP.encode("utf-8"), "UTF-8", "what we write ourselves"),
    (SHOP.encode("utf-16"), "UTF-16", "a spreadsheet's Unicode text"),
    (b"\xfe\xff" + SHOP.encode("utf-16-be"), "UTF-16", "the other end first"),
    (SHOP.encode("gb18030"), "GB 18030", "a Chinese spreadsheet's CSV"),
    (("sep=;\r\n" + SHOP.replace(",", ";")).encode(), "UTF-8", "what a program says to a spreadsheet"),
    (SHOP.replace(",", "\t").encode(), "UTF-8", "tabs"),
    (SHOP.replace("domain,label", "Domain, LABEL").encode(), "UTF-8", "a heading in large letters"),
]


@pytest.mark.parametrize(("data", "encoding", "why"), SAVED, ids=[row[2] for row in SAVED])
def test_a_set_is_read_as_spreadsheets_save_it(
    data: bytes, encoding: str, why: str, tmp_path: Path, suffixes: Suffixes
) -> None:
    dataset = load_dataset(write(tmp_path, data), suffixes, AT)
    assert [(row.observation.name, row.label, row.source) for row in dataset.rows] == [
        ("bad.example", "positive", "某网站，并未备案")
    ]
    assert (dataset.skipped, dataset.encoding) == ((), encoding)


def test_a_set_in_another_encoding_is_said_to_be(tmp_path: Path) -> None:
    done = run(tmp_path, str(write(tmp_path, SHOP.encode("utf-16"))), "--json")
    assert (done.exit_code, done.stderr.splitlines()[0].rpartition(": ")[2]) == (0, "read as UTF-16")


NO_SETS = [
    (b"PK\x03\x04", "a workbook or another archive: save the table as CSV", "a workbook"),
    (b"\xff\xfed\x00o", "no UTF-16 text, at byte 4: save the table as CSV in UTF-8", "half a character"),
    (b"d\x00o\x00m\x00", "no text: it has a NUL in line 1", "UTF-16 without its mark"),
    (b"domain,domain,label\n", 'the heading has "domain" twice: which one counts?', "a column that is there twice"),
    (
        b"Name;Verdict\n",
        'the heading has no column "domain", "label" but "Name", "Verdict": a table needs domain and label',
        "other columns",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("data", "says", "why"), NO_SETS, ids=[row[2] for row in NO_SETS])
def test_a_set_that_cannot_be_read_says_why(data: bytes, says: str, why: str, tmp_path: Path) -> None:
    file = write(tmp_path, data)
    done = run(tmp_path, str(file))
    assert (done.exit_code, done.stderr) == (2, f"error: {file}: {says}\n")


def test_rows_behind_a_bad_one_are_read(tmp_path: Path, suffixes: Suffixes) -> None:
    text = f'domain,label\na.example,1{"1" * 140_000}\nb.example,"1"x\nc.example,1\n'
    dataset = load_dataset(write(tmp_path, text), suffixes, AT)
    assert [(row.line, row.observation.name) for row in dataset.rows] == [(4, "c.example")]
    assert [line for line, _ in dataset.skipped] == [2, 3]


SKIPPED: list[tuple[str | bytes, int, str, str]] = [
    ("domain,label\n127.0.0.1,1\n", 2, "address", "an address is no name"),
    ("domain,label\na.example,maybe\n", 2, "label", "a label nobody knows"),
    ("domain,label\na.example\n", 2, "label", "a label that is not there"),
    ("domain,label\na.example,1,x\n", 2, "columns", "a field too many"),
    (b"domain,label\n\xff\xfe.example,1\n", 2, "UTF-8", "bytes that are no UTF-8"),
    ("domain,label\na.example,1" + "1" * 140_000 + "\n", 2, "field", "a field without end"),
    ('{"label": "1"}\n', 1, "nothing is left to be a name", "neither a name nor a URL"),
    ('{}\n{"url": "https://a.example/", \n', 2, "not JSON", "a line that breaks off"),
    ("{}\n[1]\n", 2, "object", "a list"),
    ("{}\n" + "[" * 100_000 + "\n", 2, "not JSON", "brackets without end"),
    (b'{}\n{"domain": "a\xff.example", "label": 1}\n', 2, "UTF-8", "JSON that is no UTF-8"),
    ('{}\n{"domain": "a.example", "label": true}\n', 2, "label", "a truth value is no label"),
    ('{}\n{"url": "https://[a/", "label": 1}\n', 2, "Invalid IPv6 URL", "a URL that is none"),
]


@pytest.mark.parametrize(("text", "line", "says", "why"), SKIPPED, ids=[row[3] for row in SKIPPED])
def test_a_row_that_cannot_be_used_is_named_and_skipped(
    text: str | bytes, line: int, says: str, why: str, tmp_path: Path, suffixes: Suffixes
) -> None:
    dataset = load_dataset(write(tmp_path, text), suffixes, AT)
    assert dataset.rows == ()
    assert dataset.skipped[-1][0] == line
    assert says in dataset.skipped[-1][1]


@pytest.mark.parametrize("text", ["name,verdict\na,b\n", '{"label": \n', "[1]\n", "", "{\n{\n"])
def test_a_file_that_is_no_labelled_set_is_refused(text: str, tmp_path: Path, suffixes: Suffixes) -> None:
    with pytest.raises(BadDataset, match=r"set\.csv"):
        load_dataset(write(tmp_path, text), suffixes, AT)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("name,verdict\na.example,1\n", 'no column "domain", "label" but "name", "verdict"'),
        ("", "there is nothing in it"),
        ("domain,label,label\na.example,1,0\n", 'has "label" twice'),
    ],
)
def test_a_heading_that_does_not_do_is_told(text: str, says: str, tmp_path: Path, suffixes: Suffixes) -> None:
    with pytest.raises(BadDataset, match=says):
        load_dataset(write(tmp_path, text), suffixes, AT)


def test_a_device_is_no_labelled_set_and_a_pipe_may_be(tmp_path: Path, suffixes: Suffixes) -> None:
    with pytest.raises(BadDataset, match="/dev/null: a device"):  # /dev/zero would be read for ever
        load_dataset(Path("/dev/null"), suffixes, AT)
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_text, args=("domain,label\na.example,1\n",))
    writer.start()
    assert len(load_dataset(pipe, suffixes, AT).rows) == 1
    writer.join()


@pytest.mark.parametrize("mark", [",", ";", "\t"])
def test_a_spreadsheets_own_separator_and_capitals_are_read(
    mark: str, tmp_path: Path, suffixes: Suffixes
) -> None:
    text = f"\ufeffDomain{mark}Label\r\na.example{mark}1\r\n"
    (row,) = load_dataset(write(tmp_path, text), suffixes, AT).rows
    assert (row.observation.name, row.label) == ("a.example", "positive")


def test_what_is_odd_about_the_set_is_said_and_changes_no_number(tmp_path: Path, suffixes: Suffixes) -> None:
    text = (
        "domain,label,category\na.example,1,H01\nb.example,1,own word\na.example,0,\nb.example,1,own word\n"
    )
    dataset = load_dataset(write(tmp_path, text), suffixes, AT)
    assert list(remarks(dataset, {})) == [
        "counted more than once: a.example (lines 2, 4); b.example (lines 3, 5)",
        "with labels that contradict: a.example (lines 2, 4)",
        "category words that no [words] of the pack maps, so they count for no category: 'own word' (2)",
    ]
    assert list(remarks(dataset, {"own word": ["H02"]}))[2:] == []


def test_a_set_without_a_row_is_no_success(tmp_path: Path) -> None:
    done = run(tmp_path, str(write(tmp_path, "domain,label\n")), "--json")
    assert done.exit_code == 3, "a gate that measured nothing must not open"
    assert "no row to measure" in done.stderr
    assert json.loads(done.stdout)["rows"] == 0


def test_rows_that_are_not_sure_enough_are_left_out(tmp_path: Path, suffixes: Suffixes) -> None:
    text = "domain,label,confidence\na.example,1,low\nb.example,1,med\nc.example,1,HIGH\nd.example,1,\n"
    sure = load_dataset(write(tmp_path, text + "e.example,1,odd\n"), suffixes, AT, "medium")
    assert [row.observation.name for row in sure.rows] == ["b.example", "c.example", "d.example"]
    assert sure.left_out == 1
    assert sure.skipped == ((6, "unknown confidence 'odd'"),)


def test_numbers_that_nothing_counts_towards_are_absent(tmp_path: Path, suffixes: Suffixes) -> None:
    report = report_of(tmp_path, suffixes, "domain,label\n")
    assert (report.overall.precision, report.overall.recall, report.overall.f1) == (None, None, None)
    assert report.intervals["precision"] == {"wilson": None, "bootstrap": None}


WILSON = [  # worked out by hand from the formula, with z = 1.959964
    (0, 10, (0.0, 0.2775)),
    (5, 10, (0.2366, 0.7634)),
    (10, 10, (0.7225, 1.0)),
    (1, 20_000, (0.0, 0.0003)),
]


@pytest.mark.parametrize(("hits", "n", "interval"), WILSON)
def test_a_share_has_wilsons_interval(hits: int, n: int, interval: tuple[float, float]) -> None:
    assert wilson(hits, n) == interval


def test_the_bootstrap_repeats_itself_and_draws_whole_domains() -> None:
    alone = [Counts(true_positives=1)] * 90 + [Counts(false_negatives=1)] * 10
    mirrors = [Counts(true_positives=9)] * 10 + [Counts(false_negatives=1)] * 10
    found = bootstrap(alone)
    assert found == bootstrap(alone)
    low, high = found["recall"] or (0, 0)
    assert (low, high) == pytest.approx((0.835, 0.950), abs=0.01), "as the ordinary bootstrap has it"
    assert found["precision"] == (1.0, 1.0), "no draw has what was never seen"
    clustered = bootstrap(mirrors)["recall"] or (0, 0)
    assert clustered[1] - clustered[0] > 1.2 * (high - low), "100 rows of 20 domains say less than of 100"


def run(tmp_path: Path, *words: str) -> Result:
    config = tmp_path / "config.toml"
    if not config.exists():
        config.write_text("", "utf-8")
    return CliRunner().invoke(
        app, ["--config", str(config), "--home", str(tmp_path / "home"), "evaluate", *words]
    )


def test_the_command_prints_the_numbers_of_the_contract_and_writes_nothing(tmp_path: Path) -> None:
    text = (
        "domain,label,category,source,confidence\nnudify-ai.example,1,nudify_undress,s,high\n"
        "hillside-bakery.example,0,shop,s,high\nquiet-name.example,1,nudify_undress,s,high\n"
        "grey-name.example,grey,odd,s,high\nbadly..named,1,x,s,high\nleft.example,0,shop,s,low\n"
    )
    file = write(tmp_path, text)
    done = run(tmp_path, str(file), "--json", "--min-confidence", "medium")
    assert done.exit_code == 3, "a line could not be used"
    found = json.loads(done.stdout)
    assert (found["n"], found["precision"], found["recall"], found["f1"]) == (3, 1.0, 0.5, 0.6667)
    assert (found["false_positives"], found["false_negatives"], found["grey_high"]) == (0, 1, 0)
    assert (found["true_positives"], found["true_negatives"], found["grey"]) == (1, 1, 1)
    assert found["per_domain"]["recall"] == 0.5
    assert found["by_category"]["H01"]["true_positives"] == 1
    assert found["by_source"]["s"]["n"] == 3
    assert found["by_word"]["shop"]["true_negatives"] == 1
    assert found["false_positives_per_10000"] == 0
    assert found["high_false_positives"] == 0
    assert found["intervals"]["recall"]["wilson"] == [0.0945, 0.9055]
    assert found["left_out"] == 1
    assert [one["line"] for one in found["skipped"]] == [6]
    (error,) = found["errors"]
    assert (error["name"], error["label"], error["flagged"]) == ("quiet-name.example", "positive", [])
    assert sorted(one.name for one in tmp_path.iterdir()) == ["config.toml", "set.csv"]


def test_a_miss_names_the_rules_that_fell_short(tmp_path: Path) -> None:
    file = write(tmp_path, "domain,label,category\nfaceswap-notes.example,1,face_swap\n")
    (error,) = json.loads(run(tmp_path, str(file), "--json").stdout)["errors"]
    assert error["rules"], "the name has a hint in it"
    assert 0 < error["points"] < error["needed"] == 3.0
    assert error["rules"][0]["rule"].startswith("H02-N")


def test_the_table_for_people_is_short_and_cuts_long_names(tmp_path: Path) -> None:
    rows = (f"quiet-{number}.example,1,nudify_undress,{'s' * 60}{number}" for number in range(40))
    done = run(tmp_path, str(write(tmp_path, "\n".join(("domain,label,category,source", *rows)))))
    lines = done.stdout.splitlines()
    assert sum("sss…" in line for line in lines) == 15, "the worst sources"
    assert sum(line.startswith("  line ") for line in lines) == 12, "the first errors"
    assert max(map(len, lines)) < 130


def test_the_command_uses_the_brands_of_the_configuration(tmp_path: Path) -> None:
    dataset, brands = (tmp_path / one for one in ("names.csv", "brands.toml"))
    dataset.write_text("domain,label\nzelphira-official.example,1\n", "utf-8")
    brands.write_text(
        '[[brand]]\ntoken = "zelphira"\nnames = ["Zelphira"]\nowners = ["zelphira.example"]\n', "utf-8"
    )
    recalls = []
    for text in ("", f'[packs]\nbrands = ["{brands}"]\n'):
        (tmp_path / "config.toml").write_text(text, "utf-8")
        done = run(tmp_path, str(dataset), "--json")
        assert done.exit_code == 0, done.output
        recalls.append(json.loads(done.stdout)["recall"])
    assert recalls == [0.0, 1.0]
