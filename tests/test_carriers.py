"""carriers/fetch_and_verify.py against a real web server: the newest release, or the last good one."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import consumers
import pytest
from editions import publish, roll_back

from blocklists.formats import FORMATS
from blocklists.guards import Terms
from blocklists.lists import BlockList, Entry, block_list
from blocklists.manifest import Manifest
from blocklists.names import parse_name
from blocklists.signature import Key, make_key

SCRIPT = Path(__file__).parents[1] / "carriers" / "fetch_and_verify.py"
WIDE = Terms(max_adds=10_000, max_removals=10_000)


def at(days: float = 0) -> str:
    return (datetime.now(UTC) + timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")


def many(number: int) -> BlockList:
    return block_list(Entry(parse_name(f"n{index:05}.lab.org")) for index in range(number))


PAGE = b"<html><h1>Maintenance</h1></html>"
WHOLE = b"HTTP/1.0 200 OK\r\nContent-Length: %d\r\n\r\n" % len(PAGE) + PAGE
ODD: dict[str, tuple[str, list[bytes], float]] = {  # asked for, sent in its place, seconds between the pieces
    "page": ("manifest.json", [WHOLE], 0),
    "login": ("manifest.json", [b"HTTP/1.0 302 Found\r\nLocation: /login.html\r\n\r\n"], 0),
    "file": ("manifest.json", [b"HTTP/1.0 302 Found\r\nLocation: file:///etc/passwd\r\n\r\n"], 0),
    "not HTTP": ("manifest.json", [b"220 mail.lab.org ESMTP\r\n"], 0),
    "no length": ("manifest.json", [b"HTTP/1.0 200 OK\r\nContent-Length: many\r\n\r\n{}"], 0),
    "deep": ("manifest.json", [b"HTTP/1.0 200 OK\r\n\r\n" + b"[" * 100_000], 0),
    "drip": (".rpz", [b"HTTP/1.0 200 OK\r\n\r\n", *[b"x"] * 20], 0.3),
    "dripping head": (".rpz", [b"HTTP/1.0 200 OK\r\n", *[b"X: y\r\n"] * 20], 0.3),
    "flood": ("manifest.json", [b"HTTP/1.0 200 OK\r\n\r\n", *[b"x" * 1_000_000] * 5], 0),
}


class Desk:
    """A publisher with a web server, and a carrier that fetches from it."""

    def __init__(self, folder: Path, url: str) -> None:
        self.out, self.carrier, self.url = folder / "out", folder / "carrier", url
        self.key = make_key(folder / "desk.key")
        self.public = folder / "desk.key.pub"

    def publish(self, number: int, days: float = 0, key: Key | None = None) -> Manifest:
        formats = ["rpz", "csv"]
        return publish(many(number), self.out, formats, now=at(days), key=key or self.key, terms=WIDE)

    def fetch(self, *words: str, code: int = 0, path: str | None = None) -> str:
        """What the script said; isolated from everything that is installed for Python."""
        command = [
            sys.executable,
            "-I",
            "-S",
            str(SCRIPT),
            self.url,
            str(self.carrier),
            "--key",
            str(self.public),
        ]
        environment = {**os.environ, **({"PATH": path} if path is not None else {})}
        done = subprocess.run(
            [*command, *words], capture_output=True, text=True, timeout=60, check=False, env=environment
        )
        assert done.returncode == code, done.stdout + done.stderr
        assert "Traceback" not in done.stderr
        return done.stdout + done.stderr

    def loaded(self) -> int | None:
        """How many names the zone that the resolver loads has; None without one."""
        zone = self.carrier / "current" / "blocklist.rpz"
        return len(FORMATS["rpz"].read(zone.read_text().splitlines(keepends=True))) if zone.exists() else None


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    consumers.need("minisign", "minisign")
    (tmp_path / "out").mkdir()

    class Quiet(SimpleHTTPRequestHandler):
        def do_GET(self) -> None:
            odd = ODD.get((tmp_path / "odd").read_text() if (tmp_path / "odd").exists() else "")
            if odd is None or not self.path.endswith(odd[0]):
                super().do_GET()
                return
            for piece in odd[1]:
                with contextlib.suppress(OSError):
                    self.wfile.write(piece)
                    self.wfile.flush()
                time.sleep(odd[2])

        def log_message(self, format: str, *args: object) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(tmp_path / "out")))
    thread = threading.Thread(target=lambda: server.serve_forever(0.05), daemon=True)
    thread.start()
    yield Desk(tmp_path, f"http://127.0.0.1:{server.server_address[1]}")
    server.shutdown()
    server.server_close()
    thread.join(2)


def test_the_newest_release_comes_into_force_and_stays_when_there_is_no_newer(desk: Desk) -> None:
    made = desk.publish(100)
    assert f"release {made.serial} is in force: 100 names" in desk.fetch()
    assert sorted(path.name for path in (desk.carrier / "current").iterdir()) == [
        "blocklist.csv",
        "blocklist.rpz",
        "manifest.json",
        "manifest.json.minisig",
    ]
    assert "the newest" in desk.fetch()
    desk.publish(101)
    desk.fetch()
    desk.publish(102)
    desk.fetch("--format", "rpz")
    assert desk.loaded() == 102
    assert not (desk.carrier / "current" / "blocklist.csv").exists()
    assert len(list((desk.carrier / "releases").iterdir())) == 2, (
        "the one before stays for a way back by hand"
    )


def test_a_real_minisign_verifies_what_we_sign(desk: Desk) -> None:
    desk.publish(1)
    command = ["minisign", "-V", "-p", str(desk.public), "-m", str(desk.out / "manifest.json")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
    assert done.returncode == 0, done.stderr
    assert "serial:" in done.stdout
    (desk.out / "manifest.json").write_text((desk.out / "manifest.json").read_text() + " ")
    assert subprocess.run(command, capture_output=True, timeout=20, check=False).returncode != 0


# ---------------------------------------------------------------- P09: what is refused, and the last good one stays


def older(desk: Desk, kept: Path) -> None:
    shutil.rmtree(desk.out)
    shutil.copytree(kept, desk.out)


def expired(desk: Desk, kept: Path) -> None:
    shutil.rmtree(desk.out)
    desk.publish(100, days=-10)


def future(desk: Desk, kept: Path) -> None:
    desk.publish(100, days=2)


def other_key(desk: Desk, kept: Path) -> None:
    shutil.rmtree(desk.out)
    desk.publish(100, days=0.001, key=make_key(desk.carrier.parent / "other.key"))


def unsigned(desk: Desk, kept: Path) -> None:
    desk.publish(100)
    for path in desk.out.glob("*.minisig"):
        path.unlink()


def swapped(desk: Desk, kept: Path) -> None:
    made = desk.publish(100)
    shutil.copy(desk.out / made.files[1].name, desk.out / made.files[0].name)


def one_byte(desk: Desk, kept: Path) -> None:
    path = desk.out / desk.publish(100).files[0].name
    path.write_bytes(path.read_bytes().replace(b"n00001", b"n00002", 1))


def cut(desk: Desk, kept: Path) -> None:
    path = desk.out / desk.publish(100).files[0].name
    path.write_bytes(path.read_bytes()[:-40])


def longer(desk: Desk, kept: Path) -> None:
    path = desk.out / desk.publish(100).files[0].name
    path.write_bytes(path.read_bytes() + b"victim.org CNAME .\n")


def missing(desk: Desk, kept: Path) -> None:
    (desk.out / desk.publish(100).files[0].name).unlink()


def halved(desk: Desk, kept: Path) -> None:
    desk.publish(50)


def emptied(desk: Desk, kept: Path) -> None:
    desk.publish(1)


def flooded(desk: Desk, kept: Path) -> None:
    desk.publish(8_000)


def gone(desk: Desk, kept: Path) -> None:
    (desk.out / "manifest.json").unlink()


def nonsense(desk: Desk, kept: Path) -> None:
    (desk.out / "manifest.json").write_text('{"version": 1, "serial": "x"}')


REFUSED: list[tuple[Callable[[Desk, Path], None], str]] = [
    (older, "is not newer than"),
    (expired, "expired"),
    (future, "in the future"),
    (other_key, "is not signed with the key"),
    (unsigned, "404"),
    (swapped, "larger than|not the file that was signed"),
    (one_byte, "not the file that was signed"),
    (cut, "not the file that was signed"),
    (longer, "larger than"),
    (missing, "404"),
    (halved, "more went than --max-fewer allows"),
    (emptied, "more went than --max-fewer allows"),
    (flooded, "more came than --max-more allows"),
    (gone, "404"),
    (nonsense, "is no manifest"),
]


@pytest.mark.parametrize(("spoil", "words"), REFUSED, ids=[spoil.__name__ for spoil, _ in REFUSED])
def test_what_is_wrong_is_refused_and_the_last_good_release_stays(
    spoil: Callable[[Desk, Path], None], words: str, desk: Desk, tmp_path: Path
) -> None:
    desk.publish(100, days=-0.01)
    kept = shutil.copytree(desk.out, tmp_path / "kept")
    desk.publish(100, days=-0.005)
    desk.fetch()
    before = {path.name: path.read_bytes() for path in (desk.carrier / "current").iterdir()}
    spoil(desk, Path(kept))
    said = desk.fetch(code=1)
    assert any(one in said for one in words.split("|")), said
    assert "stays in force" in said
    assert {path.name: path.read_bytes() for path in (desk.carrier / "current").iterdir()} == before
    assert not list(desk.carrier.glob(".new-*"))


@pytest.mark.parametrize(
    ("odd", "words"),
    [
        ("page", "is no manifest: it begins with '<html><h1>Maintenance</h1></html>': an error page"),
        ("login", "login.html: manifest.json is no manifest"),
        ("file", "Redirection to url 'file:///etc/passwd' is not allowed"),
        ("not HTTP", "manifest.json: 220 mail.lab.org ESMTP"),
        ("no length", "ended after 2 of many bytes"),
        ("deep", "is no manifest: it begins with '[[[["),
        ("drip", ".rpz was not here whole after 1 s"),
        ("dripping head", ".rpz was not here whole after 1 s"),
        ("flood", "is larger than 4000000 bytes"),
    ],
)
def test_a_server_that_answers_something_else_changes_nothing(
    odd: str, words: str, desk: Desk, tmp_path: Path
) -> None:
    """Each read of a server that drips is in time, and the run after it would wait for the lock for ever."""
    desk.publish(100, days=-0.01)
    desk.fetch()
    desk.publish(101)
    (tmp_path / "odd").write_text(odd)
    (desk.out / "login.html").write_bytes(PAGE)
    said = desk.fetch("--seconds", "1", code=1)
    assert words in said
    assert "the next run tries again; tell the desk if it stays so" in said
    assert "stays in force" in said
    (tmp_path / "odd").unlink()
    desk.fetch()
    assert desk.loaded() == 101, "the control: the server alone was at fault"


@pytest.mark.parametrize("spoiled", ["missing", "emptied", "another format"])
def test_a_list_that_is_not_here_as_it_was_signed_is_fetched_again(spoiled: str, desk: Desk) -> None:
    """The newest release may lie at the carrier's in part: somebody tidied up, or asked for one format alone."""
    desk.publish(100)
    words = ("--format", "csv") if spoiled == "another format" else ()
    desk.fetch(*words)
    zone = desk.carrier / "current" / "blocklist.rpz"
    if spoiled == "emptied":
        zone.write_text("")
    else:
        zone.unlink(missing_ok=True)
    assert "in force: 100 names" in desk.fetch("--format", "rpz")
    assert desk.loaded() == 100
    assert "the newest" in desk.fetch("--format", "rpz")
    zone.unlink()
    desk.fetch()
    assert desk.loaded() == 100, "as often as it happens"
    assert len(list((desk.carrier / "releases").iterdir())) < 3


def test_a_list_that_the_desk_no_longer_makes_does_not_vanish(desk: Desk) -> None:
    """The resolver would lose the file that it loads, and block nothing, with exit code 0."""
    desk.publish(100, days=-0.01)
    desk.fetch()
    publish(many(101), desk.out, ["csv", "hosts"], now=at(), key=desk.key, terms=WIDE)
    said = desk.fetch(code=1)
    assert "the release has no rpz any more, which is in force: it has csv, hosts" in said
    assert desk.loaded() == 100
    desk.fetch("--format", "hosts")
    assert (desk.carrier / "current" / "blocklist.hosts").exists(), "named, it is taken"


def test_a_damaged_manifest_in_force_is_told_with_the_way_out(desk: Desk) -> None:
    desk.publish(100)
    desk.fetch()
    current = desk.carrier / "current"
    (current / "manifest.json").write_text("{")
    said = desk.fetch(code=1)
    assert f"{current}: manifest.json is no manifest: it begins with '{{'" in said
    assert f"move {current} away and run this again" in said
    current.unlink()
    desk.fetch()
    assert desk.loaded() == 100


def test_a_message_that_nobody_can_read_makes_no_release_refused(desk: Desk) -> None:
    desk.publish(100)
    command = [
        sys.executable,
        "-I",
        "-S",
        str(SCRIPT),
        desk.url,
        str(desk.carrier),
        "--key",
        str(desk.public),
    ]
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            command, stdout=full, stderr=subprocess.PIPE, text=True, timeout=60, check=False
        )
    assert (done.returncode, done.stderr) == (0, "")


def test_an_interrupted_run_names_what_is_in_force(desk: Desk, tmp_path: Path) -> None:
    desk.publish(100, days=-0.01)
    desk.fetch()
    desk.publish(101)
    (tmp_path / "odd").write_text("drip")
    command = [
        sys.executable,
        "-I",
        "-S",
        str(SCRIPT),
        desk.url,
        str(desk.carrier),
        "--key",
        str(desk.public),
    ]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as running:
        deadline = time.monotonic() + 20
        while not list(desk.carrier.glob(".new-*/blocklist.rpz")) and time.monotonic() < deadline:
            time.sleep(0.02)
        running.send_signal(signal.SIGINT)
        said = running.communicate(timeout=20)[1]
    assert running.returncode == 130
    assert said.startswith("interrupted: release ")
    assert said.count("\n") == 1
    assert not list(desk.carrier.glob(".new-*"))


@pytest.mark.parametrize(
    ("spoil", "limit", "names"), [(halved, "--max-fewer", 50), (flooded, "--max-more", 8_000)]
)
def test_a_change_that_the_carrier_wants_is_taken(
    spoil: Callable[[Desk, Path], None], limit: str, names: int, desk: Desk
) -> None:
    """Also the control of the limits above: they alone refused it."""
    desk.publish(100)
    desk.fetch()
    spoil(desk, desk.out)
    desk.fetch(limit, "1000")
    assert desk.loaded() == names


def test_a_rollback_of_a_flood_reaches_everybody_at_once(desk: Desk) -> None:
    desk.publish(100)
    desk.publish(8_000)
    desk.fetch()
    roll_back(desk.out, ["rpz", "csv"], now=at(), key=desk.key)
    desk.fetch()
    assert desk.loaded() == 100


def test_a_small_list_may_lose_all_its_names(desk: Desk) -> None:
    desk.publish(5)
    desk.fetch()
    desk.publish(1)
    desk.fetch()
    assert desk.loaded() == 1


def test_between_two_renames_of_the_publisher_the_signature_with_the_serial_counts(desk: Desk) -> None:
    desk.publish(1)
    stale = (desk.out / "manifest.json.minisig").read_bytes()
    desk.publish(2)
    (desk.out / "manifest.json.minisig").write_bytes(stale)
    desk.fetch()
    assert desk.loaded() == 2


def test_a_resolver_that_does_not_take_a_release_gets_the_last_good_one_back(
    desk: Desk, tmp_path: Path
) -> None:
    check = f"test $(grep -c '^n' {desk.carrier}/current/blocklist.rpz) -lt 100"
    desk.publish(50)
    desk.fetch("--reload", check)
    desk.publish(120)
    assert "failed with release" in desk.fetch("--reload", check, code=1)
    assert desk.loaded() == 50


IMPATIENT = """
import importlib.util, sys
found = importlib.util.spec_from_file_location("fetch_and_verify", sys.argv[1])
script = importlib.util.module_from_spec(found)
found.loader.exec_module(script)
script.RELOAD_SECONDS = 0.5
sys.exit(script.main(sys.argv[2:]))
"""


def test_a_resolver_that_never_answers_holds_nobody_up(desk: Desk) -> None:
    desk.publish(100, days=-0.01)
    desk.fetch()
    desk.publish(101)
    command = [sys.executable, "-c", IMPATIENT, str(SCRIPT), desk.url, str(desk.carrier)]
    words = ["--key", str(desk.public), "--reload", "exec sleep 20"]
    done = subprocess.run([*command, *words], capture_output=True, text=True, timeout=15, check=False)
    assert done.returncode == 1
    assert "`exec sleep 20` failed with release" in done.stderr
    assert desk.loaded() == 100


@pytest.mark.parametrize(("reload", "names"), [("true", 101), ("false", 100)])
def test_a_run_that_is_killed_before_the_resolver_has_the_release_is_made_up_for(
    reload: str, names: int, desk: Desk, tmp_path: Path
) -> None:
    """The link is moved by then: the next run found nothing newer, and the resolver went on with the old list."""
    desk.publish(100, days=-0.01)
    desk.fetch()
    desk.publish(101)
    asked, again = tmp_path / "asked", tmp_path / "again"
    command = [
        sys.executable,
        "-I",
        "-S",
        str(SCRIPT),
        desk.url,
        str(desk.carrier),
        "--key",
        str(desk.public),
    ]
    with subprocess.Popen([*command, "--reload", f"touch {asked}; exec sleep 2"]) as running:
        deadline = time.monotonic() + 20
        while not asked.exists() and time.monotonic() < deadline:
            time.sleep(0.02)
        running.kill()
    assert desk.loaded() == 101
    desk.url = "http://127.0.0.1:1/"  # also while the desk does not answer
    said = desk.fetch("--reload", f"touch {again}; {reload}", code=1)
    assert again.exists()
    assert desk.loaded() == names
    assert ("failed with release" in said) is (names == 100)
    again.unlink()
    desk.fetch("--reload", f"touch {again}", code=1)
    assert not again.exists(), "once is enough"


def test_a_first_release_that_the_resolver_does_not_take_is_not_in_force(desk: Desk) -> None:
    desk.publish(50)
    assert "no release is in force" in desk.fetch("--reload", "false", code=1)
    assert desk.loaded() is None


def test_a_resolver_that_is_somebody_else_can_read_its_list(desk: Desk) -> None:
    """Hardened machines give root the umask 077, and resolvers give root up."""
    desk.publish(1)
    before = os.umask(0o077)
    try:
        desk.fetch()
    finally:
        os.umask(before)
    folders = [desk.carrier, desk.carrier / "releases", (desk.carrier / "current").resolve()]
    assert [oct(one.stat().st_mode & 0o777) for one in folders] == ["0o755"] * 3
    assert (desk.carrier / "current" / "blocklist.rpz").stat().st_mode & 0o777 == 0o644
    desk.carrier.chmod(0o750)
    desk.fetch()
    assert desk.carrier.stat().st_mode & 0o777 == 0o750, "what the carrier chose stays"


def test_a_stop_file_stops_it(desk: Desk) -> None:
    desk.publish(1)
    desk.carrier.mkdir()
    (desk.carrier / "stop").touch()
    assert "nothing was fetched" in desk.fetch(code=3)
    assert desk.loaded() is None


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--format", "hosts"], "the release has no hosts: it has rpz, csv"),
        (["--key", "/nowhere.pub"], "--key /nowhere.pub: there is no such file"),
        (["--key", str(SCRIPT)], "(minisign: "),
    ],
)
def test_wrong_use_is_told(words: list[str], said: str, desk: Desk) -> None:
    desk.publish(1)
    assert said in desk.fetch(*words, code=1)


def test_a_folder_that_is_a_file_is_told(desk: Desk) -> None:
    desk.publish(1)
    desk.carrier.write_text("a note")
    assert f"{desk.carrier} is no folder" in desk.fetch(code=1)
    assert desk.carrier.read_text() == "a note"


def test_without_minisign_nothing_is_taken(desk: Desk) -> None:
    desk.publish(1)
    assert "install it" in desk.fetch(code=1, path="/nowhere")


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("file:///srv/out", "https:// is wanted"),
        ("http://", "https:// is wanted, and the name of a server after it"),
        ("http://[::1", "https:// is wanted"),
        ("http://lists.desk.example:port/", "https:// is wanted"),
        (
            "https://carrier:secret@lists.desk.example/",
            "https://...@lists.desk.example: an address without a name and a password is wanted",
        ),
        ("http://127.0.0.1:1/", "manifest.json: Connection refused: the next run tries again"),
    ],
)
def test_an_address_that_is_no_web_address_is_refused(url: str, said: str, desk: Desk) -> None:
    desk.publish(1)
    desk.url = url
    shown = desk.fetch(code=1)
    assert said in shown
    assert "secret" not in shown, "what cron mails is no place for a password"


@pytest.mark.parametrize("words", [("--seconds", "0"), ("--max-fewer", "-1"), ("--max-more", "inf")])
def test_a_limit_that_is_none_is_wrong_use(words: tuple[str, str], desk: Desk) -> None:
    assert f"argument {words[0]}: invalid" in desk.fetch(*words, code=2)


def test_a_limit_may_be_nothing_at_all(desk: Desk) -> None:
    desk.publish(1000, days=-0.01)
    desk.fetch()
    desk.publish(989)
    assert "more went than --max-fewer allows" in desk.fetch("--max-fewer", "0", code=1)
    assert desk.loaded() == 1000


def test_a_reader_who_looks_while_it_is_fetched_sees_one_release(desk: Desk) -> None:
    """The link moves in one step: manifest and zone belong together at every moment."""
    desk.publish(20)
    desk.fetch()
    stop, seen, wrong = threading.Event(), set(), []

    def read() -> None:
        while not stop.is_set():
            with contextlib.suppress(FileNotFoundError):
                home = (desk.carrier / "current").resolve(strict=True)
                manifest: Any = __import__("json").loads((home / "manifest.json").read_bytes())
                count = (home / "blocklist.rpz").read_text().count("\nn")
                seen.add(manifest["entries"])
                if count != manifest["entries"]:
                    wrong.append((count, manifest["entries"]))

    reader = threading.Thread(target=read)
    reader.start()
    for number in range(21, 26):
        desk.publish(number)
        desk.fetch()
    stop.set()
    reader.join()
    assert wrong == []
    assert len(seen) > 1
