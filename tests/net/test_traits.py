"""What a survey says of names: wildcards and fast flux are flagged (D08, D11), budgets hold (D09), dead is dead."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable
from typing import Any

import pytest

from blocklists.names import Name
from domainscan.model import Answers, Failure
from domainscan.net import survey
from domainscan.net.dns import Resolver
from domainscan.net.survey import Resolved, Surveyor

Answer = Callable[[str, str], tuple[list[str], int]]
RTYPES = ("A", "AAAA", "NS")
HERE = ["3600 A 198.41.0.4"]


async def ask(
    authority: Any, answer: Answer, *names: str, domain: str = "zone.example", budget: int = 0
) -> tuple[list[Resolved], int]:
    """What is said of the names, and how many questions that took."""
    async with authority(answer) as (server, seen):
        resolver = Resolver([server], timeout_seconds=2)
        surveyor = Surveyor(resolver, RTYPES, budget)
        found = await asyncio.gather(*(surveyor.ask(Name(name), domain) for name in names))
        await resolver.close()
        return list(found), len(seen.asked)


def everything(name: str, rtype: str) -> tuple[list[str], int]:
    return (HERE if rtype == "A" else []), 0


def only(*names: str) -> Answer:
    return lambda name, rtype: everything(name, rtype) if name in names else ([], 3)


@pytest.mark.parametrize(
    ("answer", "name", "flags", "reason"),
    [
        (everything, "zone.example", ("wildcard",), "a random label below the domain resolves"),
        (everything, "a.b.zone.example", ("wildcard",), "a random label beside the host resolves"),
        (
            only("zone.example", "www.zone.example"),
            "www.zone.example",
            (),
            "www is looked at beside the domain",
        ),
        (only("a.zone.example"), "a.zone.example", (), "an ordinary host"),
    ],
)
async def test_a_wildcard_zone_is_flagged(
    authority: Any, answer: Answer, name: str, flags: tuple[str, ...], reason: str
) -> None:
    (found,), _ = await ask(authority, answer, name)
    assert found.flags == flags, reason
    assert found.addresses() == ("198.41.0.4",)


async def test_one_random_neighbour_is_asked_for_per_parent(authority: Any) -> None:
    names = [f"n{number}.zone.example" for number in range(50)]
    _, first = await ask(authority, everything, names[0])
    _, all_ = await ask(authority, everything, *names)
    assert first == len(RTYPES) + 1
    assert all_ <= 50 * len(RTYPES) + survey.WIDTH  # those under way before the first answer ask too


async def test_an_address_that_changes_with_each_question_is_flux_and_every_answer_is_kept(
    authority: Any,
) -> None:
    turn = itertools.count(1)

    def flux(name: str, rtype: str) -> tuple[list[str], int]:
        number = next(turn)
        return ([f"5 A 198.41.{number}.4"] if rtype == "A" and name == "a.zone.example" else []), 0

    (found,), _ = await ask(authority, flux, "a.zone.example")
    assert found.flags == ("flux",)
    kept = {one.rtype: one.result.values for one in found.lookups if isinstance(one.result, Answers)}
    assert (len(kept["A"]), len(kept["A (again)"])) == (1, 2)
    assert found.addresses() == kept["A"], "what is visited is the first answer alone"


@pytest.mark.parametrize(("ttl", "reason"), [(5, "the same answer each time"), (3600, "good for an hour")])
async def test_an_address_that_stays_is_no_flux(authority: Any, ttl: int, reason: str) -> None:
    def stays(name: str, rtype: str) -> tuple[list[str], int]:
        return ([f"{ttl} A 198.41.0.4"] if rtype == "A" and name == "a.zone.example" else []), 0

    (found,), asked = await ask(authority, stays, "a.zone.example")
    assert found.flags == (), reason
    assert found.addresses() == ("198.41.0.4",)
    assert asked == len(RTYPES) + 1 + (2 if ttl < 60 else 0)


async def test_a_name_that_is_not_there_is_asked_for_once_and_confirmed_once(authority: Any) -> None:
    """RFC 8020: without the name there is no record of any type."""
    (found,), asked = await ask(authority, only(), "gone.zone.example")
    assert found.dead
    assert [one.result.status for one in found.lookups if isinstance(one.result, Failure)] == ["nxdomain"] * 3
    assert asked == 2


@pytest.mark.parametrize(
    ("failures", "seen"),
    [(1, ("198.41.0.4",)), (2, "servfail")],
    ids=["it was busy", "it cannot be looked up"],
)
async def test_a_name_that_a_resolver_fails_at_is_asked_for_once_more(
    authority: Any, monkeypatch: pytest.MonkeyPatch, failures: int, seen: tuple[str, ...] | str
) -> None:
    """D07. A busy resolver says SERVFAIL where a name is well; another question later tells them apart."""
    monkeypatch.setattr(survey, "AGAIN_SECONDS", 0.1)
    left = [failures]

    def busy(name: str, rtype: str) -> tuple[list[str], int]:
        if (name, rtype) != ("a.zone.example", "A"):
            return [], 0
        left[0] -= 1
        return ([], 2) if left[0] >= 0 else (HERE, 0)

    (found,), asked = await ask(authority, busy, "a.zone.example")
    first = found.lookups[0].result
    assert (first.values if isinstance(first, Answers) else first.status) == seen
    assert asked == len(RTYPES) + 2
    assert not found.dead


async def test_a_failure_is_not_asked_about_beyond_the_names_deadline(
    authority: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(survey, "AGAIN_SECONDS", 0.5)
    async with authority(lambda name, rtype: ([], 2)) as (server, seen):
        resolver = Resolver([server], timeout_seconds=2)
        found = await Surveyor(resolver, RTYPES, deadline_seconds=0.3).ask(
            Name("a.zone.example"), "zone.example"
        )
        await asyncio.sleep(0.4)
        await resolver.close()
    assert {one.result.status for one in found.lookups if isinstance(one.result, Failure)} == {"servfail"}
    assert len(seen.asked) == len(RTYPES) + 1


@pytest.mark.parametrize(("budget", "answered"), [(0, 40), (60, 20)])
async def test_a_domain_has_a_budget_of_questions(authority: Any, budget: int, answered: int) -> None:
    """D09: a zone of a million names that lead nowhere ends; without the budget it goes on (the control)."""
    names = [f"n{number}.zone.example" for number in range(40)]
    found, _ = await ask(authority, everything, *names, budget=budget)
    results = [one.lookups[0].result for one in found]
    assert sum(isinstance(one, Answers) for one in results) == answered
    assert {one.status for one in results if isinstance(one, Failure)} <= {"over_budget"}
    assert not any(one.dead for one in found)


async def test_another_domain_has_a_budget_of_its_own(authority: Any) -> None:
    async with authority(everything) as (server, _):
        resolver = Resolver([server], timeout_seconds=2)
        surveyor = Surveyor(resolver, RTYPES, 3)
        first = await surveyor.ask(Name("a.one.example"), "one.example")
        over = await surveyor.ask(Name("b.one.example"), "one.example")
        other = await surveyor.ask(Name("a.two.example"), "two.example")
        await resolver.close()
    assert (bool(first.addresses()), bool(over.addresses()), bool(other.addresses())) == (True, False, True)


@pytest.mark.parametrize("option", [103, 9999], ids=["segments", "a kernel without them"])
async def test_questions_of_one_turn_go_out_together_and_arrive_apart(
    authority: Any, monkeypatch: pytest.MonkeyPatch, option: int
) -> None:
    monkeypatch.setattr("domainscan.net.upstream.UDP_SEGMENT", option)
    names = [f"n{number:03d}{'x' * (number % 3)}.zone.example" for number in range(200)]
    found: dict[str, Answers | Failure] = {}
    async with authority(everything) as (server, seen):
        resolver = Resolver([server], timeout_seconds=5)
        await resolver.bulk(
            ((name, "A") for name in names), lambda name, _, one: found.update({name: one}), window=200
        )
        await resolver.close()
    assert sorted(name for name, _ in seen.asked) == sorted(names)
    assert all(isinstance(one, Answers) for one in found.values())


async def test_a_name_whose_servers_say_nothing_ends_with_its_deadline(authority: Any) -> None:
    """What has come is kept; the rest is a time-out, and nobody is called dead."""

    def half(name: str, rtype: str) -> tuple[list[str], int]:
        if rtype != "A":
            raise RuntimeError("silent")
        return HERE, 0

    def nothing(name: str, rtype: str) -> tuple[list[str], int]:
        raise RuntimeError("silent")

    for answer, addresses in ((half, ("198.41.0.4",)), (nothing, ())):
        async with authority(answer) as (server, _):
            asyncio.get_running_loop().set_exception_handler(lambda *_: None)  # the server's own, on purpose
            resolver = Resolver([server], timeout_seconds=30)
            async with asyncio.timeout(10):
                found = await Surveyor(resolver, RTYPES, deadline_seconds=0.3).ask(
                    Name("a.zone.example"), "zone.example"
                )
            await resolver.close()
        assert found.addresses() == addresses
        assert {one.result.status for one in found.lookups if isinstance(one.result, Failure)} == {"timeout"}
        assert not found.dead


async def test_what_is_over_the_budget_is_said_just_now(authority: Any) -> None:
    """Otherwise it would count as stale, and the name would be looked up once more before its visit."""
    async with authority(everything) as (server, _):
        resolver = Resolver([server], timeout_seconds=2)
        over = await Surveyor(resolver, RTYPES, 1).ask(Name("a.zone.example"), "zone.example")
        await resolver.close()
    assert asyncio.get_running_loop().time() - over.at < 10
