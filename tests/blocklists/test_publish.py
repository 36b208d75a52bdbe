"""A release is published whole and safe, or not at all."""

from __future__ import annotations

import fcntl
import hashlib
import io
import json
import math
import os
import random
import shutil
import signal
import stat
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from editions import hold, publish

from blocklists import files
from blocklists.check import check
from blocklists.formats import FORMATS, BadSettings, UnknownFormat
from blocklists.guards import GUARDS, WAIVABLE, BadTerms, GuardTripped, Terms, examine
from blocklists.lists import BlockList, Entry, Reach, block_list
from blocklists.manifest import Manifest, decode_manifest, sha256
from blocklists.names import Name, parse_name
from blocklists.protect import Protected
from blocklists.publish import PublisherBusy, last_release, same_names
from blocklists.serials import is_later, latest, next_serial
from blocklists.signature import Key, make_key

Make = Callable[..., BlockList]
NOW, LATER = "2026-11-23T14:00:00Z", "2026-11-24T14:00:00Z"
EVERY = ("rpz", "hosts", "names", "csv")  # of the formats, where it does not matter which
TERMS = Terms(garden=("192.0.2.80",), blocked_by="https://desk.lab.org/", sinkhole="192.0.2.53:5300")


def many(number: int, start: int = 0) -> BlockList:
    return block_list(Entry(parse_name(f"n{index:05}.lab.org")) for index in range(start, start + number))


def release(folder: Path) -> tuple[int, BlockList]:
    """What a consumer gets: serial, and the list in the csv file that the manifest names."""
    manifest = decode_manifest((folder / "manifest.json").read_bytes())
    name = next(file.name for file in manifest.files if file.format == "csv")
    return manifest.serial, FORMATS["csv"].read(io.StringIO((folder / name).read_text(), newline=""))


def test_a_release_holds_the_list_in_every_format_and_checks(
    key: Key, tmp_path: Path, entries: Make, protected: Protected
) -> None:
    blocklist, out = entries("evil.lab.org", "host:h.lab.org", "www:w.lab.org"), tmp_path / "out"
    manifest = publish(blocklist, out, tuple(FORMATS), now=NOW, key=key, terms=TERMS, protected=protected)
    assert (manifest.serial, manifest.issued, manifest.expires) == (2026112301, NOW, "2026-11-30T14:00:00Z")
    assert [file.format for file in manifest.files] == list(FORMATS)
    assert {file.format: file.narrowed for file in manifest.files if file.narrowed} == {
        "hosts": 1,
        "names": 1,
    }
    assert {file.format: file.left_out for file in manifest.files if file.left_out} == {
        "bind": 2,
        "powerdns-forward": 2,
    }
    assert len({file.name for file in manifest.files}) == len(FORMATS), "each format has a file of its own"
    assert check(out, key.public, NOW) == []
    assert release(out) == (2026112301, blocklist)
    assert manifest.previous == ""


def test_a_zone_that_lets_names_pass_is_made_of_the_protected_names_never_of_the_list(
    key: Key, tmp_path: Path, entries: Make, protected: Protected
) -> None:
    formats = ["rpz", "rpz-passthru"]
    manifest = publish(entries("evil.lab.org"), tmp_path, formats, now=NOW, key=key, protected=protected)
    passed = (tmp_path / manifest.files[1].name).read_text()
    assert "evil.lab.org" not in passed
    assert "appeal.desk-of-the-lab.org CNAME rpz-passthru.\n" in passed
    (tmp_path / ".publisher" / f"{manifest.serial}.csv").unlink()
    _, before = last_release(tmp_path, key.public)
    assert before == entries("evil.lab.org"), "and it is never taken for the list of the release before"


def test_a_format_that_misses_its_setting_stops_the_release(key: Key, tmp_path: Path, entries: Make) -> None:
    publish(entries("a.lab.org"), tmp_path, ["csv"], now=NOW, key=key)
    for one in ("rpz-garden", "powerdns-forward"):
        with pytest.raises(BadSettings, match=r"garden|sinkhole"):
            publish(entries("b.lab.org"), tmp_path, ["csv", one], now=NOW, key=key)
    assert release(tmp_path) == (2026112301, entries("a.lab.org"))


def test_the_next_release_names_the_one_before(key: Key, tmp_path: Path, entries: Make) -> None:
    publish(entries("a.lab.org"), tmp_path, EVERY, now=NOW, key=key)
    data = (tmp_path / "manifest.json").read_bytes()
    second = publish(entries("a.lab.org", "b.lab.org"), tmp_path, ["csv"], now=LATER, key=key)
    assert second.previous == "sha256:" + hashlib.sha256(data).hexdigest()
    assert second.serial == 2026112401
    assert check(tmp_path, key.public, LATER) == []


def test_an_unchanged_list_gives_a_fresh_manifest(key: Key, tmp_path: Path, entries: Make) -> None:
    one = publish(entries("a.lab.org"), tmp_path, ["csv"], now=NOW, key=key)
    two = publish(entries("a.lab.org"), tmp_path, ["csv"], now=NOW, key=key)
    assert two.serial == one.serial + 1
    assert two.digest == one.digest


def test_the_release_before_stays_for_slow_readers_and_older_ones_go(
    key: Key, tmp_path: Path, entries: Make
) -> None:
    serials = [publish(entries("a.lab.org"), tmp_path, ["rpz"], now=NOW, key=key).serial for _ in range(3)]
    zones = sorted(path.name for path in tmp_path.glob("*.rpz"))
    assert zones == [f"blocklist-{serial}.rpz" for serial in serials[1:]]


def test_files_can_be_read_by_others_but_not_the_publishers_own(
    key: Key, tmp_path: Path, entries: Make
) -> None:
    manifest = publish(entries("a.lab.org"), tmp_path, ["rpz"], now=NOW, key=key)
    assert (tmp_path / manifest.files[0].name).stat().st_mode & 0o777 == 0o644
    assert (tmp_path / ".publisher" / f"{manifest.serial}.csv").stat().st_mode & 0o777 == 0o600


# ---------------------------------------------------------------- guards


def raw(name: str, reach: Reach = Reach.HOST, expires: str = "") -> BlockList:
    """A list with an entry that did not come through parse_name."""
    return BlockList((Entry(Name(name), reach, "", expires),))


TRIPS = [
    (raw("evil.org CNAME rpz-passthru.\nvictim.org"), "grammar", "E01"),
    (raw("BAD.org"), "grammar", "E05: a case variant"),
    (raw("bad.org."), "grammar", "a trailing dot: Unbound refuses the zone"),
    (raw("*"), "grammar", "E02"),
    (raw(""), "grammar", "E02"),
    (raw("com"), "grammar", "E02"),
    (raw("1.2.3.4"), "grammar", "E04"),
    (raw("a" * 64 + ".org"), "grammar", "a label of 64 octets: no resolver blocks anything"),
    (raw("github.io", Reach.HOST), "breadth", "E02"),
    (raw("co.uk", Reach.SUBTREE), "breadth", "E02"),
    (raw("amazonaws.com", Reach.SUBTREE), "breadth", "above suffixes"),
    (raw("drive.google.com"), "protected", "incident 6"),
    (raw("old.lab.org", Reach.HOST, "2026-11-22"), "expired", "P11"),
    (raw("a.org", "everything"), "grammar", "no reach that anybody chose"),  # type: ignore[arg-type]
    (BlockList(), "empty", "E10"),
]


@pytest.mark.parametrize(("blocklist", "guard", "why"), TRIPS)
def test_a_guard_stops_the_release_and_leaves_the_old_one(
    blocklist: BlockList, guard: str, why: str, key: Key, tmp_path: Path, entries: Make, protected: Protected
) -> None:
    publish(entries("a.lab.org"), tmp_path, EVERY, now=NOW, key=key)
    before = release(tmp_path)
    with pytest.raises(GuardTripped) as caught:
        publish(blocklist, tmp_path, EVERY, now=NOW, key=key, protected=protected)
    assert caught.value.guard == guard, why
    assert caught.value.guard in GUARDS
    assert release(tmp_path) == before
    assert check(tmp_path, key.public, NOW) == []


def test_without_the_never_list_its_guard_does_not_trip(key: Key, tmp_path: Path) -> None:
    """The negative control."""
    made = publish(raw("drive.google.com"), tmp_path, ["csv"], now=NOW, key=key)
    assert made.entries == 1


LIMITS = [
    (100, 150, None, "50 more on a list of 100"),
    (100, 151, "adds", "51 more"),
    (5000, 5100, None, "2 % of 5,000"),
    (5000, 5101, "adds", "one more than 2 %"),
    (100, 50, None, "50 fewer"),
    (100, 49, "removals", "51 fewer"),
    (5000, 4750, None, "5 % of 5,000"),
    (5000, 4749, "removals", "one more than 5 %"),
    (10, 0, "empty", "P02: a failed scan removes nothing"),
]


LEFT = [
    # before, now, formats, lifted, said (none: it goes out), why
    (
        "subtree:a.lab.org",
        "host:a.lab.org",
        ["bind", "rpz"],
        "",
        "bind can say none of 1 entries",
        "all is open",
    ),
    ("subtree:a.lab.org", "host:b.lab.org", ["bind"], "", "bind can say none of 1 entries", "the only file"),
    ("subtree:a.lab.org", "host:b.lab.org", ["bind", "rpz"], "a.lab.org", "", "a lift explains it"),
    ("subtree:a.lab.org", "host:b.lab.org", ["rpz"], "", "", "the control: the file holds it"),
    ("subtree:a.lab.org", "subtree:b.lab.org", ["bind"], "", "", "the control: the file is not empty"),
    ("host:a.lab.org", "host:b.lab.org", ["bind", "rpz"], "", "", "it was empty before"),
    (
        "",
        "host:a.lab.org",
        ["bind"],
        "",
        "a first release of nothing: bind can",
        "no file",
    ),
    (
        "",
        "host:a.lab.org",
        ["bind", "rpz-passthru"],
        "",
        "a first release of nothing: bind can",
        "names that pass",
    ),
    ("", "host:a.lab.org", ["bind", "rpz"], "", "", "one file holds it, and nobody took the other yet"),
]


@pytest.mark.parametrize(("before", "now", "formats", "lifted", "said", "why"), LEFT)
def test_a_file_that_says_nothing_of_a_list_with_entries_trips_the_guard_for_empty_lists(
    before: str, now: str, formats: list[str], lifted: str, said: str, why: str,
    key: Key, tmp_path: Path, entries: Make,
) -> None:  # fmt: skip
    """See it fail: let `_empty` in conditions.py say nothing of a list that has entries."""
    if before:
        first = ["rpz", *formats]  # a first release of nothing is another matter
        publish(entries(before), tmp_path, first, now=NOW, key=key)
    gone = frozenset([parse_name(lifted)] if lifted else [])
    if said:
        with pytest.raises(GuardTripped, match=f"empty: .*: {said}"):
            publish(entries(now), tmp_path, formats, now=NOW, key=key, lifted=gone)
        held = hold(entries(now), tmp_path, formats, now=NOW, key=key, lifted=gone)
        assert [one.guard for one in held.tripped] == ["empty"], why
    else:
        assert publish(entries(now), tmp_path, formats, now=NOW, key=key, lifted=gone).entries == 1, why


@pytest.mark.parametrize(("before", "after", "guard", "why"), LIMITS)
def test_a_list_changes_within_limits(before: int, after: int, guard: str | None, why: str) -> None:
    if guard is None:
        examine(many(after), many(before), now=NOW)
        return
    with pytest.raises(GuardTripped) as caught:
        examine(many(after), many(before), now=NOW)
    assert caught.value.guard == guard, why


def test_the_first_release_has_no_ratio() -> None:
    assert len(examine(many(10_000), None, now=NOW).added) == 10_000


def test_limits_are_the_callers() -> None:
    with pytest.raises(GuardTripped):
        examine(many(3), many(1), now=NOW, terms=Terms(max_adds=1, max_adds_ratio=0))


@pytest.mark.parametrize(
    ("key", "value"),
    [
        *(("max_adds", -1), ("max_adds_ratio", math.nan), ("max_removals_ratio", math.inf)),
        *(("max_removals", -1), ("manifest_days", -5.0), ("manifest_days", 0.0), ("manifest_days", math.nan)),
        *(("manifest_days", 1e308), ("manifest_days", 36_501.0)),
    ],
)
def test_limits_that_limit_nothing_are_refused(key: str, value: float) -> None:
    with pytest.raises(BadTerms, match=key):
        Terms(**{key: value})  # type: ignore[arg-type]


def test_expiries_and_lifts_are_exempt_from_the_removal_limit() -> None:
    before = many(200)
    lifted = frozenset(entry.name for entry in before.entries[:100])
    due = block_list(replace(entry, expires="2026-11-23") for entry in before.entries[100:199])
    everything = block_list([*before.entries[:100], *due, before.entries[199]])
    left = BlockList(before.entries[199:])
    assert examine(left, everything, now=NOW, lifted=lifted).unexplained == ()
    with pytest.raises(GuardTripped, match="removals"):
        examine(left, everything, now="2026-11-22T00:00:00Z", lifted=lifted)


def test_the_last_entry_may_be_lifted_and_an_empty_list_published(
    key: Key, tmp_path: Path, entries: Make
) -> None:
    publish(entries("a.lab.org"), tmp_path, EVERY, now=NOW, key=key)
    lifted = frozenset([parse_name("a.lab.org")])
    assert publish(entries(), tmp_path, EVERY, now=NOW, key=key, lifted=lifted).entries == 0
    assert publish(entries(), tmp_path, EVERY, now=LATER, key=key).entries == 0
    assert check(tmp_path, key.public, LATER) == []


def test_a_first_release_of_nothing_is_for_two_people_to_want(entries: Make) -> None:
    """A wrong file, or none, reads so; after a list of something its ended entries explain an empty one."""
    with pytest.raises(GuardTripped, match=r"^empty: .*: a first release of nothing"):
        examine(entries(), None, now=NOW)
    assert [one.guard for one in examine(entries(), None, now=NOW, waived=WAIVABLE).tripped] == ["empty"]
    assert examine(entries(), entries(), now=NOW).tripped == ()


def test_folding_is_no_removal_and_narrowing_is_one(entries: Make) -> None:
    folded = examine(entries("evil.lab.org"), entries("host:a.evil.lab.org"), now=NOW)
    assert folded.removed == ()
    assert [entry.name for entry in folded.added] == ["evil.lab.org"]
    www = examine(entries("www:evil.lab.org"), entries("host:www.evil.lab.org"), now=NOW)
    assert (len(www.added), www.removed) == (1, ()), "a name and its www block the www"
    below = examine(entries("www:evil.lab.org"), entries("www.evil.lab.org"), now=NOW)
    assert [one.name for one in below.removed] == ["www.evil.lab.org"], "and nothing below it"
    narrowed = examine(entries("host:evil.lab.org"), entries("evil.lab.org"), now=NOW)
    assert [entry.name for entry in narrowed.removed] == ["evil.lab.org"]
    assert narrowed.added == ()


def test_a_lifted_name_that_stays_blocked_is_told(entries: Make) -> None:
    lifted = frozenset([parse_name("a.evil.lab.org"), parse_name("b.lab.org")])
    seen = examine(entries("evil.lab.org"), entries("evil.lab.org", "b.lab.org"), now=NOW, lifted=lifted)
    assert [(name, entry.name) for name, entry in seen.still_blocked] == [("a.evil.lab.org", "evil.lab.org")]


def test_a_file_that_says_something_else_is_not_published(
    key: Key, tmp_path: Path, entries: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(entries("a.lab.org"), tmp_path, ["rpz"], now=NOW, key=key)

    def writes_too_much(blocklist: BlockList, settings: object) -> Iterator[str]:
        yield from good.write(blocklist, settings)  # type: ignore[arg-type]
        yield "victim.org CNAME .\n"

    def writes_an_exemption(blocklist: BlockList, settings: object) -> Iterator[str]:
        yield from good.write(blocklist, settings)  # type: ignore[arg-type]
        yield "a.lab.org CNAME rpz-passthru.\n"

    def writes_nothing(blocklist: BlockList, settings: object) -> Iterator[str]:
        yield from ()

    good = FORMATS["rpz"]
    for broken in (writes_too_much, writes_an_exemption, writes_nothing):
        monkeypatch.setitem(FORMATS, "rpz", replace(good, pieces=broken))
        with pytest.raises(GuardTripped, match="parse_back"):
            publish(entries("a.lab.org"), tmp_path, ["rpz"], now=NOW, key=key)
    monkeypatch.setitem(FORMATS, "rpz", good)
    assert check(tmp_path, key.public, NOW) == []
    assert not list(tmp_path.glob(".*.tmp"))


def test_same_names_compares_what_is_blocked(entries: Make) -> None:
    assert same_names(entries("www:a.org"), entries("host:a.org", "host:www.a.org"))
    assert not same_names(entries("a.org"), entries("host:a.org"))
    assert not same_names(entries("a.org"), entries("a.org", "b.org"))


def test_a_clock_that_went_back_publishes_nothing(key: Key, tmp_path: Path, entries: Make) -> None:
    publish(entries("a.lab.org"), tmp_path, ["csv"], now=LATER, key=key)
    with pytest.raises(GuardTripped, match="clock"):
        publish(entries("a.lab.org"), tmp_path, ["csv"], now=NOW, key=key)


@pytest.mark.parametrize("what", ["manifest.json", ".publisher/2026112301.csv"])
def test_a_folder_that_somebody_changed_is_not_built_upon(
    what: str, key: Key, tmp_path: Path, entries: Make
) -> None:
    publish(entries("a.lab.org"), tmp_path, ["csv"], now=NOW, key=key)
    path = tmp_path / what
    path.write_bytes(path.read_bytes().replace(b"a", b"b", 1))
    with pytest.raises(GuardTripped, match="previous"):
        publish(entries("a.lab.org"), tmp_path, ["csv"], now=NOW, key=key)


def test_another_key_does_not_continue_a_folder(key: Key, tmp_path: Path, entries: Make) -> None:
    publish(entries("a.lab.org"), tmp_path / "out", ["csv"], now=NOW, key=key)
    with pytest.raises(GuardTripped, match="signed by key"):
        publish(entries("a.lab.org"), tmp_path / "out", ["csv"], now=NOW, key=make_key(tmp_path / "other"))


def test_an_unknown_format_is_refused_before_anything_is_written(
    key: Key, tmp_path: Path, entries: Make
) -> None:
    with pytest.raises(UnknownFormat):
        publish(entries("a.lab.org"), tmp_path / "out", ["csv", "xls"], now=NOW, key=key)
    assert not (tmp_path / "out").exists()


# ---------------------------------------------------------------- serials


SERIALS = [
    (0, 2026112301, "the first"),
    (2026112301, 2026112302, "the second of a day"),
    (2026112250, 2026112301, "the first of a day"),
    (2030010101, 2030010102, "a serial from the future is never undercut"),
    (2026112399, 2026112400, "the hundredth of a day"),
    (2**32 - 1, 2026112301, "after the last of all comes whatever is later by RFC 1982"),
    (4_200_000_000, 2026112301, "by RFC 1982 the day is later than this"),
]


@pytest.mark.parametrize(("last", "expected", "why"), SERIALS)
def test_the_next_serial_is_later_than_the_last(last: int, expected: int, why: str) -> None:
    serial = next_serial(NOW, last)
    assert serial == expected, why
    assert not last or is_later(serial, last)


def test_a_serial_wraps_around_without_zero() -> None:
    assert next_serial("2200-01-01T00:00:00Z", 2**32 - 1) == 1
    assert is_later(1, 2**32 - 1)
    assert not is_later(2**32 - 1, 1)
    assert not is_later(5, 5)
    assert latest((0, 5, 2**32 - 1)) == 5
    assert latest((0, 0)) == 0


def test_a_serial_never_repeats_after_a_restore(key: Key, tmp_path: Path, entries: Make) -> None:
    one = publish(entries("a.lab.org"), tmp_path / "first", ["csv"], now=NOW, key=key)
    again = publish(entries("a.lab.org"), tmp_path / "second", ["csv"], now=NOW, key=key, floor=one.serial)
    assert again.serial == one.serial + 1


def test_a_serial_is_on_the_disk_before_it_is_used(
    key: Key, tmp_path: Path, entries: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> Iterator[str]:
        raise OSError(28, "No space left on device")

    good = FORMATS["rpz"]
    monkeypatch.setitem(FORMATS, "rpz", replace(good, pieces=full))
    with pytest.raises(OSError, match="No space"):
        publish(entries("a.lab.org"), tmp_path, ["rpz"], now=NOW, key=key)
    assert (tmp_path / ".publisher" / "serial").read_text() == "2026112301\n"
    monkeypatch.setitem(FORMATS, "rpz", good)
    assert publish(entries("a.lab.org"), tmp_path, ["rpz"], now=NOW, key=key).serial == 2026112302


# ---------------------------------------------------------------- faults


def test_of_two_publishers_one_wins(key: Key, tmp_path: Path, entries: Make) -> None:
    publish(entries("a.lab.org"), tmp_path, ["csv"], now=NOW, key=key)
    with (tmp_path / ".publisher" / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        with pytest.raises(PublisherBusy):
            publish(entries("a.lab.org"), tmp_path, ["csv"], now=NOW, key=key)
    publish(entries("a.lab.org"), tmp_path, ["csv"], now=NOW, key=key)


class Struck(BaseException):
    """Stands for a kill: nothing catches it."""


@pytest.mark.parametrize("error", [Struck, OSError])
def test_whichever_step_fails_a_reader_sees_the_old_release_or_the_new(
    error: type[BaseException], key: Key, tmp_path: Path, entries: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """F03, F04: the i-th write, fsync or rename fails, for every i."""
    old, new = entries("a.lab.org"), entries("a.lab.org", "b.lab.org")
    publish(old, tmp_path, EVERY, now=NOW, key=key)
    countdown = [10**9]

    def failing(real: Callable[..., object]) -> Callable[..., object]:
        def step(*args: object, **options: object) -> object:
            countdown[0] -= 1
            if countdown[0] < 0:
                raise error("struck")
            return real(*args, **options)

        return step

    monkeypatch.setattr(os, "fsync", failing(os.fsync))
    monkeypatch.setattr(os, "fchmod", failing(os.fchmod))
    monkeypatch.setattr(Path, "replace", failing(Path.replace))
    monkeypatch.setattr(Path, "unlink", failing(Path.unlink))
    seen = set()
    for step in range(200):
        countdown[0] = step
        wanted = new if release(tmp_path)[1] == old else old
        try:
            publish(wanted, tmp_path, EVERY, now=NOW, key=key, lifted=frozenset([parse_name("b.lab.org")]))
        except error:
            pass
        else:
            break
        finally:
            countdown[0] = 10**9
        assert check(tmp_path, key.public, NOW) == [], f"after step {step}"
        blocklist = release(tmp_path)[1]
        assert blocklist in (old, new)
        seen.add(blocklist == wanted)
    else:
        pytest.fail("the publication never came to its end")
    assert seen == {True, False}, "some failures came before the release was visible, some after"
    assert not list(tmp_path.rglob("*.tmp"))


def test_a_killed_publisher_never_shows_a_reader_half_a_release(
    key: Key, tmp_path: Path, entries: Make
) -> None:
    """F04 with real kills: a process publishes without pause, is killed at random moments, and a reader
    checks.
    """
    publish(many(60), tmp_path, EVERY, now=NOW, key=key)
    moments = random.Random(7)
    for _ in range(15):
        before = release(tmp_path)[0]
        child = os.fork()
        if child == 0:
            try:
                for index in range(10_000):
                    publish(many(60, index % 2), tmp_path, EVERY, now=NOW, key=key)
            finally:
                os._exit(1)
        try:
            for _ in range(2_000):
                assert check(tmp_path, key.public, NOW) == []
                if release(tmp_path)[0] != before:
                    break
            else:
                pytest.fail("the publisher published nothing")
            time.sleep(moments.uniform(0, 0.04))
        finally:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
        assert check(tmp_path, key.public, NOW) == []
        serial, blocklist = release(tmp_path)
        assert blocklist in (many(60), many(60, 1))
        assert is_later(serial, before)


def test_a_reader_without_the_serial_named_signature_would_see_a_gap(
    key: Key, tmp_path: Path, entries: Make
) -> None:
    """The negative control: between two renames only the signature that names the serial holds."""
    publish(entries("a.lab.org"), tmp_path, ["csv"], now=NOW, key=key)
    stale = (tmp_path / "manifest.json.minisig").read_text()
    manifest = publish(entries("b.lab.org", "a.lab.org"), tmp_path, ["csv"], now=NOW, key=key)
    (tmp_path / "manifest.json.minisig").write_text(stale)
    assert check(tmp_path, key.public, NOW) == []
    (tmp_path / f"manifest-{manifest.serial}.json.minisig").unlink()
    assert check(tmp_path, key.public, NOW) != []


def test_write_whole_leaves_the_old_file_when_the_content_fails(tmp_path: Path) -> None:
    path = tmp_path / "list"
    path.write_text("old")

    def content() -> Iterator[str]:
        yield "new"
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        files.write_whole(path, content())
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


# ---------------------------------------------------------------- the consumer's check


def spoil_list(folder: Path, manifest: Manifest, key: Key) -> None:
    path = folder / manifest.files[0].name
    data = bytearray(path.read_bytes())
    data[-2] ^= 1
    path.write_bytes(bytes(data))


def swap_files(folder: Path, manifest: Manifest, key: Key) -> None:
    one, two = (folder / file.name for file in manifest.files[:2])
    text = one.read_bytes()
    one.write_bytes(two.read_bytes())
    two.write_bytes(text)


def drop_file(folder: Path, manifest: Manifest, key: Key) -> None:
    (folder / manifest.files[0].name).unlink()


def drop_manifest(folder: Path, manifest: Manifest, key: Key) -> None:
    (folder / "manifest.json").unlink()


def edit_manifest(folder: Path, manifest: Manifest, key: Key) -> None:
    path = folder / "manifest.json"
    path.write_text(path.read_text().replace('"entries": 1', '"entries": 2'))


def break_manifest(folder: Path, manifest: Manifest, key: Key) -> None:
    (folder / "manifest.json").write_text("{")


def climb_out(folder: Path, manifest: Manifest, key: Key) -> None:
    """A signed manifest with a name outside the folder: a publisher gone mad."""
    path = folder / "manifest.json"
    data = json.loads(path.read_text())
    data["files"][0]["name"] = "../../etc/passwd"
    path.write_text(json.dumps(data))
    (folder / "manifest.json.minisig").write_text(key.sign(path.read_bytes(), "x"))


def another_release(folder: Path, manifest: Manifest, key: Key) -> None:
    """A signed manifest that names a file of the release before: a publisher gone mad."""
    path, old = folder / "manifest.json", manifest.files[0].name
    name = old.replace(str(manifest.serial), "2026112299")
    (folder / name).write_bytes((folder / old).read_bytes())
    path.write_text(path.read_text().replace(f'"{old}"', f'"{name}"'))
    (folder / "manifest.json.minisig").write_text(key.sign(path.read_bytes(), "x"))


def another_zone(folder: Path, manifest: Manifest, key: Key) -> None:
    """A signed zone with the serial of the day before: secondaries that have this one's would not take it."""
    path, zone = folder / "manifest.json", next(one for one in manifest.files if one.format == "rpz")
    data = (folder / zone.name).read_bytes().replace(str(manifest.serial).encode(), b"2026112299")
    (folder / zone.name).write_bytes(data)
    path.write_text(path.read_text().replace(zone.sha256, sha256(data)))
    (folder / "manifest.json.minisig").write_text(key.sign(path.read_bytes(), "x"))


def newer_version(folder: Path, manifest: Manifest, key: Key) -> None:
    path = folder / "manifest.json"
    path.write_text(path.read_text().replace('"version": 1', '"version": 2'))
    (folder / "manifest.json.minisig").write_text(key.sign(path.read_bytes(), "x"))


DAMAGE = [
    (spoil_list, "not the file that was signed"),
    (swap_files, "not the file that was signed"),
    (drop_file, "is missing"),
    (drop_manifest, "there is no such file"),
    (edit_manifest, "does not match"),
    (break_manifest, "manifest.json is not what was signed"),
    (climb_out, "no file name of release"),
    (another_release, "no file name of release"),
    (another_zone, "its SOA serial is not 2026112301"),
    (newer_version, "version 2"),
]


@pytest.mark.parametrize(("damage", "words"), DAMAGE)
def test_a_consumer_sees_damage(
    damage: Callable[[Path, Manifest, Key], None], words: str, key: Key, tmp_path: Path, entries: Make
) -> None:
    """P05, P09."""
    manifest = publish(entries("a.lab.org"), tmp_path, EVERY, now=NOW, key=key)
    damage(tmp_path, manifest, key)
    assert any(words in problem for problem in check(tmp_path, key.public, NOW))


def test_a_consumer_refuses_what_is_old_expired_early_or_another_publishers(
    key: Key, tmp_path: Path, entries: Make
) -> None:
    folder = tmp_path / "out"
    publish(entries("a.lab.org"), folder, ["rpz"], now=NOW, key=key)
    other = make_key(tmp_path / "other").public
    assert any("expired" in one for one in check(folder, key.public, "2026-12-01T00:00:00Z"))
    assert any("future" in one for one in check(folder, key.public, "2026-11-22T00:00:00Z"))
    assert any("older" in one for one in check(folder, key.public, NOW, last_serial=2026112302))
    assert check(folder, key.public, NOW, last_serial=2026112301) == []
    assert any("signed by key" in one for one in check(folder, other, NOW))
    assert check(folder, None, NOW) == [], "with the folder's own key the same release is whole"


def test_a_dropped_file_is_no_release(key: Key, tmp_path: Path, entries: Make) -> None:
    """Incident 2: what lies in the folder counts only when the signed manifest names it."""
    publish(entries("a.lab.org"), tmp_path, ["rpz"], now=NOW, key=key)
    (tmp_path / "blocklist-2026112399.rpz").write_text("google.com CNAME .\n")
    assert check(tmp_path, key.public, NOW) == []
    assert release_names(tmp_path) == {"blocklist-2026112301.rpz"}


def release_names(folder: Path) -> set[str]:
    return {file.name for file in decode_manifest((folder / "manifest.json").read_bytes()).files}


@pytest.mark.parametrize("formats", [["rpz"], ["hosts", "csv"]])
def test_a_lost_publishers_record_is_read_from_the_release_itself(
    formats: list[str], key: Key, tmp_path: Path, entries: Make
) -> None:
    blocklist = entries("a.lab.org", "host:b.lab.org")
    publish(blocklist, tmp_path, formats, now=NOW, key=key)
    shutil.rmtree(tmp_path / ".publisher")
    assert last_release(tmp_path, key.public)[1] == blocklist
    assert publish(blocklist, tmp_path, formats, now=NOW, key=key).serial == 2026112302


def test_times_are_compared_as_times(key: Key, tmp_path: Path, entries: Make) -> None:
    publish(entries("a.lab.org"), tmp_path, ["csv"], now="2026-11-23T22:00:00+08:00", key=key)
    again = publish(entries("a.lab.org"), tmp_path, ["csv"], now="2026-11-23T14:00:01.5Z", key=key)
    assert (again.issued, again.expires) == ("2026-11-23T14:00:01Z", "2026-11-30T14:00:01Z")


def test_last_release_gives_what_was_published(key: Key, tmp_path: Path, entries: Make) -> None:
    assert last_release(tmp_path, key.public) == (None, None)
    manifest = publish(entries("a.lab.org"), tmp_path, ["rpz"], now=NOW, key=key)
    assert last_release(tmp_path, key.public) == (manifest, entries("a.lab.org"))


@pytest.mark.parametrize("size", [1, 2, 7, 300])
def test_a_few_names_are_found_in_a_release_without_reading_all_of_it(
    size: int, key: Key, tmp_path: Path
) -> None:
    words = ("a", "b", "a-b", "a.b", "z9")
    chance = random.Random(size)
    names = [
        f"{chance.choice(words)}{number}.{chance.choice((*words, 'xn--fiqs8s'))}.lab.org"
        for number in range(size)
    ]
    whole = block_list(
        Entry(parse_name(one), chance.choice(list(Reach)), "H01", "2027-01-01", ("decision 1",))
        for one in names
    )
    publish(whole, tmp_path, ("csv",), now=NOW, key=key, terms=Terms(max_adds=1000))
    asked = [parse_name(one) for one in (*names, "a.lab.org", "zz.lab.org", "m.example.org", "0.org")]
    for some in (asked, asked[: size // 2], asked[-4:], []):
        manifest, found = last_release(tmp_path, key.public, some)
        assert found == BlockList(one for one in whole if one.name in set(some)), some
        assert manifest is not None
        assert manifest.entries == len(whole)
    record = next((tmp_path / ".publisher").glob("*.csv"))
    record.write_bytes(record.read_bytes().replace(b"H01", b"H02"))
    with pytest.raises(GuardTripped, match="was changed after it was signed"):
        last_release(tmp_path, key.public, asked[:1])


def test_the_manifest_in_the_docs_is_one_with_every_key(tmp_path: Path, key: Key, entries: Make) -> None:
    """Whoever reads releases with a program of their own has the names of the keys from there."""
    text = (Path(__file__).parents[2] / "docs" / "formats.md").read_text("utf-8")
    shown = json.loads(text.partition("```json\n")[2].partition("```")[0])
    decode_manifest(json.dumps(shown).encode())
    publish(entries("a.lab.org", "b.lab.org"), tmp_path, ["rpz"], now=NOW, key=key)
    publish(entries("a.lab.org"), tmp_path, ["rpz"], now=NOW, key=key)
    made = json.loads((tmp_path / "manifest.json").read_bytes())
    for one, other in ((shown, made), (shown["files"][0], made["files"][0]), (shown["delta"], made["delta"])):
        assert list(one) == list(other)


def test_what_waits_for_approval_is_for_nobody_else_to_read(tmp_path: Path, key: Key, entries: Make) -> None:
    """A web server hands the folder out: an open one would show a list that nobody approved yet."""
    publish(entries("a.lab.org"), tmp_path, ["rpz"], now=NOW, key=key)
    own = tmp_path / ".publisher"
    own.chmod(0o755)  # as an older program made it
    hold(entries("b.lab.org"), tmp_path, ["rpz"], now=NOW, key=key)
    assert stat.S_IMODE((own / "held").stat().st_mode) == 0o700
    publish(entries("a.lab.org"), tmp_path / "new", ["rpz"], now=NOW, key=key)
    assert stat.S_IMODE((tmp_path / "new" / ".publisher").stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) & 0o055 == 0o055, "the release is for its carrier"
