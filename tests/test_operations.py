"""doctor, config show, the options of the program itself, and `blocklists --version`."""

from __future__ import annotations

import importlib.metadata
import json
import os
import pty
import re
import shutil
import socket
import stat
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import dns.message
import pytest
from rich.cells import cell_len
from typer.testing import CliRunner

import domainscan
from domainscan.cli import app, common
from domainscan.cli import doctor as checks
from domainscan.config import BadConfig, load_config
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


def test_a_message_names_the_configuration_that_was_read(environment: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text("", "utf-8")
    for words, named in (((), "config.toml"), (("--config", "mine.toml"), "mine.toml")):
        done = run(environment, tmp_path, *words, "schedule")
        assert (done.returncode, done.stderr) == (2, f"error: {named} has no [[schedule]] table\n")


@pytest.mark.parametrize("program", ["domainscan", "blocklists"])
def test_ctrl_c_while_a_program_is_loaded_ends_it_without_a_traceback(
    program: str, environment: dict[str, str]
) -> None:
    """Loading is held up at the import of the command line, which somebody interrupts."""
    held = (
        "import os, signal, sys, importlib.abc\n"
        "class Hold(importlib.abc.MetaPathFinder):\n"
        "    def find_spec(self, name, path, target=None):\n"
        f"        if name == '{program}.cli': os.kill(os.getpid(), signal.SIGINT)\n"
        "sys.meta_path.insert(0, Hold())\n"
        f"from {program}.__main__ import main\n"
        "main()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", held], env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stderr) == (130, "")


def test_a_home_has_one_lab(environment: dict[str, str], tmp_path: Path) -> None:
    """A second one would make another authority, and every site of the first untrusted."""
    command = [sys.executable, "-m", "domainscan", "--home", "desk", "lab"]
    with subprocess.Popen(
        command, env=environment, cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    ) as first:
        try:
            assert first.stderr is not None
            assert "the lab runs" in first.stderr.readline()
            authority = (tmp_path / "desk" / "lab" / "lab-ca.pem").read_bytes()
            second = run(environment, tmp_path, "--home", "desk", "lab")
        finally:
            first.terminate()
    assert (second.returncode, "a lab serves desk already" in second.stderr) == (2, True)
    assert (tmp_path / "desk" / "lab" / "lab-ca.pem").read_bytes() == authority
    assert stat.S_IMODE((tmp_path / "desk").stat().st_mode) == 0o700


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


def test_config_show_keeps_a_password_to_itself(environment: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text('[net]\nproxy = "http://desk:secret@192.0.2.1:3128"\n')
    for words in ((), ("--json",)):
        shown = run(environment, tmp_path, "config", "show", *words).stdout
        assert ("secret" in shown, "http://desk:***@192.0.2.1:3128" in shown) == (False, True)


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


@pytest.mark.parametrize("words", [("categories", "H09"), ("evaluate", "names.csv")])
def test_what_is_no_table_breaks_between_words_too(
    environment: dict[str, str], tmp_path: Path, words: tuple[str, ...]
) -> None:
    (tmp_path / "names.csv").write_text("domain,label\nquiet-bakery.lab,1\n")
    narrow = on_a_terminal(environment | {"COLUMNS": "50", "NO_COLOR": "1"}, tmp_path, *words)
    wide = on_a_terminal(environment | {"COLUMNS": "2000", "NO_COLOR": "1"}, tmp_path, *words)
    assert max(map(cell_len, narrow.splitlines())) <= 50
    latin = re.compile(r"[A-Za-z]{3,}")
    assert set(latin.findall(narrow)) <= set(latin.findall(wide)), "no word is broken"


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


def test_doctor_names_a_schedule_that_nobody_can_keep(
    environment: dict[str, str], tmp_path: Path, answering: str
) -> None:
    """A timer would say it at night."""
    config = tmp_path / "config.toml"
    config.write_text('[[schedule]]\nname = "tips"\nsources = ["reports"]\nevery = "6h"\n')
    assert doctor(environment, tmp_path, answering)["configuration"] == {
        "check": "configuration", "ok": True, "detail": "config.toml",
    }  # fmt: skip
    config.write_text('[[schedule]]\nname = "tips"\nsources = ["reports"]\nevery = "6 hours"\n')
    found = doctor(environment, tmp_path, answering)["configuration"]
    assert (found["ok"], "every = '6 hours'; write 30m, 6h, 1d or 1w" in found["detail"]) == (False, True)


def test_doctor_only_looks(environment: dict[str, str], tmp_path: Path, answering: str) -> None:
    rows = doctor(environment, tmp_path, answering)
    said = "alone it is asked twice before a name is called dead; two give a second opinion"
    assert rows["resolvers"]["detail"] == f"{answering}; {said}"
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


def test_a_home_that_may_not_be_looked_at_is_a_finding(
    environment: dict[str, str], tmp_path: Path, answering: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody else's, after a restore by another user; root, who may run these tests, could look."""

    def denied(home: Path) -> bool:
        raise PermissionError(13, "Permission denied", str(home))

    for look in ("_disk", "_private", "_records"):
        monkeypatch.setattr(checks, look, lambda *_: denied(tmp_path / "home"))
    for key, value in environment.items():
        monkeypatch.setenv(key, value)
    monkeypatch.setenv("DOMAINSCAN_NET_RESOLVERS", json.dumps([answering]))
    done = CliRunner().invoke(app, ["--home", str(tmp_path / "home"), "doctor", "--json"])
    rows = {one["check"]: one for one in json.loads(done.stdout)}
    assert done.exit_code == 1
    for check in ("disk", "home", "store"):
        assert (rows[check]["ok"], rows[check]["detail"]) == (
            False,
            f"{tmp_path / 'home'}: Permission denied",
        )
    assert rows["resolvers"]["ok"]


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


@pytest.mark.parametrize(
    ("strange", "said"),
    [
        ("", "belongs to nobody-we-know, and you are "),
        ("evidence/2026-11-23.warc.gz", "warc.gz belongs to nobody-we-know: chown me "),
        ("lock", "lock belongs to nobody-we-know: chown me "),
        ("export/carrier-a", ""),  # a web server's, perhaps
    ],
)
def test_doctor_says_what_belongs_to_somebody_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, strange: str, said: str
) -> None:
    """Typed once as root, a command leaves files that the timers of another user cannot write."""
    home = tmp_path / "home"
    for folder in ("evidence", "export/carrier-a"):
        (home / folder).mkdir(parents=True)
    home.chmod(0o700)
    for file in ("evidence/2026-11-23.warc.gz", "lock"):
        (home / file).touch()
    real_stat, real_lstat = Path.stat, Path.lstat

    def stat_of(self: Path, look: Callable[[Path], os.stat_result]) -> Any:
        found = look(self)
        alien = self == home / strange
        return os.stat_result((*found[:4], 4242 if alien else os.geteuid(), *found[5:])) if alien else found

    monkeypatch.setattr(Path, "stat", lambda self, **_: stat_of(self, real_stat))
    monkeypatch.setattr(Path, "lstat", lambda self: stat_of(self, real_lstat))
    monkeypatch.setattr(common, "user_name", lambda uid: "nobody-we-know" if uid == 4242 else "me")
    _, ok, detail = checks._private(home)
    assert (ok, said in detail) == (not said, True)


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


# ---------------------------------------------------------------- what doctor calls for


def versions(**here: str) -> Callable[[str], str]:
    """The installed version of each library: well above its floor, or what the test says."""

    def found(package: str) -> str:
        if here.get(package) == "":
            raise importlib.metadata.PackageNotFoundError(package)
        return here.get(package, "99.0")

    return found


@pytest.mark.parametrize(
    ("package", "here", "fine", "why"),
    [
        (
            "aiohttp",
            "3.14.3",
            False,
            "quadratic time on many gzip members, an out-of-bounds read below 3.14.3",
        ),
        ("aiohttp", "3.14.4", True, "the floor itself"),
        ("aiohttp", "3.9.5", False, "compared as numbers: 9 is less than 14"),
        ("aiohttp", "3.14.4rc1", False, "a candidate is before the release"),
        ("dnspython", "2.9.1", False, "CVE-2026-128089"),
        ("dnspython", "2.10.0", True, ""),
        ("idna", "3.6", False, "quadratic time, CVE-2024-3651"),
        ("jinja2", "3.1.5", False, "sandbox"),
        ("brotli", "1.1.0", False, "no limit on the output"),
        ("brotli", "", False, "needed and not there"),
        ("pycares", "4.11.0", False, "an old c-ares under aiodns"),
        ("pycares", "", None, "not installed, not needed"),
    ],
)
def test_doctor_calls_for_a_library_below_its_floor(
    package: str, here: str, fine: bool | None, why: str
) -> None:
    found = {name: ok for name, ok, _ in checks._libraries(versions(**{package: here}))}
    assert found.pop(package, None) is fine, why
    assert all(found.values()), "the negative control: the others are fine"


@pytest.mark.parametrize(
    ("version", "raced", "why"),
    [
        ("3.6.23", False, "before the write-ahead log"),
        ("3.7.0", True, "the first one"),
        ("3.40.1", True, "Debian 12"),
        ("3.44.5", True, ""),
        ("3.44.6", False, "mended there"),
        ("3.45.0", True, "branched off before"),
        ("3.50.6", True, ""),
        ("3.50.7", False, "mended there"),
        ("3.51.2", True, "the last one"),
        ("3.51.3", False, "mended"),
        ("3.54.1", False, ""),
    ],
)
def test_doctor_warns_of_an_sqlite_with_the_race(version: str, raced: bool, why: str) -> None:
    name, ok, detail = checks._sqlite(version)
    assert (name, ok) == ("sqlite", True), "the lock keeps it away: a warning"
    assert ("WARNING" in detail) == raced, why
    assert detail.startswith(version)


def test_doctor_calls_for_room_on_the_disk(tmp_path: Path) -> None:
    free = shutil.disk_usage(tmp_path).free
    assert checks._disk(tmp_path, least=free * 2)[1] is False
    assert "are needed" in checks._disk(tmp_path, least=free * 2)[2]
    assert checks._disk(tmp_path, least=1)[1] is True


@pytest.mark.parametrize(("found", "fine"), [((3, 10, 12), False), ((3, 11, 0), True), ((3, 13, 1), True)])
def test_doctor_calls_for_a_newer_python(found: tuple[int, ...], fine: bool) -> None:
    assert checks._python(found)[1] is fine


@pytest.mark.parametrize(
    ("now", "newest", "fine", "why"),
    [
        ("2026-11-22T15:00:00Z", "2026-11-23T15:00:00Z", False, "the clock went back a day"),
        ("2036-11-23T15:00:00Z", "2026-11-23T15:00:00Z", False, "it is ten years ahead"),
        ("2026-11-23T14:58:00Z", "2026-11-23T15:00:00Z", True, "two machines differ by minutes"),
        ("2026-11-23T14:00:00Z", "2026-11-23T15:00:00Z", False, "an hour of summer time, but times are UTC"),
        ("2027-06-23T15:00:00Z", "2026-11-23T15:00:00Z", True, "nobody scanned for half a year"),
    ],
)
def test_doctor_calls_for_a_look_at_the_clock(now: str, newest: str, fine: bool, why: str) -> None:
    assert checks._clock(now, newest)[1] is fine, why


# ---------------------------------------------------------------- F18: what is said, and where it goes


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("scan", "127.0.0.1"), 3),
        (("export",), 2),
        (("config", "show"), 0),
        (("--config", "/nowhere", "doctor"), 4),
        (("no-such-command",), 2),
        (("scan", "--no-such-option"), 2),
    ],
)
def test_a_full_disk_behind_the_messages_costs_the_messages_alone(
    environment: dict[str, str], tmp_path: Path, words: tuple[str, ...], code: int
) -> None:
    command = [sys.executable, "-m", "domainscan", *words]
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            command, env=environment, cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=full, check=False
        )
    assert done.returncode == code


@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize("words", [("config", "show"), ("config", "show", "--json"), ("--help",)])
def test_a_full_disk_behind_the_answer_is_an_error(
    environment: dict[str, str], tmp_path: Path, words: tuple[str, ...], unbuffered: str
) -> None:
    """Half an answer must not look like a whole one."""
    environment["PYTHONUNBUFFERED"] = unbuffered
    command = [sys.executable, "-m", "domainscan", *words]
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            command,
            env=environment,
            cwd=tmp_path,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert (done.returncode, done.stderr) == (
        4,
        "error: standard output: No space left on device; what stands there is not the whole answer: make room,"
        " or send it elsewhere, and type the same command again\n",
    )


@pytest.mark.parametrize(
    ("closed", "code", "lines", "why"),
    [
        ("1", 4, 1, "nobody takes the answer: that is said"),
        ("2", 0, 0, "messages are no reason to stop"),
        ("0 1 2", 4, 0, "a unit without any"),
    ],
)
def test_a_closed_stream_is_no_traceback(
    environment: dict[str, str], tmp_path: Path, closed: str, code: int, lines: int, why: str
) -> None:
    shell = 'for fd in $1; do eval "exec $fd>&-"; done; shift; exec "$@"'
    command = ["sh", "-c", shell, "sh", closed, sys.executable, "-m", "domainscan", "config", "show"]
    done = subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, len(done.stderr.splitlines())) == (code, lines), why + done.stderr
    assert "1" in closed.split() or "[net]" in done.stdout or "net." in done.stdout


def test_a_token_that_cannot_be_shown_makes_nobody(environment: dict[str, str], tmp_path: Path) -> None:
    command = [sys.executable, "-m", "domainscan", "--home", "home", "people"]
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [*command, "add", "ann", "--role", "approver"],
            env=environment, cwd=tmp_path, stdout=full, stderr=subprocess.PIPE, text=True, check=False,
        )  # fmt: skip
    assert (done.returncode, done.stderr.startswith("error: standard output: No space left")) == (4, True)
    listed = subprocess.run(
        [*command, "list", "--json"],
        env=environment,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(listed.stdout) == {"people": [], "changes": []}


def test_a_reader_that_leaves_early_hears_no_complaint(environment: dict[str, str], tmp_path: Path) -> None:
    """`domainscan config show | head -1`"""
    reading, writing = os.pipe()
    os.close(reading)
    command = [sys.executable, "-m", "domainscan", "config", "show"]
    done = subprocess.run(
        command, env=environment, cwd=tmp_path, stdout=writing, stderr=subprocess.PIPE, check=False
    )
    os.close(writing)
    assert (done.returncode, done.stderr) == (4, b""), "1 would be a check that failed"


HOSTILE = [
    ("a\nerror: scan s-1 failed", "a new line"),
    ("a\r\nwatch ended; state is saved", "carriage return"),
    ("a\x1b[2K\x1b[1Gerror: gone", "escape sequences that rewrite the line"),
    ("a\u2028error: b\x85c\x0bd", "what other programs take for line ends"),
    ("a\u202egnol\u2066x", "direction marks"),
    ("a\x00b\x07", "NUL and bell"),
]


@pytest.mark.parametrize(("text", "why"), HOSTILE)
def test_what_a_page_says_cannot_pass_for_a_message_of_ours(
    capsys: pytest.CaptureFixture[str], text: str, why: str
) -> None:
    common.note(f"title: {text}")
    common.note("next")
    first, *more = capsys.readouterr().err.split("\n")
    assert first.startswith("title: a"), why
    assert more[-2:] == ["next", ""]
    assert all(line.startswith("  ") for line in more[:-2]), why
    assert all(one.isprintable() for line in (first, *more) for one in line), why


def test_a_name_from_a_file_cannot_forge_a_line_of_the_log(
    environment: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / "names.txt").write_text("bad name\x1b[2K\rerror: forged\u2028error: forged\n")
    done = run(environment, tmp_path, "scan", "-l", "names.txt", "--dry-run")
    assert "forged" in done.stderr
    assert not [line for line in done.stderr.splitlines() if line.startswith("error")]
    assert "\x1b" not in done.stderr


# ---------------------------------------------------------------- F19: a configuration that cannot be read


@pytest.mark.parametrize(
    ("content", "said", "why"),
    [
        (b"[net]\n\nvantage = 'a\xff'\n", "line 3", "no UTF-8"),
        (b"\xff\xfe[\x00n\x00", "line 1", "UTF-16"),
        (b"[net]\nvantage = 'x'\n\0\0\0\0", "line 3", "zeros at the end, as after a power cut"),
        (b"[net]\nresolvers = ['192.0.2.1',\n", "line 2", "cut in the middle of a list"),
        (b'[net]\nvantage = "x', "line 2", "cut in the middle of a string"),
        (b"[net]\nvantage =", "line 2", "cut behind the sign"),
        (b"[ne", "line 1", "cut in the first word"),
        (b"[desk]\n\n[net]\nvantag = 'x'\n", "line 4", "a key that does not exist"),
        (b"[net]\n[nett]\n", "line 2", "a table that does not exist"),
    ],
)
def test_a_configuration_that_cannot_be_read_stops_the_start_with_its_line(
    environment: dict[str, str], tmp_path: Path, content: bytes, said: str, why: str
) -> None:
    (tmp_path / "config.toml").write_bytes(content)
    done = run(environment, tmp_path, "--home", "home", "scan", "a.lab")
    assert done.returncode == 4, why
    assert "config.toml" in done.stderr
    assert said in done.stderr, why
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "home").exists(), "refused before anything is made"


def test_a_configuration_that_may_not_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "folder.toml").mkdir()
    with pytest.raises(BadConfig, match=r"folder\.toml: Is a directory"):
        load_config((tmp_path / "folder.toml",), {}, {})
