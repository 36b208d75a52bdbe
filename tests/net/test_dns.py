"""The resolver against servers that lie, cut, stall and die (HOSTILE D01-D16)."""

# ruff: noqa: E731  (tables are read row by row)

from __future__ import annotations

import asyncio
import random
import socket
import struct
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import dns.flags
import dns.message
import dns.rcode
import dns.rrset
import pytest
import uvloop
from hypothesis import given
from hypothesis import strategies as st

from domainscan.model import Answers, Failure, Lookup
from domainscan.net.dns import BadResolver, Resolver, parse_server, system_resolvers
from domainscan.net.message import Dice, Question, ask, parse_answer
from domainscan.net.wire import Parsed

NAME = "name.example"
Replies = Iterable[bytes | float]  # datagrams to send, and seconds to wait
Script = Callable[[bytes], Replies]


class Server(asyncio.DatagramProtocol):
    """A DNS server that does as the script says, over UDP and, when `tcp` is given, over TCP on the same port."""

    def __init__(self, script: Script, tcp: Any = None, address: str = "127.78.0.53") -> None:
        self.script, self.tcp, self.address = script, tcp, address
        self.queries: list[bytes] = []
        self.text = ""
        self.port = 0
        self._tasks: set[asyncio.Task[None]] = set()

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def datagram_received(self, data: bytes, addr: Any) -> None:
        self.queries.append(data)
        task = asyncio.get_running_loop().create_task(self._play(data, addr))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _play(self, data: bytes, addr: Any) -> None:
        for one in self.script(data):
            if isinstance(one, bytes):
                self.transport.sendto(one, addr)
            else:
                await asyncio.sleep(one)

    async def _stream(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, EOFError, asyncio.CancelledError):
            length = int.from_bytes(await reader.readexactly(2), "big")
            await self.tcp(await reader.readexactly(length), writer)
        writer.close()

    @asynccontextmanager
    async def running(self, port: int = 0) -> AsyncIterator[Server]:
        loop = asyncio.get_running_loop()
        stream = await asyncio.start_server(self._stream, self.address, port) if self.tcp else None
        self.port = stream.sockets[0].getsockname()[1] if stream else port
        transport, _ = await loop.create_datagram_endpoint(lambda: self, local_addr=(self.address, self.port))
        self.port = transport.get_extra_info("sockname")[1]
        self.text = f"{self.address}:{self.port}"
        try:
            yield self
        finally:
            transport.close()
            if stream:
                stream.close()
            for task in self._tasks:
                task.cancel()
            await asyncio.sleep(0)


def reply(query: bytes, *records: str, rcode: int = 0, soa: bool = False) -> dns.message.Message:
    """An answer to the query: records as "owner ttl type data"."""
    made = dns.message.make_response(dns.message.from_wire(query), recursion_available=True)
    made.set_rcode(rcode)
    for record in records:
        owner, ttl, rtype, data = record.split(maxsplit=3)
        made.answer.append(dns.rrset.from_text(owner, int(ttl), "IN", rtype, data))
    if soa:
        made.authority.append(
            dns.rrset.from_text("example.", 60, "IN", "SOA", "ns.example. h.example. 1 1 1 1 1")
        )
    return made


def good(query: bytes) -> bytes:
    return reply(query, f"{NAME}. 300 A 198.41.0.4").to_wire()


def cut(query: bytes) -> bytes:
    made = reply(query)
    made.flags |= dns.flags.TC
    return made.to_wire()


def rewritten(query: bytes, position: int, value: bytes) -> bytes:
    """The good answer with bytes of the header or the question overwritten."""
    data = good(query)
    return data[:position] + value + data[position + len(value) :]


def swapped(query: bytes) -> bytes:
    """The good answer, its question in the other case throughout."""
    length = len(NAME) + 2
    return rewritten(query, 12, good(query)[12 : 12 + length].swapcase())


def other_question(query: bytes) -> bytes:
    other = dns.message.make_query("other.example", "A", id=int.from_bytes(query[:2], "big"))
    return reply(other.to_wire(), f"{NAME}. 300 A 127.0.0.1", "other.example. 300 A 127.0.0.1").to_wire()


def malformed(query: bytes, tail: bytes) -> bytes:
    """A header that claims one answer, the question as asked, and then `tail`."""
    end = 12 + len(NAME) + 2 + 4
    return query[:2] + b"\x81\x80" + struct.pack("!HHHH", 1, 1, 0, 0) + query[12:end] + tail


def always(*makers: Callable[[bytes], bytes] | float) -> Script:
    return lambda query: [one(query) if callable(one) else one for one in makers]


def records(*texts: str, **more: Any) -> Script:
    return lambda query: [reply(query, *texts, **more).to_wire()]


FOUND = ("198.41.0.4",)
LOOP = (f"{NAME}. 60 CNAME b.example.", f"b.example. 60 CNAME {NAME}.")
LONG = [f"{NAME}. 60 CNAME c0.example."] + [f"c{n}.example. 60 CNAME c{n + 1}.example." for n in range(20)]
POINTERS = b"".join(struct.pack("!H", 0xC000 | (12 + 18 + 2 * n)) for n in range(1024))

# script, what comes back: values or a failure status, reason
ANSWERS: list[tuple[str, Script, tuple[str, ...] | str, str]] = [
    ("plain", always(good), FOUND, "the ordinary answer"),
    ("wrong id", always(lambda q: rewritten(q, 0, bytes([q[0] ^ 1])), 0.02, good), FOUND, "D04"),
    ("wrong question", always(other_question, 0.02, good), FOUND, "D04"),
    ("wrong spelling", always(swapped, 0.02, good), FOUND, "D04: 0x20"),
    ("a query, no answer", always(lambda q: q, 0.02, good), FOUND, "D04: the query reflected"),
    ("too short", always(lambda q: q[:6], lambda q: b"", 0.02, good), FOUND, "D04"),
    ("FORMERR without question", always(lambda q: q[:2] + b"\x81\x81" + bytes(8), 0.02, good), FOUND, "D04: TuDoor"),
    ("garbage first", always(lambda q: random.Random(1).randbytes(300), 0.02, good), FOUND, "D04"),
    ("twice", always(good, good, good), FOUND, "D15: duplicates"),
    ("no data", records(soa=True), "no_data", "the name is there, the type is not"),
    ("nothing at all", records(), "no_data", "no SOA either (lame), still no data"),
    ("nxdomain", records(rcode=3, soa=True), "nxdomain", "kept apart from no_data"),
    ("servfail", records(rcode=2), "servfail", "D07: unknown, never dead"),
    ("refused", records(rcode=5), "refused", "D07"),
    ("notimp", records(rcode=4), "servfail", "D07"),
    ("alias", records(f"{NAME}. 60 CNAME b.example.", "b.example. 300 A 198.41.0.4"), FOUND, "a chain of one"),
    ("loop", records(*LOOP), "cname_loop", "D01"),
    ("alias of itself", records(f"{NAME}. 60 CNAME {NAME}."), "cname_loop", "D01"),
    ("20 aliases", records(*LONG), "cname_loop", "D01: the cap is 8"),
    ("bare aliases without end", lambda q: [reply(q, f"{dns.message.from_wire(q).question[0].name} 60 CNAME "
     f"{len(q)}x.example.", rcode=0).to_wire()], "cname_loop", "D01: each asked for by itself"),
    ("alias to nothing", records(f"{NAME}. 60 CNAME b.example.", rcode=3, soa=True), "nxdomain", "dangling"),
    ("out of bailiwick", records("victim.example. 60 A 127.0.0.1", soa=True), "no_data", "D12: nobody asked"),
    ("self pointer", always(lambda q: malformed(q, b"\xc0\x1e" + bytes(10))), "malformed", "D02"),
    ("forward pointer", always(lambda q: malformed(q, b"\xc0\xff" + bytes(10))), "malformed", "D02"),
    ("pointer chain", always(lambda q: malformed(q, POINTERS)), "malformed", "D02"),
    ("label type 01", always(lambda q: malformed(q, b"\x41aaa" + bytes(10))), "malformed", "D02"),
    ("long name", always(lambda q: malformed(q, (b"\x3f" + b"a" * 63) * 5 + bytes(11))), "malformed", "D02"),
    ("claims 65535", always(lambda q: rewritten(q, 6, b"\xff\xff")), "malformed", "D03"),
    ("rdlen 5", always(lambda q: malformed(q, b"\xc0\x0c\0\1\0\1\0\0\0\1\0\5" + bytes(5))), "malformed", "D03"),
    ("trailing junk", always(lambda q: good(q) + b"junk"), "malformed", "D03"),
]  # fmt: skip


@asynccontextmanager
async def resolving(*servers: Server, **more: Any) -> AsyncIterator[Resolver]:
    resolver = Resolver([one.text for one in servers], **({"timeout_seconds": 0.5, "tries": 3} | more))
    try:
        yield resolver
    finally:
        await resolver.close()


def seen(result: Answers | Failure) -> tuple[str, ...] | str:
    return result.values if isinstance(result, Answers) else result.status


@pytest.mark.parametrize("row", ANSWERS, ids=lambda row: row[0])
async def test_every_answer_ends_in_its_own_outcome(row: Any) -> None:
    _, script, expected, reason = row
    async with Server(script).running() as server, resolving(server, timeout_seconds=5) as resolver:
        assert seen(await resolver.lookup(NAME, "A")) == expected, reason


def test_uvloop_gives_the_same_answers() -> None:
    async def one(script: Script) -> tuple[str, ...] | str:
        async with Server(script).running() as server, resolving(server, timeout_seconds=5) as resolver:
            return seen(await resolver.lookup(NAME, "A"))

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        for case, script, expected, reason in ANSWERS:
            assert runner.run(one(script)) == expected, f"{case}: {reason}"


async def test_a_stub_that_believes_the_first_datagram_is_fooled() -> None:
    """The negative control of D04: the forged answer is a valid one, to whoever does not compare."""
    async with Server(always(other_question, good)).running() as server:
        loop = asyncio.get_running_loop()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as plain:
            plain.setblocking(False)
            plain.connect((server.address, server.port))
            await loop.sock_sendall(plain, ask(Question(NAME, "A", Dice()), 7))
            parsed = parse_answer(await loop.sock_recv(plain, 4096), "A")
    assert isinstance(parsed, Parsed)
    assert parsed.values == ("127.0.0.1",)


async def test_an_answer_from_another_address_never_arrives() -> None:
    """D04: the socket is connected, so the kernel drops the forger's datagram, whose id and question are right."""

    def script(query: bytes) -> Replies:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as forger:
            forger.bind(("127.78.0.66", 0))
            sent.append(forger.sendto(rewritten(query, len(good(query)) - 4, b"\x7f\0\0\1"), client[0]))
        return [0.05, good(query)]

    sent: list[int] = []
    client: list[Any] = []
    server = Server(script)
    received = server.datagram_received
    server.datagram_received = lambda data, addr: (client.append(addr), received(data, addr))[1]  # type: ignore[method-assign]
    async with server.running(), resolving(server, timeout_seconds=5) as resolver:
        assert seen(await resolver.lookup(NAME, "A")) == FOUND
    assert sent


async def test_ids_ports_and_spelling_are_drawn_anew() -> None:
    async with Server(always(good)).running() as server, resolving(server) as resolver:
        for _ in range(40):
            await resolver.lookup(NAME, "A")
    assert len({query[:2] for query in server.queries}) > 30
    assert len({query[12 : 12 + len(NAME) + 2] for query in server.queries}) > 20
    assert len(resolver._servers[0]._channels) == 0
    assert all(query[-11:] == b"\0\0\x29\x04\xd0\0\0\0\0\0\0" for query in server.queries), (
        "EDNS, 1232 octets"
    )


async def test_sockets_are_renewed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("domainscan.net.upstream.QUERIES_PER_SOCKET", 2)
    ports: set[int] = set()
    server = Server(always(good))
    received = server.datagram_received
    server.datagram_received = lambda data, addr: (ports.add(addr[1]), received(data, addr))[1]  # type: ignore[method-assign]
    async with server.running(), resolving(server) as resolver:
        for _ in range(30):
            await resolver.lookup(NAME, "A")
        assert len(resolver._servers[0]._retired) <= 8
    assert len(ports) >= 15


# ---------------------------------------------------------------- TCP


async def tcp_good(query: bytes, writer: asyncio.StreamWriter) -> None:
    for data in (rewritten(query, 0, bytes([query[0] ^ 1])), good(query)):  # a wrong id first
        writer.write(len(data).to_bytes(2, "big") + data)
    await writer.drain()


async def tcp_drip(query: bytes, writer: asyncio.StreamWriter) -> None:
    data = good(query)
    for byte in len(data).to_bytes(2, "big") + data * 1000:
        writer.write(bytes((byte,)))
        await writer.drain()
        await asyncio.sleep(0.05)


async def tcp_endless(query: bytes, writer: asyncio.StreamWriter) -> None:
    for _ in range(1000):
        writer.write(b"\xff\xff" + bytes(65535))
        await writer.drain()


async def tcp_closes(query: bytes, writer: asyncio.StreamWriter) -> None:
    writer.write(b"\0")


@pytest.mark.parametrize(
    ("tcp", "expected", "reason"),
    [
        (tcp_good, FOUND, "TCP is used, and its answers are compared as well"),
        (None, "refused", "TCP refused"),
        (tcp_drip, "timeout", "TCP drip: ends with the time"),
        (tcp_endless, "malformed", "64 KB x endless: ends with the bytes"),
        (tcp_closes, "malformed", "TCP closed"),
    ],
)
async def test_a_cut_answer_is_asked_for_over_tcp(tcp: Any, expected: Any, reason: str) -> None:
    """D05."""
    async with Server(always(cut), tcp).running() as server, resolving(server) as resolver:
        assert seen(await resolver.lookup(NAME, "A")) == expected, reason


async def test_a_cut_answer_is_no_answer() -> None:
    """The negative control of D05: read without looking at TC it says "no data", which would be a lie."""
    query = ask(Question(NAME, "A", Dice()), 7)
    assert parse_answer(cut(query), "A") == Parsed(0, ttl_seconds=7 * 86400)


async def test_a_server_that_folds_case_is_believed_over_tcp_and_then_remembered() -> None:
    lower = always(lambda query: good(query)[:12] + good(query)[12:].lower())
    async with Server(lower, tcp_good).running() as server, resolving(server) as resolver:
        assert seen(await resolver.lookup(NAME, "A")) == FOUND
        asked = len(server.queries)
        assert seen(await resolver.lookup(NAME, "A")) == FOUND
        assert len(server.queries) == asked + 1


async def test_a_path_that_loses_udp_is_crossed_over_tcp() -> None:
    async with (
        Server(always(), tcp_good).running() as server,
        resolving(server, timeout_seconds=0.1) as resolver,
    ):
        assert seen(await resolver.lookup(NAME, "A")) == FOUND


# ---------------------------------------------------------------- several resolvers


@pytest.mark.parametrize(
    ("first", "reason"),
    [
        (records(rcode=2), "SERVFAIL"),
        (records(rcode=5), "REFUSED"),
        (records(rcode=1), "FORMERR"),
        (records(rcode=4), "NOTIMP"),
        (records(rcode=16), "BADVERS"),
        (always(lambda q: good(q) + b"junk"), "malformed"),
        (always(), "silent"),
        (records(*LOOP), "a loop that only one of them sees"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_the_next_resolver_is_asked(first: Script, reason: str) -> None:
    """D07, whichever of the two comes first."""
    one, two = Server(first), Server(always(good), address="127.78.0.54")
    async with one.running(), two.running(), resolving(one, two) as resolver:
        for _ in range(2):
            found = await resolver.lookup(NAME, "A")
            assert seen(found) == FOUND, reason
            assert isinstance(found, Answers)
            assert found.resolver == two.text


async def test_a_server_that_dislikes_edns_is_asked_without() -> None:
    def script(query: bytes) -> Replies:
        return [reply(query, rcode=1).to_wire()] if query[11] else [good(query)]

    async with Server(script).running() as server, resolving(server) as resolver:
        assert seen(await resolver.lookup(NAME, "A")) == FOUND


async def test_a_refused_port_costs_no_waiting() -> None:
    """The ICMP error reaches the connected socket; the other resolver answers, and the dead one is left alone."""
    alive = Server(always(good))
    async with alive.running():
        resolver = Resolver(["127.78.0.99:9", alive.text], timeout_seconds=3600, tries=4)
        async with asyncio.timeout(30):
            for _ in range(20):
                assert seen(await resolver.lookup(NAME, "A")) == FOUND
        assert resolver._servers[0].failures >= 3
        await resolver.close()


async def test_half_of_the_datagrams_lost_and_the_rest_late_change_nothing() -> None:
    """D15."""
    dice = random.Random(7)
    lossy: Script = lambda query: (
        [dice.random() * 0.2, good(query), good(query)] if dice.random() < 0.5 else []
    )
    one, two = Server(lossy, tcp_good), Server(lossy, tcp_good, address="127.78.0.54")
    async with one.running(), two.running(), resolving(one, two, timeout_seconds=0.15, tries=4) as resolver:
        found = await asyncio.gather(*(resolver.lookup(NAME, "A") for _ in range(100)))
    assert [seen(one) for one in found] == [FOUND] * 100


async def test_a_late_answer_to_the_first_attempt_is_taken() -> None:
    first: list[bytes] = []

    def script(query: bytes) -> Replies:
        first.append(query)
        return [0.3, good(query)] if len(first) == 1 else []

    async with (
        Server(script).running() as server,
        resolving(server, timeout_seconds=0.2, tries=4) as resolver,
    ):
        assert seen(await resolver.lookup(NAME, "A")) == FOUND
        assert len(first) > 1


# ---------------------------------------------------------------- dead names, dead resolvers


def only_probes(query: bytes) -> Replies:
    """Knows the root, and is silent about all else."""
    return [reply(query, ". 60 NS a.example.").to_wire()] if query[12] == 0 else []


async def test_one_silent_name_is_a_timeout_while_the_resolver_lives() -> None:
    async with Server(only_probes).running() as server, resolving(server, timeout_seconds=0.1) as resolver:
        assert seen(await resolver.lookup(NAME, "A")) == "timeout"
        assert resolver.alive


@pytest.mark.parametrize("silent", [True, False], ids=["silent", "closed port"])
async def test_dead_resolvers_are_noticed_waited_for_and_never_make_a_name_dead(silent: bool) -> None:
    """D14."""
    server = Server(always(good))
    async with server.running(), resolving(server, timeout_seconds=0.1, tries=2) as resolver:
        assert seen(await resolver.lookup(NAME, "A")) == FOUND
        resolver._servers[0].heard_at = float("-inf")  # a while later
        server.script = always()
        if not silent:
            server.transport.close()
            await asyncio.sleep(0)
        found = [await resolver.lookup(f"n{number}.example", "A") for number in range(3)]
        assert [seen(one) for one in found] == ["no_resolver"] * 3
        assert not resolver.alive
        assert not await resolver.dead(NAME)
        assert not await resolver.wait(0.3)
        back = Server(always(good))
        if silent:
            server.script = always(good)
            assert await resolver.wait(30)
        else:
            async with back.running(server.port):
                assert await resolver.wait(30)
                assert seen(await resolver.lookup(NAME, "A")) == FOUND
        assert resolver.alive


async def test_without_any_resolver_nothing_is_known() -> None:
    resolver = Resolver([])
    assert await resolver.lookup(NAME, "A") == Failure("no_resolver")
    assert not resolver.alive
    assert not await resolver.dead(NAME)
    assert not await resolver.wait(5)


def only_v6(query: bytes) -> Replies:
    asked = dns.message.from_wire(query).question[0].rdtype.name
    found = [f"{NAME}. 60 AAAA 2001:503:ba3e::2:30"] if asked == "AAAA" else []
    return [reply(query, *found, soa=True).to_wire()]


NX, EMPTY, FAIL, SILENT = records(rcode=3, soa=True), records(soa=True), records(rcode=2), always()


@pytest.mark.parametrize(
    ("one", "two", "dead", "reason"),
    [
        (NX, NX, True, "both say so"),
        (NX, EMPTY, True, "nothing to visit, by either reading"),
        (NX, FAIL, False, "SERVFAIL agrees to nothing"),
        (NX, SILENT, False, "silence agrees to nothing"),
        (NX, always(good), False, "the second knows it"),
        (NX, records(rcode=5), False, "a refusal agrees to nothing"),
        (EMPTY, only_v6, False, "an AAAA record is enough"),
    ],
)
async def test_a_name_is_dead_when_two_resolvers_agree(
    one: Script, two: Script, dead: bool, reason: str
) -> None:
    first, second = Server(one), Server(two, address="127.78.0.54")
    async with first.running(), second.running(), resolving(first, second, timeout_seconds=0.1) as resolver:
        for _ in range(2):
            assert await resolver.dead(NAME) is dead, reason
        seen_before = (Lookup("A", Failure("nxdomain", first.text)),)
        first.queries.clear()
        assert await resolver.dead(NAME, seen_before) is dead, reason
        assert not first.queries, "who has spoken already is not asked again"


def nothing(server: Server, rtype: str = "A", status: str = "nxdomain") -> Lookup:
    return Lookup(rtype, Failure(status, server.text))


async def test_lookups_already_made_count_as_the_resolvers_word() -> None:
    """Each row: what was seen; dead or not; how many of the two resolvers have to be asked about it."""
    first, second = Server(NX), Server(NX, address="127.78.0.54")
    async with first.running(), second.running(), resolving(first, second) as resolver:
        empty = [nothing(first, "A", "no_data"), nothing(first, "AAAA", "no_data")]
        half = [nothing(first, "A", "no_data"), nothing(second, "AAAA", "no_data")]
        found = Lookup("AAAA", Answers(("2001:503:ba3e::2:30",), resolver=second.text))
        for seen_before, dead, asked in [
            ([nothing(first, "MX"), nothing(second, "A")], True, 0),
            ([nothing(first, "MX")], True, 1),
            (empty, True, 1),
            (half, True, 2),
            ([nothing(first, "MX", "no_data")], True, 2),
            ([Lookup("A", Failure("servfail", first.text))], True, 2),
            ([nothing(first), found], False, 0),
        ]:
            first.queries.clear()
            second.queries.clear()
            assert await resolver.dead(NAME, seen_before) is dead, seen_before
            assert (len(first.queries) > 0) + (len(second.queries) > 0) == asked, seen_before


async def test_a_single_resolver_is_asked_twice() -> None:
    answers = iter([NX, always(good)])

    def flips(query: bytes) -> Replies:
        return next(answers)(query)

    async with Server(flips).running() as server, resolving(server) as resolver:
        assert not await resolver.dead(NAME), "the second time the name is there"
    async with Server(NX).running() as server, resolving(server) as resolver:
        assert await resolver.dead(NAME)


# ---------------------------------------------------------------- what answers say


async def test_the_chain_and_the_least_ttl_are_kept() -> None:
    """D10: TTLs are clamped to a week; the top bit means 0."""
    chain = records(
        f"{NAME}. 60 CNAME B.Example.", "b.example. 300 A 198.41.0.4", "b.example. 300 A 192.5.5.241"
    )
    async with Server(chain).running() as server, resolving(server) as resolver:
        found = await resolver.lookup(NAME, "A")
    assert found == Answers(("192.5.5.241", "198.41.0.4"), 60, ("b.example",), server.text, 2)  # type: ignore[arg-type]


@pytest.mark.parametrize(("ttl", "kept"), [(0, 0), (2**31 - 1, 7 * 86400), (2**31, 0), (2**32 - 1, 0)])
def test_lifetimes_are_clamped(ttl: int, kept: int) -> None:
    query = ask(Question(NAME, "A", Dice()), 7)
    data = good(query)
    at = data.index(struct.pack("!I", 300))
    parsed = parse_answer(data[:at] + struct.pack("!I", ttl) + data[at + 4 :], "A")
    assert isinstance(parsed, Parsed)
    assert parsed.ttl_seconds == kept


def test_thousands_of_records_are_counted_and_cut() -> None:
    """D06."""
    query = ask(Question(NAME, "A", Dice()), 7)
    many = [f"{NAME}. 60 A 198.41.{n // 250}.{n % 250}" for n in range(4000)]
    data = reply(query, *many).to_wire(max_size=65535)
    for start in (0, len(query) - 11):  # by dnspython, and by our own reader
        parsed = parse_answer(data, "A", start)
        assert isinstance(parsed, Parsed)
        assert (len(parsed.values), parsed.total) == (64, 4000)
    odd = parse_answer(data + b"junk", "A", len(query) - 11)
    assert odd == Failure("malformed", "4001 records, and not plain ones"), "nobody waits 0.2 s for those"
    text = " ".join(f'"{"x" * 255}"' for _ in range(200))
    query = ask(Question(NAME, "TXT", Dice()), 7)
    parsed = parse_answer(reply(query, f"{NAME}. 60 TXT {text}").to_wire(max_size=65535), "TXT")
    assert isinstance(parsed, Parsed)
    assert len(parsed.values[0]) == 4096


def test_odd_labels_come_out_escaped() -> None:
    """D13."""
    query = ask(Question(NAME, "CNAME", Dice()), 7)
    tail = b'\x0ba.b\n;"$\xff\0*c\x07Example\0'
    data = malformed(query, b"\xc0\x0c\0\5\0\1\0\0\0\1" + struct.pack("!H", len(tail)) + tail)
    parsed = parse_answer(data, "CNAME")
    assert isinstance(parsed, Parsed)
    assert parsed.values == ('a\\.b\\010\\;\\"\\$\\255\\000*c.example.',)


async def test_types_asked_together_come_back_in_order() -> None:
    async with (
        Server(records(f"{NAME}. 60 A 198.41.0.4", soa=True)).running() as server,
        resolving(server) as resolver,
    ):
        found = await resolver.lookups(NAME, ("MX", "A", "TXT"))
    assert [(one.rtype, seen(one.result)) for one in found] == [
        ("MX", "no_data"),
        ("A", FOUND),
        ("TXT", "no_data"),
    ]


@pytest.mark.parametrize(("seconds", "link"), [(0.3, "timeout"), (None, "cname_loop")])
async def test_look_ups_end_in_time_although_each_link_of_a_chain_is_answered(
    seconds: float | None, link: str
) -> None:
    """D01 and D15 together; without a limit (the negative control) the chain is walked to its cap."""

    def script(query: bytes) -> Replies:
        asked = dns.message.from_wire(query).question[0]
        if asked.rdtype.name == "A":
            return [reply(query, f"{asked.name} 300 A 198.41.0.4").to_wire()]
        return [0.1, reply(query, f"{asked.name} 60 CNAME x{asked.name}").to_wire()]

    clock = asyncio.get_running_loop()
    began = clock.time()
    async with Server(script).running() as server, resolving(server, timeout_seconds=5) as resolver:
        found = await resolver.lookups(NAME, ("A", "MX", "TXT"), seconds)
        assert [seen(one.result) for one in found] == [FOUND, link, link]
        assert seconds is None or clock.time() - began < 0.8
        assert not resolver._open


@pytest.mark.parametrize(
    "name", ["a" * 64 + ".example", "a..example", ".".join(["a" * 60] * 5), "", "é\ud800.example"]
)
async def test_a_name_that_no_message_carries_is_malformed(name: str) -> None:
    async with Server(always(good)).running() as server, resolving(server) as resolver:
        assert seen(await resolver.lookup(name, "A")) == "malformed"
    assert not server.queries


@given(st.binary(max_size=80), st.binary(max_size=80), st.integers(0, 200))
def test_no_bytes_whatever_raise(head: bytes, tail: bytes, at: int) -> None:
    query = ask(Question(NAME, "A", Dice()), 7)
    answer = reply(query, f"{NAME}. 60 CNAME b.example.", "b.example. 60 A 198.41.0.4").to_wire()
    for data in (head, malformed(query, tail), answer[:at] + head + answer[at + len(head) :]):
        assert isinstance(parse_answer(data, "A"), Parsed | Failure)


# ---------------------------------------------------------------- settings


@pytest.mark.parametrize(
    ("text", "server"),
    [
        ("127.0.0.1", ("127.0.0.1", 53)),
        ("127.0.0.1:5353", ("127.0.0.1", 5353)),
        ("2001:db8::1", ("2001:db8::1", 53)),
        ("[2001:db8::1]", ("2001:db8::1", 53)),
        ("[2001:db8::1]:5353", ("2001:db8::1", 5353)),
    ],
)
def test_a_resolver_is_an_address_and_a_port(text: str, server: tuple[str, int]) -> None:
    assert parse_server(text) == server


@pytest.mark.parametrize(
    "text", ["", "dns.example", "127.0.0.1:", "127.0.0.1:0", "127.0.0.1:70000", "127.1:53", "::1:x"]
)
def test_what_is_none_is_refused_by_name(text: str) -> None:
    with pytest.raises(BadResolver, match=r"port|address"):
        Resolver([text])


def test_the_systems_resolvers_are_read(tmp_path: Path) -> None:
    file = tmp_path / "resolv.conf"
    file.write_text(
        "# comment\nsearch example\nnameserver 192.0.2.1\nnameserver 2001:db8::1\nnameserver fe80::1%eth0\n"
    )
    assert system_resolvers(str(file)) == ("192.0.2.1", "2001:db8::1")
    assert system_resolvers(str(tmp_path / "none")) == ()
