"""doctor, config show, the options of the program itself, and `blocklists --version`."""

from __future__ import annotations

import json
import os
import pty
import socket
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dns.message
import pytest

import domainscan
from domainscan.store import open_store

Rows = dict[str, dict[str, Any]]


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """Nobody's environment: no variable of ours, empty XDG folders."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("DOMAINSCAN_")}
    kept.pop("NO_COLOR", None)
    return kept | {
        "XDG_CONFIG_HOME": str(tmp_path / "none"),
        "XDG_DATA_HOME": str(tmp_path / "data"),
        "PYTHONPATH": str(Path(__file__).resolve().parent.parent),
        "TERM": "xterm-256color",
    }


def run(
    environment: dict[str, str], folder: Path, *words: str, module: str = "domainscan"
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", module, *words],
        env=environment,
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


# ---------------------------------------------------------------- config show


@pytest.mark.parametrize(
    ("words", "more", "home", "origin"),
    [
        (("--home", "flag"), {"DOMAINSCAN_HOME": "env"}, "flag", "command line"),
        ((), {"DOMAINSCAN_HOME": "env"}, "env", "environment DOMAINSCAN_HOME"),
        ((), {"DOMAINSCAN_HOME": ""}, "data/domainscan", "environment XDG_DATA_HOME"),
        ((), {"XDG_DATA_HOME": "", "HOME": "me"}, "me/.local/share/domainscan", "default"),
    ],
)
def test_config_show_says_where_the_home_comes_from(
    environment: dict[str, str], tmp_path: Path, words: tuple[str, ...], more: dict[str, str], home: str, origin: str
) -> None:  # fmt: skip
    done = run(environment | more, tmp_path, *words, "config", "show", "--json")
    rows = {one["key"]: one for one in json.loads(done.stdout)}
    assert rows["home"]["value"].endswith(home)
    assert rows["home"]["origin"] == origin


def test_the_file_named_by_the_environment_is_read(environment: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text('[net]\nvantage = "here"\n')
    (tmp_path / "other.toml").write_text('[net]\nvantage = "there"\n')
    named = environment | {"DOMAINSCAN_CONFIG": "other.toml"}
    assert '"there"' in run(named, tmp_path, "config", "show").stdout
    assert '"here"' in run(named, tmp_path, "--config", "config.toml", "config", "show").stdout
    missing = run(environment | {"DOMAINSCAN_CONFIG": "gone.toml"}, tmp_path, "config", "show")
    assert (missing.returncode, "DOMAINSCAN_CONFIG gone.toml" in missing.stderr) == (4, True)


def test_a_bad_variable_ends_the_program_with_its_name(environment: dict[str, str], tmp_path: Path) -> None:
    done = run(environment | {"DOMAINSCAN_NET_RESOLVRS": "[]"}, tmp_path, "config", "show")
    assert done.returncode == 4
    assert "DOMAINSCAN_NET_RESOLVRS" in done.stderr
    assert "Traceback" not in done.stderr


# ---------------------------------------------------------------- the terminal


def on_a_terminal(environment: dict[str, str], folder: Path, *words: str) -> str:
    """What the program writes when a terminal is on standard output."""
    ours, its = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "domainscan", *words],
        env=environment,
        cwd=folder,
        stdout=its,
        stderr=subprocess.DEVNULL,
        stdin=subprocess.DEVNULL,
    )
    os.close(its)
    data = b""
    try:
        while chunk := os.read(ours, 65536):
            data += chunk
    except OSError:  # Linux reports the other side's end this way
        pass
    finally:
        os.close(ours)
        process.wait(60)
    return data.decode()


@pytest.mark.parametrize(
    ("words", "more", "plain"),
    [
        (("--no-color",), {}, True),
        ((), {"NO_COLOR": "1"}, True),
        ((), {"NO_COLOR": ""}, False),  # no-color.org: an empty one does not count
        ((), {}, False),  # the negative control
    ],
)
def test_a_table_without_color_has_no_escapes_at_all(
    environment: dict[str, str], tmp_path: Path, words: tuple[str, ...], more: dict[str, str], plain: bool
) -> None:
    said = on_a_terminal(environment | more, tmp_path, *words, "config", "show")
    assert "net.vantage" in said
    assert ("\x1b" not in said) == plain


# ---------------------------------------------------------------- doctor


@pytest.fixture
def answering() -> Iterator[str]:
    """A resolver that answers every question with nothing."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))

        def serve() -> None:
            while True:
                data, client = server.recvfrom(4096)
                if data == b"end":
                    return
                server.sendto(dns.message.make_response(dns.message.from_wire(data)).to_wire(), client)

        thread = threading.Thread(target=serve)
        thread.start()
        yield f"127.0.0.1:{server.getsockname()[1]}"
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
            client.sendto(b"end", server.getsockname())
        thread.join(10)


@pytest.fixture
def silent() -> Iterator[str]:
    """A resolver that hears and says nothing."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        yield f"127.0.0.1:{server.getsockname()[1]}"


def doctor(environment: dict[str, str], folder: Path, *resolvers: str) -> Rows:
    settings = {
        "DOMAINSCAN_NET_RESOLVERS": json.dumps(resolvers),
        "DOMAINSCAN_NET_DNS_TIMEOUT_SECONDS": "0.5",
        "DOMAINSCAN_HOME": str(folder / "home"),
    }
    done = run(environment | settings, folder, "doctor", "--json")
    rows = {one["check"]: one for one in json.loads(done.stdout)}
    assert done.returncode == (0 if all(one["ok"] for one in rows.values()) else 1)
    return rows


def test_doctor_asks_each_resolver(
    environment: dict[str, str], tmp_path: Path, answering: str, silent: str
) -> None:
    rows = doctor(environment, tmp_path, answering, silent)
    assert rows[f"resolver {answering}"]["ok"]
    assert not rows[f"resolver {silent}"]["ok"]
    assert "silent" in rows[f"resolver {silent}"]["detail"]
    assert rows["resolvers"]["ok"]


def test_doctor_says_when_nobody_answers(environment: dict[str, str], tmp_path: Path, silent: str) -> None:
    rows = doctor(environment, tmp_path, silent)
    assert not rows["resolvers"]["ok"]
    assert "none answers" in rows["resolvers"]["detail"]


def test_doctor_only_looks(environment: dict[str, str], tmp_path: Path, answering: str) -> None:
    rows = doctor(environment, tmp_path, answering)
    assert not (tmp_path / "home").exists()
    assert rows["clock"]["ok"]
    assert rows["home"]["ok"]


@pytest.mark.parametrize(
    ("newest", "fine", "said"),
    [
        ("2001-01-01T00:00:00Z", False, "after the newest record"),
        ("2999-01-01T00:00:00Z", False, "before the newest record"),
        ("", True, "nothing is recorded yet"),
    ],
)
def test_doctor_compares_the_clock_with_the_newest_record(
    environment: dict[str, str], tmp_path: Path, answering: str, newest: str, fine: bool, said: str
) -> None:
    with open_store(tmp_path / "home") as store:
        if newest:
            store.db.execute("INSERT INTO published (recipient, serial, digest, path, at, by, names)"
                             " VALUES ('a', 1, '', '', ?, '', x'00')", (newest,))  # fmt: skip
    clock = doctor(environment, tmp_path, answering)["clock"]
    assert clock["ok"] == fine
    assert said in clock["detail"]


def test_doctor_finds_a_clock_that_agrees(
    environment: dict[str, str], tmp_path: Path, answering: str
) -> None:
    with open_store(tmp_path / "home") as store:
        store.db.execute("INSERT INTO published (recipient, serial, digest, path, at, by, names)"
                         " VALUES ('a', 1, '', '', strftime('%Y-%m-%dT%H:%M:%SZ', 'now'), '', x'00')")  # fmt: skip
    assert doctor(environment, tmp_path, answering)["clock"]["ok"]


def test_a_store_that_cannot_be_read_is_a_finding(
    environment: dict[str, str], tmp_path: Path, answering: str
) -> None:
    (tmp_path / "home").mkdir(mode=0o700)
    (tmp_path / "home" / "domainscan.db").write_bytes(b"no database at all, and long enough to be one" * 99)
    rows = doctor(environment, tmp_path, answering)
    assert not rows["store"]["ok"]


def test_doctor_says_when_others_can_read_the_home(
    environment: dict[str, str], tmp_path: Path, answering: str
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    home.chmod(0o755)
    found = doctor(environment, tmp_path, answering)["home"]
    assert not found["ok"]
    assert "755" in found["detail"]
    assert f"chmod 700 {home}" in found["detail"]
    home.chmod(0o700)
    assert doctor(environment, tmp_path, answering)["home"]["ok"]


def test_a_home_that_domainscan_makes_is_private(tmp_path: Path) -> None:
    open_store(tmp_path / "home").close()
    assert stat.S_IMODE((tmp_path / "home").stat().st_mode) == 0o700


def test_a_full_or_read_only_disk_is_found_by_writing(
    environment: dict[str, str], tmp_path: Path, answering: str
) -> None:
    """The home is a place where not even root can make a file."""
    settings = {"DOMAINSCAN_HOME": "/proc/self", "DOMAINSCAN_NET_RESOLVERS": json.dumps([answering])}
    done = run(environment | settings, tmp_path, "doctor", "--json")
    rows = {one["check"]: one for one in json.loads(done.stdout)}
    assert not rows["disk"]["ok"]
    assert "cannot be written" in rows["disk"]["detail"]


# ---------------------------------------------------------------- blocklists


def test_blocklists_says_its_version(environment: dict[str, str], tmp_path: Path) -> None:
    done = run(environment, tmp_path, "--version", module="blocklists")
    assert (done.returncode, done.stdout) == (0, f"blocklists {domainscan.__version__}\n")
