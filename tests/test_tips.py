"""Tables of tips, as spreadsheets of several countries save them and as people get them wrong."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlite_utils import Database
from typer.testing import CliRunner, Result

from domainscan.cli import app
from domainscan.store import Store, open_store
from domainscan.store.reports import load_reports, mark_reports

ROWS = "candidate,text,category\nmilldam-choir.lab,seen here,H05\n青禾.lab,见图,\n"
CHINESE = "举报网址,说明,类别\nmilldam-choir.lab,该网站提供一键换脸服务,H05\n青禾.lab,见图,\n"


@pytest.fixture
def intake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*words: str) -> Result:
    return CliRunner().invoke(app, ["--home", "home", *words])


def stored() -> list[tuple[str, str, str]]:
    tips = json.loads(run("report", "list", "--json").stdout)
    return [(tip["name"], tip["text"], tip["category"]) for tip in reversed(tips)]


@pytest.mark.parametrize(
    ("data", "text", "said"),
    [
        (ROWS.encode(), "seen here", ""),
        (b"\xef\xbb\xbf" + ROWS.encode(), "seen here", ""),
        (ROWS.replace("\n", "\r\n").encode(), "seen here", ""),
        (ROWS.replace("\n", "\r").encode(), "seen here", ""),
        (b"\n\n" + ROWS.encode(), "seen here", ""),
        (ROWS.replace(",", ";").encode(), "seen here", ""),
        (("sep=;\r\n" + ROWS.replace(",", ";").replace("\n", "\r\n")).encode(), "seen here", ""),
        (ROWS.replace(",", "\t").encode("utf-16"), "seen here", "tips.csv: read as UTF-16\n"),
        (b"\xfe\xff" + ROWS.encode("utf-16-be"), "seen here", "tips.csv: read as UTF-16\n"),
        (ROWS.replace("candidate,text", "Candidate, Text ").encode(), "seen here", ""),
        (ROWS.replace("H05", "h05").encode(), "seen here", ""),
        (ROWS.replace("seen here", '"seen\r\nhere"').encode(), "seen\r\nhere", ""),
        (ROWS.replace("H05", "H05,,").encode(), "seen here", ""),
        (CHINESE.encode(), "该网站提供一键换脸服务", ""),
        (CHINESE.encode("gb18030"), "该网站提供一键换脸服务", "tips.csv: read as GB 18030\n"),
        (
            ROWS.replace("\n", ",red\n").replace("category,red", "category,colour").encode(),
            "seen here",
            'tips.csv: not read: "colour"\n',
        ),
    ],
    ids=[
        *("plain", "bom", "crlf", "cr", "empty lines first", "semicolons", "sep=;", "utf-16", "utf-16 big endian"),
        *("capitals", "a small h", "a line break in a text", "empty cells behind", "chinese", "gb 18030"),
        "a column of the sender's",
    ],
)  # fmt: skip
def test_a_table_is_read_as_spreadsheets_save_it(intake: Path, data: bytes, text: str, said: str) -> None:
    (intake / "tips.csv").write_bytes(data)
    done = run("report", "import", "tips.csv")
    assert (done.exit_code, done.stderr) == (0, f"{said}2 reports recorded, 0 rows refused\n")
    assert stored() == [("milldam-choir.lab", text, "H05"), ("xn--2lzs91d.lab", "见图", "")]


def test_remarks_are_the_text_of_a_table_that_has_no_other(intake: Path) -> None:
    """A desk's own ledger says 备注; where a column of texts stands beside it, it is the sender's own."""
    ledger = "序号,域名,网站名称,备注\n1,milldam-choir.lab,合唱团,冒充教师\n"
    (intake / "tips.csv").write_bytes(ledger.encode("gb18030"))
    done = run("report", "import", "tips.csv")
    assert (done.exit_code, done.stderr) == (
        0,
        'tips.csv: read as GB 18030\ntips.csv: not read: "序号", "网站名称"\n1 report recorded, 0 rows refused\n',
    )
    (intake / "tips.csv").write_bytes("域名,说明,备注\nb.lab,冒充医生,急\n".encode())
    assert 'not read: "备注"' in run("report", "import", "tips.csv").stderr
    assert stored() == [("milldam-choir.lab", "冒充教师", ""), ("b.lab", "冒充医生", "")]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "no table: there is nothing in it"),
        (b"\r\n\r\n", "no table: there is nothing in it"),
        (b"%PDF-1.4\n1 0 obj\n", "a PDF: save the table as CSV"),
        (b"PK\x03\x04\x14", "a workbook or another archive: save the table as CSV"),
        (b"candidate,text\na.lab,x\x00y\n", "no text: it has a NUL in line 2"),
        ("candidate,text\na.lab,größer\n".encode("latin-1"), "no UTF-8 text, at byte 23"),
        (b"\xff\xfec", "no UTF-16 text"),
        (b'candidate,text\na.lab,"open\nb.lab,x\n', "in the row that begins on line 2: its quotes do not end"),
        (b"a.lab\nb.lab\n", 'no column "candidate", "text" but "a.lab"; it takes candidate, text, category, contact'),
        (b"candidate,candidate,text\na.lab,b.lab,x\n", 'the heading has "candidate" twice'),
        ("域名,网址,说明\na.lab,b.lab,x\n".encode(), 'the heading has "域名", "网址", both read as candidate'),
        ("域名,名称\na.lab,x\n".encode(), 'no column "text" but "域名", "名称"; it takes candidate, text, category,'),
    ],
)  # fmt: skip
def test_what_is_no_table_of_tips_is_refused_whole_with_the_way_out(
    intake: Path, data: bytes, said: str
) -> None:
    (intake / "tips.csv").write_bytes(data)
    done = run("report", "import", "tips.csv")
    assert (done.exit_code, len(done.stderr.splitlines())) == (2, 1), done.stderr
    assert done.stderr.startswith("error: tips.csv: ")
    assert said in done.stderr
    assert stored() == []


THREE = "candidate,text\na.lab,seen\na.lab,seen\nb.lab,seen\n"
TWO_SAY_IT = [("a.lab", "seen", ""), ("a.lab", "seen", ""), ("b.lab", "seen", "")]


@pytest.mark.parametrize(
    ("stopped", "there"), [("before", 0), ("after", 3)], ids=["before it is stored", "behind the commit"]
)
def test_a_stopped_import_says_what_is_stored_and_goes_on_without_doubling(
    intake: Path, monkeypatch: pytest.MonkeyPatch, stopped: str, there: int
) -> None:
    """See it fail: let `unrecorded` return all reports."""
    (intake / "tips.csv").write_text(THREE)

    writing = Store.writing

    @contextmanager
    def interrupted(store: Store) -> Iterator[Database]:
        outermost = not store.db.conn.in_transaction
        with writing(store) as db:
            yield db
            if outermost and stopped == "before":
                raise KeyboardInterrupt
        if outermost:
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Store, "writing", interrupted)
        done = run("report", "import", "tips.csv")
    assert (done.exit_code, done.stderr) == (
        130,
        f"interrupted: of 3 reports read, {there} are stored; type the same command again to go on, it doubles none\n",
    )
    done = run("report", "import", "tips.csv")
    assert (done.exit_code, stored()) == (0, TWO_SAY_IT), "two people may say the same"
    assert done.stderr.startswith(f"{3 - there} reports recorded, ")


def test_what_was_looked_at_may_be_reported_again_in_the_same_words(intake: Path) -> None:
    """See it fail: let `unrecorded` look them up in a set."""
    (intake / "tips.csv").write_text(THREE)
    run("report", "import", "tips.csv")
    with open_store(intake / "home") as store:
        mark_reports(store, [1, 3], "scanned")
    done = run("report", "import", "tips.csv")
    assert done.stderr == "2 reports recorded, 1 there already, 0 rows refused\n"


def test_ctrl_c_while_a_table_is_read_ends_with_130(intake: Path) -> None:
    os.mkfifo(intake / "tips.csv")
    command = [sys.executable, "-m", "domainscan", "--home", "home", "report", "import", "tips.csv"]
    running = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    with running, (intake / "tips.csv").open("w") as table:  # opens when the other side reads
        table.write(THREE)
        table.flush()
        for _ in range(200):  # until the other side has it and waits for more
            if not fcntl.ioctl(table, termios.FIONREAD, bytes(4)).strip(b"\0"):
                break
            time.sleep(0.05)
        running.send_signal(signal.SIGINT)
        said = running.communicate(timeout=60)[1]
    assert (running.returncode, said.partition(";")[0]) == (
        130,
        "interrupted: of 0 reports read, 0 are stored",
    )
    assert stored() == []


def test_a_row_is_named_by_the_line_it_begins_on_and_loses_no_word(intake: Path) -> None:
    table = 'candidate,text\n\na.lab,"one\ntwo"\nno name,x\n,,\nb.lab,cloning, with prices\nc.lab,\n'
    (intake / "tips.csv").write_text(table)
    done = run("report", "import", "tips.csv")
    assert done.exit_code == 3
    assert [line.partition(": ")[0] for line in done.stderr.splitlines()[:-1]] == [
        "tips.csv line 5",
        "tips.csv line 7",
        "tips.csv line 8",
    ]
    assert "line 7: more cells than columns: a comma in a text needs quotes" in done.stderr
    assert stored() == [("a.lab", "one\ntwo", "")]


def test_a_cell_with_several_urls_makes_a_tip_of_each_or_is_refused_whole(intake: Path) -> None:
    """See it fail: give `candidate` to parse_candidate as it is."""
    table = (
        "网址,举报内容\nhttps://a.lab/x、https://b.lab/y。,seen\n"
        '"c.lab\nc.lab",seen\nhttps://d.lab/s 提取码: abcd,seen\n'
    )
    (intake / "tips.csv").write_text(table)
    done = run("report", "import", "tips.csv")
    assert (done.exit_code, stored()) == (3, [(f"{one}.lab", "seen", "") for one in "abc"])
    assert done.stderr.splitlines()[0].startswith("tips.csv line 5: '提取码:', one of 3 in the cell: "), (
        done.stderr
    )
    assert done.stderr.splitlines()[1:] == ["3 reports of 2 rows recorded, 1 row refused"]


def test_the_list_says_what_became_of_each_name_and_its_numbers_add_up(intake: Path) -> None:
    (intake / "tips.csv").write_text(THREE)
    run("report", "import", "tips.csv")
    done = run("report", "list", "A.lab")
    assert [line.split()[2] for line in done.stdout.splitlines()[1:]] == ["a.lab", "a.lab"]
    assert done.stderr == "2 reports on 1 name: not examined 1\n"
    assert run("report", "list").stderr == "3 reports on 2 names: not examined 2\n"
    assert {one["outcome"] for one in json.loads(run("report", "list", "--json").stdout)} == {"not examined"}
    assert run("report", "list", "no name").exit_code == 2


def test_a_closed_tip_waits_no_longer_and_stays_in_the_list(intake: Path) -> None:
    (intake / "tips.csv").write_text(THREE)
    run("report", "import", "tips.csv")
    wrong = run("report", "close", "3", "9", "10")
    assert (wrong.exit_code, wrong.stderr) == (2, "error: no report 9, 10: nothing was closed\n")
    assert run("report", "close", "3", "3").stderr == "1 report closed\n"
    assert [one["state"] for one in json.loads(run("report", "list", "--json").stdout)] == [
        "closed",
        "new",
        "new",
    ]
    assert run("show", "b.lab").stderr.startswith("error: b.lab was never visited: ")
    with open_store(intake / "home") as store:
        assert [one.id for one in load_reports(store, state="new")] == [2, 1]
