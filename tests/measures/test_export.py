"""export, orders and verify as scripts call them: what is printed, what is written, and the exit code."""

from __future__ import annotations

import json
import shutil
import stat
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import Result

from blocklists.compiler import compile_lists
from blocklists.publish import check
from blocklists.signature import load_public_key
from domainscan.model import Reach
from domainscan.store import open_store
from domainscan.store.audit import load_events
from domainscan.store.published import (
    Published,
    ever_published,
    last_folder,
    last_serial,
    load_published,
    record_published,
    reserve_serial,
)

NOW = "2026-11-23T15:00:00Z"
CONFIG = """
[protect]
names = ["desk.example"]
[publish]
max_adds = 3
max_removals = 2
proof = []
[[recipient]]
id = "carrier-a"
formats = ["rpz", "csv", "hosts"]
[[recipient]]
id = "carrier-b"
[[recipient]]
id = "idc-east"
kind = "provider"
networks = ["192.0.2.0/24"]
"""

Run = Callable[..., Result]


def document(result: Result) -> Any:
    return json.loads(result.stdout)


def folder(office: Any, recipient: str = "carrier-a") -> Path:
    return Path(office.store.home) / "export" / recipient


def entries(office: Any, recipient: str = "carrier-a") -> list[str]:
    """The names in the recipient's CSV, read as a consumer would find it: by the manifest."""
    manifest = json.loads((folder(office, recipient) / "manifest.json").read_text("utf-8"))
    name = next(one["name"] for one in manifest["files"] if one["format"] == "csv")
    rows = (folder(office, recipient) / name).read_text("utf-8").splitlines()
    return [row.split(",")[0] for row in rows if "." in row.split(",")[0]]


# ---------------------------------------------------------------- export


def test_every_carrier_gets_a_list_that_its_consumer_can_verify(office: Any, run: Run) -> None:
    office.decide("alpha.example", reach=Reach.SUBTREE)
    office.decide("gamma.example", "cancel-access")
    done = document(run("export", "--json"))
    assert [(one["recipient"], one["names"]) for one in done["releases"]] == [
        ("carrier-a", ["alpha.example"]),
        ("carrier-b", ["alpha.example"]),
    ]
    public = load_public_key(Path(f"{office.store.home}/keys/publish.key.pub"))
    for recipient in ("carrier-a", "carrier-b"):
        assert check(folder(office, recipient), public, NOW) == []
        assert entries(office, recipient) == ["alpha.example"]
    assert not folder(office, "idc-east").exists()


def test_the_signing_key_is_made_once_for_its_owner_only(office: Any, run: Run) -> None:
    office.decide("alpha.example")
    first = run("export")
    key = Path(office.store.home) / "keys" / "publish.key"
    made = key.read_bytes()
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert f"{key}.pub" in first.stderr
    run("export")
    assert key.read_bytes() == made
    key.chmod(0o644)
    assert "can be read by others" in run("export", code=4).stderr


def test_what_a_format_cannot_say_is_in_the_change_report(office: Any, run: Run) -> None:
    office.decide("alpha.example", reach=Reach.SUBTREE)
    printed = run("export", "--recipient", "carrier-a").stdout
    assert "hosts: alpha.example narrowed from subtree to host" in printed
    assert (folder(office) / "changes.txt").read_text("utf-8") == printed
    saved = json.loads((folder(office) / "changes.json").read_text("utf-8"))
    assert (saved["added"], saved["removed"], len(saved["narrowed"])) == (["alpha.example"], [], 1)


def test_a_dry_run_asks_every_guard_and_writes_nothing(office: Any, run: Run) -> None:
    office.decide("alpha.example")
    assert document(run("export", "--dry-run", "--json"))["releases"][0]["added"] == ["alpha.example"]
    assert sorted(one.name for one in Path(office.store.home).iterdir() if one.is_dir()) == []
    assert last_serial(office.store, "carrier-a") == 0
    office.decide("www.desk.example")
    refused = document(run("export", "--dry-run", "--json", code=1))["refused"]
    assert [one["guard"] for one in refused] == ["protected", "protected"]


def test_lifted_and_expired_names_leave_the_list(office: Any, run: Run, clock: list[str]) -> None:
    lifted = office.decide("alpha.example")
    office.decide("beta.example", expires="2026-12-01")
    office.decide("delta.example")
    run("export")
    assert entries(office) == ["alpha.example", "beta.example", "delta.example"]
    office.lift(lifted)
    clock[0] = "2026-12-01T00:00:01Z"
    done = document(run("export", "--json"))["releases"][0]
    assert (done["removed"], entries(office)) == (["alpha.example", "beta.example"], ["delta.example"])


def test_no_format_lets_a_measure_last_a_day_longer_than_the_letter_says(
    office: Any, run: Run, tmp_path: Path
) -> None:
    """`2026-12-01 (the first moment without the measure)`: a day alone would be valid to its end in a list."""
    config = tmp_path / "config.toml"
    config.write_text(CONFIG.replace('["rpz", "csv", "hosts"]', '["stix", "csv"]'), "utf-8")
    office.decide("alpha.example", expires="2026-12-01")
    run("export", "--recipient", "carrier-a")
    (stix,) = folder(office).glob("*.stix.json")
    assert json.loads(stix.read_text())["objects"][0]["valid_until"] == "2026-12-01T00:00:00.000Z"
    (table,) = folder(office).glob("*.csv")
    for now, names in (("2026-11-30T23:59:59Z", 1), ("2026-12-01T00:00:01Z", 0)):
        with table.open("rb") as file:
            made = compile_lists([("ours", file)], now=now)
        assert len(made.blocklist) == names, now


def test_an_expired_name_that_another_entry_still_blocks_is_told(
    office: Any, run: Run, clock: list[str]
) -> None:
    office.decide("alpha.example", reach=Reach.SUBTREE)
    office.decide("shop.alpha.example", expires="2026-12-01")
    run("export")
    clock[0] = "2026-12-01T15:00:00Z"
    assert "shop.alpha.example (by alpha.example)" in run("export").stdout


def test_a_release_that_a_recipient_left_behind_is_told(office: Any, run: Run, tmp_path: Path) -> None:
    """Its carrier goes on with what it has: a name that is lifted later stays blocked there, and no export ends it."""
    lifted = office.decide("alpha.example")
    office.decide("beta.example")
    run("export")
    assert "any more" not in run("export").stderr
    config = tmp_path / "config.toml"
    config.write_text(CONFIG.replace('[[recipient]]\nid = "carrier-b"\n', ""), "utf-8")
    place = folder(office, "carrier-b")
    said = f"carrier-b: no recipient of block lists any more, and its release 2026112302 lies in {place}"
    assert f"{said}: tell its people, and move the folder away" in run("export").stderr
    office.lift(lifted)
    assert f"{said}; it blocks 1 name that ended since: tell its people" in run("export").stderr
    left = document(run("export", "--json"))["left_behind"]
    assert left == [
        {
            "recipient": "carrier-b",
            "folder": str(place),
            "serial": 2026112302,
            "still_blocked": ["alpha.example"],
        }
    ]
    assert "any more" not in run("export", "--recipient", "carrier-a").stderr, "nobody asked"
    place.rename(tmp_path / "away")
    assert "any more" not in run("export").stderr


def test_a_release_fails_while_a_lifted_name_is_blocked_by_another_entry(office: Any, run: Run) -> None:
    wide = office.decide("alpha.example", reach=Reach.SUBTREE)
    narrow = office.decide("shop.alpha.example")
    run("export")
    office.lift(narrow)
    said = run("export", code=1).stderr
    assert f"shop.alpha.example by alpha.example (subtree), decision {wide.id}: lift or narrow" in said
    office.decide("shop.alpha.example")  # one way out: two people decide the name anew
    run("export")


def test_an_unchanged_list_gets_a_fresh_manifest_with_a_later_serial(
    office: Any, run: Run, clock: list[str]
) -> None:
    office.decide("alpha.example")
    run("export")
    clock[0] = "2026-11-24T15:00:00Z"
    done = document(run("export", "--json"))["releases"][0]
    assert (done["serial"], done["added"], done["expires"]) == (2026112401, [], "2026-12-01T15:00:00Z")
    assert [one.serial for one in load_published(office.store, "carrier-a")] == [2026112301, 2026112401]


def test_the_last_list_can_be_emptied_by_lifting_all_of_it(office: Any, run: Run) -> None:
    only = office.decide("alpha.example")
    run("export")
    office.lift(only)
    run("export")
    assert entries(office) == []


@pytest.mark.parametrize(
    ("names", "guard", "why"),
    [
        (["www.desk.example"], "protected", "the desk's own"),
        (["pages.github.io", "github.io"], "breadth", "a suffix that many people share"),
        (
            ["a.example", "b.example", "c.example", "d.example"],
            "adds",
            "more than [publish] max_adds at once",
        ),
    ],
)
def test_a_tripped_guard_leaves_the_last_release_as_it_was(
    names: list[str], guard: str, why: str, office: Any, run: Run
) -> None:
    office.decide("alpha.example")
    run("export")
    before = {one.name: one.read_bytes() for one in folder(office).iterdir() if one.is_file()}
    for name in names:
        office.decide(name)
    refused = document(run("export", "--json", code=1))["refused"]
    assert {one["guard"] for one in refused} == {guard}, why
    assert {one.name: one.read_bytes() for one in folder(office).iterdir() if one.is_file()} == before


def test_an_approved_name_is_refused_when_it_was_protected_after_its_approval(
    office: Any, run: Run, tmp_path: Path
) -> None:
    office.decide("www.desk.example")
    run("export", code=1)
    (tmp_path / "config.toml").write_text(CONFIG.replace("desk.example", "else.example"), "utf-8")
    run("export")  # without the protection it would have been listed
    assert entries(office) == ["www.desk.example"]


def test_without_any_decision_there_is_no_first_list(office: Any, run: Run) -> None:
    assert "a first release of nothing" in run("export", code=1).stderr


def test_one_changed_byte_stops_the_next_release(office: Any, run: Run) -> None:
    office.decide("alpha.example")
    run("export")
    manifest = folder(office) / "manifest.json"
    manifest.write_bytes(manifest.read_bytes().replace(b'"entries": 1', b'"entries": 2'))
    refused = document(run("export", "--json", code=1))["refused"]
    assert [(one["recipient"], one["guard"]) for one in refused] == [("carrier-a", "previous")]


def changed(file: Path) -> None:
    file.write_bytes(file.read_bytes().replace(b"alpha.example", b"other.example"))


def counted_anew(file: Path) -> None:
    file.write_bytes(file.read_bytes().replace(b'"entries": 1', b'"entries": 2'))


def unknown(file: Path) -> None:
    file.write_bytes(file.read_bytes().replace(b'"serial": 2026112301', b'"serial": 2026112399'))


def damaged(file: Path) -> None:
    file.write_bytes(b"{")


HARMS = [
    (lambda home: None, "", "the negative control: nothing was touched"),
    (
        lambda home: changed(home / "blocklist-2026112301.hosts"),
        "blocklist-2026112301.hosts is not the file",
        "",
    ),
    (lambda home: (home / "blocklist-2026112301.rpz").unlink(), "blocklist-2026112301.rpz is missing", ""),
    (
        lambda home: counted_anew(home / "manifest.json"),
        "not that of release 2026112301 as it was published",
        "",
    ),
    (
        lambda home: unknown(home / "manifest.json"),
        "release 2026112399 is not on record",
        "as from a killed export",
    ),
    (lambda home: damaged(home / "manifest.json"), "manifest", "no manifest at all"),
    (lambda home: (home / "manifest.json").unlink(), "manifest.json: No such file", "carriers find nothing"),
    (lambda home: home.rename(home.with_name("away")), "", "`export` makes a lost folder again"),
]


@pytest.mark.parametrize(("harm", "said", "why"), HARMS)
def test_audit_verify_looks_at_what_carriers_fetch(
    office: Any, run: Run, harm: Callable[[Path], None], said: str, why: str
) -> None:
    office.decide("alpha.example")
    run("export", "--recipient", "carrier-a")
    harm(folder(office))
    problems = document(run("audit", "verify", "--json", code=1 if said else 0))["problems"]
    assert [said in one and one.startswith(f"carrier-a: {folder(office)}: ") for one in problems] == (
        [True] if said else []
    ), why


def refuse_reading(monkeypatch: pytest.MonkeyPatch, file: Path) -> None:
    """A file of somebody else: root, who may run these tests, could read it."""
    read = Path.read_bytes
    is_dir = Path.is_dir

    def denied(self: Path) -> bytes:
        if self == file:
            raise PermissionError(13, "Permission denied", str(self))
        return read(self)

    def hidden(self: Path) -> bool:
        if self == file:
            raise PermissionError(13, "Permission denied", str(self))
        return is_dir(self)

    monkeypatch.setattr(Path, "read_bytes", denied)
    monkeypatch.setattr(Path, "is_dir", hidden)


def test_a_release_that_may_not_be_read_is_named_and_nobody_is_told_to_move_it_away(
    office: Any, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.decide("alpha.example")
    run("export")
    refuse_reading(monkeypatch, folder(office) / ".publisher" / "2026112301.csv")
    said = run("export", code=1).stderr
    assert "2026112301.csv: Permission denied: see that whoever publishes may read" in said
    assert "move it away" not in said
    refuse_reading(monkeypatch, folder(office))
    (problem,) = document(run("audit", "verify", "--json", code=1))["problems"]
    assert problem == f"carrier-a: {folder(office)}: Permission denied"


def test_the_releases_of_a_home_that_was_moved_or_restored_beside_it_are_its_own(
    office: Any, run: Run, tmp_path: Path
) -> None:
    """What is pushed, approved and verified there must not be looked for, nor published, in the old place."""
    office.decide("alpha.example")
    run("export", "--recipient", "carrier-a")
    run("export", "--recipient", "carrier-b", "--out", str(tmp_path / "srv"))
    home = Path(office.store.home)
    moved = shutil.copytree(home, tmp_path / "moved")
    with open_store(moved) as store:
        places = [last_folder(store, one) for one in ("carrier-a", "carrier-b")]
        assert places == [moved / "export" / "carrier-a", tmp_path / "srv" / "carrier-b"]
        (home / "export").rename(tmp_path / "away")
        assert last_folder(store, "carrier-a") == places[0], "the old place is gone"
    assert last_folder(office.store, "carrier-a") == folder(office), "where it was, were it there"


def test_the_clock_may_not_run_backwards(office: Any, run: Run, clock: list[str]) -> None:
    office.decide("alpha.example")
    run("export")
    clock[0] = "2026-11-22T15:00:00Z"
    assert {one["guard"] for one in document(run("export", "--json", code=1))["refused"]} == {"clock"}


def test_a_clock_that_ran_ahead_once_does_not_bind_the_desk_until_then(
    office: Any, run: Run, clock: list[str], tmp_path: Path
) -> None:
    lifted = office.decide("alpha.example")
    office.decide("beta.example")
    clock[0] = "2026-12-20T15:00:00Z"
    ahead = document(run("export", "--recipient", "carrier-a", "--json"))["releases"][0]["serial"]
    clock[0] = NOW
    office.lift(lifted)
    said = run("export", "--recipient", "carrier-a", code=1).stderr
    assert f"set the clock right; if it ran ahead then, move {folder(office)} away" in said
    folder(office).rename(tmp_path / "away")
    assert document(run("export", "--recipient", "carrier-a", "--json"))["releases"][0]["serial"] > ahead
    assert entries(office) == ["beta.example"]


def test_a_clock_that_jumps_ahead_ends_no_measure(office: Any, run: Run, clock: list[str]) -> None:
    """Expiry is for good, so it waits for somebody who says that the clock is right."""
    blocked = office.decide("alpha.example", expires="2027-01-15")
    run("export")
    clock[0] = "2027-01-22T15:00:00Z"
    run("export", "--dry-run", code=0)
    clock[0] = "2027-01-22T15:00:01Z"
    for words in (("export",), ("export", "--dry-run"), ("export", "--json")):
        said = " ".join(run(*words, code=1).stderr.split())
        assert "60 days after the last release (2026-11-23T15:00:00Z): set the clock right" in said
    assert entries(office) == ["alpha.example"]
    assert "decision.expire" not in {one.action for one in load_events(office.store)}
    clock[0] = "2026-11-24T15:00:00Z"
    run("export")
    assert entries(office) == ["alpha.example"], "once the clock is right again nothing has happened"
    clock[0] = "2027-02-22T15:00:00Z"
    run("export", "--after-pause")
    assert entries(office) == []
    assert [one.subject for one in load_events(office.store) if one.action == "decision.expire"] == [
        blocked.name
    ]


def test_a_serial_that_the_store_remembers_never_repeats_though_the_folder_is_gone(
    office: Any, run: Run
) -> None:
    office.decide("alpha.example")
    reserve_serial(office.store, "carrier-a", 2026112307)
    assert document(run("export", "--json"))["releases"][0]["serial"] == 2026112308


def test_a_lost_folder_does_not_lift_the_change_limit(office: Any, run: Run, tmp_path: Path) -> None:
    office.decide("alpha.example")
    run("export")
    for name in ("a.example", "b.example", "c.example", "d.example"):
        office.decide(name)
    elsewhere = str(tmp_path / "fresh")
    refused = document(run("export", "--json", "--out", elsewhere, code=1))["refused"]
    assert {one["guard"] for one in refused} == {"adds"}


def test_a_lost_folder_is_remembered_with_the_reach_that_was_decided(
    office: Any, run: Run, tmp_path: Path
) -> None:
    """`bind` can say no host at all, and its file said nothing before either: nothing would go from it."""
    (tmp_path / "config.toml").write_text(
        '[publish]\nproof = []\n[[recipient]]\nid = "carrier-a"\nformats = ["rpz", "bind"]\n', "utf-8"
    )
    office.decide("alpha.example")
    run("export")
    folder(office).rename(tmp_path / "away")
    again = document(run("export", "--json"))
    assert again["refused"] == []
    assert [one["changed"] for one in again["releases"]] == [[]]


def test_what_a_lost_list_blocked_below_a_name_is_not_taken_for_a_host(
    office: Any, run: Run, tmp_path: Path
) -> None:
    """A host was out; all below it is new, and counts as an addition, though the folder is gone."""
    office.decide("alpha.example")
    run("export", "--recipient", "carrier-a")
    for name in ("a.alpha.example", "b.alpha.example", "c.alpha.example", "d.alpha.example"):
        office.decide(name)
    folder(office).rename(tmp_path / "away")
    refused = document(run("export", "--recipient", "carrier-a", "--json", code=1))["refused"]
    assert [one["guard"] for one in refused] == ["adds"]


def test_releases_are_remembered_and_logged(office: Any, run: Run) -> None:
    office.decide("alpha.example")
    run("export", "--recipient", "carrier-a")
    (release,) = load_published(office.store)
    assert (release.recipient, release.names, release.by) == ("carrier-a", ("alpha.example",), "operator")
    assert [one.action for one in load_events(office.store, "carrier-a")] == ["export"]


def test_a_release_whose_publisher_was_killed_is_remembered_by_the_next(office: Any, run: Run) -> None:
    office.decide("alpha.example")
    run("export", "--recipient", "carrier-a")
    for table in ("published", "audit"):
        office.store.db.execute(f"DROP TRIGGER {table}_no_delete")
    office.store.db.execute("DELETE FROM published")
    office.store.db.execute("DELETE FROM audit WHERE action = 'export'")
    run("export", "--recipient", "carrier-a")
    assert [one.serial for one in load_published(office.store)] == [2026112301, 2026112302]
    assert load_published(office.store)[0].names == ("alpha.example",)
    assert [one.action for one in load_events(office.store, "carrier-a")] == ["export", "export.found"]


def test_a_year_of_releases_is_not_in_memory_at_once(office: Any) -> None:
    """What `verify` wants to know: 40 releases of 2,000 names, of which each has one that the others have not."""
    same = tuple(f"name-{number}.example" for number in range(2000))
    for serial in range(1, 41):
        names = (*same, f"new-{serial}.example")
        record_published(office.store, Published("carrier-a", serial, f"d{serial}", "p", names, NOW))
    tracemalloc.start()
    try:
        names = ever_published(office.store, "carrier-a")
        peak = tracemalloc.get_traced_memory()[1]
        everything = load_published(office.store)
        control = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert names == {*same, *(f"new-{serial}.example" for serial in range(1, 41))}
    assert len(everything) == 40
    assert peak < 2_000_000 < control, "the control loads them all"


def test_a_serial_is_never_taken_back(office: Any) -> None:
    for serial in (2026112309, 2026112303):
        reserve_serial(office.store, "carrier-a", serial)
    assert last_serial(office.store, "carrier-a") == 2026112309


def test_a_refusal_names_the_decisions_and_all_the_names(office: Any, run: Run) -> None:
    made = [office.decide(name) for name in ("www.desk.example", "desk.example")]
    said = run("export", "--recipient", "carrier-a", code=1).stderr
    assert all(f"{one.name} (host, decision {one.id}): own" in said for one in made)


def test_a_new_key_after_a_release_is_told(office: Any, run: Run, tmp_path: Path) -> None:
    office.decide("alpha.example")
    assert "a new one was made" not in run("export").stderr
    (office.store.home / "keys" / "publish.key").unlink()
    said = run("export", "--out", str(tmp_path / "fresh")).stderr
    assert "the key of earlier releases is gone, and a new one was made" in said


def test_what_is_out_when_the_disk_fails_for_the_next_recipient_is_told(office: Any, run: Run) -> None:
    office.decide("alpha.example")
    folder(office).parent.mkdir()
    folder(office, "carrier-b").write_text("a file where the folder should be")
    said = run("export", code=4)
    assert said.stdout.startswith("carrier-a: serial 2026112301, 1 entry, ")
    assert "error: carrier-b: " in said.stderr
    assert entries(office) == ["alpha.example"]


def test_a_lost_key_is_told_where_the_old_release_still_lies(office: Any, run: Run) -> None:
    """Who is told to move the release away loses every carrier that has the old public key."""
    office.decide("alpha.example")
    run("export")
    key = Path(office.store.home) / "keys" / "publish.key"
    old = key.read_bytes()
    key.unlink()
    said = run("export", code=1).stderr
    assert "signed by key" in said
    assert f"restore {folder(office)}, or the private key that signed it, from a backup" in said
    assert f"{key} was gone, and a new one was made: put the old one back" in said
    again = run("export", code=1).stderr
    assert "was gone" not in again, "told once: there is a key now"
    assert again.count("signed by key") == 2, "once for each recipient"
    key.write_bytes(old)
    run("export")


def test_a_key_that_came_back_alone_is_handed_out_by_its_own_public_half(office: Any, run: Run) -> None:
    """`export` names the file that carriers verify with; a new key's would lie there."""
    office.decide("alpha.example")
    run("export")
    key = Path(office.store.home) / "keys" / "publish.key"
    public, old = key.with_name("publish.key.pub"), key.read_bytes()
    right = public.read_text("ascii")
    key.unlink()
    run("export", code=1)
    assert public.read_text("ascii") != right
    key.write_bytes(old)
    assert f"consumers verify with {public}" in run("export").stderr
    assert public.read_text("ascii") == right
    public.unlink()
    run("export")
    assert check(folder(office), load_public_key(public), NOW) == []


def test_a_damaged_key_is_told_with_the_way_out(office: Any, run: Run) -> None:
    office.decide("alpha.example")
    run("export")
    key = Path(office.store.home) / "keys" / "publish.key"
    whole = key.read_bytes()
    for data in (b"", whole[:100], whole[:-20] + b"AAAA" + whole[-16:]):
        key.write_bytes(data)
        assert "put it back from a backup" in run("export", code=4).stderr


def test_nobody_to_publish_for_is_a_usage_error(office: Any, run: Run) -> None:
    office.decide("alpha.example")
    assert "names no recipient 'nobody'" in run("export", "--recipient", "nobody", code=2).stderr
    assert (
        "idc-east: nobody there takes block lists" in run("export", "--recipient", "idc-east", code=2).stderr
    )


def test_a_stale_snapshot_closes_the_gate(office: Any, run: Run, clock: list[str]) -> None:
    office.decide("alpha.example", expires="2029-01-01")
    clock[0] = "2028-06-01T00:00:00Z"
    assert "578 days old" in run("export", code=4).stderr


# ---------------------------------------------------------------- orders


def test_letters_that_the_desk_has_not_filled_in_are_told_before_they_go_out(
    office: Any, run: Run, tmp_path: Path
) -> None:
    """A provider who reads somebody else's address, or no law, has nobody to ask."""
    office.decide("gamma.example", "cancel-access")
    said = "the letters say what was shipped for contact, appeal, legal_basis, legal_basis_zh: fill in [desk]"
    assert said in run("orders", "draft").stderr
    config = tmp_path / "config.toml"
    own = 'contact = "a@desk.example"\nappeal = "b@desk.example"\nlegal_basis = "Art. 1"\n'
    config.write_text(f"{CONFIG}[desk]\n{own}", "utf-8")
    assert "shipped for legal_basis_zh: fill in" in run("orders", "draft").stderr
    config.write_text(f'{CONFIG}[desk]\n{own}legal_basis_zh = "第一条"\n', "utf-8")
    assert "shipped" not in run("orders", "draft").stderr


def test_an_order_from_draft_to_execution(office: Any, run: Run) -> None:
    office.decide("gamma.example", "cancel-access", visit=("192.0.2.10",))
    made = document(run("orders", "draft", "--json"))
    assert [(one["number"], one["recipient"], one["state"]) for one in made["orders"]] == [
        (1, "idc-east", "draft")
    ]
    assert "ORDER No. 0001 (DRAFT" in run("orders", "show", "1", "--letter", "en").stdout
    (issued,) = document(run("orders", "issue", "1", "--json"))
    assert Path(issued["folder"], "letter.zh-CN.txt").is_file()
    assert "工单第 0001 号" in run("orders", "show", "1", "--letter", "-").stdout
    done = document(
        run(
            "orders",
            "receipt",
            "1",
            "--status",
            "executed",
            "--reference",
            "E-7",
            "--at",
            "2026-11-23T14:00",
            "--json",
        )
    )
    assert (done["state"], done["receipts"][0]["reference"], done["receipts"][0]["at"]) == (
        "executed", "E-7", "2026-11-23T14:00:00Z",
    )  # fmt: skip
    assert [one["state"] for one in document(run("orders", "list", "--json"))] == ["executed"]
    assert "gamma.example" in run("orders", "show", "1").stdout


def test_what_nobody_can_carry_out_is_printed(office: Any, run: Run) -> None:
    office.decide("far.example", "cancel-access", visit=("198.51.100.7",))
    result = run("orders", "draft", "--json")
    assert [one["name"] for one in document(result)["undeliverable"]] == ["far.example"]
    assert "nobody to carry out cancel-access on far.example" in result.stderr


def test_an_item_that_was_sent_back_is_shown_and_said_when_it_is_asked_again(office: Any, run: Run) -> None:
    for name in ("alpha.example", "beta.example"):
        office.decide(name)
    run("orders", "draft")
    run("orders", "issue", "1")
    row = run("orders", "receipt", "1", "--status", "rejected", "--item", "2", "--note", "已迁出")
    assert "received, 1 sent back" in row.stdout
    shown = run("orders", "show", "1").stdout
    assert ["2", "beta.example", "sent back"] in [
        [line.split()[0], line.split()[3], " ".join(line.split()[-2:])] for line in shown.splitlines()[3:5]
    ]
    again = run("orders", "draft")
    assert "carrier-a sent beta.example back (order 1, item 2: 已迁出) and is asked again" in again.stderr
    assert (
        "is over: a recipient is given time to come"
        in run("orders", "receipt", "1", "--status", "received", "--until", "2020-01-01", code=2).stderr
    )


def test_a_draft_that_cannot_be_issued_does_not_hold_up_the_others(office: Any, run: Run) -> None:
    office.decide("alpha.example")
    run("orders", "draft")
    result = run("orders", "issue", "9", "1", "--json", code=3)
    assert [one["number"] for one in document(result)] == [1]
    assert "no order 9" in result.stderr


@pytest.mark.parametrize("words", [["orders", "draft"], ["export"], ["orders", "list"], ["verify"]])
def test_a_store_that_cannot_be_read_ends_with_4(words: list[str], office: Any, run: Run) -> None:
    office.decide("alpha.example")
    office.store.db.execute("ALTER TABLE decisions RENAME COLUMN reason TO because")
    office.store.db.execute("ALTER TABLE orders RENAME COLUMN recipient TO receiver")
    assert "domainscan.db" in run(*words, code=4).stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["show", "9" * 20], "no order 9"),
        (["issue", "9"], "no order 9"),
        (["show", "9"], "no order 9"),
        (["receipt", "9", "--status", "executed"], "no order 9"),
        (["receipt", "1", "--status", "done"], "use received, executed or rejected"),
        (["receipt", "1", "--status", "executed", "--at", "yesterday"], "--at 'yesterday'"),
        (["receipt", "1", "--status", "executed", "--at", "2027-01-01"], "is in the future"),
        (["receipt", "1", "--status", "executed"], "order 1 is draft"),
        (["list", "--state", "lost"], "is no state of an order"),
        (["show", "1", "--letter", "fr"], "no letter in 'fr'"),
    ],
)
def test_wrong_use_of_orders_is_said_and_exits_2(words: list[str], said: str, office: Any, run: Run) -> None:
    office.decide("alpha.example")
    run("orders", "draft")
    assert said in run("orders", *words, code=2).stderr


def test_a_letter_that_was_changed_is_noticed_by_show(office: Any, run: Run) -> None:
    office.decide("alpha.example")
    run("orders", "draft")
    (issued, *_) = document(run("orders", "issue", "1", "--json"))
    Path(issued["folder"], "letter.en.txt").write_text("pay here", "utf-8")
    assert "not the ones that were issued" in run("orders", "show", "1", code=1).stderr


# ---------------------------------------------------------------- verify


def test_verify_without_anything_asked_has_nothing_to_say(office: Any, run: Run) -> None:
    office.decide("alpha.example")
    assert "nothing to verify" in run("verify").stderr


def test_a_disk_that_is_full_is_named_by_the_folder_on_it(
    office: Any, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.decide("alpha.example")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")  # as write(2) says it: without a name

    monkeypatch.setattr("domainscan.cli.lists._export", full)
    said = run("export", "--recipient", "carrier-a", "--out", str(tmp_path / "out"), code=4).stderr
    assert said == f"error: carrier-a: {tmp_path / 'out' / 'carrier-a'}: No space left on device\n"


def test_verify_of_an_order_that_was_rejected_says_that_there_is_nothing_to_see(
    office: Any, run: Run
) -> None:
    office.decide("alpha.example", measure="cancel-access")
    run("orders", "draft")
    run("orders", "issue", "1")
    run("orders", "receipt", "1", "--status", "rejected", "--note", "not here")
    said = run("verify", "--order", "1").stderr
    assert said == "nothing to verify of order 1, which is rejected\n"


def test_verify_that_cannot_ask_says_unknown_and_exits_3(office: Any, run: Run) -> None:
    office.decide("alpha.example")
    run("export", "--recipient", "carrier-a")
    checks = document(run("verify", "--json", code=3))
    assert [(one["recipient"], one["wanted"], one["verdict"]) for one in checks] == [
        ("carrier-a", "full", "unknown")
    ]


def test_a_bad_network_in_the_configuration_is_named(office: Any, run: Run, tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(CONFIG.replace("192.0.2.0/24", "192.0.2.0/99"), "utf-8")
    office.decide("gamma.example", "cancel-access")
    assert "recipient idc-east" in run("orders", "draft", code=4).stderr


def test_the_loop_closes_for_a_carrier(carrier: Any, lab: Any, office: Any, run: Run, tmp_path: Path) -> None:
    """Decide, export, load, verify; lift, export, load, verify: between each, verify says what is missing."""

    def verdict(code: int) -> list[tuple[str, str]]:
        checks = document(run("verify", "--json", code=code))
        return [(one["wanted"], one["verdict"]) for one in checks]

    def load() -> None:
        carrier.reload(max(folder(office, "carrier-x").glob("*.rpz")))  # the latest serial

    (tmp_path / "config.toml").write_text(lab.config_text({"carrier-x": carrier.address}), "utf-8")
    decided = office.decide("one.lab", reach=Reach.SUBTREE)
    office.decide("quiet.lab", "none", expires="", category="")
    run("export")
    assert verdict(1) == [("full", "none")]
    load()
    assert verdict(0) == [("full", "full")]
    office.lift(decided)
    assert verdict(1) == [("lifted", "full")]
    run("export")
    assert verdict(1) == [("lifted", "full")]
    load()
    assert verdict(0) == [("lifted", "lifted")]


def test_the_loop_closes_for_a_provider(lab: Any, office: Any, run: Run, tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(lab.config_text(), "utf-8")
    east = lab.world.address(lab.world.by_name["one.lab"])
    decided = office.decide("one.lab", "cancel-access", visit=(east,))
    run("orders", "draft")
    run("orders", "issue", "1")
    run("orders", "receipt", "1", "--status", "executed")  # a claim, which the probe does not see
    assert [one["verdict"] for one in document(run("verify", "--order", "1", "--json", code=1))] == ["none"]
    lab.cut("one.lab")
    try:
        assert [one["verdict"] for one in document(run("verify", "--json"))] == ["full"]
        office.lift(decided)
        run("orders", "draft")
        run("orders", "issue", "2")
        still = document(run("verify", "--order", "2", "--json", code=1))
        assert [(one["wanted"], one["verdict"]) for one in still] == [("lifted", "full")]
    finally:
        lab.uncut("one.lab")
    assert "lifted" in run("verify", "--recipient", "east").stdout
