"""The gate: no visit reaches a special address, in whatever form it is written; and the pace."""

# ruff: noqa: SIM905  (tables are read row by row)

from __future__ import annotations

import asyncio
import ipaddress
import itertools
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from domainscan.config import Net
from domainscan.model import Failure
from domainscan.net import pace as pace_of
from domainscan.net import ranges, reach
from domainscan.net.fetch import Fetcher
from domainscan.net.pace import Pace
from domainscan.net.ranges import special_range
from domainscan.net.reach import Gate

ROOT = Path(__file__).parents[2]

# S06: special-purpose ranges by their first and last address, as the registries have them; not read from ranges.py.
RANGES = """
0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.0.0.0/29 192.0.0.8/32
192.0.0.9/32 192.0.0.10/32 192.0.0.170/32 192.0.0.192/32 192.0.2.0/24 192.31.196.0/24 192.52.193.0/24 192.88.99.0/24
192.168.0.0/16 192.175.48.0/24 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 224.0.0.0/4 233.252.0.0/24 239.0.0.0/8
240.0.0.0/4 255.255.255.255/32 168.63.129.16/32 169.254.169.254/32 100.100.100.200/32
::/128 ::1/128 ::/96 ::ffff:0:0/96 ::ffff:0:0:0/96 64:ff9b::/96 64:ff9b:1::/48 100::/64 100:0:0:1::/64 2001::/23
2001::/32 2001:1::1/128 2001:2::/48 2001:3::/32 2001:4:112::/48 2001:10::/28 2001:20::/28 2001:30::/28 2001:db8::/32
2002::/16 2620:4f:8000::/48 3fff::/20 5f00::/16 fc00::/7 fd00:ec2::254/128 fe80::/10 fec0::/10 ff00::/8 4000::/3
""".split()

# S07: 127.0.0.1 (7f00:1) and 169.254.169.254 (a9fe:a9fe) inside IPv6.
EMBEDDED = [
    ("::ffff:127.0.0.1", "mapped"),
    ("::ffff:7f00:1", "mapped, in hexadecimal"),
    ("::127.0.0.1", "compatible"),
    ("::ffff:0:127.0.0.1", "translated (RFC 2765)"),
    ("64:ff9b::127.0.0.1", "NAT64, /96 of RFC 6052"),
    ("64:ff9b:1:7f00:0:100::", "local NAT64, /48"),
    ("64:ff9b:1:7f:0:1::", "local NAT64, /56"),
    ("64:ff9b:1:0:7f:0:100::", "local NAT64, /64"),
    ("64:ff9b:1::7f00:1", "local NAT64, /96"),
    ("2002:7f00:1::1", "6to4"),
    ("2002:a9fe:a9fe::", "6to4 of the metadata address"),
    ("2001:0:4136:e378:8000:63bf:80ff:fffe", "Teredo of 127.0.0.1"),
    ("2606:4700::5efe:7f00:1", "ISATAP in a public prefix"),
    ("2606:4700::200:5efe:a9fe:a9fe", "ISATAP, universal bit"),
    ("fe80::1%lo", "scoped (S22)"),
    ("::1%25lo", "scoped, escaped (S22)"),
    ("2606:4700::1%1", "scoped, in a public prefix"),
]
ODD = [
    "127.1",
    "2130706433",
    "0x7f.1",
    "017700000001",
    "127.000.000.001",
    "localhost",
    "",
    "１２７.0.0.1",
    "1.2.3.4 ",
]
PUBLIC = ["1.1.1.1", "9.9.9.9", "100.63.255.255", "172.15.255.255", "172.32.0.0", "198.17.255.255", "223.255.255.255",
          "168.63.129.17", "2606:4700:4700::1111", "2001:200::1", "2400:3200::1", "240e::1", "2003::1"]  # fmt: skip

GATE = Gate(Net())


@pytest.mark.parametrize("network", RANGES)
def test_the_ends_of_every_special_range_are_refused(network: str) -> None:
    parsed = ipaddress.ip_network(network)
    for address in (parsed[0], parsed[-1]):
        refusal = GATE.refusal(str(address), 80)
        assert refusal and refusal.status == "blocked_address"
        family = socket.AF_INET if address.version == 4 else socket.AF_INET6
        with pytest.raises(reach.EgressRefused):
            GATE.socket_factory((family, socket.SOCK_STREAM, 0, "", (str(address), 80)))


@pytest.mark.parametrize(("address", "reason"), EMBEDDED)
def test_an_address_inside_an_address_is_refused(address: str, reason: str) -> None:
    refusal = GATE.refusal(address, 80)
    assert refusal and refusal.status == "blocked_address", reason


@pytest.mark.parametrize("address", ODD)
def test_what_is_no_address_is_refused(address: str) -> None:
    assert GATE.refusal(address, 80) is not None


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_pass(address: str) -> None:
    """The other side of the bounds: the gate refuses no neighbour of a special range."""
    assert GATE.refusal(address, 443) is None


def test_the_table_knows_what_the_standard_library_misses() -> None:
    """Why there is a table: the negative control is `ipaddress` itself, which calls these ordinary."""
    missed = [one for one in ("64:ff9b::7f00:1", "168.63.129.16", "224.0.0.1") if special_range(one)]
    assert len(missed) == 3
    assert all(not ipaddress.ip_address(one).is_private for one in missed)


@pytest.mark.parametrize("port", [0, 21, 22, 25, 5432, 6379, 11211, 65535])
def test_only_the_ports_of_the_configuration_are_visited(port: int) -> None:
    """S17."""
    assert GATE.refusal("1.1.1.1", port) == Failure("blocked_port", str(port))
    with pytest.raises(reach.EgressRefused):
        GATE.socket_factory((socket.AF_INET, socket.SOCK_STREAM, 0, "", ("1.1.1.1", port)))


def test_the_machines_own_addresses_are_refused_even_inside_allow() -> None:
    """S23."""
    own = (
        "198.41.0.4",
        "127.78.0.1",
        "127.78.0.0",
    )  # the last one is how the network is written, and not named by it
    gate = Gate(Net(allow=("127.78.0.0/24",)), own=own)
    for address in own:
        refusal = gate.refusal(address, 443)
        assert refusal and refusal.detail == f"{address}: this machine"
    assert gate.refusal("127.78.0.2", 443) is None


def test_an_own_address_that_allow_names_exactly_is_the_operators_word() -> None:
    gate = Gate(Net(allow=("127.78.0.1/32",)), own=("127.78.0.1",))
    assert gate.refusal("127.78.0.1", 80) is None


def test_an_address_with_a_scope_is_in_no_network_that_is_let_through() -> None:
    """What stands behind the % names a way out of this machine."""
    gate = Gate(Net(allow=("fe80::/10", "2606:4700::/32")))
    for address in ("fe80::1", "2606:4700::1"):
        assert gate.refusal(address, 443) is None
        refused = gate.refusal(f"{address}%1", 443)
        assert refused and refused.status == "blocked_address"


def test_a_way_out_is_one_port_of_one_address_and_nothing_is_asked_for_there() -> None:
    """The operator's own proxy: sockets may go there, a URL that names it may not."""
    gate = Gate(Net())
    gate.let_out("10.0.0.1", 3128)
    gate.socket_factory((socket.AF_INET, socket.SOCK_STREAM, 0, "", ("10.0.0.1", 3128))).close()
    for place in (("10.0.0.1", 80), ("10.0.0.2", 3128)):
        with pytest.raises(reach.EgressRefused):
            gate.socket_factory((socket.AF_INET, socket.SOCK_STREAM, 0, "", place))
    assert gate.refusal("10.0.0.1", 80) is not None


def test_allow_lets_exactly_its_networks_through_and_maps_ports_there_only() -> None:
    gate = Gate(Net(allow=("127.78.0.10",), port_map={"80": 8999}))
    assert gate.refusal("127.78.0.10", 80) is None
    assert gate.refusal("127.78.0.11", 80) is not None
    assert gate.refusal("::ffff:127.78.0.10", 80) is not None
    assert (gate.port("127.78.0.10", 80), gate.port("127.78.0.10", 443)) == (8999, 443)
    assert gate.port("1.1.1.1", 80) == 80
    with pytest.raises(reach.EgressRefused):  # the mapped port is one of the lab, not of the internet
        gate.socket_factory((socket.AF_INET, socket.SOCK_STREAM, 0, "", ("1.1.1.1", 8999)))


# ---------------------------------------------------------------- traps

TRAPS = ("127.0.0.1", "::1")
ELSEWHERE = "127.78.0.10"  # stands for a public address, of which no test may use one; nobody listens there
# URLs that all mean a trap to one library or another; `{port}` is where the trap listens.
LURES = ["http://127.0.0.1:{port}/", "http://[::1]:{port}/", "http://[::ffff:127.0.0.1]:{port}/",
         "http://[::127.0.0.1]:{port}/", "http://127.1:{port}/", "http://2130706433:{port}/", "http://0x7f.1:{port}/",
         "http://0177.0.0.1:{port}/", "http://127.0.0.1.:{port}/", "http://①②⑦.0.0.1:{port}/",
         "http://127。0。0。1:{port}/", "http://localhost:{port}/", "http://a.localhost:{port}/",
         "http://0.0.0.0:{port}/", "http://[::]:{port}/", "http://[::1%25lo]:{port}/",
         "http://x@127.0.0.1:{port}/", "http://h\\@127.0.0.1:{port}/"]  # fmt: skip


async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nsecret")


async def lure_all(gate: Gate, net: Net, port: int) -> list[str]:
    """The statuses of visits by URL, and by a public-looking name with a trap among its addresses."""
    async with Fetcher(net, gate, Pace(net)) as fetcher:
        replies = [
            await fetcher.fetch(lure.format(port=port), (ELSEWHERE,), timeout_seconds=2) for lure in LURES
        ]
        for addresses in (("127.0.0.1",), ("::1",), (ELSEWHERE, "127.0.0.1"), ("127.0.0.1", ELSEWHERE)):
            url = f"http://rebound.example:{port}/"  # S08, S10: one bad address refuses them all
            replies.append(await fetcher.fetch(url, addresses, timeout_seconds=2))
    return [reply.hop.failure.status if reply.hop.failure else "reached" for reply in replies]


async def test_no_lure_leads_to_a_trap(site: Any) -> None:
    first, second = site(answer, TRAPS[0]), site(answer, TRAPS[1])
    async with first.running(), second.running(port=first.port):
        net = Net(allow=(ELSEWHERE,), ports=(80, first.port), host_delay_seconds=0.0)
        statuses = await lure_all(Gate(net), net, first.port)
    assert set(statuses) <= {"blocked_address", "bad_redirect"}
    assert first.visits + second.visits == 0


async def test_the_socket_factory_alone_stops_what_the_first_look_lets_through(
    site: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Gate, "refusal", lambda self, address, port: None)
    first, second = site(answer, TRAPS[0]), site(answer, TRAPS[1])
    async with first.running(), second.running(port=first.port):
        net = Net(allow=(ELSEWHERE,), ports=(80, first.port), host_delay_seconds=0.0)
        statuses = await lure_all(Gate(net), net, first.port)
    assert "blocked_address" in statuses
    assert first.visits + second.visits == 0


async def test_without_the_gate_the_traps_are_hit(site: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The negative control: both walls down, the same lures lead into the traps."""
    monkeypatch.setattr(Gate, "_address_refusal", lambda self, address: None)
    first, second = site(answer, TRAPS[0]), site(answer, TRAPS[1])
    async with first.running(), second.running(port=first.port):
        net = Net(allow=(ELSEWHERE,), ports=(80, first.port), host_delay_seconds=0.0)
        statuses = await lure_all(Gate(net), net, first.port)
    assert "reached" in statuses
    assert first.visits > 0
    assert second.visits > 0


def test_the_own_addresses_are_this_machines_and_there_is_one_where_a_route_leads_out() -> None:
    """See it fail: let `local_addresses` end before its first probe, or name 192.0.2.1 itself."""
    found = reach.local_addresses()
    routes = Path("/proc/net/route").read_text().splitlines()[1:]
    assert any("." in one for one in found) or not any(line.split()[1] == "00000000" for line in routes)
    for address in found:
        with socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET) as here:
            here.bind((address, 0))  # an error for any other


def test_without_a_socket_the_own_addresses_are_not_taken_for_none() -> None:
    """With none known, a visit would pass the gate to this machine."""
    program = """
import os, resource
from domainscan.net import reach
last = max(map(int, os.listdir("/proc/self/fd")))
resource.setrlimit(resource.RLIMIT_NOFILE, (3, last + 10))
try:
    print(reach.local_addresses())
except OSError as error:
    print(error.strerror)
"""
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout == "Too many open files\n"


# ---------------------------------------------------------------- pace


async def test_one_host_is_visited_one_at_a_time_and_with_a_pause() -> None:
    pace = Pace(Net(host_delay_seconds=0.05))
    loop = asyncio.get_running_loop()
    inside, turns = 0, []

    async def visit() -> None:
        nonlocal inside
        async with pace.turn("a.example", "192.0.2.1"):
            inside += 1
            assert inside == 1
            turns.append(loop.time())
            await asyncio.sleep(0)
            pace.asked("a.example")
            inside -= 1

    await asyncio.gather(*(visit() for _ in range(4)))
    assert all(later - earlier >= 0.05 for earlier, later in itertools.pairwise(turns))


@pytest.mark.parametrize(("unpaced", "most"), [((), 4), (("192.0.2.0/24",), 30)], ids=["paced", "control"])
async def test_many_hosts_at_one_address_share_its_connections(unpaced: tuple[str, ...], most: int) -> None:
    """W22; the control shows that it is the pace that holds them back."""
    pace = Pace(Net(unpaced=unpaced, host_delay_seconds=0.0))
    inside, seen = 0, 0

    async def visit(number: int) -> None:
        nonlocal inside, seen
        async with pace.turn(f"h{number}.example", "192.0.2.1"):
            inside += 1
            seen = max(seen, inside)
            await asyncio.sleep(0.002)
            inside -= 1

    await asyncio.gather(*(visit(number) for number in range(30)))
    assert seen == most


@pytest.mark.parametrize(
    ("addresses", "most", "reason"),
    [
        ([f"198.41.0.{n}" for n in range(1, 31)], 7, "W22: one /24"),
        ([f"198.41.{n}.1" for n in range(1, 31)], 30, "the control: thirty of them"),
        ([f"2606:4700:0:{n:x}::1" for n in range(1, 31)], 7, "one /48"),
        ([f"2606:4700:{n:x}::1" for n in range(1, 31)], 30, "the control: thirty of them"),
    ],
)
async def test_the_addresses_of_one_prefix_share_its_connections(
    addresses: list[str], most: int, reason: str
) -> None:
    pace = Pace(Net(host_delay_seconds=0.0, prefix_connections=7))
    inside, seen = 0, 0

    async def visit(number: int, address: str) -> None:
        nonlocal inside, seen
        async with pace.turn(f"h{number}.example", address):
            inside += 1
            seen = max(seen, inside)
            await asyncio.sleep(0.002)
            inside -= 1

    await asyncio.gather(*(visit(number, address) for number, address in enumerate(addresses)))
    assert seen == most, reason
    assert not pace._prefixes


@pytest.mark.parametrize(
    ("address", "prefix"),
    [("192.0.2.77", "192.0.2.0/24"), ("2001:db8:1:2::3", "2001:db8:1::/48"), ("nowhere", "nowhere")],
)
def test_a_prefix_is_what_one_customer_holds(address: str, prefix: str) -> None:
    assert ranges.prefix_of(address) == prefix


async def test_a_pause_is_capped_and_only_ever_grows() -> None:
    pace = Pace(Net(retry_after_cap_seconds=2.0))
    assert [pace.hold("a.example", seconds) for seconds in (1.0, 10.0**12, 0.0)] == [1.0, 2.0, 0.0]
    assert pace._hosts["a.example"].next_at > asyncio.get_running_loop().time() + 1.5
    assert Pace(Net(retry_after_cap_seconds=0.0)).hold("a.example", 1.0) is None


def test_a_million_failing_hosts_are_not_all_remembered() -> None:
    pace = Pace(Net(host_errors=1))
    for number in range(2 * pace_of.FAILING_KEPT):
        pace.failed(f"h{number}.example")
    assert len(pace._failing) == pace_of.FAILING_KEPT
    assert pace.given_up(f"h{2 * pace_of.FAILING_KEPT - 1}.example") == 1
    pace.answered(f"h{2 * pace_of.FAILING_KEPT - 1}.example")
    assert pace.given_up(f"h{2 * pace_of.FAILING_KEPT - 1}.example") == 0


async def test_a_crowded_address_holds_up_nobody_elsewhere() -> None:
    pace = Pace(Net(host_delay_seconds=0.0))

    async def slow(number: int) -> None:
        async with pace.turn(f"h{number}.example", "192.0.2.1"):
            await asyncio.sleep(60)

    crowd = [asyncio.create_task(slow(number)) for number in range(100)]
    await asyncio.sleep(0)
    async with asyncio.timeout(30), pace.turn("good.example", "192.0.2.2"):
        pass
    for task in crowd:
        task.cancel()
    await asyncio.gather(*crowd, return_exceptions=True)
    async with asyncio.timeout(30), pace.turn("h1.example", "192.0.2.1"):
        pass  # whoever gave up waiting has left the queue


async def test_a_million_hosts_leave_no_queue_behind() -> None:
    pace = Pace(Net(host_delay_seconds=0.0))
    for number in range(3000):
        async with pace.turn(f"h{number}.example", f"192.0.2.{number % 250}"):
            pass
    assert len(pace._hosts) <= 1025
    assert len(pace._addresses) <= 1025
