"""Decisions meet the never-list: with what visits saw of aliases, and with who answers for a popular name."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from typer.testing import Result

from blocklists.feeds import Wish, import_list
from blocklists.overrides import add_override, make_override
from blocklists.suffixes import load_suffixes
from domainscan.listing import answered_for
from domainscan.model import Answers, Failure, Lookup, Name, Reach
from domainscan.store.audit import load_events
from domainscan.store.decisions import insert_decision, load_decision, load_decisions
from domainscan.store.observations import aliases
from domainscan.store.people import add_person, confirm_change, load_people

NOW = "2026-11-23T15:00:00Z"
CONFIG = '[[recipient]]\nid = "carrier-a"\nformats = ["csv"]\n'
RANKING = b"1,used.org\n100001,known.org\n"
Run = Callable[..., Result]


def folder(office: Any) -> Path:
    """The home's folder of protected names."""
    found = Path(office.store.home) / "protect"
    found.mkdir(exist_ok=True)
    return found


def rank(office: Any, day: str = "2026-11-20") -> None:
    wish = Wish("tranco", date(2026, 11, 23), made=date.fromisoformat(day))
    import_list(folder(office), "top.csv", RANKING, wish, load_suffixes())


def leads_to(*names: str) -> dict[str, Any]:
    """A visit that came to its address by way of these names."""
    return {"resolution": (Lookup("A", Answers(("192.0.2.10",), chain=tuple(Name(one) for one in names))),)}


def guards(result: Result) -> list[str]:
    return [one["guard"] for one in json.loads(result.stdout)["refused"]]


def listed(result: Result) -> list[str]:
    return [name for one in json.loads(result.stdout)["releases"] for name in one["names"]]


# ---------------------------------------------------------------- aliases


def test_p06_a_name_that_leads_to_a_protected_one_is_in_no_release(office: Any, run: Run) -> None:
    office.decide("alpha.example", seen=leads_to("hop.example", "www.icbc.com.cn"))
    done = run("export", "--json", code=1)
    assert guards(done) == ["protected"]
    assert "alpha.example is an alias of www.icbc.com.cn, which lies below icbc.com.cn: banks" in done.stderr


@pytest.mark.parametrize(
    ("names", "why"),
    [
        ((), "no alias"),
        (("hop.example",), "an alias of nobody's"),
        (("d1.cloudfront.net",), "a place on a host that many share"),
        (("shop.pages.dev",), "another one"),
    ],
)
def test_p06_other_aliases_do_not_matter(names: tuple[str, ...], why: str, office: Any, run: Run) -> None:
    """The negative control."""
    office.decide("alpha.example", seen=leads_to(*names))
    assert listed(run("export", "--json")) == ["alpha.example"], why


def test_p06_what_the_newest_visit_saw_counts(office: Any, run: Run) -> None:
    office.decide("alpha.example")
    assert listed(run("export", "--json")) == ["alpha.example"]
    office.visit("alpha.example", at="2026-11-23T16:00:00Z", **leads_to("icbc.com.cn"))
    assert guards(run("export", "--json", code=1)) == ["protected"]


def test_p06_no_order_is_drafted_for_it(office: Any, run: Run) -> None:
    office.decide("alpha.example", seen=leads_to("www.icbc.com.cn"))
    left = json.loads(run("orders", "draft", "--json").stdout)["undeliverable"]
    assert [one["name"] for one in left] == ["alpha.example"]
    assert left[0]["reason"].startswith("protected (alias: alpha.example is an alias of www.icbc.com.cn")


def test_p06_nor_is_it_approved(office: Any, run: Run, decision: Any) -> None:
    token = join(office)
    for name, seen, code in (
        ("alpha.example", leads_to("www.icbc.com.cn"), 2),
        ("beta.example", leads_to("hop.example"), 0),
    ):
        number = propose(office, decision, name, seen)
        done = run("review", "approve", str(number), token=token, code=code)
        assert ("is an alias of www.icbc.com.cn" in done.stderr) == bool(code)
        assert load_decision(office.store, number).state == ("proposed" if code else "approved")


def join(office: Any) -> str:
    """The token of another approver, whom the two of the desk let in."""
    lin, wei = (one for one in load_people(office.store) if one.id in ("lin", "wei"))
    change = add_person(office.store, "zoe", "approver", lin, NOW)
    assert not isinstance(change, str)
    return confirm_change(office.store, change.id, wei, NOW)


def propose(office: Any, decision: Any, name: str, seen: dict[str, Any]) -> int:
    """The number of a proposal to block a name that was visited."""
    judged = office.visit(name, **seen)
    wanted = decision(name=Name(name), state="proposed", approver="", decided_at="", assessment=judged.id)
    return int(insert_decision(office.store, wanted).id)


def test_aliases_are_those_of_all_answers_of_the_newest_visit(office: Any) -> None:
    office.visit("plain.example")
    both = (
        Lookup("A", Answers(("192.0.2.1",), chain=(Name("one.example"), Name("two.example")))),
        Lookup("AAAA", Failure("no_data")),
        Lookup("HTTPS", Answers(("x",), chain=(Name("three.example"),))),
    )
    office.visit("alpha.example", resolution=both)
    found = aliases(office.store, [Name(one) for one in ("alpha.example", "plain.example", "never.example")])
    assert found == {"alpha.example": ("one.example", "three.example", "two.example")}


# ---------------------------------------------------------------- who answers


def test_two_people_may_list_a_known_name_but_none_of_the_most_used(office: Any, run: Run) -> None:
    office.decide("known.org")
    rank(office)
    assert listed(run("export", "--json")) == ["known.org"]
    office.decide("used.org")
    done = run("export", "--json", code=1)
    assert guards(done) == ["protected"]
    assert "used.org is among the first 100,000 (tranco of 2026-11-20)" in done.stderr


def test_whoever_approves_a_known_name_is_told_to_answer_for_it(office: Any, run: Run, decision: Any) -> None:
    token = join(office)
    rank(office)
    known, used = (propose(office, decision, name, {}) for name in ("known.org", "used.org"))
    said = run("review", "approve", str(known), token=token).stderr
    assert "known.org is among the first 1,000,000 (tranco of 2026-11-20): both of you answer for it" in said
    assert "must not be cut off" in run("review", "approve", str(used), token=token, code=2).stderr
    assert [load_decision(office.store, one).state for one in (known, used)] == ["approved", "proposed"]


@pytest.mark.parametrize(
    ("name", "measure", "code", "words"),
    [
        ("github.io", "block", 2, "error: github.io must not be cut off with reach host: public_suffix: "),
        ("github.io", "none", 0, ""),
        (
            "used.org",
            "block",
            0,
            "(tranco of 2026-11-20): no approval is taken before two named people let it",
        ),
        ("known.org", "block", 0, "(tranco of 2026-11-20): you and whoever approves answer for it"),
        ("free.org", "block", 0, ""),
    ],
)
def test_a_proposal_is_told_what_the_never_list_says(
    name: str, measure: str, code: int, words: str, office: Any, run: Run
) -> None:
    """What nobody can open is refused at once: the case would wait for an approval that cannot come."""
    rank(office)
    office.visit(name)
    asked = (
        "review",
        "propose",
        name,
        "--measure",
        measure,
        "--category",
        "H01",
        "--reason",
        "offers the harm",
    )
    said = run(*asked, token=office.tokens["lin"], code=code).stderr
    assert words in said
    assert ("tranco" in said) == ("tranco" in words)
    assert ("must not be cut off" in said) == (code == 2)
    assert [one.state for one in load_decisions(office.store)] == ["proposed"] * (not code)


def test_p07_a_host_below_a_popular_name_is_listed_alone_or_not_at_all(office: Any, run: Run) -> None:
    rank(office)
    office.decide("hacked.used.org")
    assert listed(run("export", "--json")) == ["hacked.used.org"]
    office.decide("other.used.org", reach=Reach.SUBTREE)
    assert "other.used.org (subtree" in run("export", "--json", code=1).stderr


@pytest.mark.parametrize(
    ("fields", "answered", "why"),
    [
        ({}, {"alpha.example": Reach.HOST}, "two people"),
        ({"approver": ""}, {}, "nobody approved"),
        ({"approver": "LIN "}, {}, "the proposer, spelled otherwise"),
        ({"state": "lifted"}, {}, "no more in force"),
        ({"expires": "2026-11-23"}, {}, "over"),
    ],
)
def test_a_decision_answers_for_its_name_when_two_people_made_it(
    fields: dict[str, Any], answered: dict[str, Reach], why: str, decision: Any
) -> None:
    assert answered_for([decision(**fields)], NOW) == answered, why


def test_the_widest_of_several_decisions_counts(decision: Any) -> None:
    many = [decision(id=at, reach=one) for at, one in enumerate((Reach.HOST, Reach.SUBTREE, Reach.WWW))]
    assert answered_for(many, NOW) == {"alpha.example": Reach.SUBTREE}


def test_an_override_lets_a_release_go_out_and_is_in_the_log(office: Any, run: Run, clock: list[str]) -> None:
    rank(office)
    office.decide("used.org")
    run("export", code=1)
    said = {"name": "used.org", "reach": "host", "people": ["Lin", "Wei"], "reason": "ordered by a court"}
    add_override(folder(office), make_override(said | {"made": "2026-11-23", "expires": "2026-11-30"}))
    told = "used.org (host): Lin and Wei, until 2026-11-30: ordered by a court"
    assert f"carrier-a: override: {told}" in run("export", "--dry-run").stderr
    assert load_events(office.store, "carrier-a") == []
    assert f"carrier-a: override: {told}" in run("export").stderr
    events = {one.action: json.loads(one.detail) for one in load_events(office.store, "carrier-a")}
    assert events["export.override"] == {"overrides": [told], "serial": events["export"]["serial"]}
    clock[0] = "2026-12-01T00:00:00Z"
    assert guards(run("export", "--json", code=1)) == ["protected"]


# ---------------------------------------------------------------- the gate


def test_p08_an_old_ranking_closes_every_gate(office: Any, run: Run, clock: list[str]) -> None:
    office.decide("alpha.example", expires="2027-06-01")
    rank(office)
    clock[0] = "2026-12-04T23:59:59Z"
    run("export")
    clock[0] = "2026-12-05T00:00:00Z"
    for words in (["export"], ["orders", "draft"]):
        said = run(*words, code=4).stderr
        assert "[protect] the list tranco of protected names is 15 days old (of 2026-11-20)" in said
        assert "`blocklists protect import tranco FILE --date YYYY-MM-DD --folder " in said


def test_p08_an_old_ranking_approves_nothing(office: Any, run: Run, clock: list[str], decision: Any) -> None:
    token, number = join(office), propose(office, decision, "alpha.example", {})
    rank(office)
    clock[0] = "2026-12-05T00:00:00Z"
    assert (
        "the list tranco of protected names"
        in run("review", "approve", str(number), token=token, code=4).stderr
    )
    assert load_decision(office.store, number).state == "proposed"
    clock[0] = "2026-12-04T00:00:00Z"
    run("review", "approve", str(number), token=token)
    assert load_decision(office.store, number).state == "approved"


def test_p08_a_required_list_that_is_missing_closes_the_gate(office: Any, run: Run, tmp_path: Path) -> None:
    office.decide("alpha.example")
    config = '[protect]\nrequire = ["tranco"]\n' + CONFIG
    (tmp_path / "config.toml").write_text(config, "utf-8")
    assert "[protect] the list tranco of protected names is required" in run("export", code=4).stderr
    rank(office)
    run("export")


def test_the_folder_can_be_named(office: Any, run: Run, tmp_path: Path) -> None:
    office.decide("used.org")
    rank(office)
    folder(office).rename(tmp_path / "elsewhere")
    assert listed(run("export", "--json", "--dry-run")) == ["used.org"]
    config = f'[protect]\nfolder = "{tmp_path / "elsewhere"}"\n' + CONFIG
    (tmp_path / "config.toml").write_text(config, "utf-8")
    assert guards(run("export", "--json", code=1)) == ["protected"]
