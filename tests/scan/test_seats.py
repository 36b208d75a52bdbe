"""Slow visits step aside, and no more than so many do."""

from __future__ import annotations

import asyncio

import pytest

from domainscan.scan import seats
from domainscan.scan.seats import Seats


async def run(quick: int, slow: int, hosts: list[str]) -> list[str]:
    """The hosts in the order in which their visits ended; the slow ones end when everything else has."""
    taken, ended, last = Seats(quick, slow), [], asyncio.Event()

    async def visit(host: str) -> None:
        if host.startswith("slow"):
            await last.wait()
        ended.append(host)
        if sum(one.startswith("good") for one in ended) == sum(one.startswith("good") for one in hosts):
            last.set()

    async with asyncio.timeout(10):
        await asyncio.gather(*(taken.take(visit(host)) for host in hosts))
    return ended


HOSTS = [f"slow{number}" for number in range(8)] + [f"good{number}" for number in range(20)]


async def test_good_hosts_are_done_before_the_slow_ones_that_came_first(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(seats, "QUICK_SECONDS", 0.01)
    ended = await run(2, 8, HOSTS)
    assert [host[:4] for host in ended] == ["good"] * 20 + ["slow"] * 8


async def test_without_stepping_aside_the_slow_ones_keep_every_seat(monkeypatch: pytest.MonkeyPatch) -> None:
    """The negative control: nobody gives a seat back, and nobody good is ever visited."""
    monkeypatch.setattr(seats, "QUICK_SECONDS", 3600)
    monkeypatch.setattr(asyncio, "timeout", lambda _: _brief(0.3))
    with pytest.raises(TimeoutError):
        await run(2, 8, HOSTS)


def _brief(seconds: float) -> asyncio.Timeout:
    return asyncio.Timeout(asyncio.get_running_loop().time() + seconds)


async def test_not_all_the_world_is_visited_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seats, "QUICK_SECONDS", 0.001)
    taken, under_way, most = Seats(2, 3), 0, 0

    async def visit() -> None:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        await asyncio.sleep(0.02)
        under_way -= 1

    await asyncio.gather(*(taken.take(visit()) for _ in range(30)))
    assert most == 5


async def test_a_cancelled_visit_frees_its_seat() -> None:
    taken = Seats(1, 0)
    first = asyncio.create_task(taken.take(asyncio.sleep(3600)))
    second = asyncio.create_task(taken.take(asyncio.sleep(0, "done")))
    await asyncio.sleep(0)
    first.cancel()
    assert await second == "done"
    with pytest.raises(asyncio.CancelledError):
        await first
