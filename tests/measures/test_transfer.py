"""A list by zone transfer: Knot as hidden primary; BIND, PowerDNS Recursor and, behind its relay, Unbound take it."""

from __future__ import annotations

import errno
import json
import os
import stat
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import consumers
import pytest
from editions import publish
from transfers import ZONE, Chain, Ports, knotc, serial
from typer.testing import Result

from blocklists.lists import Entry, block_list
from blocklists.names import Name
from blocklists.signature import make_key
from domainscan.config import Recipient
from domainscan.model import Reach
from domainscan.net.updates import Primary, PrimaryFailed, Records
from domainscan.proof import servers
from domainscan.store.audit import load_events
from domainscan.transfer import place_release
from domainscan.transfer.keys import DESK, key_of

NOW = "2026-11-23T15:00:00Z"
OPEN, GONE = consumers.OPEN, "NXDOMAIN"

Run = Callable[..., Result]


@pytest.fixture
def later(office: Any, clock: list[str]) -> Callable[[], None]:
    """Moves the desk's clock on by a minute."""

    def move() -> None:
        moment = datetime.fromisoformat(clock[0]) + timedelta(minutes=1)
        office.now = clock[0] = moment.strftime("%Y-%m-%dT%H:%M:%SZ")

    return move


@pytest.fixture
def ports() -> Ports:
    return Ports()


@pytest.fixture
def config_text(tmp_path: Path, ports: Ports) -> str:
    return ports.config(tmp_path / "transfer")


@pytest.fixture(scope="module")
def upstream() -> Iterator[int]:
    with servers.names() as port:
        yield port


@pytest.fixture
def chain(tmp_path: Path, ports: Ports, upstream: int) -> Iterator[Chain]:
    made = Chain(tmp_path, ports, upstream)
    yield made
    made.stop()


@pytest.fixture
def released(office: Any, run: Run, later: Callable[[], None]) -> Callable[[], None]:
    """Releases what is decided; a minute passes before and after."""

    def release() -> None:
        run("transfer", "setup")
        later()
        run("export")
        later()

    return release


def pushed(run: Run, code: int = 0) -> Any:
    made = json.loads(run("transfer", "push", "--json", code=code).stdout)
    return made["pushed"][0] if made["pushed"] else made["failed"][0]


def held(office: Any, ports: Ports, zone: str = ZONE) -> Records:
    """What the primary has in a zone."""
    desk = key_of(office.store.home, DESK)
    return Primary("127.0.0.1", ports.primary, desk.name, desk.secret).records(zone)


def test_what_two_people_approve_is_denied_at_all_secondaries_and_what_is_lifted_is_answered_again(
    office: Any,
    run: Run,
    released: Callable[[], None],
    chain: Chain,
    ports: Ports,
    capsys: pytest.CaptureFixture[str],
) -> None:
    office.decide("old.example", reach=Reach.SUBTREE)
    released()
    chain.start()
    chain.until("a.old.example", GONE)
    assert {who: ask("new.example") for who, ask in chain.asks.items()} == dict.fromkeys(chain.asks, OPEN)

    fresh = office.decide("new.example", reach=Reach.SUBTREE)
    told = pushed(run)
    assert (told["added"], told["removed"], told["waiting"]) == (["new.example"], [], "")
    delays = {"approved": chain.until("new.example", GONE)}
    chain.until("deep.new.example", GONE)
    assert serial(ports.primary) == told["serial"] > told["release"]

    office.lift(fresh)
    told = pushed(run)
    assert (told["added"], told["removed"]) == ([], []), "since the release nothing is new"
    delays["lifted"] = chain.until("new.example", OPEN)
    chain.until("a.old.example", GONE)
    with capsys.disabled():
        print(f"\n  seconds after the push: {delays}")
    assert "IXFR" in chain.log("primary")
    assert [one.action for one in load_events(office.store)].count("transfer.push") == 2


def test_a_name_of_the_released_list_is_lifted_within_seconds_too(
    office: Any, run: Run, released: Callable[[], None], chain: Chain
) -> None:
    tree = office.decide("tree.example", reach=Reach.SUBTREE)
    office.decide("kept.tree.example")  # folded under its tree: not in the zone by itself
    released()
    chain.start()
    chain.until("a.tree.example", GONE)
    office.lift(tree)
    assert pushed(run)["removed"] == ["tree.example"]
    chain.until("a.tree.example", OPEN)
    chain.until("tree.example", OPEN)
    chain.until("kept.tree.example", GONE)


def test_the_next_release_finds_the_changes_done_and_its_serial_is_later(
    office: Any, run: Run, released: Callable[[], None], chain: Chain, ports: Ports
) -> None:
    office.decide("old.example")
    released()
    chain.start()
    office.decide("new.example", reach=Reach.WWW)
    told = pushed(run)
    release = json.loads(run("export", "--json").stdout)["releases"][0]
    assert release["serial"] > told["serial"]
    knotc(chain.zones, "zone-reload", ZONE)
    chain.await_serial(ports.primary, release["serial"])
    chain.await_serial(ports.inside, release["serial"])
    chain.until("www.new.example", GONE)
    told_of = chain.log("primary").partition(f"-> {told['serial']}")[2]
    assert f"-> {release['serial']}" in told_of
    assert "AXFR, outgoing" not in told_of, "by IXFR alone"
    assert sorted(held(office, ports)) == ["new.example", "old.example", "www.new.example"]


def test_pushing_twice_says_nothing_new(
    office: Any, run: Run, released: Callable[[], None], chain: Chain, ports: Ports
) -> None:
    office.decide("old.example")
    released()
    chain.start("primary")
    office.decide("new.example")
    first = pushed(run)
    assert first["serial"]
    assert pushed(run)["serial"] == 0
    assert serial(ports.primary) == serial(ports.primary, f"now.{ZONE}") + 1 == first["serial"]


def test_a_primary_that_was_restarted_goes_on_where_it_stood(
    office: Any, run: Run, released: Callable[[], None], chain: Chain, ports: Ports
) -> None:
    office.decide("old.example")
    released()
    chain.start("primary")
    office.decide("new.example")
    told = pushed(run)
    chain.stop()
    chain.start("primary")
    assert serial(ports.primary) == told["serial"]
    assert sorted(held(office, ports)) == ["new.example", "old.example"]
    assert sorted(held(office, ports, f"now.{ZONE}")) == ["new.example", "old.example"]


def test_a_released_zone_that_was_not_reloaded_waits_while_the_fast_one_is_told(
    office: Any, run: Run, later: Callable[[], None], released: Callable[[], None], chain: Chain, ports: Ports
) -> None:
    office.decide("old.example")
    released()
    chain.start("primary")
    run("export")
    later()
    office.decide("new.example")
    told = pushed(run, code=3)
    assert told["waiting"].endswith(f"`knotc zone-reload {ZONE}`, then push again")
    assert serial(ports.primary, f"now.{ZONE}") == told["serial"]
    knotc(chain.zones, "zone-reload", ZONE)
    chain.await_serial(ports.primary, told["release"])
    assert pushed(run)["serial"] == serial(ports.primary)


def test_a_primary_that_was_started_before_the_first_export_is_to_read_the_zone(
    office: Any, run: Run, chain: Chain, ports: Ports, later: Callable[[], None]
) -> None:
    office.decide("old.example")
    run("transfer", "setup")
    chain.start("primary")
    run("export")
    later()
    assert f"has no zone {ZONE} (" in (said := pushed(run, code=1)["error"])
    assert said.endswith(f"`knotc zone-reload {ZONE}` after the first export")
    knotc(chain.zones, "zone-reload", ZONE)
    assert pushed(run)["serial"] == serial(ports.primary)


# ---------------------------------------------------------------- who is refused


def test_a_wrong_key_gets_no_zone_and_changes_nothing(
    office: Any, run: Run, released: Callable[[], None], chain: Chain, ports: Ports
) -> None:
    office.decide("old.example")
    released()
    chain.start("primary")
    before = serial(ports.primary)
    good, carrier = key_of(office.store.home, DESK), key_of(office.store.home, "carrier-a")
    other = "A" * 43 + "="
    assert other not in (good.secret, carrier.secret)
    cases = (  # key, secret, why
        (good.name, other, "a wrong secret"),
        ("nobody", good.secret, "a name that nobody has"),
        (carrier.name, other, "a carrier's name with a wrong secret"),
    )
    for name, secret, why in cases:
        stranger = Primary("127.0.0.1", ports.primary, name, secret)
        with pytest.raises(PrimaryFailed):
            stranger.records(ZONE)
            pytest.fail(why)
        with pytest.raises(PrimaryFailed):
            stranger.change(ZONE, ["new.example"], {"new.example": frozenset({"300 CNAME ."})}, SOA)
            pytest.fail(why)
    taker = Primary("127.0.0.1", ports.primary, carrier.name, carrier.secret)
    assert sorted(taker.records(ZONE)) == ["old.example"], "the control: the right key gets the zone"
    with pytest.raises(PrimaryFailed):
        taker.change(ZONE, ["new.example"], {"new.example": frozenset({"300 CNAME ."})}, SOA)
    assert serial(ports.primary) == before


SOA = "300 SOA localhost. hostmaster.localhost. 2026112399 3600 900 2592000 300"


def test_a_secondary_with_a_wrong_key_stays_without_the_zone(
    office: Any, run: Run, released: Callable[[], None], chain: Chain
) -> None:
    office.decide("old.example")
    released()
    text = chain.texts / "bind.conf"
    key = key_of(office.store.home, "carrier-a")
    text.write_text(text.read_text("utf-8").replace(key.secret, "A" * 43 + "="), "utf-8")
    chain.start("primary", "BIND")
    chain.await_word("BIND", "tsig indicates error")
    assert chain.asks["BIND"]("old.example") == OPEN


def test_keys_and_texts_are_for_their_owners_only(office: Any, run: Run, chain: Chain) -> None:
    run("transfer", "setup")
    keys = sorted((office.store.home / "keys").glob("transfer-*.key"))
    assert [one.name for one in keys] == ["transfer-carrier-a.key", "transfer-desk-updates.key"]
    secret = key_of(office.store.home, "carrier-a").secret
    for path in (*keys, *chain.texts.iterdir(), chain.zones / "keys.conf"):
        assert not stat.S_IMODE(path.stat().st_mode) & 0o027, path
    assert secret not in (chain.zones / "knot.conf").read_text("utf-8")
    run("transfer", "setup")
    assert key_of(office.store.home, "carrier-a").secret == secret


def test_a_zone_on_another_file_system_is_a_copy_that_outlives_a_power_cut(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """See it fail: write the copy without a sync. The server that reads it would have half a zone, or none."""
    release, zones, key = tmp_path / "release", tmp_path / "zones", make_key(tmp_path / "key")
    publish(block_list([Entry(Name("evil.example"))]), release, ["rpz"], now="2026-11-23T12:00:00Z", key=key)
    (file,) = release.glob("*.rpz")
    recipient, sync = Recipient("c", formats=("rpz",), zone="c.rpz"), os.fsync
    synced: list[bytes] = []

    def read_and_sync(handle: int) -> None:
        place = Path(f"/proc/self/fd/{handle}").readlink()
        synced.append(place.read_bytes() if place.is_file() else b"")
        sync(handle)

    def other(*_: object) -> None:
        raise OSError(errno.EXDEV, "Invalid cross-device link")

    monkeypatch.setattr(os, "fsync", read_and_sync)
    assert place_release(zones, release, recipient, key.public).samefile(file), "one file under two names"
    monkeypatch.setattr(os, "link", other)
    placed = place_release(zones, release, recipient, key.public)
    assert not placed.samefile(file)
    assert placed.read_bytes() == file.read_bytes()
    assert file.read_bytes() in synced
    assert list(zones.iterdir()) == [placed]


# ---------------------------------------------------------------- what is not pushed


def test_guards_and_limits_hold_for_all_that_was_decided_since_the_release(
    office: Any, run: Run, released: Callable[[], None], chain: Chain, ports: Ports
) -> None:
    office.decide("old.example")
    released()
    chain.start("primary")
    before = serial(ports.primary)
    for number in range(51):
        office.decide(f"n{number}.example")
    assert "adds: more additions than allowed: 51, and 50 are allowed" in pushed(run, code=1)["error"]
    assert serial(ports.primary) == before
    assert serial(ports.primary, f"now.{ZONE}") == 1


@pytest.mark.parametrize(
    ("released_with_it", "hours", "protects", "why"),
    [
        (False, 0, "guarded.example", "decided since, for both zones"),
        (False, 25, "guarded.example", "decided since and long ago: for the released zone alone"),
        (True, 0, "guarded.example", "released, and protected since: for the quick zone alone"),
        (False, 0, "other.example", "the control: it is another name"),
    ],
)
def test_what_is_protected_is_pushed_into_no_zone(
    released_with_it: bool,
    hours: int,
    protects: str,
    why: str,
    office: Any,
    run: Run,
    released: Callable[[], None],
    chain: Chain,
    ports: Ports,
    clock: list[str],
    tmp_path: Path,
) -> None:
    office.decide("old.example")
    if released_with_it:
        office.decide("guarded.example")
    released()
    chain.start("primary")
    before = serial(ports.primary)
    if not released_with_it:
        office.decide("guarded.example")
    moment = datetime.fromisoformat(clock[0]) + timedelta(hours=hours)
    clock[0] = moment.strftime("%Y-%m-%dT%H:%M:%SZ")
    with (tmp_path / "config.toml").open("a", encoding="utf-8") as config:
        config.write(f'[protect]\nnames = ["{protects}"]\n')
    done = pushed(run, code=int(protects == "guarded.example"))
    if protects == "guarded.example":
        assert "protected: an entry is on the never-list: guarded.example" in done["error"], why
        assert (serial(ports.primary), serial(ports.primary, f"now.{ZONE}")) == (before, 1)
    else:
        assert done["added"] == ["guarded.example"]


def test_a_recipient_is_pushed_no_more_than_it_can_hold(
    office: Any, run: Run, released: Callable[[], None], chain: Chain, ports: Ports, tmp_path: Path
) -> None:
    office.decide("old.example")
    released()
    chain.start("primary")
    before = serial(ports.primary)
    office.decide("new.example")
    config = tmp_path / "config.toml"
    text = config.read_text("utf-8")
    config.write_text(text.replace("[[recipient]]", "[[recipient]]\nbudget = 1"), "utf-8")
    assert "can hold 1 entries, and there would be 2: run `export`" in pushed(run, code=1)["error"]
    assert (serial(ports.primary), serial(ports.primary, f"now.{ZONE}")) == (before, 1)
    config.write_text(text.replace("[[recipient]]", "[[recipient]]\nbudget = 2"), "utf-8")
    assert pushed(run)["added"] == ["new.example"], "the control: there is room for two"


def test_a_list_that_was_issued_anew_does_not_begin_the_count_anew(
    office: Any, run: Run, released: Callable[[], None], chain: Chain, ports: Ports, clock: list[str]
) -> None:
    """See it fail: let `push` take `manifest.issued` for the time of the release."""
    office.decide("old.example")
    released()
    chain.start("primary")
    before = serial(ports.primary)
    for number in range(51):
        office.decide(f"n{number}.example")
    clock[0] = "2026-11-27T15:00:00Z"
    (refused,) = json.loads(run("export", "--json", code=1).stdout)["refused"]
    assert refused["reissued"] == before + 1
    assert "adds: more additions than allowed: 51, and 50 are allowed" in pushed(run, code=1)["error"]
    assert serial(ports.primary) == before


@pytest.mark.parametrize(
    ("ready", "words"),
    [
        (False, "has no release yet: run `export` first"),
        (True, "does not answer for rpz.desk.lab"),
    ],
    ids=["before the first release", "without a primary"],
)
def test_a_push_that_cannot_be_says_why(office: Any, run: Run, ready: bool, words: str) -> None:
    office.decide("old.example")
    if ready:
        run("export")
    assert words in pushed(run, code=1)["error"]


def test_without_a_zone_there_is_nothing_to_transfer(office: Any, run: Run, tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text('[[recipient]]\nid = "a"\n', "utf-8")
    assert "names no primary" in run("transfer", "push", code=2).stderr
    config.write_text('[transfer]\nprimary = "127.0.0.1:5300"\n[[recipient]]\nid = "a"\n', "utf-8")
    assert "give a [[recipient]] a zone" in run("transfer", "setup", code=2).stderr
    config.write_text(
        '[transfer]\nprimary = "127.0.0.1:5300"\n[[recipient]]\nid = "a"\nzone = "rpz.lab"\n', "utf-8"
    )
    said = run("transfer", "setup").stderr
    assert "a: secondaries = []: nobody is let in" in said
    file = next(one for one in said.split() if one.endswith("/knot.conf"))
    assert f"one that runs: knotc --config {file} reload" in said
    config.write_text(
        '[transfer]\nprimary = "127.0.0.1:5300"\n[[recipient]]\nid = "a"\nformats = ["csv"]\nzone = "rpz.lab"\n',
        "utf-8",
    )
    assert "no response policy zone" in run("transfer", "setup", code=2).stderr
