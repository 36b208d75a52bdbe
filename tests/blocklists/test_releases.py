"""What two people approve is what is published; the way back is one step; what was lifted is in no file."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from editions import hold, publish, publish_held, reissue, roll_back

from blocklists.approvals import Approval
from blocklists.check import check
from blocklists.folder import KEPT, PublisherBusy, history, last_release, locked
from blocklists.guards import CHECKS, GUARDS, WAIVABLE, Draft, GuardTripped, Terms, examine
from blocklists.limits import ANSWERED_LOCALLY, BadTerms
from blocklists.lists import BlockList, Entry, Reach, block_list
from blocklists.manifest import Manifest
from blocklists.names import Name, parse_name
from blocklists.publish import Held
from blocklists.serials import is_later
from blocklists.signature import Key
from blocklists.staging import ProofFailed, Rendered

Make = Callable[..., BlockList]
NOW, LATER, END = "2026-11-23T14:00:00Z", "2026-11-24T14:00:00Z", "2026-11-30T00:00:00Z"
EVERY = ("rpz", "hosts", "csv")
ONE = Terms(max_adds=1, max_adds_ratio=0, max_removals=1, max_removals_ratio=0)


def many(number: int, start: int = 0) -> BlockList:
    return block_list(Entry(parse_name(f"n{index:05}.lab.org")) for index in range(start, start + number))


def approval(held: Held, **fields: object) -> Approval:
    words = {
        "digest": held.digest,
        "guards": frozenset(one.guard for one in held.tripped),
        "proposer": "lin",
        "approver": "wei",
        "reason": "the campaign of this week",
        "expires": END,
    }
    return Approval(**words | fields)  # type: ignore[arg-type]


def names(folder: Path, key: Key) -> list[str]:
    found = last_release(folder, key.public)[1]
    assert found is not None
    return list(found.names)


# ---------------------------------------------------------------- canaries, and names that have to be gone


def test_a_list_that_blocks_a_canary_is_wrong_as_a_whole(entries: Make) -> None:
    with pytest.raises(GuardTripped, match=r"canary: .*: example\.com by example\.com"):
        examine(entries("a.lab.org", "example.com"), None, now=NOW)
    examine(entries("a.lab.org", "example.com"), None, now=NOW, terms=Terms(canaries=("free.lab.org",)))


@pytest.mark.parametrize(
    ("name", "reach", "blocks", "why"),
    [
        ("*", Reach.HOST, True, "everything"),
        (".", Reach.HOST, True, "the root"),
        ("", Reach.HOST, True, "the root, by no name at all"),
        ("*.com", Reach.HOST, True, "all of a top-level domain"),
        ("com", Reach.SUBTREE, True, "the same"),
        ("com", Reach.HOST, False, "the domain alone, which is nobody's site"),
        ("example.com", Reach.HOST, True, "the canary itself"),
        ("free.lab.org", Reach.SUBTREE, False, "another name"),
    ],
)
def test_a_canary_is_found_under_what_is_no_name_too(name: str, reach: Reach, blocks: bool, why: str) -> None:
    """Asked alone: the grammar refuses most of these before."""
    listed = BlockList((Entry(Name(name), reach),))
    draft = Draft(listed, None, NOW, Terms(canaries=("example.com",)), frozenset(), None, 0, (), (), ())
    assert bool(CHECKS["canary"](draft)) is blocks, why


@pytest.mark.parametrize("ending", ANSWERED_LOCALLY)
def test_a_canary_that_resolvers_answer_by_themselves_is_none(ending: str) -> None:
    """Unbound denies `test.` with no list at all: such a canary would pass with any list."""
    with pytest.raises(BadTerms, match="answer"):
        Terms(canaries=("example.com", f"canary.{ending}"))


@pytest.mark.parametrize("canaries", [(), ("EXAMPLE.com",), ("1.2.3.4",), ("com",)])
def test_a_canary_is_a_name(canaries: tuple[str, ...]) -> None:
    with pytest.raises(BadTerms):
        Terms(canaries=canaries)


DELISTED = [
    ("evil.lab.org", ["evil.lab.org"], "as itself"),
    ("evil.lab.org", ["shop.evil.lab.org"], "by a listed parent"),
    ("www:evil.lab.org", ["www.evil.lab.org"], "by its apex"),
]


@pytest.mark.parametrize(("listed", "gone", "why"), DELISTED)
def test_a_release_fails_while_a_lifted_name_is_still_blocked(
    listed: str, gone: list[str], why: str, key: Key, tmp_path: Path, entries: Make
) -> None:
    lifted = frozenset(map(parse_name, gone))
    with pytest.raises(GuardTripped, match="delisted"):
        publish(entries("a.lab.org", listed), tmp_path, EVERY, now=NOW, key=key, delisted=lifted)
    assert not (tmp_path / "manifest.json").exists(), why
    publish(entries("a.lab.org"), tmp_path, EVERY, now=NOW, key=key, delisted=lifted)


def test_a_lifted_name_is_looked_for_in_every_file_not_only_in_the_list(
    key: Key, tmp_path: Path, entries: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the check of the list gone, the one of the files alone finds it."""
    monkeypatch.setitem(CHECKS, "delisted", lambda draft: "")
    blocklist, lifted = entries("evil.lab.org"), frozenset([parse_name("x.evil.lab.org")])
    with pytest.raises(GuardTripped, match=r"delisted: .*: rpz: x\.evil\.lab\.org by evil\.lab\.org"):
        publish(blocklist, tmp_path, EVERY, now=NOW, key=key, delisted=lifted)
    publish(
        blocklist, tmp_path, ["hosts"], now=NOW, key=key, delisted=lifted
    )  # which cannot say what is below


# ---------------------------------------------------------------- two people


def test_a_release_beyond_its_limits_waits_for_two_people_and_comes_out_byte_for_byte(
    key: Key, tmp_path: Path
) -> None:
    publish(many(10), tmp_path, EVERY, now=NOW, key=key, terms=ONE)
    with pytest.raises(GuardTripped, match="adds"):
        publish(many(30), tmp_path, EVERY, now=NOW, key=key, terms=ONE)
    held = hold(many(30), tmp_path, EVERY, now=NOW, key=key, terms=ONE)
    assert [one.guard for one in held.tripped] == ["adds"]
    assert len(names(tmp_path, key)) == 10, "nothing is out yet"
    assert check(tmp_path, key.public, NOW) == []
    aside = {path.name: path.read_bytes() for path in (tmp_path / ".publisher/held").glob("block*")}
    new = publish_held(tmp_path, approval(held), now=LATER, key=key, terms=ONE)
    assert new == held.manifest
    assert names(tmp_path, key) == list(many(30).names)
    assert check(tmp_path, key.public, LATER) == []
    assert {name: (tmp_path / name).read_bytes() for name in aside} == aside
    with pytest.raises(GuardTripped, match="nothing waits"):
        publish_held(tmp_path, approval(held), now=LATER, key=key, terms=ONE)


def test_what_waits_and_cannot_be_read_is_not_called_nothing(key: Key, tmp_path: Path) -> None:
    """To hold anew would take the place of what two people approved."""
    held = hold(many(30), tmp_path, EVERY, now=NOW, key=key, terms=ONE)
    aside = tmp_path / ".publisher/held/manifest.json"
    aside.unlink()
    aside.symlink_to("/proc/self/mem")  # there is such a file, and to read it is an error of input and output
    with pytest.raises(OSError, match="Input/output"):
        publish_held(tmp_path, approval(held), now=LATER, key=key, terms=ONE)
    with pytest.raises(OSError, match="Input/output"):
        hold(many(31), tmp_path, EVERY, now=NOW, key=key, terms=ONE)


@pytest.mark.parametrize(
    ("listed", "said", "guard"),
    [
        (["example.com"], {}, "canary"),
        (["a.lab.org"], {"delisted": frozenset((Name("a.lab.org"),))}, "delisted"),
        ([f"n{number}.lab.org" for number in range(9)], {"terms": ONE}, "adds"),
    ],
)
def test_a_guard_that_nobody_may_waive_trips_whoever_waives_it(
    listed: list[str], said: dict[str, Any], guard: str, entries: Make
) -> None:
    """And the control: one that two people may waive is told, and trips no more."""
    new, old = entries(*listed), entries("z.lab.org")
    with pytest.raises(GuardTripped, match=f"^{guard}: "):
        examine(new, old, now=NOW, **said)
    if guard in WAIVABLE:
        assert guard in [
            one.guard for one in examine(new, old, now=NOW, waived=frozenset(GUARDS), **said).tripped
        ]
    else:
        with pytest.raises(GuardTripped, match=f"^{guard}: "):
            examine(new, old, now=NOW, waived=frozenset(GUARDS), **said)


REFUSED = [
    ({"approver": "lin"}, "lin is one person", "P04: the proposer approves"),
    ({"approver": " "}, "two people", "nobody approves"),
    ({"reason": " "}, "a reason", "no reason"),
    ({"expires": NOW}, "it ended", "the approval is over"),
    ({"digest": "sha256:0"}, "was approved", "P05: another artefact was approved"),
    ({"guards": frozenset()}, "adds", "the guard that trips was not named"),
    ({"guards": frozenset(("adds", "grammar"))}, "nobody can waive grammar", "a guard that stands always"),
]


@pytest.mark.parametrize(("fields", "words", "why"), REFUSED)
def test_an_approval_is_two_peoples_word_on_one_artefact(
    fields: dict[str, object], words: str, why: str, key: Key, tmp_path: Path
) -> None:
    publish(many(10), tmp_path, ["csv"], now=NOW, key=key, terms=ONE)
    held = hold(many(30), tmp_path, ["csv"], now=NOW, key=key, terms=ONE)
    with pytest.raises(GuardTripped, match=words):
        publish_held(tmp_path, approval(held, **fields), now=NOW, key=key, terms=ONE)
    assert len(names(tmp_path, key)) == 10, why
    publish_held(tmp_path, approval(held), now=NOW, key=key, terms=ONE)


@pytest.mark.parametrize(
    "what", ["blocklist-{}.rpz", "blocklist-{}.delta.txt", ".publisher/{}.csv", "manifest.json"]
)
def test_one_byte_changed_after_the_approval_voids_it(what: str, key: Key, tmp_path: Path) -> None:
    """P05."""
    publish(many(10), tmp_path, EVERY, now=NOW, key=key, terms=ONE)
    held = hold(many(30), tmp_path, EVERY, now=NOW, key=key, terms=ONE)
    path = tmp_path / ".publisher" / "held" / what.format(held.manifest.serial)
    good = path.read_bytes()
    path.write_bytes(good.replace(b"1", b"2", 1))
    with pytest.raises(GuardTripped, match="approval"):
        publish_held(tmp_path, approval(held), now=NOW, key=key, terms=ONE)
    assert len(names(tmp_path, key)) == 10
    path.write_bytes(good)
    publish_held(tmp_path, approval(held), now=NOW, key=key, terms=ONE)


def test_what_happens_while_a_release_waits_voids_it(key: Key, tmp_path: Path, protected: object) -> None:
    publish(many(10), tmp_path, ["csv"], now=NOW, key=key, terms=ONE)
    held = hold(many(30), tmp_path, ["csv"], now=NOW, key=key, terms=ONE)
    lifted = frozenset([parse_name("n00020.lab.org")])
    with pytest.raises(GuardTripped, match="delisted"):
        publish_held(tmp_path, approval(held), now=NOW, key=key, terms=ONE, delisted=lifted)
    late = approval(held, expires="2027-01-01T00:00:00Z")
    with pytest.raises(GuardTripped, match="expired 2026-11-30"):
        publish_held(tmp_path, late, now="2026-12-02T00:00:00Z", key=key, terms=ONE)
    publish(many(11), tmp_path, ["csv"], now=NOW, key=key, terms=ONE)
    with pytest.raises(GuardTripped, match="another release was published"):
        publish_held(tmp_path, approval(held), now=NOW, key=key, terms=ONE)


# ---------------------------------------------------------------- issued anew


def test_what_is_held_stays_approvable_when_the_list_in_force_is_issued_anew(
    key: Key, tmp_path: Path
) -> None:
    """See it fail: let `_same_list` in holding.py end after the first, or `_serial_ahead` leave the days out."""
    first = publish(many(10), tmp_path, EVERY, now=NOW, key=key, terms=ONE)
    held = hold(many(30), tmp_path, EVERY, now=NOW, key=key, terms=ONE)
    for day in ("2026-11-24", "2026-11-25"):
        again = reissue(tmp_path, EVERY, now=f"{day}T14:00:00Z", key=key, terms=ONE)
        assert again is not None
        assert (again.digest, again.origin) == (first.digest, first.origin)
        assert check(tmp_path, key.public, f"{day}T15:00:00Z", last_serial=again.serial - 1) == []
    now = "2026-11-25T15:00:00Z"
    made = publish_held(tmp_path, approval(held), now=now, key=key, terms=ONE)
    assert made == held.manifest
    assert check(tmp_path, key.public, now, last_serial=again.serial) == []
    assert len(names(tmp_path, key)) == 30
    back = roll_back(tmp_path, EVERY, now=now, key=key)
    assert (back.manifest.restores, len(names(tmp_path, key))) == (first.serial, 10)


def test_a_release_between_voids_what_is_held_also_when_its_list_is_the_same(
    key: Key, tmp_path: Path
) -> None:
    publish(many(10), tmp_path, ["csv"], now=NOW, key=key, terms=ONE)
    held = hold(many(30), tmp_path, ["csv"], now=NOW, key=key, terms=ONE)
    publish(many(10), tmp_path, ["csv"], now=LATER, key=key, terms=ONE)
    reissue(tmp_path, ["csv"], now=LATER, key=key, terms=ONE)
    with pytest.raises(GuardTripped, match="another release was published"):
        publish_held(tmp_path, approval(held), now=LATER, key=key, terms=ONE)


def test_no_serial_is_used_that_what_is_held_would_have_to_follow(key: Key, tmp_path: Path) -> None:
    publish(many(10), tmp_path, ["csv"], now=NOW, key=key, terms=ONE)
    held = hold(many(30), tmp_path, ["csv"], now=NOW, key=key, terms=ONE)
    used = held.manifest.serial
    before = (tmp_path / "manifest.json").read_bytes()
    with pytest.raises(GuardTripped, match=f"release {used} is held and leaves no serial"):
        reissue(tmp_path, ["csv"], now=LATER, key=key, terms=ONE, floor=used - 1)
    with pytest.raises(GuardTripped, match=f"serial {used + 1} was used since"):
        publish_held(tmp_path, approval(held), now=LATER, key=key, terms=ONE, floor=used + 1)
    assert (tmp_path / "manifest.json").read_bytes() == before
    assert publish_held(tmp_path, approval(held), now=LATER, key=key, terms=ONE, floor=used).serial == used
    assert publish(many(30), tmp_path, ["csv"], now=LATER, key=key, terms=ONE).serial == used + 1


def test_what_was_held_and_is_past_its_approval_keeps_no_serial(key: Key, tmp_path: Path) -> None:
    publish(many(10), tmp_path, ["csv"], now=NOW, key=key, terms=ONE)
    used = hold(many(30), tmp_path, ["csv"], now=NOW, key=key, terms=ONE).manifest.serial
    late = "2026-12-02T00:00:00Z"
    new = reissue(tmp_path, ["csv"], now=late, key=key, terms=ONE, floor=used - 1)
    assert new is not None and new.serial == used


@pytest.mark.parametrize("text", ["", "x", "-1", "1.5", str(2**32)])
def test_a_serial_that_is_none_is_no_zero(text: str, key: Key, tmp_path: Path) -> None:
    """Nobody takes a list whose serial began anew."""
    publish(many(3), tmp_path, ["csv"], now=NOW, key=key)
    (tmp_path / ".publisher" / "serial").write_text(text)
    with pytest.raises(GuardTripped, match=r"^previous: .*, not a serial: restore it from a backup"):
        publish(many(4), tmp_path, ["csv"], now=LATER, key=key)


REFUSED = [
    ({"delisted": frozenset([parse_name("n00003.lab.org")])}, "delisted", "lifted"),
    ({"terms": Terms(canaries=("n00003.lab.org",))}, "canary", "a name that has to stay open"),
    ({"now": "2026-11-22T14:00:00Z"}, "clock", "the clock went back"),
]


@pytest.mark.parametrize(("said", "guard", "why"), REFUSED)
def test_a_list_is_issued_anew_only_while_it_may_be_published(
    said: dict[str, Any], guard: str, why: str, key: Key, tmp_path: Path
) -> None:
    publish(many(10), tmp_path, ["csv"], now=NOW, key=key)
    before = (tmp_path / "manifest.json").read_bytes()
    with pytest.raises(GuardTripped, match=guard):
        reissue(tmp_path, ["csv"], **{"now": LATER, "key": key} | said)
    assert (tmp_path / "manifest.json").read_bytes() == before, why


def test_after_a_rollback_a_list_issued_anew_takes_no_new_names(key: Key, tmp_path: Path) -> None:
    publish(many(10), tmp_path, ["csv"], now=NOW, key=key)
    publish(many(12), tmp_path, ["csv"], now=NOW, key=key)
    roll_back(tmp_path, ["csv"], now=NOW, key=key)
    reissue(tmp_path, ["csv"], now=LATER, key=key)
    with pytest.raises(GuardTripped, match="rolled_back"):
        publish(many(12), tmp_path, ["csv"], now=LATER, key=key)


def test_where_nothing_was_published_nothing_is_issued_anew(key: Key, tmp_path: Path) -> None:
    assert reissue(tmp_path, ["csv"], now=NOW, key=key) is None


def test_holding_goes_no_further_than_people_may(key: Key, tmp_path: Path, entries: Make) -> None:
    publish(entries("a.lab.org"), tmp_path, ["csv"], now=NOW, key=key)
    for blocklist in (entries("example.com"), BlockList((Entry(Name("BAD.org")),))):
        with pytest.raises(GuardTripped):
            hold(blocklist, tmp_path, ["csv"], now=NOW, key=key)
    held = hold(BlockList(), tmp_path, ["csv"], now=NOW, key=key)
    assert [one.guard for one in held.tripped] == ["empty"]


def test_every_guard_is_known_and_those_that_people_may_waive_are_among_them() -> None:
    assert set(CHECKS) < set(GUARDS)
    assert set(CHECKS) > WAIVABLE
    assert {"grammar", "breadth", "protected", "expired", "canary", "delisted"} == set(CHECKS) - WAIVABLE


# ---------------------------------------------------------------- proof


def test_what_programs_say_of_the_files_stands_in_the_manifest(
    key: Key, tmp_path: Path, entries: Make
) -> None:
    asked: list[Rendered] = []

    def prove(files: Sequence[Rendered]) -> Mapping[str, str]:
        asked.extend(files)
        return {"rpz": "bind"}

    made = publish(
        entries("a.lab.org", "host:b.lab.org"), tmp_path, ["rpz", "csv"], now=NOW, key=key, prove=prove
    )
    assert {file.format: file.proof for file in made.files} == {"rpz": "bind", "csv": ""}
    assert asked[0].path == tmp_path / made.files[0].name
    assert asked[0].blocked == ("a.lab.org", "below.a.lab.org", "b.lab.org")
    assert asked[0].open == (*Terms().canaries, "xa.lab.org", "below.b.lab.org", "xb.lab.org")
    assert check(tmp_path, key.public, NOW) == []


def test_a_failed_proof_fails_the_release(key: Key, tmp_path: Path, entries: Make) -> None:
    def prove(files: Sequence[Rendered]) -> Mapping[str, str]:
        raise ProofFailed("rpz: bind answers 192.0.2.7 for a.lab.org")

    publish(entries("a.lab.org"), tmp_path, ["rpz"], now=NOW, key=key)
    with pytest.raises(GuardTripped, match=r"proof: .*: rpz: bind answers"):
        publish(entries("b.lab.org"), tmp_path, ["rpz"], now=NOW, key=key, prove=prove)
    assert names(tmp_path, key) == ["a.lab.org"]


# ---------------------------------------------------------------- deltas


def applied(before: BlockList, delta: str) -> BlockList:
    """The list that a delta makes of `before`: what goes was there, what comes was not. Carriers load full lists."""
    held = {(one.name, str(one.reach)) for one in before}
    for line in (line for line in delta.splitlines() if not line.startswith("#")):
        sign, name, reach = line.split(" ")
        assert ((name, reach) in held) == (sign == "-"), line
        held ^= {(Name(name), reach)}
    return block_list(Entry(name, Reach(reach)) for name, reach in held)


def test_the_delta_leads_from_the_release_before_to_this_one(key: Key, tmp_path: Path, entries: Make) -> None:
    lists = [
        entries("a.lab.org", "host:b.lab.org", "c.lab.org"),
        entries("a.lab.org", "b.lab.org", "www:d.lab.org"),
        entries("a.lab.org", "b.lab.org", "www:d.lab.org"),
    ]
    assert publish(lists[0], tmp_path, EVERY, now=NOW, key=key).delta is None, "the first leads from nothing"
    last = 2026112301
    for before, after, count in ((lists[0], lists[1], (2, 2)), (lists[1], lists[2], (0, 0))):
        delta = publish(after, tmp_path, EVERY, now=NOW, key=key).delta
        assert delta is not None
        assert (delta.since, delta.added, delta.removed) == (last, *count)
        text = (tmp_path / delta.name).read_text()
        assert applied(before, text) == after
        last += 1
    assert check(tmp_path, key.public, NOW) == []


def test_a_delta_says_what_the_diff_says(key: Key, tmp_path: Path, entries: Make) -> None:
    publish(entries("host:a.lab.org", "b.lab.org"), tmp_path, ["csv"], now=NOW, key=key)
    delta = publish(entries("a.lab.org"), tmp_path, ["csv"], now=NOW, key=key).delta
    assert delta is not None
    assert (tmp_path / delta.name).read_text() == (
        "# from: 2026112301\n# to: 2026112302\n- a.lab.org host\n+ a.lab.org subtree\n- b.lab.org subtree\n"
    )
    (tmp_path / delta.name).write_text("+ victim.org subtree\n")
    assert check(tmp_path, key.public, NOW) == [f"{delta.name} is not the file that was signed"]


# ---------------------------------------------------------------- the way back


def test_one_step_goes_back_to_the_list_before_with_a_higher_serial(key: Key, tmp_path: Path) -> None:
    """P10."""
    publish(many(10), tmp_path, EVERY, now=NOW, key=key)
    bad = publish(many(30), tmp_path, EVERY, now=NOW, key=key)
    back = roll_back(tmp_path, EVERY, now=NOW, key=key, terms=ONE)
    assert is_later(back.manifest.serial, bad.serial)
    assert (back.manifest.restores, back.left_out) == (2026112301, ())
    assert names(tmp_path, key) == list(many(10).names)
    assert check(tmp_path, key.public, NOW, last_serial=bad.serial) == []


def test_a_list_that_was_only_issued_anew_is_no_step_back(key: Key, tmp_path: Path) -> None:
    publish(many(1), tmp_path, ["csv"], now=NOW, key=key)
    for _ in range(KEPT + 5):
        publish(many(2), tmp_path, ["csv"], now=NOW, key=key)
    assert roll_back(tmp_path, ["csv"], now=NOW, key=key).manifest.restores == 2026112301
    assert names(tmp_path, key) == list(many(1).names)


def test_going_back_twice_goes_further_back(key: Key, tmp_path: Path) -> None:
    for count in (1, 2, 3):
        publish(many(count), tmp_path, ["csv"], now=NOW, key=key)
    assert roll_back(tmp_path, ["csv"], now=NOW, key=key).manifest.restores == 2026112302
    assert roll_back(tmp_path, ["csv"], now=NOW, key=key).manifest.restores == 2026112301
    with pytest.raises(GuardTripped, match="no earlier release with another list is kept"):
        roll_back(tmp_path, ["csv"], now=NOW, key=key)
    assert roll_back(tmp_path, ["csv"], now=NOW, key=key, to=2026112303).manifest.entries == 3
    with pytest.raises(GuardTripped, match="no release 7 is kept"):
        roll_back(tmp_path, ["csv"], now=NOW, key=key, to=7)


def test_what_is_over_since_does_not_come_back(
    key: Key, tmp_path: Path, entries: Make, protected: object
) -> None:
    old = block_list(
        [
            Entry(parse_name("lifted.lab.org")),
            Entry(parse_name("over.lab.org"), Reach.HOST, "", "2026-11-24"),
            Entry(parse_name("parent.lab.org")),
            Entry(parse_name("ended.lab.org")),
            Entry(parse_name("drive.google.com")),
            Entry(parse_name("stays.lab.org")),
        ]
    )
    publish(old, tmp_path, EVERY, now=NOW, key=key)
    publish(entries("x.lab.org"), tmp_path, EVERY, now=NOW, key=key)
    back = roll_back(
        tmp_path,
        EVERY,
        now=LATER,
        key=key,
        lifted=frozenset([parse_name("ended.lab.org")]),
        delisted=frozenset([parse_name("lifted.lab.org"), parse_name("shop.parent.lab.org")]),
        protected=protected,  # type: ignore[arg-type]
    )
    assert names(tmp_path, key) == ["stays.lab.org"]
    assert len(back.left_out) == 5


def test_after_a_rollback_names_are_added_again_by_two_people_only(key: Key, tmp_path: Path) -> None:
    publish(many(10), tmp_path, ["csv"], now=NOW, key=key)
    publish(many(12), tmp_path, ["csv"], now=NOW, key=key)
    roll_back(tmp_path, ["csv"], now=NOW, key=key)
    with pytest.raises(GuardTripped, match="rolled_back"):
        publish(many(12), tmp_path, ["csv"], now=NOW, key=key)
    assert publish(many(9), tmp_path, ["csv"], now=NOW, key=key).restores == 2026112301, "fewer may leave"
    held = hold(many(12), tmp_path, ["csv"], now=NOW, key=key)
    assert [one.guard for one in held.tripped] == ["rolled_back"]
    publish_held(tmp_path, approval(held), now=NOW, key=key)
    assert publish(many(13), tmp_path, ["csv"], now=NOW, key=key).restores == 0


def test_an_old_release_that_somebody_changed_is_not_gone_back_to(key: Key, tmp_path: Path) -> None:
    for count in (1, 2):
        publish(many(count), tmp_path, ["csv"], now=NOW, key=key)
    record = tmp_path / ".publisher" / "2026112301.csv"
    record.write_bytes(record.read_bytes().replace(b"n00000", b"n00009"))
    with pytest.raises(GuardTripped, match="was changed after it was signed"):
        roll_back(tmp_path, ["csv"], now=NOW, key=key)
    kept = tmp_path / ".publisher" / "2026112301.json"
    kept.write_text(kept.read_text().replace('"entries": 1', '"entries": 3'))
    with pytest.raises(GuardTripped, match="no earlier release with another list is kept"):
        roll_back(tmp_path, ["csv"], now=NOW, key=key)


def test_a_rollback_waits_for_a_publisher_and_a_publisher_does_not_wait(key: Key, tmp_path: Path) -> None:
    publish(many(1), tmp_path, ["csv"], now=NOW, key=key)
    with locked(tmp_path), pytest.raises(PublisherBusy), locked(tmp_path):
        pytest.fail("two have the lock")
    with locked(tmp_path, wait=True):
        pass


def test_a_rollback_while_somebody_publishes_comes_after_it_with_a_higher_serial(
    key: Key, tmp_path: Path
) -> None:
    """P10."""
    publish(many(1), tmp_path, ["csv"], now=NOW, key=key)
    publish(many(2), tmp_path, ["csv"], now=NOW, key=key)
    done: list[int] = []
    back = threading.Thread(
        target=lambda: done.append(roll_back(tmp_path, ["csv"], now=NOW, key=key).manifest.serial)
    )
    with locked(tmp_path):  # a publisher at work
        back.start()
        back.join(0.2)
        assert done == [], "it waits"
        assert check(tmp_path, key.public, NOW) == []
    back.join(20)
    assert done == [2026112303]
    assert names(tmp_path, key) == ["n00000.lab.org"]
    assert check(tmp_path, key.public, NOW) == []


def test_the_releases_before_are_those_that_name_one_another(key: Key, tmp_path: Path) -> None:
    made = [publish(many(count), tmp_path, ["csv"], now=NOW, key=key) for count in (1, 2, 3)]
    assert list(history(tmp_path, made[2])) == [made[1], made[0]]
    stray = tmp_path / ".publisher" / "2026112399.json"
    stray.write_text(json.dumps({"serial": 1}))
    assert list(history(tmp_path, made[2])) == [made[1], made[0]]


def test_old_records_go_and_the_last_ten_lists_stay(key: Key, tmp_path: Path) -> None:
    for count in range(1, KEPT + 5):
        publish(many(count), tmp_path, ["csv"], now=NOW, key=key)
    assert len(list((tmp_path / ".publisher").glob("*.csv"))) == KEPT + 1


def test_the_manifest_of_an_older_program_is_read(key: Key, tmp_path: Path) -> None:
    """One without delta and proof, as the first releases had."""
    made = publish(many(1), tmp_path, ["csv"], now=NOW, key=key)
    path = tmp_path / "manifest.json"
    old = json.loads(path.read_text())
    del old["delta"], old["restores"], old["files"][0]["proof"]
    path.write_text(json.dumps(old))
    (tmp_path / "manifest.json.minisig").write_text(key.sign(path.read_bytes(), "x"))
    found = last_release(tmp_path, key.public)[0]
    assert found == replace_delta(made)


def replace_delta(manifest: Manifest) -> Manifest:
    from msgspec.structs import replace as changed

    return changed(manifest, delta=None, restores=0)
