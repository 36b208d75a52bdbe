"""verify --canaries: names that nobody listed are asked for at every resolver, and what changes is kept."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import Result

from blocklists.formats import FORMATS, Settings
from blocklists.lists import Entry, block_list
from domainscan.enforce import Look, changes
from domainscan.enforce.canaries import state_of
from domainscan.enforce.verdicts import Seen
from domainscan.lab.carriers import Carrier
from domainscan.lab.internet import Lab
from domainscan.model import Check, Name, Reach
from domainscan.review import lift
from domainscan.store.checks import canaries_over, load_checks, record_checks, standing_overs
from domainscan.store.people import person_for_token

NOW, LATER = "2026-11-23T15:00:00Z", "2026-11-23T15:01:00Z"
CONFIG = ""  # each test writes its own
Run = Callable[..., Result]

# ---------------------------------------------------------------- pure


def seen(*states: str, resolver: str = "r1") -> tuple[Seen, ...]:
    """x.example, y.example, ... at one resolver."""
    names = [f"{letter}.example" for letter in "xyz"]
    return tuple(Seen(resolver, Name(name), False, state) for name, state in zip(names, states, strict=False))


STATES = (
    (("same", "dead"), ("same",), "open", "each resolver answers one at least"),
    (("same", "blocked"), ("same",), "over", "one is kept back"),
    (("same", "same"), ("mixed",), "over", "in part, at one of two"),
    (("blocked",), ("silent",), "over", "and the other one is silent"),
    (("same",), ("silent", "silent"), "unknown", "one of two says nothing"),
    (("dead", "dead"), ("dead",), "unknown", "our own resolvers find nothing"),
    (("differs",), ("same",), "unknown", "another answer is no good one"),
    ((), (), "unknown", "nothing was asked"),
)


@pytest.mark.parametrize(("one", "two", "state", "why"), STATES, ids=[row[3] for row in STATES])
def test_the_state_of_a_look(one: tuple[str, ...], two: tuple[str, ...], state: str, why: str) -> None:
    assert state_of(("r1", "r2"), (*seen(*one), *seen(*two, resolver="r2"))) == state, why


CHANGES = (  # states at two resolvers, known to be kept back, listed by now, what is recorded, why
    (("same", "same"), ("same", "same"), (), (), [], "all is well, and was"),
    (("blocked", "same"), ("same", "same"), (), (), [("x.example", "over")], "one is kept back now"),
    (("blocked", "same"), ("same", "same"), ("x.example",), (), [], "as it was a minute ago"),
    (("same", "same"), ("same", "same"), ("x.example",), (), [("x.example", "lifted")], "it is well again"),
    (("same", "same"), ("silent", "same"), ("x.example",), (), [], "one resolver does not say"),
    (("same", "same"), ("silent", "silent"), ("x.example",), (), [], "one resolver says nothing at all"),
    (("dead", "same"), ("dead", "same"), ("x.example",), (), [("x.example", "lifted")], "it is gone for everybody"),
    (("dead",), ("dead",), ("x.example",), (), [], "the internet is gone"),
    (("same",), ("same",), ("l.example",), ("l.example",), [("l.example", "lifted")], "listed: no canary any more"),
    (("same",), ("same",), ("l.example",), (), [], "it was not asked for"),
    (("same", "blocked"), ("same", "same"), ("x.example",), (), [("y.example", "over"), ("x.example", "lifted")],
     "one goes, one comes"),
)  # fmt: skip


@pytest.mark.parametrize(
    ("one", "two", "known", "listed", "kept", "why"), CHANGES, ids=[row[5] for row in CHANGES]
)
def test_only_what_changes_is_kept(
    one: tuple[str, ...], two: tuple[str, ...], known: tuple[str, ...], listed: tuple[str, ...],
    kept: list[tuple[str, str]], why: str,
) -> None:  # fmt: skip
    look = Look("c", "", 2, 2, (*seen(*one), *seen(*two, resolver="r2")))
    found = changes(look, [Name(name) for name in known], {Name(name) for name in listed}, NOW)
    assert [(each.name, each.verdict) for each in found] == kept, why
    assert {(each.recipient, each.decision, each.wanted) for each in found} <= {("c", 0, "lifted")}


# ---------------------------------------------------------------- rows


def check(verdict: str, at: str = NOW, **fields: Any) -> Check:
    about = {"recipient": "c", "name": Name("x.lab"), "decision": 0, "wanted": "lifted", "detail": ""}
    return Check(**about | {"verdict": verdict, "at": at} | fields)


def test_what_is_over_stands_until_it_is_seen_to_be_well(office: Any) -> None:
    def over() -> list[tuple[str, int]]:
        return [(one.name, one.decision) for one in standing_overs(office.store, "c")]

    made = [office.decide("x.lab"), office.decide("y.lab")]
    first, second = (one.id for one in made)
    record_checks(office.store, [check("over"), check("over", decision=second, name=Name("y.lab"))])
    assert (over(), canaries_over(office.store, "c")) == ([("x.lab", 0), ("y.lab", second)], ["x.lab"])
    record_checks(office.store, [check("unknown", LATER), check("lifted", LATER, recipient="d")])
    assert len(over()) == 2, "who learned nothing, and who asked elsewhere, says nothing"
    record_checks(
        office.store, [check("lifted", LATER), check("full", NOW, decision=first, name=Name("y.lab"))]
    )
    assert over() == [("y.lab", second)], (
        "another measure on the name, seen in the same run, says nothing of it"
    )
    assert canaries_over(office.store, "c") == []
    record_checks(office.store, [check("full", LATER, decision=first, name=Name("y.lab"))])
    assert over() == [], "in a later run it does"
    record_checks(office.store, [check("over", LATER, decision=second, name=Name("y.lab"))])
    assert over() == [("y.lab", second)]
    office.lift(made[1])
    assert over() == [], "a measure that ended halts nothing"


# ---------------------------------------------------------------- with real resolvers


@pytest.fixture
def watch(
    run: Run, lab: Lab, carrier: Carrier, tmp_path: Path, office: Any
) -> Callable[..., list[dict[str, Any]]]:
    """One look at carrier-a, whose resolver enforces what it is given: what is said, and the exit code wanted."""
    text = lab.config_text({"carrier-a": carrier.address})
    own = '[protect]\nnames = ["quiet.lab", "two.lab", "canary.arpa"]\n'
    (tmp_path / "config.toml").write_text(text + own, "utf-8")

    def look(code: int = 0, *words: str) -> list[dict[str, Any]]:
        names = words or ("--recipient", "carrier-a")
        found: list[dict[str, Any]] = json.loads(
            run("verify", "--canaries", "--json", *names, code=code).stdout
        )
        return found

    return look


def load(carrier: Carrier, *names: str) -> None:
    listed = block_list(Entry(Name(name), Reach.HOST) for name in names)
    file = carrier.plan.folder / "next.rpz"
    file.write_text("".join(FORMATS["rpz"].write(listed, Settings(1, NOW))), "utf-8")
    carrier.reload(file if names else None)


def kept(office: Any) -> list[tuple[str, str]]:
    return [(one.name, one.verdict) for one in load_checks(office.store, recipient="carrier-a")]


def test_a_canary_that_is_kept_back_is_seen_and_kept_once_until_it_is_well_again(
    watch: Callable[..., list[dict[str, Any]]], carrier: Carrier, office: Any
) -> None:
    """P14."""
    (found,) = watch()
    assert (found["state"], found["resolvers"], found["kept_back"]) == ("open", 1, [])
    assert kept(office) == []
    load(carrier, "quiet.lab")
    for _ in range(2):
        (found,) = watch(1)
        assert [one["name"] for one in found["kept_back"]] == ["quiet.lab"]
    assert kept(office) == [("quiet.lab", "over")]
    load(carrier)
    for _ in range(2):
        watch()
    assert kept(office) == [("quiet.lab", "over"), ("quiet.lab", "lifted")]


def test_a_resolver_that_says_nothing_is_no_good_news(
    watch: Callable[..., list[dict[str, Any]]], carrier: Carrier, office: Any
) -> None:
    """P14."""
    load(carrier, "quiet.lab")
    watch(1)
    carrier.stop()
    (found,) = watch(3)
    assert found["state"] == "unknown"
    assert kept(office) == [("quiet.lab", "over")], "it stands"


def test_a_name_that_people_blocked_is_no_canary_even_when_it_was_lifted_and_cleared(
    watch: Callable[..., list[dict[str, Any]]], carrier: Carrier, office: Any
) -> None:
    made = office.decide("quiet.lab")
    office.decide("one.lab", "none")
    load(carrier, "quiet.lab")
    assert watch()[0]["kept_back"] == []
    lin = person_for_token(office.store, office.tokens["lin"])
    lift(office.store, lin, made.id, reason="it is gone", now=NOW)
    office.decide("quiet.lab", "none")
    assert watch()[0]["kept_back"] == [], "the carrier may have the old list yet"
    load(carrier, "one.lab")
    assert [one["name"] for one in watch(1)[0]["kept_back"]] == ["one.lab"], (
        "the control: a name that was cleared"
    )


def test_a_canary_that_is_listed_later_stands_no_more(
    watch: Callable[..., list[dict[str, Any]]], carrier: Carrier, office: Any
) -> None:
    office.decide("one.lab", "none")
    load(carrier, "one.lab")
    watch(1)
    office.decide("one.lab")
    watch()
    assert kept(office) == [("one.lab", "over"), ("one.lab", "lifted")]
    assert load_checks(office.store)[-1].detail == "listed by now: no canary any more"


def test_nothing_but_canaries_is_asked_and_none_that_resolvers_answer_by_themselves(
    watch: Callable[..., list[dict[str, Any]]], lab: Lab, office: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from domainscan.net.dns import Resolver

    asked: set[str] = set()
    real = Resolver.lookups

    async def noted(self: Resolver, name: str, rtypes: Any) -> Any:
        asked.add(name)
        return await real(self, name, rtypes)

    monkeypatch.setattr(Resolver, "lookups", noted)
    office.decide("one.lab")
    watch()
    own = {name for name in asked if not name.startswith("probe-")}
    assert {"quiet.lab", "two.lab", "example.com", "www.wikipedia.org"} <= own
    assert not {"one.lab", "canary.arpa"} & own
    assert len(own) < 100


def test_each_recipient_has_its_line_and_the_worst_decides(
    watch: Callable[..., Any], run: Run, carrier: Carrier, lab: Lab, tmp_path: Path
) -> None:
    more = '[[recipient]]\nid = "carrier-z"\nresolvers = ["127.77.0.99:9"]\n[[recipient]]\nid = "nobody"\n'
    config = tmp_path / "config.toml"
    config.write_text(config.read_text("utf-8") + more, "utf-8")
    said = run("verify", "--canaries", "--recipient", "carrier-a", "--recipient", "carrier-z", code=3).stdout
    assert [line.split(":")[:2] for line in said.splitlines()] == [
        ["carrier-a", " open"],
        ["carrier-z", " unknown"],
    ]
    load(carrier, "quiet.lab")
    said = run("verify", "--canaries", code=1).stdout
    assert (
        f"carrier-a: over: kept back: quiet.lab at {carrier.address} (nxdomain/nxdomain)" in said.splitlines()
    )
    assert "nobody: " not in said
    assert "nobody: unknown: " in run("verify", "--canaries", "--recipient", "nobody", code=3).stdout


def test_without_resolvers_there_is_nobody_to_ask(run: Run, tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text('[[recipient]]\nid = "a"\n', "utf-8")
    assert "nobody to ask" in run("verify", "--canaries", code=3).stderr
    assert "leave out --order" in run("verify", "--canaries", "--order", "1", code=2).stderr


def test_a_schedule_of_each_minute_is_printed(run: Run, tmp_path: Path) -> None:
    cron = run("schedule", "--canaries", "--form", "cron").stdout.splitlines()
    assert cron[1].startswith("* * * * * cd ")
    assert cron[1].endswith("verify --canaries")
    units = run("schedule", "--canaries").stdout
    assert "OnCalendar=*-*-* *:*:00 UTC" in units
    assert "# /etc/systemd/system/domainscan-canaries.timer" in units
    assert "Description=domainscan: canaries\n" in units
    (tmp_path / "config.toml").write_text('[[schedule]]\nname = "canaries"\nsources = ["x"]\nevery = "1d"\n')
    assert "'canaries' is there twice" in run("schedule", "--canaries", code=4).stderr
