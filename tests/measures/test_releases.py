"""Held releases, their second person, and the way back, as people type them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import Result

from blocklists.check import check
from blocklists.signature import load_public_key
from domainscan import proof
from domainscan.config.tables import ENGINES
from domainscan.listing import delisted
from domainscan.model import Answers, Hop, Lookup, Name, Person, Reach, Registration
from domainscan.review import appeal, lift
from domainscan.store.audit import load_events
from domainscan.store.holds import approve_hold, load_holds
from domainscan.store.published import last_serial, load_published
from domainscan.store.traces import untraced

NOW = "2026-11-23T15:00:00Z"
CONFIG = """
[publish]
max_adds = 2
max_removals = 1
proof = []
[[recipient]]
id = "carrier-a"
formats = ["rpz", "csv"]
"""
Run = Callable[..., Result]


@pytest.fixture
def run(run: Run, office: Any) -> Run:
    """`domainscan` as somebody: `run("wei", "release", "approve", "1", code=0)`; nobody for ""."""
    return lambda who, *words, code=0: run(*words, code=code, token=office.tokens[who] if who else "")


def folder(office: Any) -> Path:
    return Path(office.store.home) / "export" / "carrier-a"


def listed(office: Any, now: str = NOW) -> list[str]:
    """The names in the CSV that the manifest names, of a release that its consumer accepts."""
    public = load_public_key(Path(f"{office.store.home}/keys/publish.key.pub"))
    assert check(folder(office), public, now) == []
    manifest = json.loads((folder(office) / "manifest.json").read_text("utf-8"))
    name = next(one["name"] for one in manifest["files"] if one["format"] == "csv")
    rows = (folder(office) / name).read_text("utf-8").splitlines()
    return [row.split(",")[0] for row in rows if "." in row.split(",")[0]]


def too_many(office: Any, run: Run) -> list[str]:
    """One name published, and four more decided: more than may come at once."""
    office.decide("alpha.example")
    run("", "export")
    names = [f"{letter}.example" for letter in "bcde"]
    for name in names:
        office.decide(name)
    return names


def sound(office: Any) -> None:
    """The log and the tables agree."""
    log = [(one.actor, one.action, one.subject, one.detail) for one in reversed(load_events(office.store))]
    assert untraced(office.store, log) == []


def test_what_is_too_much_for_one_goes_out_with_two(office: Any, run: Run) -> None:
    names = too_many(office, run)
    assert "domainscan release hold carrier-a" in run("", "export", code=1).stderr
    said = run("lin", "release", "hold", "carrier-a", "--reason", "the second week")
    assert "held release 1: adds: 4, and 2 are allowed on a list of 1" in said.stdout
    assert listed(office) == ["alpha.example"]
    (waiting,) = json.loads(run("", "release", "list", "--json").stdout)
    assert (waiting["proposer"], waiting["state"], waiting["guards"]) == ("lin", "held", ["adds"])
    done = json.loads(run("wei", "release", "approve", "1", "--json").stdout)
    assert done["digest"] == waiting["digest"], "what was approved is what is out"
    assert listed(office) == ["alpha.example", *names]
    assert [(one.serial, one.by) for one in load_published(office.store)] == [
        (2026112301, "operator"),
        (2026112601, "wei"),
    ], "a held release leaves room for the list in force to be issued anew"
    actions = [one.action for one in load_events(office.store, "carrier-a")]
    assert actions == ["export", "release.approve", "release.hold", "export"], "the newest first"
    assert [one.state for one in load_holds(office.store)] == ["published"]
    sound(office)
    run("", "export")


@pytest.mark.parametrize(
    ("who", "words", "why"),
    [
        ("wei", "another approver decides", "P04: the approver is the proposer"),
        ("lin", "lin is a reviewer: an approver decides", "a reviewer approves nothing"),
        ("", "who are you?", "nobody approves"),
    ],
)
def test_one_person_is_not_two(who: str, words: str, why: str, office: Any, run: Run) -> None:
    too_many(office, run)
    run("wei", "release", "hold", "carrier-a", "--reason", "the second week")
    assert words in run(who, "release", "approve", "1", code=2).stderr, why
    assert listed(office) == ["alpha.example"]
    assert [one.state for one in load_holds(office.store)] == ["held"]


def test_a_changed_byte_makes_the_hold_void(office: Any, run: Run) -> None:
    """P05."""
    names = too_many(office, run)
    run("lin", "release", "hold", "carrier-a", "--reason", "the second week")
    (zone,) = (folder(office) / ".publisher" / "held").glob("*.rpz")
    zone.write_bytes(zone.read_bytes().replace(b"b.example", b"x.example"))
    assert "was changed after it was laid aside" in run("wei", "release", "approve", "1", code=1).stderr
    assert listed(office) == ["alpha.example"]
    (void,) = load_holds(office.store)
    assert void.state == "void"
    assert last_serial(office.store, "carrier-a") == void.serial, "remembered before it is used"
    assert "is void already" in run("wei", "release", "approve", "1", code=2).stderr
    run("lin", "release", "hold", "carrier-a", "--reason", "once more")
    run("wei", "release", "approve", "2")
    assert listed(office) == ["alpha.example", *names]
    sound(office)


def test_the_list_in_force_does_not_run_out_while_people_decide(
    office: Any, run: Run, clock: list[str], tmp_path: Path
) -> None:
    (tmp_path / "config.toml").write_text(CONFIG.replace("proof =", "manifest_days = 2\nproof ="), "utf-8")
    names = too_many(office, run)
    run("lin", "release", "hold", "carrier-a", "--reason", "the second week")
    clock[0] = "2026-11-24T14:59:00Z"
    assert "fresh manifest" not in run("", "export", code=1).stderr, "it is good for another day yet"
    clock[0] = "2026-11-24T15:00:00Z"
    said = run("", "export", code=1).stderr
    assert (
        "carrier-a: the list in force has a fresh manifest: serial 2026112302, good until 2026-11-26T15:00"
        in said
    )
    assert listed(office, "2026-11-26T14:00:00Z") == ["alpha.example"]
    assert "fresh manifest" not in run("", "export", code=1).stderr, "once is enough"
    clock[0] = "2026-11-25T14:00:00Z"
    run("wei", "release", "approve", "1")
    assert listed(office, clock[0]) == ["alpha.example", *names]
    assert [(one.serial, one.by) for one in load_published(office.store)] == [
        (2026112301, "operator"),
        (2026112302, "operator"),
        (2026112601, "wei"),
    ]
    sound(office)
    run("", "export")


def test_a_list_that_may_not_be_published_any_more_is_not_issued_anew(
    office: Any, run: Run, clock: list[str]
) -> None:
    lifted = office.decide("alpha.example")
    run("", "export")
    for name in ("b.example", "c.example", "d.example"):
        office.decide(name)
    office.lift(lifted)
    clock[0] = "2026-11-27T15:00:00Z"
    (refused,) = json.loads(run("", "export", "--json", code=1).stdout)["refused"]
    assert refused["still_blocked"] == ["alpha.example"]
    assert refused["not_reissued"].startswith("delisted: ")
    assert (refused["reissued"], refused["expires"]) == (None, "")
    assert "the manifest in force gets no younger: delisted" in run("", "export", code=1).stderr
    assert [one.serial for one in load_published(office.store)] == [2026112301]
    assert last_serial(office.store, "carrier-a") == 2026112301, "a serial is taken for what comes out only"


def test_a_release_that_was_approved_and_never_came_out_is_void_when_another_is_held(
    office: Any, run: Run
) -> None:
    """As when the disk was full: the older one must not come out after the newer."""
    office.decide("alpha.example")
    run("", "export")
    for name in ("b.example", "c.example", "d.example"):
        office.decide(name)
    hold = ("lin", "release", "hold", "carrier-a", "--reason", "the second week")
    run(*hold)
    assert approve_hold(office.store, 1, "wei", "2026-11-23T15:00:00Z")
    run(*hold)
    assert [(one.id, one.state) for one in load_holds(office.store)] == [(1, "void"), (2, "held")]


def test_what_was_lifted_while_a_release_waited_is_not_published(office: Any, run: Run) -> None:
    too_many(office, run)
    extra = office.decide("f.example")
    run("lin", "release", "hold", "carrier-a", "--reason", "the second week")
    office.lift(extra)
    assert "delisted" in run("wei", "release", "approve", "1", code=1).stderr
    assert listed(office) == ["alpha.example"]


def test_a_hold_ends_after_two_days(office: Any, run: Run, clock: list[str]) -> None:
    too_many(office, run)
    run("lin", "release", "hold", "carrier-a", "--reason", "the second week")
    clock[0] = "2026-11-25T15:00:00Z"
    assert "it ended 2026-11-25T15:00:00Z" in run("wei", "release", "approve", "1", code=1).stderr


def test_a_later_hold_takes_the_place_of_an_earlier_one(office: Any, run: Run) -> None:
    too_many(office, run)
    for _ in range(2):
        run("lin", "release", "hold", "carrier-a", "--reason", "the second week")
    assert [one.state for one in load_holds(office.store)] == ["void", "held"]
    run("wei", "release", "approve", "1", code=2)
    run("wei", "release", "approve", "2")


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["hold", "carrier-a"], 2, "give a reason"),
        (["hold", "nobody", "--reason", "r"], 2, "no recipient"),
        (["hold", "carrier-a", "--reason", "r"], 2, "no guard trips"),
        (["approve", "9"], 2, "no held release 9"),
        (["approve", "9" * 30], 2, "no held release"),
        (["rollback", "carrier-a"], 2, "give a reason"),
        (["rollback", "carrier-a", "--reason", "r"], 1, "way_back: there is no such release to go back to"),
        (["rollback", "carrier-a", "--reason", "r", "--to", "7"], 1, "no release 7 is kept"),
    ],
)
def test_wrong_use_is_said(words: list[str], code: int, said: str, office: Any, run: Run) -> None:
    office.decide("alpha.example")
    run("", "export")
    assert said in run("wei", "release", *words, code=code).stderr
    assert len(load_published(office.store)) == 1


def test_a_guard_that_nobody_waives_cannot_be_held(office: Any, run: Run, tmp_path: Path) -> None:
    office.decide("alpha.example")
    (tmp_path / "config.toml").write_text(
        CONFIG.replace("proof = []", 'proof = []\ncanaries = ["alpha.example"]')
    )
    assert "canary" in run("", "export", code=1).stderr
    assert "canary" in run("wei", "release", "hold", "carrier-a", "--reason", "r", code=1).stderr
    assert load_holds(office.store) == []


# ---------------------------------------------------------------- the way back


def test_one_command_takes_a_release_back(office: Any, run: Run) -> None:
    """P10."""
    office.decide("alpha.example")
    run("", "export")
    office.decide("beta.example")
    run("", "export")
    done = json.loads(
        run("lin", "release", "rollback", "carrier-a", "--reason", "a wrong file", "--json").stdout
    )
    assert (done["serial"], done["restores"], done["removed"]) == (2026112303, 2026112301, ["beta.example"])
    assert listed(office) == ["alpha.example"]
    assert "rolled_back" in run("", "export", code=1).stderr, "the next release would bring it back"
    event = load_events(office.store, "carrier-a")[0]
    assert (event.actor, event.action) == ("lin", "release.rollback")
    assert json.loads(event.detail)["reason"] == "a wrong file"
    sound(office)
    run("lin", "release", "hold", "carrier-a", "--reason", "it was right")
    run("wei", "release", "approve", "1")
    assert listed(office) == ["alpha.example", "beta.example"]
    run("", "export")


def test_a_lift_that_a_guard_holds_up_is_told_with_its_way_out(office: Any, run: Run) -> None:
    """New names that trip a guard keep the whole release back, and with it what was lifted."""
    lifted = office.decide("alpha.example")
    office.decide("beta.example")
    run("", "export")
    for name in ("c.example", "d.example", "e.example"):
        office.decide(name)
    assert "still blocked" not in run("", "export", code=1).stderr, "nothing was lifted yet"
    office.lift(lifted)
    said = run("", "export", code=1).stderr
    assert "carrier-a: lifted or expired, and still blocked: alpha.example\n" in said
    (refused,) = json.loads(run("", "export", "--json", code=1).stdout)["refused"]
    assert (refused["guard"], refused["serial"], refused["still_blocked"]) == (
        "adds",
        2026112301,
        ["alpha.example"],
    )
    way = "release rollback carrier-a --to 2026112301 --reason"
    assert f"`domainscan {way} ...`" in said
    run("lin", *way.split(), "a lift must not wait")
    assert listed(office) == ["beta.example"]
    assert "still blocked" not in run("", "export", code=1).stderr


def test_what_ended_since_does_not_come_back(office: Any, run: Run, clock: list[str]) -> None:
    lifted = office.decide("alpha.example")
    office.decide("beta.example", expires="2026-11-24")
    run("", "export")
    office.lift(lifted)
    office.decide("gamma.example")
    run("", "export")
    clock[0] = "2026-11-24T00:00:01Z"
    run("lin", "release", "rollback", "carrier-a", "--reason", "gamma was wrong")
    assert listed(office, clock[0]) == []


# ---------------------------------------------------------------- appeals, expiry, proof


def test_what_was_tried_in_no_program_says_why(office: Any, run: Run, tmp_path: Path) -> None:
    def tried(*words: str) -> str:
        return run("lin", *words).stdout.partition("  tried: ")[2].splitlines()[0]

    office.decide("first.example")
    assert tried("export", "--dry-run") == "no, a dry run writes no files"
    assert tried("export") == "no, [publish] proof names no program"
    too_many(office, run)
    (tmp_path / "config.toml").write_text(CONFIG.replace("proof = []", 'proof = ["unbound"]'), "utf-8")
    held = tried("release", "hold", "carrier-a", "--reason", "the second week")
    assert held == "2", "a held release is tried before anybody approves it: rpz, csv"
    run("wei", "release", "approve", "1")
    back = tried("release", "rollback", "carrier-a", "--reason", "a wrong file")
    assert back == "no, the way back waits for no program: its files were read back and compared"


def test_an_open_appeal_is_told_and_stops_nothing(office: Any, run: Run) -> None:
    """Anybody may appeal: one letter must not hold up every list of the desk, nor empty it."""
    made = office.decide("alpha.example")
    appeal(office.store, str(made.id), text="it is gone", by="the owner", now=NOW)
    said = run("", "export").stdout
    assert "listed, with an open appeal: 1\n    alpha.example" in said
    lift(office.store, Person("lin", "reviewer", "active", NOW), made.id, reason="it is gone", now=NOW)
    assert "listed, with an open appeal: 0" in run("", "export").stdout
    assert listed(office) == []


def test_an_upheld_appeal_counts_until_two_people_decide_the_name_anew(decision: Any) -> None:
    known = [
        decision(id=1, name=Name("won.example")),
        decision(id=2, name=Name("lifted.example"), state="lifted"),
        decision(id=3, name=Name("again.example"), state="lifted"),
        decision(id=4, name=Name("again.example")),
        decision(id=5, name=Name("over.example"), state="expired"),
    ]
    appeals = [(Name("won.example"), "2026-11-23T16:00:00Z"), (Name("again.example"), "2026-11-23T14:00:00Z")]
    assert delisted(known, appeals, NOW) == {"won.example", "lifted.example"}


def test_an_entry_past_its_expiry_is_gone_and_logged_though_nothing_was_scanned(
    office: Any, run: Run, clock: list[str]
) -> None:
    """P11."""
    made = office.decide("alpha.example", expires="2026-12-01")
    office.decide("beta.example")
    run("", "export")
    clock[0] = "2026-12-02T00:00:00Z"
    run("", "export")
    manifest = json.loads((folder(office) / "manifest.json").read_text("utf-8"))
    assert manifest["entries"] == 1
    events = [one for one in load_events(office.store, "alpha.example") if one.action == "decision.expire"]
    assert [json.loads(one.detail)["decision"] for one in events] == [made.id]


def test_a_release_says_which_programs_proved_its_files(office: Any, run: Run, tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(CONFIG.replace("proof = []", 'proof = ["unbound"]'), "utf-8")
    office.decide("alpha.example", reach=Reach.SUBTREE)
    said = run("", "export").stdout
    wanted = "proven by unbound" if "unbound" in proof.installed() else "not proven by unbound"
    assert wanted in said
    assert "not proven by bind" in said
    assert "csv: read back; no program that it is for is known" in said
    assert wanted in (folder(office) / "manifest.json").read_text("utf-8")


def test_the_configuration_knows_the_programs_that_releases_are_tried_in() -> None:
    assert set(ENGINES) == set(proof.ENGINES)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('canaries = ["canary.test"]', "answer test. by themselves"),
        ("canaries = []", "at least one"),
        ('proof = ["djbdns"]', "'djbdns' is not one of"),
    ],
)
def test_a_configuration_that_proves_nothing_is_refused(
    line: str, said: str, office: Any, run: Run, tmp_path: Path
) -> None:
    (tmp_path / "config.toml").write_text(f"[publish]\n{line}\n", "utf-8")
    assert said in run("", "export", code=4).stderr


# ---------------------------------------------------------------- what a scan sees changes no list by itself


def test_a_scan_that_finds_nothing_any_more_removes_nothing(office: Any, run: Run) -> None:
    """P02: lists are made of decisions; a resolver that fails for a day empties none."""
    for name in ("alpha.example", "beta.example"):
        office.decide(name)
    run("", "export")
    for name in ("alpha.example", "beta.example"):
        office.visit(name, status="failed", reason="timeout")
        office.visit(name, status="dead", reason="nxdomain")
    run("", "export")
    assert listed(office) == ["alpha.example", "beta.example"]


def test_where_a_listed_name_leads_is_never_listed(office: Any, run: Run) -> None:
    """P06: a redirect, an alias and an address lead to a victim; only the decided name is in any file."""
    hops = (
        Hop("https://alpha.example/", "192.0.2.10", 302, location="https://victim.example/"),
        Hop("https://victim.example/", "198.51.100.7", 200),
    )
    alias = Lookup("A", Answers(("198.51.100.7",), chain=("victim.example",)))
    office.decide("alpha.example", seen={"hops": hops, "resolution": (alias,)})
    run("", "export")
    assert listed(office) == ["alpha.example"]
    for path in folder(office).glob("blocklist-*"):
        text = path.read_text("utf-8")
        assert "victim" not in text
        assert "198.51.100.7" not in text


@pytest.mark.parametrize(
    ("registered", "anew", "why"),
    [
        ("2026-11-25T10:00:00Z", True, "a day after the decision"),
        ("2026-11-23T10:00:00Z", False, "the same day: as it was judged"),
        ("2020-01-01", False, "long before"),
        ("", False, "the registry does not say"),
    ],
)
def test_a_name_registered_anew_after_it_was_listed_comes_back_to_people(
    registered: str, anew: bool, why: str, office: Any, run: Run, clock: list[str]
) -> None:
    """P12."""
    made = office.decide("alpha.example")
    run("", "export")
    clock[0] = "2026-11-26T15:00:00Z"
    office.visit("alpha.example", at=clock[0], registration=Registration(Name("alpha.example"), registered))
    rows = [row for row in json.loads(run("", "queue", "--json").stdout) if row["state"] == "new owner"]
    assert [(row["name"], row["decision"]) for row in rows] == (
        [("alpha.example", made.id)] if anew else []
    ), why
    assert f"listed, and registered anew since: {int(anew)}" in run("", "export").stdout
    assert listed(office, clock[0]) == ["alpha.example"], "people lift, software does not"
    office.lift(made)
    assert [row for row in json.loads(run("", "queue", "--json").stdout) if row["state"] == "new owner"] == []
