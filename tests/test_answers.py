"""What scripts read: the same keys in every row, JSON in every encoding, and the docs that say so."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typed import ROOT, run
from typer.main import get_command
from typer.testing import CliRunner

from blocklists.cli import app as lists
from blocklists.names import Name
from domainscan.cli import app, scan
from domainscan.cli.label import as_json
from domainscan.model import Assessment, Check, Decision, Failure, Observation, Order
from domainscan.read.labels import LabelReport
from domainscan.review import QueueRow
from domainscan.samples import Sample
from domainscan.scan.record import scan_record
from domainscan.store.holds import Hold
from domainscan.store.reports import Report
from domainscan.store.scans import ScanAccount, ScanItem

NOW = "2026-11-27T12:00:00Z"
SEEN = Observation("o", "s", Name("a.example"), "", NOW, "observed")
JUDGED = Assessment("a", "o", Name("a.example"), NOW, "p", "", "", (), (), "")
ROWS: list[tuple[str, Any, Any, str]] = [
    (
        "scan --jsonl",
        scan_record(ScanItem(1, "10.0.0.1", "", "", 0, "", "an address", "invalid"), None, None),
        scan_record(ScanItem(2, "a.example", "a.example", "", 0, "", ""), SEEN, JUDGED),
        "a line that is no candidate beside a page",
    ),
    (
        "label --json",
        as_json(Sample("gone.png", Failure("no_data"))),
        as_json(Sample("there.png", LabelReport("there.png", "png", "not_found", ()))),
        "a file that cannot be read beside one that can",
    ),
]


@pytest.mark.parametrize(("command", "one", "other", "why"), ROWS)
def test_every_row_of_an_answer_has_the_same_keys(command: str, one: Any, other: Any, why: str) -> None:
    assert list(one) == list(other), (command, why)


CHINESE = "xn--fsqu00a.example"


@pytest.mark.parametrize(
    ("words", "rows"),
    [
        (("report", "list"), lambda found: found),
        (("review", "appeal", "例子.example", "--by", "o", "--text", "t"), lambda found: [found]),
        (("review", "list", "--appeals"), lambda found: found),
    ],
)
def test_names_in_json_stand_in_both_forms(words: tuple[str, ...], rows: Any, tmp_path: Path) -> None:
    run(tmp_path, "report", "add", "例子.example", "--text", "t")
    run(tmp_path, "review", "appeal", "例子.example", "--by", "o", "--text", "t")
    found = rows(json.loads(run(tmp_path, *words, "--json").stdout))
    assert [(one["name"], one["unicode"]) for one in found][-1:] == [(CHINESE, "例子.example")]


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "gb18030", "utf-8"])
def test_json_is_json_whatever_the_encoding_of_standard_output(encoding: str, tmp_path: Path) -> None:
    """The text layer writes what it lacks as \\xe9 and \\U0001f600: no JSON reader takes these."""
    said = "café 例子 😀"
    run(tmp_path, "report", "add", "a.example", "--text", said)
    done = run(tmp_path, "report", "list", "--json", PYTHONIOENCODING=encoding, encoding=encoding)
    assert json.loads(done.stdout)[0]["text"] == said
    shown = run(tmp_path, "protect", "show", "xn--caf-dma.example", "--json", program="blocklists", encoding=encoding,
                PYTHONIOENCODING=encoding)  # fmt: skip
    assert json.loads(shown.stdout)["unicode"] == "café.example"


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ((), f"{CHINESE}\nhttp://b.example/x\n"),
        (
            ("--jsonl",),
            f'{{"name": "{CHINESE}", "url": "", "unicode": "例子.example"}}\n'
            '{"name": "b.example", "url": "http://b.example/x", "unicode": "b.example"}\n',
        ),
    ],
)
def test_a_dry_run_of_a_rescan_is_json_too_where_that_is_asked_for(
    more: tuple[str, ...], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    due = [(Name(CHINESE), ""), (Name("b.example"), "http://b.example/x")]
    monkeypatch.setattr(scan, "_due_now", lambda settings, limit: due)
    done = CliRunner().invoke(app, ["--home", str(tmp_path), "rescan", "--dry-run", *more])
    assert (done.exit_code, done.stdout, done.stderr) == (0, said, "2 due\n")


def test_a_person_has_the_same_keys_whether_active_or_waiting(tmp_path: Path) -> None:
    made = [
        json.loads(run(tmp_path, "people", "add", name, "--role", "approver", "--json").stdout)
        for name in ("lin", "wei")
    ]
    token = made[0]["token"]
    waits = json.loads(
        run(tmp_path, "people", "add", "chen", "--role", "reviewer", "--json", DOMAINSCAN_TOKEN=token).stdout
    )
    assert list(made[0]) == list(waits) == ["id", "role", "state", "token", "change"]
    assert (made[0]["change"], waits["token"], waits["state"]) == (None, None, "pending")
    confirmed = run(
        tmp_path, "people", "confirm", str(waits["change"]), "--json", DOMAINSCAN_TOKEN=made[1]["token"]
    )
    assert list(json.loads(confirmed.stdout)) == list(waits)
    again = run(tmp_path, "people", "add", "chen", "--role", "approver", "--json", DOMAINSCAN_TOKEN=token)
    change = str(json.loads(again.stdout)["change"])
    kept = json.loads(
        run(tmp_path, "people", "confirm", change, "--json", DOMAINSCAN_TOKEN=made[1]["token"]).stdout
    )
    assert (list(kept), kept["token"]) == (list(waits), None), "who keeps the old token"


def with_json(group: Any, *path: str) -> Iterator[str]:
    """The commands that have --json, each as it is typed."""
    for name, one in group.commands.items():
        if hasattr(one, "commands"):
            yield from with_json(one, *path, name)
        elif any("--json" in parameter.opts for parameter in one.params):
            yield " ".join((*path, name))


@pytest.mark.parametrize(
    "command", [*with_json(get_command(app)), *with_json(get_command(lists), "blocklists")]
)
def test_every_answer_as_json_is_in_the_docs(command: str) -> None:
    rows = SCRIPTS.partition("## Answers as one document")[2]
    first = re.findall(r"^\| (`[^|]*) \|", rows, re.MULTILINE)
    assert f"`{command}`" in ", ".join(first).split(", ")


KEYS: dict[str, Any] = {
    "scans": ScanAccount.__struct_fields__,
    "queue": QueueRow.__struct_fields__,
    "review list": (*Decision.__struct_fields__, "unicode"),
    "verify": (*Check.__struct_fields__, "unicode"),
    "release list": Hold.__struct_fields__,
    "report list": (*Report.__struct_fields__, "unicode"),
    "orders list": (
        *(one for one in Order.__struct_fields__),
        *("overdue", "folder", "problems", "receipts", "checks"),
    ),
}
SCRIPTS = (ROOT / "docs" / "scripts.md").read_text("utf-8")


@pytest.mark.parametrize("command", KEYS)
def test_the_keys_in_the_docs_are_those_of_the_answer(command: str) -> None:
    (row,) = re.findall(rf"^\| `{command}` \| array: ([^;|]*)", SCRIPTS, re.MULTILINE)
    assert re.findall(r"`(\w+)`", row) == list(KEYS[command])


def test_the_scan_record_in_the_docs_has_every_key() -> None:
    table = SCRIPTS.partition("## A scan record")[2].partition("## ")[0]
    said = [
        key
        for row in re.findall(r"^\| (`[^|]*) \|", table, re.MULTILINE)
        for key in re.findall(r"`(\w+)`", row)
    ]
    assert sorted(said) == sorted(ROWS[0][1])
