"""New names go to stage 1 first; a later stage gets them when they have stood the test there, and is told why not."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from typer.testing import Result

from blocklists.lists import BlockList, Entry, block_list
from blocklists.names import Name
from domainscan.config import Config, Recipient
from domainscan.listing import Facts, Over, Standing, entries
from domainscan.listing.stages import news, waiting_of, waits
from domainscan.model import Check, Decision, Reach
from domainscan.profiles import fitted
from domainscan.review import appeal
from domainscan.rollout import StoredRollout
from domainscan.store.checks import record_checks
from domainscan.store.published import held_since, last_folder

HOST, WWW, TREE = Reach.HOST, Reach.WWW, Reach.SUBTREE
EIGHT, NINE, TEN, HALF, ELEVEN = (
    f"2026-11-23T{at}:00Z" for at in ("08:00", "09:00", "10:00", "10:30", "11:00")
)

Run = Callable[..., Result]

# ---------------------------------------------------------------- pure: one name, and what the stage before has of it


def listed(*words: str) -> BlockList:
    """`subtree:a.example` or `a.example`, which is a host."""
    parts = (one.rpartition(":") for one in words)
    return block_list(Entry(Name(name), Reach(reach or "host"), "H01") for reach, _, name in parts)


def standing(id: str = "a", *names: str, stage: int = 1, **fields: Any) -> Standing:
    """A recipient that has the names since ten o'clock, and nobody to ask."""
    about = {
        key: fields.pop(key) for key in ("categories", "formats", "budget", "resolvers") if key in fields
    }
    since = {Name(one.rpartition(":")[2]): TEN for one in names}
    made = {"released": TEN, "size": len(names), "blocklist": listed(*names), "since": since} | fields
    return Standing(Recipient(id, stage=stage, **about), **made)


def why(
    one: Decision, *standings: Standing, now: str = ELEVEN, stage: int = 2, hours: float = 1, **facts: Any
) -> str:
    found = waits([one], Recipient("b", stage=stage), BlockList(), Facts(now, hours, 3, standings, **facts))
    return found.get(one.id, "")


@pytest.fixture
def alpha(decision: Any) -> Decision:
    return decision(id=1, name=Name("s.alpha.example"), decided_at=NINE)


def since(at: str) -> Standing:
    return standing("a", "s.alpha.example", since={Name("s.alpha.example"): at})


def probed(looked: str = "", told: str = "") -> Standing:
    """It has resolvers to ask; when the name was asked for, and when anything was learned there."""
    seen = {Name("s.alpha.example"): looked} if looked else {}
    return standing("a", "s.alpha.example", resolvers=("192.0.2.53",), looked=seen, told=told)


def over(decision: int) -> Standing:
    return standing("a", "s.alpha.example", overs=(Over(Name("x.example"), decision, TEN, "y too"),))


CASES: tuple[tuple[str, tuple[Standing, ...], str], ...] = (
    ("it had the name for an hour", (standing("a", "s.alpha.example"),), ""),
    ("a minute less", (since("2026-11-23T10:01:00Z"),),
     "a has it since 2026-11-23T10:01:00Z, not before 2026-11-23T11:01:00Z"),
    ("the release does not have it", (standing("a"),), "a does not have it yet: `domainscan export --recipient a`"),
    ("there is no release", (standing("a", released=""),), "a has no release yet: `domainscan export --recipient a`"),
    ("a tree above it is as good", (standing("a", "subtree:alpha.example"),), ""),
    ("a host above it is not", (standing("a", "alpha.example"),), "a does not have it yet"),
    ("one of two recipients", (standing("a", "s.alpha.example"), standing("c")), "c does not have it yet"),
    ("it had the name for weeks", (since("2026-11-01T00:00:00Z"),),
     ""),
    ("its list has other categories", (standing("a", categories=("H04",)),), ""),
    ("its list has this one", (standing("a", categories=("H01",)),), "a does not have it yet"),
    ("its format cannot say a host", (standing("a", formats=("bind",)),), ""),
    ("one of its formats can", (standing("a", formats=("bind", "rpz")),), "a does not have it yet"),
    ("names that pass are no list", (standing("a", formats=("bind", "rpz-passthru")),), ""),
    ("it had no room", (standing("a", "x.example", budget=1),), ""),
    ("it has room", (standing("a", "x.example", budget=2),), "a does not have it yet"),
    ("it is full, and was before the name was decided", (standing("a", "x.example", budget=1, released=EIGHT),),
     "a does not have it yet"),
    ("nobody asked its resolvers", (probed(),),
     "a has it since 2026-11-23T10:00:00Z, and nobody has looked yet: `domainscan verify --recipient a`"),
    ("somebody asked before it had the name", (probed(NINE, HALF),),
     "nobody has looked yet"),
    ("somebody asked and learned nothing", (probed(HALF, NINE),),
     "nobody could tell yet whether it does harm"),
    ("somebody asked", (probed(HALF, HALF),), ""),
    ("a probe says over", (over(7),),
     "halted: verify says over at a: x.example: y too: when that is put right, `domainscan verify --recipient a`"),
    ("a canary is kept back", (over(0),),
     "when that is put right, `domainscan verify --canaries --recipient a`"),
)  # fmt: skip


@pytest.mark.parametrize(("case", "standings", "said"), CASES, ids=[one[0] for one in CASES])
def test_a_name_waits_for_the_stage_before(
    case: str, standings: tuple[Standing, ...], said: str, alpha: Decision
) -> None:
    found = why(alpha, *standings)
    assert (said in found and found.startswith("stage 2: ")) if said else found == "", case


STAGES: tuple[tuple[str, tuple[Standing, ...], str], ...] = (
    ("the nearest one counts", (standing("a", "s.alpha.example"), standing("m", stage=2)), "m does not have it yet"),
    ("and not the ones before it", (standing("a"), standing("m", "s.alpha.example", stage=2)), ""),
    ("one that does not take it is passed over", (standing("a"), standing("m", stage=2, categories=("H04",))),
     "a does not have it yet"),
    ("nobody before takes it", (standing("a", categories=("H04",)), standing("m", stage=2, categories=("H04",))), ""),
    ("a full list in the middle, and its turn has come", (since(NINE),
     standing("m", "x.example", stage=2, budget=1)), ""),
    ("a full list in the middle, and its turn is to come",
     (standing("a", "s.alpha.example"), standing("m", "x.example", stage=2, budget=1)),
     "m does not have it yet"),
    ("any earlier stage halts", (over(7), standing("m", "s.alpha.example", stage=2)),
     "halted: verify says over at a"),
)  # fmt: skip


@pytest.mark.parametrize(("case", "standings", "said"), STAGES, ids=[one[0] for one in STAGES])
def test_of_three_stages_the_nearest_that_takes_a_name_decides(
    case: str, standings: tuple[Standing, ...], said: str, alpha: Decision
) -> None:
    found = why(alpha, *standings, stage=3)
    assert (said in found and found.startswith("stage 3: ")) if said else found == "", case


def test_a_wider_reach_is_new_and_counts_from_its_own_decision(decision: Any) -> None:
    wide = decision(id=2, name=Name("alpha.example"), reach=TREE, decided_at=HALF)
    old = {Name("alpha.example"): "2026-11-01T00:00:00Z"}
    assert "a does not have it yet" in why(wide, standing("a", "alpha.example", since=old))
    found = why(wide, standing("a", "subtree:alpha.example", since=old))
    assert "not before 2026-11-23T11:30:00Z" in found


@pytest.mark.parametrize(
    ("reach", "appealed", "halts", "reason"),
    [
        (HOST, "s.alpha.example", True, "the name itself"),
        (HOST, "x.s.alpha.example", False, "a name that is not reached"),
        (TREE, "x.s.alpha.example", True, "a name below that would go with it"),
        (HOST, "alpha.example", False, "a name above is another one"),
    ],
)
def test_an_open_appeal_halts_the_name(
    reach: Reach, appealed: str, halts: bool, reason: str, decision: Any
) -> None:
    one = decision(name=Name("s.alpha.example"), reach=reach, decided_at=NINE)
    found = why(one, standing("a", f"{reach}:s.alpha.example"), appeals=(Name(appealed),))
    assert found == (
        f"stage 2: halted: an appeal against {appealed} is open: decide it (`domainscan queue`)"
        if halts
        else ""
    ), reason


@pytest.mark.parametrize(
    ("appeals", "last", "halts", "reason"),
    [
        (("x.example", "y.example", "z.example"), (), True, "three of what only the earlier stage has"),
        (("x.example",) * 3, (), True, "three people about one name"),
        (("x.example", "y.example"), (), False, "two"),
        (("x.example", "y.example", "other.example"), (), False, "one about what no earlier stage has"),
        (("x.example", "y.example", "z.example"), ("z.example",), False, "one about what both have"),
    ],
)
def test_many_appeals_halt_all_new_names(
    appeals: Sequence[str], last: Sequence[str], halts: bool, reason: str, alpha: Decision
) -> None:
    ahead = standing("a", "s.alpha.example", "x.example", "y.example", "z.example")
    facts = Facts(ELEVEN, 1, 3, (ahead,), tuple(map(Name, appeals)))
    found = waits([alpha], Recipient("b", stage=2), listed(*last), facts)
    said = {1: "stage 2: halted: 3 open appeals against names that only earlier stages have, of at most 2:"
            " decide them (`domainscan queue`)"}  # fmt: skip
    assert found == (said if halts else {}), reason


class Told:
    """Facts that are told in advance, and what was asked for them."""

    def __init__(self, *standings: Standing) -> None:
        self.standings, self.asked = standings, list[str]()

    def applies(self, recipient: Recipient) -> bool:
        return bool(self.standings)

    def appeals(self) -> tuple[Name, ...]:
        return ()

    def facts(self, recipient: Recipient, asked: Sequence[Decision], now: str) -> Facts:
        self.asked = [one.name for one in asked]
        return Facts(now, 1, 3, self.standings)


HELD = (  # the last release, what is decided now, what the next one has, what waits, why
    ((), ("alpha.example",), (), ("alpha.example",), "new"),
    (("alpha.example",), ("alpha.example",), ("host:alpha.example",), (), "what it has stays"),
    (("subtree:x.example",), ("a.x.example",), ("host:a.x.example",), (), "a tree has it too, and goes"),
    (
        ("alpha.example",), ("subtree:alpha.example",), ("host:alpha.example",), ("alpha.example",),
        "the wider reach waits, and the name stays as it is",
    ),
    (("subtree:alpha.example",), ("www:alpha.example",), ("www:alpha.example",), (), "narrower is not new"),
    (("x.example",), (), (), (), "what is over goes at once"),
    (
        ("x.alpha.example",), ("x.alpha.example", "subtree:alpha.example"), ("host:x.alpha.example",),
        ("alpha.example",), "a tree that waits folds nothing",
    ),
)  # fmt: skip


@pytest.mark.parametrize(("last", "decided", "gets", "left", "reason"), HELD, ids=[one[4] for one in HELD])
def test_what_a_recipient_has_stays_and_what_is_over_goes(
    last: Sequence[str],
    decided: Sequence[str],
    gets: Sequence[str],
    left: Sequence[str],
    reason: str,
    decision: Any,
) -> None:
    known = [
        decision(id=at, name=one.name, reach=one.reach) for at, one in enumerate(listed_each(decided), 1)
    ]
    taker = Recipient("b", stage=2)
    waiting = waiting_of(known, taker, listed(*last), Told(standing("a")), ELEVEN)
    blocklist, _ = fitted(entries(waiting.without(known), ELEVEN), taker)
    assert tuple(f"{one.reach}:{one.name}" for one in blocklist) == tuple(gets), reason
    assert tuple(one.name for one in waiting.left_out(blocklist)) == tuple(left), reason


def listed_each(words: Sequence[str]) -> list[Entry]:
    """Each by itself: nothing is folded."""
    return [next(iter(listed(one))) for one in words]


def test_a_name_that_waits_does_not_push_another_one_out_of_a_full_list(decision: Any) -> None:
    taker = Recipient("b", stage=2, budget=1)
    known = [
        decision(id=1, name=Name("old.example"), category="H07"),
        decision(id=2, name=Name("new.example")),
    ]
    waiting = waiting_of(known, taker, listed("old.example"), Told(standing("a")), ELEVEN)
    assert [one.name for one in fitted(entries(waiting.without(known), ELEVEN), taker)[0]] == ["old.example"]
    assert [one.name for one in fitted(entries(known, ELEVEN), taker)[0]] == ["new.example"], "the control"


def test_what_a_tree_that_may_go_blocks_is_not_told_to_wait(decision: Any) -> None:
    known = [
        decision(id=1, name=Name("alpha.example"), reach=TREE, decided_at=NINE),
        decision(id=2, name=Name("s.alpha.example"), decided_at=HALF),
    ]
    taker = Recipient("b", stage=2)
    waiting = waiting_of(known, taker, listed(), Told(standing("a", "subtree:alpha.example")), ELEVEN)
    assert list(waiting.why) == [2]
    blocklist, _ = fitted(entries(waiting.without(known), ELEVEN), taker)
    assert waiting.left_out(blocklist) == ()


def test_only_what_is_new_is_looked_up(decision: Any) -> None:
    known = [decision(id=at, name=Name(f"n{at}.example")) for at in range(1, 3000)]
    last = block_list(Entry(one.name, one.reach) for one in known[:-2])
    told = Told(standing("a"))
    waiting_of(known, Recipient("b", stage=2), last, told, ELEVEN)
    assert told.asked == ["n2998.example", "n2999.example"]
    assert [one.id for one in news(known, Recipient("b", categories=("H04",)), last)] == [], (
        "not what it never gets"
    )


# ---------------------------------------------------------------- as people type it

CONFIG = """
[publish]
proof = []
max_adds = 3
[[recipient]]
id = "carrier-b"
stage = 2
[[recipient]]
id = "carrier-a"
"""
NOW = "2026-11-23T15:00:00Z"


def export(run: Run, *words: str, code: int = 0) -> dict[str, Any]:
    """Recipient -> its release."""
    done = json.loads(run("export", "--json", *words, code=code).stdout)
    return {one["recipient"]: one for one in (*done["releases"], *done["waiting"])}


def later(release: dict[str, Any]) -> dict[str, str]:
    return {one["name"]: one["why"] for one in release["left_out"]}


@pytest.fixture
def both(office: Any, run: Run, wait: Callable[[float], None]) -> None:
    """Both stages have old.example; an hour has passed."""
    office.decide("old.example")
    export(run, code=3)
    wait(60)
    export(run)


def test_a_later_stage_gets_a_name_an_hour_after_the_first(
    office: Any, run: Run, wait: Callable[[float], None], both: None
) -> None:
    """P13."""
    made = office.decide("new.example")
    done = export(run)
    assert done["carrier-a"]["names"] == ["new.example", "old.example"]
    assert (done["carrier-b"]["names"], later(done["carrier-b"])) == (
        ["old.example"],
        {
            "new.example": "stage 2: carrier-a has it since 2026-11-23T16:00:00Z, not before 2026-11-23T17:00:00Z"
        },
    )
    wait(59)
    assert export(run)["carrier-b"]["names"] == ["old.example"]
    wait(1)
    assert export(run, "--dry-run")["carrier-b"]["added"] == ["new.example"]
    assert export(run)["carrier-b"]["names"] == ["new.example", "old.example"]
    office.lift(made)
    done = export(run)
    assert [done[one]["removed"] for one in ("carrier-a", "carrier-b")] == [["new.example"]] * 2, "at once"


def test_with_one_stage_all_get_all_at_once(office: Any, run: Run, tmp_path: Path) -> None:
    """The control: without its `stage` the second recipient waits for nobody."""
    (tmp_path / "config.toml").write_text(CONFIG.replace("stage = 2", ""), "utf-8")
    office.decide("new.example")
    done = export(run)
    assert [done[one]["names"] for one in ("carrier-a", "carrier-b")] == [["new.example"]] * 2


def test_a_first_release_that_would_be_empty_waits(
    office: Any, run: Run, wait: Callable[[float], None]
) -> None:
    office.decide("new.example")
    said = run("export", code=3)
    assert (
        "carrier-b: its first release waits, with 1 left out: new.example: stage 2: carrier-a has it"
        in said.stderr
    )
    assert "carrier-b" not in said.stdout
    assert last_folder(office.store, "carrier-b") is None
    assert "its first release waits" in run("export", "--dry-run", code=3).stderr
    wait(60)
    run("export")


def looked(office: Any, verdict: str, at: str, decision: int = 0, name: str = "canary.example") -> None:
    wanted = "full" if decision else "lifted"
    record_checks(
        office.store, [Check("carrier-a", Name(name), decision, at, verdict, wanted, "also kept back: it")]
    )


@pytest.fixture
def asked(tmp_path: Path) -> None:
    """carrier-a has a resolver that could be asked."""
    text = CONFIG + 'resolvers = ["192.0.2.53"]\n'
    (tmp_path / "config.toml").write_text(text, "utf-8")


def test_a_probe_that_says_over_halts_all_new_names_until_it_looks_again_and_finds_it_right(
    office: Any, run: Run, wait: Callable[[float], None], clock: list[str], both: None, asked: None
) -> None:
    """P13."""
    made = office.decide("new.example")
    export(run)
    wait(61)
    assert "nobody has looked yet" in later(export(run)["carrier-b"])["new.example"]
    looked(office, "over", clock[0], made.id, "new.example")
    said = later(export(run)["carrier-b"])["new.example"]
    assert said.startswith("stage 2: halted: verify says over at carrier-a: new.example: also kept back: it:")
    wait(1)
    looked(office, "unknown", clock[0], made.id, "new.example")
    assert later(export(run)["carrier-b"]), "to learn nothing is no good news"
    wait(1)
    looked(office, "full", clock[0], made.id, "new.example")
    looked(office, "over", clock[0])
    assert "verify --canaries" in later(export(run)["carrier-b"])["new.example"], "a canary halts too"
    wait(1)
    looked(office, "lifted", clock[0])
    assert export(run)["carrier-b"]["added"] == ["new.example"]


def test_what_is_over_by_a_measure_that_was_lifted_halts_no_more(
    office: Any, run: Run, wait: Callable[[float], None], clock: list[str], both: None, asked: None
) -> None:
    wide, new = office.decide("wide.example"), office.decide("new.example")
    export(run)
    wait(61)
    looked(office, "full", clock[0], new.id, "new.example")
    looked(office, "over", clock[0], wide.id, "wide.example")
    assert sorted(later(export(run)["carrier-b"])) == ["new.example", "wide.example"]
    office.lift(wide)
    assert export(run)["carrier-b"]["added"] == ["new.example"]


def test_appeals_halt_one_name_and_three_of_them_all(
    office: Any, run: Run, wait: Callable[[float], None], clock: list[str], both: None
) -> None:
    """P13."""
    made = [office.decide(f"{letter}.example") for letter in "xy"]
    export(run)
    wait(61)
    appeal(office.store, str(made[0].id), text="it is ours", by="the owner", now=clock[0])
    done = export(run)["carrier-b"]
    assert (done["added"], list(later(done))) == (["y.example"], ["x.example"])
    office.decide("z.example")
    export(run)
    wait(61)
    for _ in range(2):
        appeal(office.store, str(made[0].id), text="it is ours", by="somebody", now=clock[0])
    said = later(export(run)["carrier-b"])["z.example"]
    assert said.startswith("stage 2: halted: 3 open appeals against names that only earlier stages have")


def test_a_name_that_the_stage_before_lost_and_got_back_waits_anew(
    office: Any, run: Run, wait: Callable[[float], None], both: None
) -> None:
    office.decide("new.example")
    export(run, "--recipient", "carrier-a")
    wait(30)
    lin, wei = (office.tokens[one] for one in ("lin", "wei"))
    run("release", "rollback", "carrier-a", "--reason", "it does harm", token=lin)
    wait(10)
    assert "carrier-a does not have it yet" in later(export(run, code=1)["carrier-b"])["new.example"]
    run("release", "hold", "carrier-a", "--reason", "it does not", token=lin)
    run("release", "approve", "1", token=wei)
    wait(59)
    assert "not before 2026-11-23T17:40:00Z" in later(export(run)["carrier-b"])["new.example"]
    wait(1)
    assert export(run)["carrier-b"]["added"] == ["new.example"]


def test_a_held_release_has_no_more_than_may_go_and_is_not_approved_while_it_is_halted(
    office: Any, run: Run, wait: Callable[[float], None], clock: list[str], both: None, asked: None
) -> None:
    made = [office.decide(f"{letter}.example") for letter in "vwxy"]
    lin, wei = (office.tokens[one] for one in ("lin", "wei"))
    run("release", "hold", "carrier-a", "--reason", "the second week", token=lin)
    run("release", "approve", "1", token=wei)
    said = run("release", "hold", "carrier-b", "--reason", "the second week", token=lin, code=2).stderr
    assert "no guard trips" in said, "nothing may go yet"
    wait(61)
    office.decide("z.example")
    for one in made:
        looked(office, "full", clock[0], one.id, one.name)
    run("release", "hold", "carrier-b", "--reason", "the second week", token=lin)
    wait(1)
    looked(office, "over", clock[0], made[0].id, "v.example")
    said = run("release", "approve", "2", token=wei, code=2).stderr
    assert (
        "held release 2 stays held: 4 of its names wait: v.example: stage 2: halted: verify says over" in said
    )
    wait(1)
    looked(office, "full", clock[0], made[0].id, "v.example")
    done = json.loads(run("release", "approve", "2", "--json", token=wei).stdout)
    assert done["added"] == [f"{letter}.example" for letter in "vwxy"]


def test_a_rollback_brings_nothing_that_waits(
    office: Any, run: Run, wait: Callable[[float], None], clock: list[str], both: None
) -> None:
    made = office.decide("new.example")
    export(run)
    wait(60)
    with_it = export(run)["carrier-b"]
    lin = office.tokens["lin"]
    run("release", "rollback", "carrier-b", "--reason", "it does harm", token=lin)
    back = ("release", "rollback", "carrier-b", "--to", str(with_it["serial"]), "--reason", "it does not")
    appeal(office.store, str(made.id), text="it is ours", by="the owner", now=clock[0])
    done = json.loads(run(*back, "--json", token=lin).stdout)
    assert (done["names"], list(later(done))) == (["old.example"], ["new.example"])
    run("review", "dismiss", "1", "--reason", "it is not", token=office.tokens["wei"])
    done = json.loads(run(*back, "--json", token=lin).stdout)
    assert done["names"] == ["new.example", "old.example"], "the control"


def test_since_when_a_name_is_on_a_list_is_told_by_its_releases(
    office: Any, run: Run, wait: Callable[[float], None]
) -> None:
    office.decide("kept.example")
    lost = office.decide("lost.example")
    export(run, "--recipient", "carrier-a")
    wait(10)
    office.lift(lost)
    export(run, "--recipient", "carrier-a")
    wait(10)
    office.decide("lost.example")
    export(run, "--recipient", "carrier-a")
    names = ("kept.example", "lost.example", "never.example")
    found = {"kept.example": NOW, "lost.example": "2026-11-23T15:20:00Z"}
    assert held_since(office.store, "carrier-a", names, "2026-11-23T14:00:00Z") == found
    assert held_since(office.store, "carrier-a", names, "2026-11-23T15:20:00Z") == dict.fromkeys(
        found, "2026-11-23T15:20:00Z"
    ), "nobody looks further back than is asked for"


def test_a_list_whose_folder_is_gone_has_its_names_and_the_least_of_each(
    office: Any, run: Run, wait: Callable[[float], None], both: None
) -> None:
    office.decide("new.example")
    office.decide("tree.example", reach=TREE)
    export(run)
    wait(60)
    for path in sorted((Path(office.store.home) / "export" / "carrier-a").glob("*.json")):
        path.unlink()
    done = export(run, "--recipient", "carrier-b")["carrier-b"]
    assert done["added"] == ["new.example"]
    assert later(done) == {
        "tree.example": "stage 2: carrier-a does not have it yet: `domainscan export --recipient carrier-a`"
    }


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("[publish]\nstage_hours = -1\n", "publish.stage_hours"),
        ("[publish]\nstage_appeals = 0\n", "publish.stage_appeals"),
        ('[[recipient]]\nid = "a"\nstage = 0\n', "recipient.stage"),
        ('[[recipient]]\nid = "a"\nstage = 1.5\n', "recipient.stage"),
    ],
)
def test_a_stage_that_is_none_is_refused(line: str, said: str, run: Run, tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(line, "utf-8")
    assert said in run("export", code=4).stderr


@pytest.mark.parametrize(
    ("others", "waits", "why"),
    [
        ([Recipient("a", stage=1)], True, "a list goes there first"),
        ([Recipient("a", stage=2)], False, "it has its names at the same time"),
        ([Recipient("a", stage=3)], False, "and later"),
        ([Recipient("a", stage=1, formats=())], False, "it takes no list"),
        ([Recipient("a", "provider", stage=1)], False, "it blocks no names"),
        ([], False, "it is alone"),
    ],
)
def test_a_recipient_waits_for_those_that_block_names_at_an_earlier_stage(
    others: list[Recipient], waits: bool, why: str, store: Any
) -> None:
    late = Recipient("b", stage=2)
    assert StoredRollout(store, Config(recipient=(*others, late))).applies(late) is waits, why
