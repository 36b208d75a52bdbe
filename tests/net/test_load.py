"""How much is asked of a resolver at once: what it cannot bear it answers with SERVFAIL, or not at all."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import dns.message
import dns.rrset
import pytest
from consumers import daemon, need
from transfers import quiet_port

from domainscan.config import Config, Net
from domainscan.model import Answers, Failure
from domainscan.net.dns import SLOW, Resolver, resolver_of
from domainscan.scan.job import settings_of

BIND = """\
options {{
  directory "{folder}"; pid-file none; session-keyfile none; lock-file none;
  listen-on port {port} {{ 127.0.0.1; }}; listen-on-v6 {{ none; }};
  recursion yes; dnssec-validation no; forward only; forwarders {{ 127.0.0.1 port {upstream}; }};
  recursive-clients {clients};
}};
controls {{ }};
"""


class Slow(asyncio.DatagramProtocol):
    """Answers every question after so many seconds, but for names that begin with "mute"; counts those under way."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.under_way = self.most = 0
        self.asked: list[str] = []

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def datagram_received(self, data: bytes, addr: Any) -> None:
        if data[13:17].lower() == b"mute":
            return
        self.asked.append(dns.message.from_wire(data).question[0].name.to_text(omit_final_dot=True).lower())
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        asyncio.get_running_loop().call_later(self.seconds, self._answer, data, addr)

    def _answer(self, data: bytes, addr: Any) -> None:
        self.under_way -= 1
        query = dns.message.from_wire(data)
        made = dns.message.make_response(query, recursion_available=True)
        made.answer.append(dns.rrset.from_text(query.question[0].name, 300, "IN", "A", "198.41.0.4"))
        self.transport.sendto(made.to_wire(), addr)


@asynccontextmanager
async def serving(seconds: float, port: int = 0) -> AsyncIterator[tuple[str, Slow]]:
    loop = asyncio.get_running_loop()
    transport, slow = await loop.create_datagram_endpoint(
        lambda: Slow(seconds), local_addr=("127.0.0.1", port)
    )
    try:
        yield f"127.0.0.1:{transport.get_extra_info('sockname')[1]}", slow
    finally:
        transport.close()


@asynccontextmanager
async def resolving(*servers: str, **more: Any) -> AsyncIterator[Resolver]:
    resolver = Resolver(servers, **({"timeout_seconds": 20} | more))
    try:
        yield resolver
    finally:
        await resolver.close()


async def ask_all(resolver: Resolver, names: Iterable[str]) -> list[tuple[str, Answers | Failure]]:
    """What came of each name, in the order in which they ended."""
    ended: list[tuple[str, Answers | Failure]] = []

    async def one(name: str) -> None:
        ended.append((name, await resolver.lookup(name, "A")))

    await asyncio.gather(*map(one, names))
    return ended


def names(count: int, label: str = "n") -> list[str]:
    return [f"{label}{number}.example" for number in range(count)]


def outcomes(ended: Iterable[tuple[str, Answers | Failure]]) -> Counter[str]:
    return Counter(one.status if isinstance(one, Failure) else "found" for _, one in ended)


@pytest.mark.parametrize(("questions", "least", "most"), [(5, 5, 5), (10_000, 100, 200)])
async def test_no_resolver_has_more_questions_under_way_than_it_is_given(
    questions: int, least: int, most: int
) -> None:
    """The second row is the control: without a limit worth the name they go out together."""
    async with serving(0.05) as (text, slow), resolving(text, questions=questions) as resolver:
        assert outcomes(await ask_all(resolver, names(200))) == {"found": 200}
    assert least <= slow.most <= most


async def test_two_resolvers_bear_twice_as_much() -> None:
    async with (
        serving(0.05) as (here, one),
        serving(0.05) as (there, other),
        resolving(here, there, questions=5) as resolver,
    ):
        assert outcomes(await ask_all(resolver, names(100))) == {"found": 100}
    assert one.most + other.most <= 10
    assert min(one.most, other.most) > 2


async def test_what_is_not_answered_makes_room_for_the_rest() -> None:
    """As many names as there is room for are never answered; those behind them in line do not wait for their end."""
    mute, quick = names(4 * SLOW, "mute"), names(20)
    async with (
        serving(0.0) as (text, _),
        resolving(text, timeout_seconds=1, tries=6, questions=4) as resolver,
    ):
        ended = await ask_all(resolver, mute + quick)
    assert {name for name, _ in ended[: len(quick)]} == set(quick)
    assert outcomes(ended) == {"found": 20, "timeout": 4 * SLOW}


async def test_there_is_an_end_to_that_room() -> None:
    """What never ends takes no more than its share: a resolver has to bear these as well."""
    async with (
        serving(0.05) as (text, slow),
        resolving(text, timeout_seconds=0.4, tries=2, questions=2) as resolver,
    ):
        asking = asyncio.ensure_future(ask_all(resolver, names(20, "mute")))
        most = 0
        while not asking.done():
            most = max(most, sum(one.name != "." for one in resolver._open))
            await asyncio.sleep(0.01)
        assert most == 2 + 2 * SLOW
        assert outcomes(asking.result()) == {"timeout": 20}
        slow.most = 0
        assert outcomes(await ask_all(resolver, names(50))) == {"found": 50}
        assert slow.most == 2


async def test_the_share_of_a_resolver_that_is_gone_is_not_given_to_another() -> None:
    gone = f"127.0.0.1:{quiet_port()}"
    async with serving(0.1) as (text, slow), resolving(text, gone, questions=5) as resolver:
        assert outcomes(await ask_all(resolver, names(20))) == {"found": 20}
        slow.most = 0
        assert outcomes(await ask_all(resolver, names(50, "m"))) == {"found": 50}
    assert slow.most == 5


async def test_who_gives_up_in_line_leaves_it() -> None:
    async with serving(0.2) as (text, slow), resolving(text, questions=1) as resolver:
        first, second, third = (asyncio.ensure_future(resolver.lookup(name, "A")) for name in names(3))
        await asyncio.sleep(0.05)
        second.cancel()
        await asyncio.wait([first, second, third], timeout=60)
        assert isinstance(first.result(), Answers)
        assert isinstance(third.result(), Answers)
    assert second.cancelled()
    assert slow.asked == ["n0.example", "n2.example"]


async def test_whether_a_resolver_lives_is_asked_out_of_line() -> None:
    async with serving(0.0) as (text, _), resolving(text, questions=1) as resolver:
        asking = asyncio.ensure_future(resolver.lookup("mute.example", "A"))
        await asyncio.sleep(0)
        assert await resolver.wait(5)
        assert not asking.done()
        asking.cancel()


def test_the_workers_of_a_scan_share_a_resolver() -> None:
    assert [settings_of(Config(), workers).net.dns_questions for workers in (1, 2, 300)] == [256, 128, 1]
    assert resolver_of(Net(resolvers=("192.0.2.53",), dns_questions=7))._room == 7


@pytest.mark.parametrize("borne", [True, False], ids=["as many as it bears", "more than it bears"])
async def test_bind_is_asked_no_more_than_it_bears(tmp_path: Path, borne: bool) -> None:
    """BIND refuses what is above `recursive-clients` (1,000 unless somebody says otherwise; here 50) with SERVFAIL."""
    port, upstream = quiet_port(), quiet_port()
    text = BIND.format(folder=tmp_path, port=port, upstream=upstream, clients=50)
    (tmp_path / "named.conf").write_text(text)
    command = [need("named", "bind9"), "-g", "-c", str(tmp_path / "named.conf")]
    questions = 40 if borne else 1000
    async with (
        serving(0.2, upstream),
        resolving(f"127.0.0.1:{port}", timeout_seconds=10, questions=questions) as resolver,
    ):
        with daemon(command, tmp_path):
            assert await resolver.wait(30), (tmp_path / "log").read_text()
            found = outcomes(await ask_all(resolver, names(400)))
    assert (found == {"found": 400}) is borne, found
    assert borne or found["servfail"] > 100
