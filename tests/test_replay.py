"""An old judgement is replayed byte by byte from what was kept, and whoever changed any of it is named."""

from __future__ import annotations

import gzip
import json
import shutil
import sqlite3
import time
import zlib
from collections.abc import Callable
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import msgspec
import pytest

from blocklists.names import parse_name
from blocklists.suffixes import load_suffixes
from domainscan.assess import pack_in_force
from domainscan.config import Packs
from domainscan.model import Failure, Hop, Page
from domainscan.packfiles import files_of, load_files, read_files
from domainscan.scan import replay as replaying
from domainscan.scan.replay import difference, replay
from domainscan.store import open_store
from domainscan.store.kept import keep_pack
from domainscan.store.observations import latest

SHIPPED = Path(__file__).resolve().parent.parent / "domainscan" / "packs"
NAME = "qingying-photo.lab"  # the lab's page of category H01
LIMIT = 2 * 1024 * 1024
CLOSED = "127.77.3.12"  # of the third provider, where nothing listens


def steps(document: Any) -> dict[str, str]:
    return {one["what"]: one["state"] for one in document["replay"]["steps"]}


def test_a_judgement_comes_out_again_byte_by_byte(program: Any) -> None:
    program.run("scan", NAME)
    case = program.json("show", NAME, "--replay")
    assert case["replay"]["identical"]
    assert steps(case) == dict.fromkeys(
        ("observation", "evidence", "pack", "context", "code", "suffixes", "judgement"), "same"
    )
    assert case["assessment"]["made_at"] >= case["observation"]["at"]
    assert case["assessment"]["tool"].startswith("domainscan ")
    done = program.run("show", NAME, "--replay")
    assert done.returncode == 0
    assert "replay: the same, byte by byte" in done.stdout


class Unchanged(BaseHTTPRequestHandler):
    """A packed page with a validator; its 304 says nothing of type and coding, as RFC 9110 15.4.5 would have it."""

    def do_GET(self) -> None:
        body = gzip.compress("<title>Blumen</title><p>Rosen und Tulpen für alle.".encode("cp1252"))
        if self.path == "/robots.txt":
            self.send_error(404)
            return
        asked = self.headers["If-None-Match"]
        self.send_response(304 if asked else 200)
        self.send_header("ETag", '"1"')
        if not asked:
            self.send_header("Content-Type", "text/html; charset=windows-1252")
            self.send_header("Content-Encoding", "gzip")
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(b"" if asked else body)

    def log_message(self, *_: object) -> None:
        """Nothing."""


def test_a_page_that_did_not_change_is_read_again_as_it_was_sent_at_first(
    program: Any, internet: Any
) -> None:
    """Of 304s every replay said that the evidence differs: they have neither the type nor the coding of its bytes."""
    name = "closed-harbour.lab"
    with ThreadingHTTPServer((CLOSED, internet.http_port), Unchanged) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        program.run("scan", name)
        time.sleep(1.1)  # visits are told apart by the second
        program.run("scan", name)
        server.shutdown()
    case = program.json("show", name, "--replay")
    assert [hop["http_status"] for hop in case["observation"]["hops"]] == [0, 304]
    assert case["observation"]["page"]["received"], "the bytes are the first visit's"
    assert steps(case)["evidence"] == "same"
    assert case["replay"]["identical"]


def test_the_case_of_an_earlier_moment_is_that_of_its_pack(program: Any, tmp_path: Path) -> None:
    """A judgement made later of the same visit is left out, and the earlier one is replayed by its own pack."""
    program.run("scan", NAME)
    time.sleep(1.1)
    between = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    time.sleep(1.1)
    folder = shutil.copytree(SHIPPED, tmp_path / "pack", ignore=shutil.ignore_patterns("*.py*"))
    limits = (folder / "pack.toml").read_text("utf-8")
    (folder / "pack.toml").write_text(limits.replace("medium = 3.0", "medium = 98.0").replace("6.0", "99.0"))
    program.environment = {"DOMAINSCAN_PACKS_FOLDER": str(folder)}
    assert program.run("reassess").returncode == 0
    now, then = (
        program.json("show", NAME, "--replay"),
        program.json("show", NAME, "--at", between, "--replay"),
    )
    assert (now["flagged"], then["flagged"]) == (False, True)
    assert now["assessment"]["pack_digest"] != then["assessment"]["pack_digest"]
    assert now["observation"]["id"] == then["observation"]["id"]
    assert (now["replay"]["identical"], then["replay"]["identical"]) == (True, True)
    assert then["case"]["flagged"]


def recompressed(change: Callable[[bytes], bytes]) -> Callable[[bytes], bytes]:
    return lambda body: zlib.compress(change(zlib.decompress(body)), 1)


def in_pack(data: bytes) -> bytes:
    """One digit of one rule's points."""
    assert b"points = 2.0" in data
    return data.replace(b"points = 2.0", b"points = 3.0", 1)


TAMPERED = [
    ("packs", recompressed(in_pack), "pack", "a rule's points"),
    ("packs", lambda body: body[:-5] + b"x" + body[-4:], "pack", "a byte of the compressed files"),
    ("contexts", recompressed(lambda data: data.replace(b'"as_of":"2', b'"as_of":"3', 1)), "context", "a digit"),
    ("observations", recompressed(lambda data: data.replace(b'"text":"', b'"text":" ', 1)), "observation", "a space"),
    ("observations", recompressed(lambda data: data.replace(b'"milliseconds":', b'"milliseconds":1', 1)),
     "observation", "what no rule looks at"),
    ("assessments", recompressed(lambda data: data.replace(b'"points":', b'"points":1', 1)), "judgement", "a digit"),
]  # fmt: skip


@pytest.fixture(scope="module")
def kept_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the first test that needs it leaves a home with one visit for the others."""
    return tmp_path_factory.mktemp("judged") / "home"


@pytest.fixture
def copied(kept_home: Path, program: Any) -> Any:
    """The program in a home with one visit, to spoil as one likes."""
    if not kept_home.exists():
        program.run("scan", NAME)
        program.home.rename(kept_home)
    shutil.copytree(kept_home, program.home)
    return program


@pytest.mark.parametrize(
    ("table", "change", "named", "why"), TAMPERED, ids=[f"{r[0]}: {r[3]}" for r in TAMPERED]
)
def test_what_was_changed_is_named(
    table: str, change: Callable[[bytes], bytes], named: str, why: str, copied: Any
) -> None:
    file = copied.home / "domainscan.db"
    with closing(sqlite3.connect(file)) as raw, raw:
        raw.execute(f"DROP TRIGGER {table}_no_update")
        (body,) = raw.execute(f"SELECT body FROM {table}").fetchone()
        changed = change(body)
        assert changed != body
        raw.execute(f"UPDATE {table} SET body = ?", (changed,))
    case = copied.json("show", NAME, "--replay")
    assert not case["replay"]["identical"]
    assert next(what for what, state in steps(case).items() if state == "differs") == named
    done = copied.run("show", NAME, "--replay")
    assert (done.returncode, f"replay: not the same: {named}" in done.stdout) == (1, True)


def test_a_changed_judgement_is_told_by_its_place(copied: Any) -> None:
    with closing(sqlite3.connect(copied.home / "domainscan.db")) as raw, raw:
        raw.execute("DROP TRIGGER assessments_no_update")
        (body,) = raw.execute("SELECT body FROM assessments").fetchone()
        data = json.loads(zlib.decompress(body))
        data["judgements"][0]["fired"][1]["points"] = 0.25
        raw.execute("UPDATE assessments SET body = ?", (zlib.compress(msgspec.json.encode(data)),))
    step = copied.json("show", NAME, "--replay")["replay"]["steps"][-1]
    assert step["detail"].startswith("judgements[0].fired[1].points: stored 0.25, replayed ")


def test_a_flipped_byte_of_the_evidence_is_named(copied: Any) -> None:
    (file,) = (copied.home / "evidence").glob("*.warc.gz")
    with closing(sqlite3.connect(copied.home / "domainscan.db")) as raw, raw:
        case = copied.json("show", NAME)
        record = case["observation"]["hops"][-1]["record"]
        offset, length = raw.execute(
            "SELECT offset, length FROM evidence WHERE record = ?", (record,)
        ).fetchone()
    data = bytearray(file.read_bytes())
    data[offset + length // 2] ^= 1
    file.write_bytes(data)
    assert steps(copied.json("show", NAME, "--replay"))["evidence"] == "differs"


def test_a_pack_that_todays_version_refuses_is_not_called_changed(copied: Any) -> None:
    """What a pack may say becomes stricter; who judged by it then changed nothing."""
    kept = read_files(Packs())
    old = msgspec.structs.replace(kept, folder=(*kept.folder, ("zz-own.toml", b"[group]\nown = 'word'\n")))
    with open_store(copied.home) as store:
        keep_pack(store, old.digest(), "domainscan 2025.1", old.to_bytes(), "2026-11-27T00:00:00Z")
        found = latest(store, parse_name(NAME))
        assert found is not None
        assert found[1] is not None
        judged = msgspec.structs.replace(found[1], pack_digest=old.digest())
        replayed = replay(store, judged, load_suffixes(), LIMIT)
    of_pack = next(one for one in replayed.steps if one.what == "pack")
    assert (of_pack.state, replayed.identical, replayed.first_difference) == ("unknown", False, None)
    assert "is as it was kept, and this version does not take it: zz-own.toml: group 'own'" in of_pack.detail


def test_what_was_never_kept_cannot_be_told(copied: Any) -> None:
    with closing(sqlite3.connect(copied.home / "domainscan.db")) as raw, raw:
        raw.execute("DROP TRIGGER packs_no_delete")
        raw.execute("DELETE FROM packs")
    done = copied.run("show", NAME, "--replay")
    assert done.returncode == 1
    assert "cannot be told: not everything it rested on was kept" in done.stdout


def test_other_code_is_said_and_does_not_hide_that_the_bytes_are_the_same(
    copied: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replaying, "tool", lambda: "domainscan 9.9 code 000000000000")
    with open_store(copied.home) as store:
        found = latest(store, NAME)
        assert found is not None
        assert found[1] is not None
        done = replay(store, found[1], load_suffixes(("lab", "pages.lab")), LIMIT)
    states = {one.what: one.state for one in done.steps}
    assert states["code"] == "other"
    assert "this is domainscan 9.9" in next(one.detail for one in done.steps if one.what == "code")
    assert done.identical == (states["judgement"] == "same")
    assert done.first_difference is None


@pytest.mark.parametrize(("code", "state"), [("domainscan 9.9 code 000000000000", "other"), ("", "differs")])
def test_a_page_that_other_code_reads_otherwise_is_not_called_changed(
    copied: Any, monkeypatch: pytest.MonkeyPatch, code: str, state: str
) -> None:
    """The bytes are those that were received; the same code would have to read them the same way."""
    parse = replaying._parse

    async def otherwise(body: bytes, hop: Hop, page: Page) -> Page | Failure:
        read = await parse(body, hop, page)
        assert isinstance(read, Page)
        return msgspec.structs.replace(read, title="read by other code")

    monkeypatch.setattr(replaying, "_parse", otherwise)
    if code:
        monkeypatch.setattr(replaying, "tool", lambda: code)
    with open_store(copied.home) as store:
        found = latest(store, NAME)
        assert found is not None
        assert found[1] is not None
        done = replay(store, found[1], load_suffixes(("lab", "pages.lab")), LIMIT)
    evidence = next(one for one in done.steps if one.what == "evidence")
    assert (evidence.state, "reads otherwise: title" in evidence.detail) == (state, True)
    assert (done.first_difference == evidence) == (state == "differs")


def test_kept_files_are_the_pack_again_with_tables_of_the_same_name(tmp_path: Path) -> None:
    files = []
    for folder, word in (("one", "zelphira"), ("two", "quandora")):
        file = tmp_path / folder / "brands.toml"
        file.parent.mkdir()
        file.write_text(
            f'[[brand]]\ntoken = "{word}"\nnames = ["{word}"]\nowners = ["{word}.example"]\n', "utf-8"
        )
        files.append(str(file))
    packs = Packs(brands=tuple(files))
    pack = pack_in_force(packs)
    kept = read_files(packs)
    assert kept.digest() == pack.digest
    again = load_files(files_of(kept.to_bytes()))
    assert again.digest == pack.digest
    assert {"zelphira", "quandora"} <= {one.token for one in again.vocabulary.brands}


DIFFERENCES = [
    ({"a": [1, {"b": 2}]}, {"a": [1, {"b": 3}]}, "a[1].b: stored 2, replayed 3"),
    ({"a": [1]}, {"a": [1, 2]}, "a: stored has 1, replayed 2"),
    ({"a": 1}, {"a": 1, "c": True}, 'c: stored "(nothing)", replayed true'),
    ({"a": 1}, {"a": 1}, ""),
]


@pytest.mark.parametrize(("stored", "now", "said"), DIFFERENCES)
def test_the_first_difference_is_told_by_its_place(stored: Any, now: Any, said: str) -> None:
    assert difference(json.dumps(stored).encode(), json.dumps(now).encode()) == said


def test_other_bytes_of_the_same_values_differ() -> None:
    assert difference(b'{"a":1}', b'{"a": 1}') == "the same values in other bytes"
