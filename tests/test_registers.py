"""registers import and list, and the numbers that `show` displays with their state."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from typer.testing import CliRunner

from domainscan.cli import app
from domainscan.model import Name, Observation, Page
from domainscan.store import open_store
from domainscan.store.findings import seal
from domainscan.store.scans import ScanItem, begin_scan, plan_items, planned, record_shard

VECTORS = Path(__file__).parent / "vectors" / "registers"
SERVICE, TITLE = "月卡29元 支付宝 立即体验", "快聊 AI对话"
VISITS = {
    "quiet-harbour.lab": "沪ICP备20259901号-6 沪公网安备3101号 ",
    "loud-harbour.lab": "沪ICP备20259901号-7",
    "unfiled.lab": SERVICE,
    "foreign.lab": "Chat for $9 a month. Start now.",
}
Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """The program, with a home that has seen four sites."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "none"))
    with open_store(tmp_path / "home") as store:
        for number, (name, text) in enumerate(VISITS.items()):
            at = f"2026-11-0{number + 1}T10:00:00Z"
            scan = begin_scan(store, spec="{}", digest=at, now=at)
            plan_items(store, scan, [ScanItem(1, name, name, "", 0, "argument", "", "pending", "")])
            planned(store, scan)
            page = Page(url=f"https://{name}/", http_status=200, title=TITLE, headings=(TITLE,), text=text)
            seen = Observation(
                id=f"o{number}", scan=scan, name=Name(name), url="", at=at, status="observed", page=page
            )
            record_shard(store, scan, [seal(1, seen, None)], [], at)

    def runner(*words: str) -> Result:
        return CliRunner().invoke(app, ["--home", str(tmp_path / "home"), *words])

    return runner


def convert(run: Run, file: Path, out: str, *more: str) -> Result:
    about = ("--kind", "generative_filing", "--list", "Filed", "--date", "2026-08-31", "-o", out)
    return run("registers", "import", str(file), *about, *more)


def configure(*files: str) -> None:
    Path("config.toml").write_text(
        f'[packs]\nregisters = {json.dumps(files)}\n[names]\nsuffixes = ["lab"]\n', "utf-8"
    )


@pytest.mark.parametrize("out", ["filed.csv", "filed.jsonl"])
def test_a_table_becomes_a_register_that_a_pack_takes_in(run: Run, out: str) -> None:
    done = convert(run, VECTORS / "filed-models.csv", out, "--complete", "--issuer", "an office")
    assert done.exit_code == 3, done.output
    assert "3 numbers of Filed of 2026-08-31 written, 3 rows refused" in done.stderr
    assert "line 8: 'Beijing-LabFive-20261345': no date 20261345" in done.stderr
    configure(out)
    (listed,) = json.loads(run("registers", "list", "--json").stdout)
    assert listed == {
        "file": out,
        "about": {
            "list": "Filed",
            "date": "2026-08-31",
            "issuer": "an office",
            "source": "",
            "complete": True,
        },
        "numbers": 3,
    }
    assert "Filed" in run("registers", "list").stdout


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("--date", "soon"), 2, "'soon'"),
        (("--kind", "moon"), 2, "use one of icp"),
        (("-o", "no/such/folder/x.csv"), 2, "No such file"),
    ],
)
def test_what_cannot_be_converted_is_said(run: Run, words: tuple[str, ...], code: int, says: str) -> None:
    done = convert(run, VECTORS / "filed-models.csv", "x.csv", *words)
    assert (done.exit_code, says in done.stderr) == (code, True), done.output
    assert not Path("x.csv").exists()


def test_a_table_without_a_good_row_writes_nothing(run: Run, tmp_path: Path) -> None:
    empty = tmp_path / "empty.csv"
    empty.write_text("备案号,备案单位\n,x\n", "utf-8")
    assert convert(run, empty, "x.csv").exit_code == 3
    assert not Path("x.csv").exists()


def numbers(run: Run, name: str) -> Any:
    done = run("show", name, "--json")
    assert done.exit_code == 0, done.output
    return [(one["value"], one["state"], one["remark"]) for one in json.loads(done.stdout)["identifiers"]]


def test_show_tells_the_state_of_each_number(run: Run) -> None:
    configure()
    assert numbers(run, "quiet-harbour.lab") == [
        ("沪ICP备20259901号-6", "well_formed", ""),
        ("沪公网安备3101号", "malformed", "4 digits instead of 14"),
    ]
    also = "also on quiet-harbour.lab: one operator may own several domains"
    assert numbers(run, "loud-harbour.lab") == [("沪ICP备20259901号-7", "owner_mismatch", also)]
    assert numbers(run, "unfiled.lab") == [("", "absent", "a service for the mainland shows no number")]
    assert numbers(run, "foreign.lab") == []


def test_show_asks_the_registers_and_links_the_official_look_up(run: Run, tmp_path: Path) -> None:
    register = (VECTORS / "icp.csv").read_text("utf-8").replace("quiet-harbour.example", "quiet-harbour.lab")
    (tmp_path / "icp.csv").write_text(register, "utf-8")
    configure("icp.csv")
    text = run("show", "quiet-harbour.lab").stdout
    verified = "verified (verified by Filed sites, invented of 2026-10-31)"
    assert f"ICP备案 沪ICP备20259901号-6: {verified} · look up: https://beian.miit.gov.cn/" in text
    assert "malformed (4 digits instead of 14) · look up: https://beian.mps.gov.cn/" in text
    assert "absent" in run("show", "unfiled.lab").stdout


def test_a_broken_register_stops_what_would_judge_by_it(run: Run, tmp_path: Path) -> None:
    (tmp_path / "icp.csv").write_text("kind,number\nicp,x\n", "utf-8")
    configure("icp.csv")
    for words in (("scan", "quiet-harbour.lab"), ("reassess",), ("registers", "list")):
        done = run(*words)
        assert (done.exit_code, "header" in done.stderr) == (4, True), done.output
    shown = run("show", "quiet-harbour.lab")
    assert (shown.exit_code, "the pack in force cannot be used: icp.csv: header" in shown.stderr) == (0, True)


def test_a_register_that_is_not_there_is_refused_with_its_key(run: Run) -> None:
    configure("gone.csv")
    done = run("scan", "quiet-harbour.lab")
    assert (done.exit_code, "packs.registers" in done.stderr) == (4, True), done.output
    shown = run("show", "quiet-harbour.lab")
    assert (shown.exit_code, "gone.csv: No such file" in shown.stderr) == (0, True), shown.output
