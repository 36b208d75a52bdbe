"""What a site says, wherever it says it: stored as data, shown as escapes, and never another line (A05, T03, D13)."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from typer.testing import CliRunner

from domainscan.cli import app, common
from domainscan.model import (
    Answers,
    Assessment,
    Certificate,
    Failure,
    Fired,
    Hop,
    Judgement,
    Lookup,
    Name,
    Observation,
    Page,
    Registration,
)
from domainscan.scan.record import scan_record
from domainscan.store import open_store
from domainscan.store.findings import seal
from domainscan.store.scans import ScanItem, begin_scan, plan_items, planned, record_shard

NAME = Name("alpha.lab")
AT = "2026-11-01T10:00:00Z"
PLAIN = "plain words"
# A line of ours, forged; the cursor moved; letters turned round; what other readers take for a line's end.
HOSTILE = (
    "plain words\n  H01 forged\n    severity critical · confidence high\r\x1b[2J\x9b31m\u202egpj.exe\u2066"
    "\u200f\u061c\u2028{}\u2029\x85\x0b\x0c\u200d\u00ad\ufeff\ufffe\x00\x7f<script>alert(1)</script>\"'&"
    + "\u0301"
    * 100
)
UNSEEN = set("\r\x0b\x0c\x1b\x85\x9b\x00\x7f\u00ad\u061c\u200d\u200f\u2028\u2029\u202e\u2066\ufeff\ufffe")


def visit(scan: str, said: str) -> tuple[Observation, Assessment]:
    fired = Fired("T-1", "offers", "page", 4.0, said, "", (said, said), "a reason", harm=True)
    seen = Observation(
        id="o", scan=scan, name=NAME, url="", at=AT, status="observed", vantage="v",
        resolution=(Lookup("TXT", Answers((said,), 60, (), "r", 1)), Lookup("MX", Failure("servfail", said))),
        hops=(Hop("https://alpha.lab/", "198.41.0.4", 200, headers=(("X-Odd", said),)),
              Hop("https://alpha.lab/x", failure=Failure("bad_redirect", said))),
        page=Page(url="https://alpha.lab/", http_status=200, title=said, text=said, text_digest="sha256:0"),
        certificate=Certificate(said, said, AT, AT, names=(said, "*"), problems=("wrong_host",)),
        registration=Registration(domain=NAME, registered=AT, registrar=said),
    )  # fmt: skip
    judged = Assessment(
        id="a", observation="o", name=NAME, at=AT, pack="p", pack_digest="p", context_digest="c", content="sha256:0",
        judgements=(Judgement("H01", "critical", "high", 9.0, ("page",), (fired,), counter=(fired,)),), unknown=(),
    )  # fmt: skip
    return seen, judged


Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """`run(said, *words)`: the program on a home whose one case says `said` everywhere."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "none"))

    def program(said: str, *words: str) -> Result:
        home = tmp_path / ("hostile" if said == HOSTILE else "plain")
        if not home.exists():
            with open_store(home) as store:
                scan = begin_scan(store, spec="{}", digest="d", now=AT)
                plan_items(store, scan, [ScanItem(1, NAME, NAME, "", 0, "argument", "", "pending", "")])
                planned(store, scan)
                record_shard(store, scan, [seal(1, *visit(scan, said))], [], AT)
        done = CliRunner().invoke(app, ["--home", str(home), *words])
        assert done.exit_code == 0, done.stderr
        return done

    return program


@pytest.mark.parametrize("words", [("show", NAME), ("queue",)])
def test_no_text_of_a_site_makes_a_line_of_its_own(run: Run, words: tuple[str, ...]) -> None:
    shown, plain = run(HOSTILE, *words).stdout, run(PLAIN, *words).stdout
    assert len(shown.split("\n")) == len(plain.split("\n")) == len(shown.splitlines()) + 1
    assert not UNSEEN & set(shown)


def test_what_is_shown_is_the_same_text_in_escapes(run: Run) -> None:
    shown = run(HOSTILE, "show", NAME).stdout
    assert "plain words\\n  H01 forged\\n" in shown
    assert "\\u202egpj.exe\\u2066" in shown


def test_without_the_escapes_a_title_forges_a_judgement(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """The negative control."""
    monkeypatch.setattr(common, "visible_line", lambda text: text)
    shown = run(HOSTILE, "show", NAME).stdout
    assert "  H01 forged" in shown.split("\n")
    assert UNSEEN & set(shown)


@pytest.mark.parametrize("words", [("show", NAME, "--json"), ("queue", "--json")])
def test_json_means_what_was_said_and_shows_none_of_it(run: Run, words: tuple[str, ...]) -> None:
    told = run(HOSTILE, *words).stdout
    assert not UNSEEN & set(told)
    document: Any = json.loads(told)
    if words[0] == "show":
        assert document["observation"]["page"]["title"] == HOSTILE
        assert document["observation"]["certificate"]["names"] == [HOSTILE, "*"]


def test_a_record_is_one_line_to_every_reader(capsys: pytest.CaptureFixture[str]) -> None:
    """Some take U+2028 for a line's end, some the next-line control; a name that is no text is still shown."""
    seen, judged = visit("s", HOSTILE)
    item = ScanItem(1, "\udcff.com" + HOSTILE, NAME, "", 0, "argument", "", "pending", "")
    record = scan_record(item, seen, judged)
    common.emit_jsonl([record, record])
    told = capsys.readouterr().out
    told.encode("utf-8")
    assert len(told.splitlines()) == 2
    assert not UNSEEN & set(told)
    assert json.loads(told.splitlines()[0]) == json.loads(json.dumps(record))


def test_ordinary_text_is_left_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    common.emit_jsonl([{"title": "一键生成 café 😀"}])
    assert capsys.readouterr().out == '{"title": "一键生成 café 😀"}\n'


def test_without_the_escapes_a_record_falls_apart(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control."""
    monkeypatch.setattr(common, "_escaped", lambda text: text)
    common.emit_jsonl([{"title": HOSTILE}])
    assert len(capsys.readouterr().out.splitlines()) > 1
