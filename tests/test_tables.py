"""Tables and messages on a screen: read at 80 and 120 columns, and in a pipe.

See it fail: in domainscan/cli/tables.py let a token be a letter in `_TOKENS`, `_telling` return its table
as it is, or `_WIDEST_IN_A_PIPE` be 10,000.
"""

from __future__ import annotations

import os
import pty
import re
import struct
import sys
import termios
from collections.abc import Callable, Sequence
from fcntl import ioctl
from pathlib import Path

import pytest
from rich.cells import cell_len
from typer.testing import CliRunner

from domainscan.cli import app, common, tables, verify
from domainscan.cli.tables import filled, plain_lines, screen_lines
from domainscan.model import Assessment, Check, Judgement, Name, Observation
from domainscan.store import open_store
from domainscan.store.findings import seal
from domainscan.store.scans import ScanItem, begin_scan, plan_items, planned, record_shard

FIRST = "2026-11-01T10:00:00Z"
SCANS = ("id", "started", "ended", "state", "planned", "observed", "dead", "failed", "invalid", "skipped", "pending",
         "inputs")  # fmt: skip
SCAN = ("s-20261127-040338-b29f", "2026-11-27T04:03:38Z", "2026-11-27T04:03:57Z", "done", "128", "118", "5", "5", "0",
        "0", "0", "/srv/desk/candidates.txt tips.csv")  # fmt: skip
REASON = "seen on 2026-11-27: the page's own words offer what nobody may offer; several phrases say so"
DECISIONS = ("id", "name", "unicode", "measure", "reach", "state", "reason", "appeal")
ROWS = [
    (
        "1",
        "alpha-with-a-long-name.lab",
        "alpha-with-a-long-name.lab",
        "cancel-access",
        "host",
        "approved",
        REASON,
        "",
    ),
    ("2", "xn--4gq99xgni525c.lab", "一键换声.lab", "block", "subtree", "lifted", "", ""),
]


def shown(heads: tuple[str, ...], rows: Sequence[tuple[str, ...]], width: int) -> list[str]:
    lines = list(screen_lines(heads, rows, width))
    assert max(map(cell_len, lines)) <= width
    return lines


WIDTHS = (60, 80, 100, 120, 200)


def broken(width: int) -> set[str]:
    """The words of the table that stand nowhere in its lines."""
    lines = screen_lines(DECISIONS, ROWS, width)
    return {word for row in ROWS for cell in row for word in cell.split()} - set(" ".join(lines).split())


@pytest.mark.parametrize("width", WIDTHS)
def test_every_word_of_a_table_stands_whole_on_one_line(width: int) -> None:
    assert broken(width) == set()


def test_words_are_broken_where_letters_are_tokens(monkeypatch: pytest.MonkeyPatch) -> None:
    """The negative control: this is what a terminal does."""
    monkeypatch.setattr(tables, "_TOKENS", re.compile(r"(\s*)(\S)"))
    assert any(map(broken, WIDTHS))


def test_what_has_no_room_stands_beneath_its_row_with_its_name() -> None:
    assert shown(SCANS, [SCAN], 80) == [
        "id                      started            ended              state  planned",
        "──────────────────────  ─────────────────  ─────────────────  ─────  ───────",
        "s-20261127-040338-b29f  2026-11-27 04:03Z  2026-11-27 04:03Z  done   128",
        "    observed 118 · dead 5 · failed 5 · invalid 0 · skipped 0 · pending 0 ·",
        "    inputs /srv/desk/candidates.txt tips.csv",
    ]


def test_times_keep_their_seconds_where_there_is_room() -> None:
    assert "2026-11-27T04:03:38Z" in shown(SCANS, [SCAN], 200)[2]
    assert "2026-11-27T04:03:38Z" not in "".join(shown(SCANS, [SCAN], 120))


@pytest.mark.parametrize(
    ("heads", "row", "left", "reason"),
    [
        (("name", "Unicode"), ("a.lab", "a.lab"), "name", "the Unicode name is the name"),
        (("name", "Unicode"), ("xn--4gq99xgni525c.lab", "一键换声.lab"), "name Unicode", "it is not"),
        (("name", "for", "visit"), ("a.lab", "", "dead"), "name visit", "nobody has it"),
        (("name", "for"), ("", ""), "name", "the first column stays"),
        (("unicode", "kind"), ("a.lab", "a.lab"), "unicode kind", "there is no name to repeat"),
    ],
)
def test_columns_that_say_nothing_are_left_out(
    heads: tuple[str, ...], row: tuple[str, ...], left: str, reason: str
) -> None:
    assert shown(heads, [row], 80)[0].split() == left.split(), reason


def test_an_empty_table_keeps_its_heads() -> None:
    assert shown(("id", "at", "name"), [], 80) == ["id  at  name", "──  ──  ────"]


def test_among_names_a_unicode_form_is_shown_where_it_differs() -> None:
    lines = shown(("name", "unicode"), [row[1:3] for row in ROWS], 80)
    assert lines[2:] == ["alpha-with-a-long-name.lab", "xn--4gq99xgni525c.lab       一键换声.lab"]


def test_a_name_in_the_second_column_is_whole_too() -> None:
    """See it fail: take "name" out of `_WHOLE`."""
    name = "one-two-three-four-five.lab"
    assert name in shown(("id", "name", "text"), [("1", name, REASON)], 56)[2].split()


def test_a_name_longer_than_half_the_screen_has_its_line_and_pushes_only_its_row_down() -> None:
    long = f"{'a' * 50}.lab"
    lines = shown(("name", "state", "visit"), [("b.lab", "new", "dead"), (long, "new", "observed")], 60)
    assert [line.split() for line in lines[2:]] == [["b.lab", "new", "dead"], [long], ["new", "observed"]]


@pytest.mark.parametrize(
    ("text", "width", "lines", "reason"),
    [
        ("two cases wait for the reasons", 20, ["two cases wait for", "  the reasons"], "between words"),
        (
            "see `domainscan show a.lab` now",
            26,
            ["see", "  `domainscan show a.lab`", "  now"],
            "a command is whole",
        ),
        (
            "  label  text that goes on",
            20,
            ["  label  text that", "  goes on"],
            "spaces stay where they stood",
        ),
        (
            "at https://a.lab/one/two/three",
            20,
            ["at https://a.lab/", "  one/two/three"],
            "a long word behind its signs",
        ),
        ("x" * 30, 20, ["x" * 30], "what has no place to break is left to the terminal"),
        ("这个网站没有标识", 8, ["这个网站", "  没有标", "  识"], "scripts without spaces break anywhere"),
        ("", 20, [""], "nothing"),
    ],
)
def test_a_text_breaks_between_its_words(text: str, width: int, lines: list[str], reason: str) -> None:
    assert filled(text, width, 2) == lines, reason


def test_a_cell_without_a_place_to_break_is_cut_with_a_mark() -> None:
    assert filled("digest sha256:" + "0" * 64, 20, cut=True) == ["digest sha256:", f"{'0' * 19}…"]


def test_in_a_pipe_one_long_value_pads_no_other_line() -> None:
    rows = [("net.ports", "[80, 443]", "default"), ("recipient", "x" * 2330, "file")]
    lines = list(plain_lines(("key", "value", "from"), rows))
    assert [len(line) for line in lines] == [26, 29, 2347]
    assert "x" * 2330 in lines[2]


def test_in_a_pipe_all_columns_stay_where_they_are() -> None:
    assert next(plain_lines(DECISIONS, ROWS)).split() == list(DECISIONS)


def on_a_terminal(columns: int, work: Callable[[], None]) -> str:
    """What `work` leaves on a real terminal of so many columns, as its screen program reads it."""
    child, master = pty.fork()
    if child == 0:  # pragma: no cover - another process
        try:
            ioctl(1, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
            sys.stdout, sys.stderr = (open(number, "w", encoding="utf-8", closefd=False) for number in (1, 2))  # noqa: SIM115
            work()
            sys.stdout.flush()
            sys.stderr.flush()
        finally:
            os._exit(0)
    told = bytearray()
    try:
        while read := os.read(master, 65536):
            told += read
    except OSError:  # Linux says EIO where the other side has gone
        pass
    finally:
        os.close(master)
        os.waitpid(child, 0)
    return told.decode()


@pytest.mark.parametrize("columns", [80, 120])
def test_a_terminal_is_asked_for_its_width(columns: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    monkeypatch.setenv("NO_COLOR", "1")

    def work() -> None:
        common.table("the title", SCANS, [SCAN])
        common.note("word " * 40)
        common.say("word " * 40)

    lines = on_a_terminal(columns, work).splitlines()
    assert lines[0] == "the title"
    assert lines[1 : 1 + len(shown(SCANS, [SCAN], columns))] == shown(SCANS, [SCAN], columns)
    assert columns - 5 <= max(map(cell_len, lines)) <= columns
    assert {word for line in lines for word in line.split() if word.startswith("w")} == {"word"}


def test_heads_are_bold_but_where_nobody_wants_colour(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    assert on_a_terminal(80, lambda: common.table("", ("name",), [("a.lab",)])).startswith("\x1b[1mname")
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b" not in on_a_terminal(80, lambda: common.table("", ("name",), [("a.lab",)]))


def test_without_a_terminal_a_message_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    common.note("word " * 60)
    common.say("word " * 60)
    told = capsys.readouterr()
    assert (told.err.count("\n"), told.out.count("\n")) == (1, 1)


@pytest.mark.parametrize(
    ("count", "said"), [(0, "0 checks"), (1, "1 check"), (2, "2 checks"), (1200, "1,200 checks")]
)
def test_one_is_no_plural(count: int, said: str) -> None:
    assert common.counted(count, "check") == said


def test_a_screen_program_finds_no_terminal_in_a_file(tmp_path: Path) -> None:
    with (tmp_path / "file").open("w") as file:
        assert tables.screen_width(file) is None


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (
            [Check("carrier-a", Name("a.lab"), 1, FIRST, "full", "full")],
            "1 check: 1 as wanted, 0 not, 0 unknown\n",
        ),
        (
            [Check("carrier-a", Name("a.lab"), 1, FIRST, "full", "full")] * 2,
            "2 checks: 2 as wanted, 0 not, 0 unknown\n",
        ),
    ],
    ids=["1", "2"],
)
def test_a_single_check_is_one_check(
    made: list[Check], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    verify._conclude(made)
    assert capsys.readouterr().err == said


@pytest.mark.parametrize(("names", "said"), [(1, "1 case waits; "), (2, "2 cases wait; ")])
def test_a_single_case_waits_and_two_wait(names: int, said: str, tmp_path: Path) -> None:
    with open_store(tmp_path / "home") as store:
        scan = begin_scan(store, spec="{}", digest="d", now=FIRST)
        wanted = [Name(f"n{number}.lab") for number in range(names)]
        plan_items(
            store,
            scan,
            [
                ScanItem(at, one, one, "", 0, "argument", "", "pending", "")
                for at, one in enumerate(wanted, 1)
            ],
        )
        planned(store, scan)
        found = [seal(at, *flagged(scan, one)) for at, one in enumerate(wanted, 1)]
        record_shard(store, scan, found, [], FIRST)
    done = CliRunner().invoke(app, ["--home", str(tmp_path / "home"), "queue"])
    assert (done.exit_code, done.stderr.startswith(said)) == (0, True), done.stderr


def flagged(scan: str, name: Name) -> tuple[Observation, Assessment]:
    seen = Observation(id=f"o-{name}", scan=scan, name=name, url="", at=FIRST, status="observed")
    return seen, Assessment(
        id=f"a-{name}", observation=seen.id, name=name, at=FIRST, pack="p", pack_digest="p", context_digest="c",
        content="sha256:0", judgements=(Judgement("H01", "critical", "high", 9.0, (), ()),), unknown=(),
    )  # fmt: skip
