"""show, report, backup, doctor, config: what the operator types beside scanning."""

from __future__ import annotations

import json
import re
import sqlite3
import time
from contextlib import closing
from pathlib import Path
from typing import Any


def test_show_explains_rule_by_rule(program: Any) -> None:
    program.run("scan", "qingying-photo.lab")
    text = program.run("show", "Qingying-Photo.lab.").stdout
    assert re.search(
        r"H01 non-consensual sexual imagery\n\s+severity critical · confidence (medium|high)", text
    )
    assert "this is the first visit" in text
    assert "H01-P1 [page]" in text
    program.run("scan", "inside-job.lab")
    assert "not measured: " in program.run("show", "inside-job.lab").stdout
    case = program.json("show", "qingying-photo.lab")
    assert case["flagged"]
    assert case["visits"][0]["status"] == "observed"
    assert program.run("show", "never-visited.lab").returncode == 2


def test_show_says_what_changed_and_how_it_stood(program: Any) -> None:
    program.run("scan", "heronstone-bank.lab")
    time.sleep(1.1)
    between = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    time.sleep(1.1)
    program.run("scan", "heronstone-bank.lab")
    assert "nothing changed" in program.run("show", "heronstone-bank.lab").stdout
    earlier = program.json("show", "heronstone-bank.lab", "--at", between)
    assert earlier["observation"]["at"] <= between
    assert program.run("show", "heronstone-bank.lab", "--at", "2001-01-01").returncode == 2


def strict_pack(program: Any) -> Path:
    """A pack by which nothing is flagged."""
    pack = Path(program.config).parent / "pack"
    pack.mkdir()
    shipped = Path(__file__).resolve().parent.parent / "domainscan" / "packs"
    for file in shipped.glob("*.toml"):
        text = (
            file.read_text("utf-8")
            .replace("medium = 3.0", "medium = 98.0")
            .replace("high = 6.0", "high = 99.0")
        )
        (pack / file.name).write_text(text, "utf-8")
    return pack


def test_what_is_judged_again_is_said(program: Any) -> None:
    program.run("scan", "qingying-photo.lab", "heronstone-bank.lab")
    quiet = program.json("reassess", "--dry-run")
    assert (quiet["observations"], quiet["flips"], quiet["dry_run"]) == (2, [], True)
    program.environment = {"DOMAINSCAN_PACKS_FOLDER": str(strict_pack(program))}
    flips = program.json("reassess")["flips"]
    assert [flip["name"] for flip in flips] == ["qingying-photo.lab"]
    assert "H01" in flips[0]["before"]


def test_an_approver_hears_that_what_the_proposer_saw_stands_no_more(program: Any) -> None:
    program.run("scan", "qingying-photo.lab", "qingying2026.lab")
    lin, wei = (
        program.run("people", "add", name, "--role", role).stdout.split()[-1]
        for name, role in (("lin", "reviewer"), ("wei", "approver"))
    )
    for name in ("qingying-photo.lab", "qingying2026.lab"):
        program.run("review", "propose", name, "--measure", "block", "--reason", "offers it", token=lin)
    before = program.run("review", "approve", "1", token=wei)
    assert (before.returncode, "when this was proposed" in before.stderr) == (0, False)
    program.environment = {"DOMAINSCAN_PACKS_FOLDER": str(strict_pack(program))}
    program.run("reassess")
    after = program.run("review", "approve", "2", token=wei)
    said = "qingying2026.lab: H01 was high when this was proposed and is low now, for it was judged anew"
    assert (after.returncode, said in after.stderr) == (0, True)


def test_a_pack_that_is_away_stops_no_look_no_lift_and_no_backup(program: Any, tmp_path: Path) -> None:
    """A folder on a disk that is not mounted. What the store keeps is enough to see, to lift, and to save."""
    program.run("scan", "qingying-photo.lab")
    before = program.json("show", "qingying-photo.lab")
    program.environment = {"DOMAINSCAN_PACKS_FOLDER": str(tmp_path / "away")}
    shown = program.run("show", "qingying-photo.lab", "--json")
    assert (shown.returncode, json.loads(shown.stdout)) == (0, before)
    assert f"{tmp_path / 'away'}: No such file or directory" in shown.stderr
    for words in (("queue",), ("backup", str(tmp_path / "copy.db")), ("audit", "verify"), ("people", "list")):
        assert program.run(*words).returncode == 0, words
    assert (
        "nobody" in program.run("review", "lift", "9", "--reason", "x", token="x").stderr
    )  # asked of the token
    rows = {one["check"]: one for one in program.json("doctor")}
    assert not rows["configuration"]["ok"]
    assert "`packs.folder`" in rows["configuration"]["detail"]
    for words in (("scan", "a.lab"), ("rescan", "--dry-run"), ("reassess",), ("categories",)):
        done = program.run(*words)
        assert (done.returncode, "`packs.folder`" in done.stderr) == (4, True), words


def test_a_tip_becomes_a_candidate(program: Any, tmp_path: Path) -> None:
    assert program.run("report", "add", "heronstone-bank.lab", "--text", "looks odd").returncode == 0
    table = tmp_path / "tips.csv"
    table.write_text("candidate,text,category\nmilldam-choir.lab,seen,H05\n127.0.0.1,bad,\nx.lab,,\n")
    done = program.run("report", "import", str(table))
    assert done.returncode == 3
    assert "line 3" in done.stderr
    assert "line 4" in done.stderr
    found = {one["name"]: one["state"] for one in program.json("report", "list")}
    assert found == {"heronstone-bank.lab": "new", "milldam-choir.lab": "new"}
    program.run("scan", "--source", "reports")
    assert {one["state"] for one in program.json("report", "list")} == {"scanned"}


def test_rescan_takes_what_is_due(program: Any) -> None:
    program.run("scan", "qingying-photo.lab", "heronstone-bank.lab", "huanlian-wan8.lab")
    assert program.run("rescan", "--dry-run").stdout == ""
    with closing(sqlite3.connect(program.home / "domainscan.db")) as store, store:
        days = dict(store.execute("SELECT name, julianday(next_due) - julianday(at) FROM latest"))
        store.execute("UPDATE latest SET next_due = '2026-01-01T00:00:00Z' WHERE name = 'qingying-photo.lab'")
    assert days["qingying-photo.lab"] < days["huanlian-wan8.lab"] < days["heronstone-bank.lab"]
    assert program.run("rescan", "--dry-run").stdout.split() == ["qingying-photo.lab"]
    assert program.run("rescan").returncode == 0
    assert program.json("scans")[0]["planned"] == 1


def test_a_backup_is_a_whole_store(program: Any, tmp_path: Path) -> None:
    program.run("scan", "heronstone-bank.lab")
    target = tmp_path / "copy.db"
    assert program.run("backup", str(target)).returncode == 0
    with closing(sqlite3.connect(target)) as copy, copy:
        assert copy.execute("SELECT count(*) FROM observations").fetchone() == (1,)
    again = program.run("backup", str(target))
    assert again.returncode == 4
    assert str(target) in again.stderr


def test_doctor_and_config_say_what_is_in_force(program: Any) -> None:
    checks = {one["check"]: one for one in program.json("doctor")}
    assert checks["dnspython"]["ok"]
    assert "127.77.0.53" in checks["resolvers"]["detail"]
    program.environment = {"DOMAINSCAN_NET_VANTAGE": "elsewhere"}
    rows = {one["key"]: one for one in program.json("config", "show")}
    assert (rows["net.vantage"]["value"], rows["net.vantage"]["origin"]) == (
        '"elsewhere"',
        "environment DOMAINSCAN_NET_VANTAGE",
    )


def test_a_flipped_byte_in_the_evidence_is_found(program: Any) -> None:
    program.run("scan", "heronstone-bank.lab")
    (file,) = (program.home / "evidence").glob("*.warc.gz")
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 0xFF
    file.write_bytes(data)
    done = program.run("audit", "verify", "--json")
    assert done.returncode == 1
    assert json.loads(done.stdout)["problems"]


def test_an_unknown_key_ends_the_program_with_its_name_and_line(program: Any) -> None:
    program.config.write_text("[net]\nresolvrs = []\n")
    done = program.run("scans")
    assert done.returncode == 4
    assert "resolvrs" in done.stderr
    assert "line 2" in done.stderr
