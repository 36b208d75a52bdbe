"""Carriers: the real resolvers, and the lab's own, deny what an exported zone lists and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import consumers
import dns.message
import dns.query
import pytest
from dns.rcode import NOERROR, NXDOMAIN, Rcode

from blocklists.formats import FORMATS, Settings
from blocklists.lists import Entry, Reach, block_list
from blocklists.names import parse_name
from domainscan.cli.lab import follow_release
from domainscan.lab import carriers, engines
from domainscan.lab.carriers import CarrierFailed, EngineMissing, available_engine, start_carrier
from domainscan.lab.engines import ENGINES
from domainscan.lab.internet import Lab, serve_in_thread

PROGRAMS = {"unbound": "unbound", "bind": "named"}  # the lab's own engine needs none


@pytest.fixture(params=list(ENGINES))
def engine(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    if name in PROGRAMS:
        consumers.need(PROGRAMS[name], engines.PACKAGES[name])
    return name


@pytest.fixture
def running(folder: Path, tmp_path: Path) -> Iterator[Lab]:
    with serve_in_thread([folder], tmp_path / "home") as lab:
        yield lab


def zone(file: Path, *entries: tuple[str, Reach], serial: int = 1) -> Path:
    blocklist = block_list(Entry(parse_name(name), reach) for name, reach in entries)
    settings = Settings(serial, "2026-11-23T12:00:00Z")
    file.write_text("".join(FORMATS["rpz"].write(blocklist, settings)), "utf-8")
    return file


def code(address: str, name: str, *, tcp: bool = False) -> Rcode:
    host, _, port = address.rpartition(":")
    send = dns.query.tcp if tcp else dns.query.udp
    return send(dns.message.make_query(name, "A"), host, timeout=5, port=int(port)).rcode()


def test_a_carrier_denies_what_the_zone_lists_and_forgets_what_the_next_one_lacks(
    engine: str, running: Lab, tmp_path: Path
) -> None:
    first = zone(tmp_path / "1.rpz", ("plain.lab", Reach.HOST), ("wildcard.lab", Reach.SUBTREE))
    second = zone(tmp_path / "2.rpz", ("west.lab", Reach.WWW), serial=2)
    names = ("plain.lab", "www.plain.lab", "wildcard.lab", "a.b.wildcard.lab", "west.lab", "www.west.lab")
    with start_carrier(engine, None, "rpz", running.resolvers[0], "127.77.0.61:0", tmp_path / "c") as carrier:
        port = carrier.address
        assert {code(port, name) for name in names} == {NOERROR}
        carrier.reload(first)
        denied = [name for name in names if code(port, name) == NXDOMAIN]
        assert denied == ["plain.lab", "wildcard.lab", "a.b.wildcard.lab"]
        assert code(port, "plain.lab", tcp=True) == NXDOMAIN
        assert code(port, "west.lab", tcp=True) == NOERROR
        carrier.reload(second)
        assert [name for name in names if code(port, name) == NXDOMAIN] == ["west.lab", "www.west.lab"]
        assert carrier.address == port


def test_a_release_without_a_zone_leaves_the_lab_running_with_what_it_has(
    running: Lab, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A recipient may change from rpz to hosts while the lab plays it."""
    listed = zone(tmp_path / "1.rpz", ("plain.lab", Reach.HOST))
    release = tmp_path / "manifest.json"
    with start_carrier("lab", None, "rpz", running.resolvers[0], "127.77.0.61:0", tmp_path / "c") as carrier:
        release.write_text('{"files": [{"format": "rpz", "name": "1.rpz"}]}')
        loaded = follow_release(carrier, tmp_path, "")
        assert loaded == str(listed)
        release.write_text('{"files": [{"format": "hosts", "name": "2.hosts"}]}')
        for _ in range(3):
            loaded = follow_release(carrier, tmp_path, loaded)
        assert code(carrier.address, "plain.lab") == NXDOMAIN
    said = capsys.readouterr().err.splitlines()
    assert said == [
        "carrier-a has loaded 1.rpz",
        "carrier-a's release has no rpz, and it takes nothing else: what it has stays in force",
    ]


def test_a_zone_that_the_engine_cannot_load_is_an_error_and_never_an_open_door(
    engine: str, running: Lab, tmp_path: Path
) -> None:
    bad = zone(tmp_path / "bad.rpz", ("plain.lab", Reach.HOST))
    bad.write_text(bad.read_text("utf-8") + "x" * 64 + ".lab CNAME .\n", "utf-8")
    with pytest.raises(CarrierFailed) as caught:
        start_carrier(engine, bad, "rpz", running.resolvers[0], "127.77.0.61:0", tmp_path / "c")
    assert caught.value.engine == engine
    assert "rpz" in str(caught.value)


def test_without_the_check_bind_would_answer_for_a_name_its_broken_zone_lists(
    running: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, engine: str
) -> None:
    if engine != "bind":
        return
    bad = zone(tmp_path / "bad.rpz", ("plain.lab", Reach.HOST))
    bad.write_text(bad.read_text("utf-8") + "x" * 64 + ".lab CNAME .\n", "utf-8")
    monkeypatch.setattr(carriers, "_check_loaded", lambda plan, running: None)
    with start_carrier(engine, bad, "rpz", running.resolvers[0], "127.77.0.61:0", tmp_path / "c") as carrier:
        assert code(carrier.address, "plain.lab") == NOERROR


def test_a_stopped_carrier_is_gone_and_may_come_back(engine: str, running: Lab, tmp_path: Path) -> None:
    carrier = start_carrier(engine, None, "rpz", running.resolvers[1], "127.77.0.61:0", tmp_path / "c")
    carrier.stop()
    carrier.stop()
    with pytest.raises((OSError, dns.exception.Timeout)):
        host, _, port = carrier.address.rpartition(":")
        dns.query.tcp(dns.message.make_query("plain.lab", "A"), host, timeout=1, port=int(port))
    carrier.reload()
    assert code(carrier.address, "plain.lab") == NOERROR
    carrier.stop()


def test_a_missing_program_is_told_with_its_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engines, "_SYSTEM_FOLDERS", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    assert available_engine() == "lab"
    with pytest.raises(EngineMissing, match="install Debian package bind9"):
        start_carrier("bind", None, "rpz", "127.77.0.53:53", "127.77.0.61:0", tmp_path / "c")
