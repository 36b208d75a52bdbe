"""What scripts type, in surroundings that are not a desk's terminal."""

from __future__ import annotations

import json
import os
import pwd
import subprocess
import sys
from pathlib import Path

import pytest
import typer
from typed import ROOT, run
from typer.testing import CliRunner

from domainscan.cli import app, common


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("show", "--", "--help"), 2, "error: '--help'"),  # a name, as it stands
        (("report", "add", "a.example", "--text", "-h"), 0, "report 1 recorded for a.example"),
        (("review", "lift", "1", "--reason", "--help"), 2, "error: who are you?"),
    ],
)
def test_a_value_that_looks_like_help_is_a_value(
    words: tuple[str, ...], code: int, said: str, tmp_path: Path
) -> None:
    done = run(tmp_path, *words)
    assert (done.returncode, done.stderr[: len(said)], done.stdout) == (code, said, "")


def test_help_needs_no_configuration(tmp_path: Path) -> None:
    (tmp_path / "bad.toml").write_text("[nonsense")
    done = run(tmp_path, "--config", "bad.toml", "review", "lift", "--help")
    assert (done.returncode, done.stderr) == (0, "")
    assert run(tmp_path, "--config", "bad.toml", "review", "list").returncode == 4, "the control"
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize("form", ["systemd", "cron"])
def test_units_go_by_the_configuration_that_the_environment_names(form: str, tmp_path: Path) -> None:
    """A timer has another environment: it would read ./config.toml, or nothing, and find no such schedule."""
    other = tmp_path / "other.toml"
    other.write_text('[[schedule]]\nname = "tips"\nsources = ["tips.txt"]\nevery = "6h"\n')
    (tmp_path / "config.toml").write_text("")
    done = run(tmp_path, "schedule", "--form", form, DOMAINSCAN_CONFIG="other.toml")
    assert done.returncode == 0
    assert f"--config {other}" in done.stdout
    named = run(
        tmp_path, "--config", "other.toml", "schedule", "--form", form, DOMAINSCAN_CONFIG="config.toml"
    )
    assert f"--config {other}" in named.stdout, "the option is the stronger one"


@pytest.fixture
def nobody(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A user as containers give one: a number without a name, and without a home."""

    def unknown(number: int) -> None:
        raise KeyError(number)

    for name in ("HOME", "USER", "LOGNAME", "LNAME", "USERNAME", "XDG_CONFIG_HOME", "XDG_DATA_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(pwd, "getpwuid", unknown)
    monkeypatch.chdir(tmp_path)


@pytest.mark.usefixtures("nobody")
def test_a_user_without_a_home_says_where_state_lives(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = common.read_settings(None, tmp_path / "desk", quiet=False, verbose=False, color=False)
    assert made.home == tmp_path / "desk"
    with pytest.raises(typer.Exit) as end:
        common.read_settings(None, None, quiet=False, verbose=False, color=False)
    assert end.value.exit_code == common.STORE
    assert (
        capsys.readouterr().err == "error: this user has no home folder: say with --home where state lives\n"
    )


@pytest.mark.usefixtures("nobody")
def test_units_name_a_user_by_number_who_has_no_name(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["--home", str(tmp_path / "desk"), "schedule", "--canaries"])
    assert done.exit_code == 0, done.exception
    assert f"\nUser={os.getuid()}\n" in done.stdout


def test_a_path_that_is_no_utf8_is_a_path(tmp_path: Path) -> None:
    """Disks of other encodings are mounted, and a file is called what it is called."""
    odd = os.fsdecode(b"caf\xe9.txt")
    (tmp_path / odd).write_text("10.0.0.1\n", "utf-8")
    record = json.loads(run(tmp_path, "scan", "-l", odd, "--jsonl").stdout)
    assert (record["input"], record["source"]) == ("10.0.0.1", "caf\\udce9.txt")
    done = run(tmp_path, "backup", odd + ".db")
    assert done.returncode == 0, done.stderr
    digest = os.fsencode(tmp_path / f"{odd}.db.sha256")
    assert subprocess.run([b"sha256sum", b"--check", digest], cwd=tmp_path, check=False).returncode == 0


def test_a_reason_that_is_no_utf8_is_kept_readable(tmp_path: Path) -> None:
    why = os.fsdecode(b"caf\xe9")
    words = ("protect", "add", "a.lab.org", "--folder", str(tmp_path), "--why", why)
    done = run(tmp_path, *words, program="blocklists")
    assert (done.returncode, done.stderr) == (0, "1 name added, 0 were there\n")
    assert "caf\\udce9" in (tmp_path / "own.txt").read_text("utf-8")


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        ("domainscan scan -", 0, "0 planned"),
        ("domainscan review propose --from-file -", 2, "who are you?"),
        ("blocklists compile -", 3, "nothing is left of the input"),
        ("blocklists diff - -", 2, "- stands twice"),
    ],
)
def test_a_closed_standard_input_is_an_empty_one(words: str, code: int, said: str, tmp_path: Path) -> None:
    done = run(tmp_path, *words.split()[1:], program=words.split(maxsplit=1)[0], closed=True)
    assert (done.returncode, said in done.stderr, "Traceback" in done.stderr) == (code, True, False), (
        done.stderr
    )


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            ("label", "x.png", "--max-bytes", "1099511627776"),
            "'1099511627776': at most 1073741824 is asked for",
        ),
        (
            ("orders", "receipt", "1", "--status", "received", "--at", "0001-01-01T00:00:00+14:00"),
            "--at '0001-01-01",
        ),
    ],
)
def test_a_number_beyond_all_bounds_is_wrong_use(words: tuple[str, ...], said: str, tmp_path: Path) -> None:
    (tmp_path / "x.png").write_bytes(b"x")
    done = run(tmp_path, *words)
    assert (done.returncode, said in done.stderr) == (2, True), done.stderr


def test_an_empty_home_is_a_slip_and_not_this_folder(tmp_path: Path) -> None:
    """`--home "$DESK"` of a script that has no such variable would lay cases and keys wherever it stands."""
    done = run(tmp_path, "--home", "", "scans")
    assert (done.returncode, done.stdout) == (2, "")
    assert "'--home': it is empty: name a folder" in done.stderr
    assert list(tmp_path.iterdir()) == []
    assert run(tmp_path, "--home", ".", "scans").returncode == 0, "named, it is taken"


@pytest.mark.parametrize(
    ("words", "option"),
    [
        ("domainscan export --out", "--out"),
        ("domainscan release hold carrier-a --out", "--out"),
        ("domainscan transfer setup --out", "--out"),
        ("blocklists protect add a.lab.org --why x --folder", "--folder"),
        ("blocklists protect show a.lab.org --folder", "--folder"),
    ],
)
def test_an_empty_folder_is_a_slip_too(words: str, option: str, tmp_path: Path) -> None:
    program, *rest = words.split()
    done = run(tmp_path, *rest, "", program=program)
    assert done.returncode == 2
    assert f"Invalid value for '{option}'" in done.stderr
    assert "it is empty: name a folder" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_working_folder_that_is_gone_is_told(tmp_path: Path) -> None:
    (tmp_path / "gone").mkdir()
    script = f'cd {tmp_path}/gone && rmdir {tmp_path}/gone && exec "$0" -m blocklists compile x.txt'
    done = subprocess.run(
        ["sh", "-c", script, sys.executable],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (2, "No such file or directory\n")


def test_a_token_from_a_file_of_windows_is_the_token(tmp_path: Path) -> None:
    """Files of secrets end in CR LF, and what reads them takes off the LF alone."""
    run(tmp_path, "people", "add", "lin", "--role", "approver")
    token = run(tmp_path, "people", "add", "wei", "--role", "approver").stdout.strip()
    done = run(tmp_path, "people", "add", "chen", "--role", "reviewer", DOMAINSCAN_TOKEN=f"{token}\r")
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
