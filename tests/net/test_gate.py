"""The address gate as a visit meets it: thousands of inputs at six doors, and traps that nobody may hit.

Twice: on the loopback of this machine, where one address stands for the internet and the traps are 127.0.0.1 and
::1 (every other input, to save time); and in a network namespace of its own, where every address there is belongs
to the machine and every one but the site's two is a trap. That one runs this file as a program, with the gate as
it is configured by default and on port 80.
"""

from __future__ import annotations

import asyncio
import ipaddress
import itertools
import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import pytest
from hostile import LOOPBACK_SITE, Place, Seen, World, loopback, page, running, sealed, to
from hypothesis import given
from hypothesis import strategies as st

from blocklists.names import BadName, Name, parse_name
from blocklists.suffixes import load_suffixes
from domainscan.model import Candidate, Failure, Page
from domainscan.net.rdap import ask, read_bootstrap
from domainscan.net.reach import Gate
from domainscan.net.urls import Target, read_url
from domainscan.scan.plan import Planner
from domainscan.sources import BadCandidate, Line, parse_candidate

# ---------------------------------------------------------------- what is written

# S06, as the registries have them; not read from ranges.py.
RANGES = """
0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.0.0.0/29
192.0.0.8/32 192.0.0.9/32 192.0.0.10/32 192.0.0.170/32 192.0.0.192/32 192.0.2.0/24 192.31.196.0/24
192.52.193.0/24 192.88.99.0/24 192.168.0.0/16 192.175.48.0/24 198.18.0.0/15 198.51.100.0/24
203.0.113.0/24 224.0.0.0/4 233.252.0.0/24 239.0.0.0/8 240.0.0.0/4 255.255.255.255/32 168.63.129.16/32
169.254.169.254/32 100.100.100.200/32 ::/128 ::1/128 ::/96 ::ffff:0:0/96 ::ffff:0:0:0/96 64:ff9b::/96
64:ff9b:1::/48 100::/64 100:0:0:1::/64 2001::/23 2001::/32 2001:1::1/128 2001:2::/48 2001:3::/32
2001:4:112::/48 2001:10::/28 2001:20::/28 2001:30::/28 2001:db8::/32 2002::/16 2620:4f:8000::/48
3fff::/20 5f00::/16 fc00::/7 fd00:ec2::254/128 fe80::/10 fec0::/10 ff00::/8 4000::/3
""".split()  # noqa: SIM905 - a list of a word each would be three times as long
VICTIMS = ("127.0.0.1", "10.0.0.1", "192.168.0.1", "169.254.169.254")
NAT64_LENGTHS = (32, 40, 48, 56, 64, 96)  # RFC 6052 2.2


def nat64(prefix: str, length: int, v4: int) -> str:
    """RFC 6052 2.2: the 32 bits follow the prefix and leave out the bits 64 to 71."""
    bits = f"{int(ipaddress.IPv6Address(prefix)):0128b}"[:length]
    inside = f"{v4:032b}"
    if length == 96:
        bits += inside
    else:
        bits += inside[: 64 - length]
        bits += "0" * 8 + inside[64 - length :]
    return str(ipaddress.IPv6Address(int(bits.ljust(128, "0"), 2)))


def inside_v6(victim: str) -> Iterator[str]:
    """S07: the ways in which an IPv6 address carries an IPv4 one."""
    v4 = int(ipaddress.IPv4Address(victim))
    high, low = v4 >> 16, v4 & 0xFFFF
    turned = v4 ^ 0xFFFFFFFF
    written = [f"::ffff:{high:x}:{low:x}", f"::{high:x}:{low:x}", f"::ffff:0:{high:x}:{low:x}"]
    written += [nat64("64:ff9b:1::", length, v4) for length in NAT64_LENGTHS]
    written += [f"64:ff9b::{high:x}:{low:x}", f"2002:{high:x}:{low:x}::1"]
    written += [f"2001:0:c629:4:8000:63bf:{turned >> 16:x}:{turned & 0xFFFF:x}"]
    written += [
        f"{prefix}:{high:x}:{low:x}" for prefix in ("2606:4700::5efe", "2606:4700::200:5efe", "fe80::5efe")
    ]
    for one in written:
        yield str(ipaddress.IPv6Address(one))


def special_addresses() -> tuple[str, ...]:
    """The first and the last of each special range, and every victim inside IPv6."""
    networks = [ipaddress.ip_network(one) for one in RANGES]
    ends = (str(one[at]) for one in networks for at in (0, -1))
    return tuple(dict.fromkeys([*VICTIMS, *ends, *itertools.chain(*map(inside_v6, VICTIMS))]))


ENCLOSED = dict(zip("0123456789", "⓪①②③④⑤⑥⑦⑧⑨", strict=True))
FULL_WIDTH = {chr(48 + n): chr(0xFF10 + n) for n in range(10)}
BOLD = {chr(48 + n): chr(0x1D7CE + n) for n in range(10)}
SUPERSCRIPT = dict(zip("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹", strict=True))


def odd_spellings(victim: str) -> Iterator[str]:
    """S02, S03, S04, S12, S14: what some library reads as this address; hosts of a URL, some with user and more."""
    a, b, c, d = map(int, victim.split("."))
    whole = int(ipaddress.IPv4Address(victim))
    yield from (str(whole), f"0{whole:o}", f"0x{whole:x}", f"0X{whole:X}", str(whole + 2**32))
    yield from (f"{a}.{(b << 16) + (c << 8) + d}", f"{a}.{b}.{(c << 8) + d}", f"0x{a:x}.{b}.{c}.{d}")
    yield from (f"0x{a:x}.0x{b:x}.0x{c:x}.0x{d:x}", f"0{a:o}.0{b:o}.0{c:o}.0{d:o}", f"0{a:o}.{b}.{c}.0x{d:x}")
    yield from (f"{a:03}.{b:03}.{c:03}.{d:03}", f"0x{a:x}.{(b << 16) + (c << 8) + d}", f"{victim}.")
    yield from (
        "".join(table.get(one, one) for one in victim) for table in (ENCLOSED, FULL_WIDTH, BOLD, SUPERSCRIPT)
    )
    yield from (victim.replace(".", dot) for dot in "。．｡")
    yield from ("".join(f"%{ord(one):02x}" for one in victim), victim.replace(".", "%2e"))
    yield from (f"{victim}\u200b", f"{victim[:-1]}\u00ad{victim[-1]}", f"{victim}%00", f"{victim}\u202e")
    yield from (
        f"u:p@{victim}",
        f"good.example@{victim}",
        f"good.example\\@{victim}",
        f"good.example#@{victim}",
    )
    yield from (f"[{victim}]", f"[::ffff:{victim}]", f"[::{victim}]", f"[64:ff9b::{victim}]")


NAMES = (  # S05, S22
    "localhost", "localhost.", "LOCALHOST", "foo.localhost", "ⓛocalhost", "ｌｏｃａｌｈｏｓｔ", "localhost.localdomain",
    "ip6-localhost", "printer.local", "metadata.internal", "metadata.google.internal", "router.home.arpa", "a.onion",
    "x.alt", "x.test", "x.invalid", "1.0.0.127.in-addr.arpa", "intranet", "[fe80::1%lo]", "[fe80::1%25lo]",
    "[::1%lo]", "[::1%25lo]", "[2606:4700::1%1]", "::1", "[::1", "[::1]]", "[v1.::1]",
)  # fmt: skip
CUT_IN_TWO = ("good.example\n.evil.example", "good.example\t.evil.example", "good.example\0.evil.example",
              "good.example .evil.example", "good%2eexample.evil.example", "good.example%00.evil.example",
              "good.example\r\nX-Injected: 1", "good\x7f.example", "good\u2028.example",
              "good.exa\u00admple\x1b[31m")  # fmt: skip
ADDRESSES = special_addresses()
HOSTS = tuple(
    dict.fromkeys(
        [f"[{one}]" if ":" in one else one for one in ADDRESSES]
        + [one for victim in VICTIMS for one in odd_spellings(victim)]
        + [*NAMES, *CUT_IN_TWO]
    )
)

# ---------------------------------------------------------------- the doors

REFUSED = ("blocked_address", "bad_redirect")
Row = tuple[str, str, str]  # door, input, outcome


def seed(place: Place, written: str) -> str:
    """A line of a list, bare and as a URL, through the planner of a scan."""
    outcomes = set()
    for text in (written, f"http://{written}:{place.world.port}/", f"//{written}/a"):
        row = Planner(load_suffixes(), place.world.net.ports).row(Line(1, text))
        assert row is not None
        outcomes.add(f"{row.status} {row.name}".strip())
    return ", ".join(sorted(outcomes))


async def answered(place: Place, number: int, answers: tuple[str, ...]) -> str:
    """A and AAAA answers of the candidate's own name."""
    name = f"answer{number}.example"
    place.internet.records[name] = [answers]
    observation = await place.visit(name)
    told = {ipaddress.ip_address(one) for one in observation.addresses()}
    if told != {ipaddress.ip_address(one) for one in answers}:
        return f"recorded {sorted(map(str, told))}"
    return f"{observation.status} {observation.reason}"


async def redirected(place: Place, number: int, location: str) -> str:
    """A Location that the site answers with."""
    name = f"redirect{number}.example"
    place.internet.records[name] = [place.world.sites[:1]]
    place.internet.pages[name, "/"] = to(location)
    observation = await place.visit(name)
    return f"{observation.status} {observation.reason}"


async def robots(place: Place, number: int, location: str) -> str:
    """A Location that robots.txt answers with: it counts as no robots.txt, and the page is read."""
    name = f"robots{number}.example"
    place.internet.records[name] = [place.world.sites[:1]]
    place.internet.pages[name, "/robots.txt"] = to(location)
    place.internet.pages[name, "/"] = page(b"<p>page")
    observation = await place.visit(name)
    return f"{observation.status} {observation.reason}".strip()


async def registry(place: Place, service: str) -> str:
    """A service that the bootstrap file names."""
    table = {"services": [[["example"], [service]]]}
    found = await ask(
        Name("asked.example"), place.tools.fetcher, place.tools.resolver, "", read_bootstrap(table)
    )
    return found.status if isinstance(found, Failure) else "answered"


async def referral(place: Place, number: int, location: str) -> str:
    """A registry that refers to another one."""
    name = f"rdap{number}.example"
    place.internet.records[name] = [place.world.sites[:1]]
    place.internet.pages[name, "/domain/asked.example"] = to(location)
    return await registry(place, f"http://{name}:{place.world.port}/")


EXPECTED: Mapping[str, tuple[str, ...]] = {
    # Of good.example#@127.0.0.1 the fragment is left out before anything is stored or fetched.
    "seed": ("invalid", "pending good.example"),
    "answer": ("failed blocked_address",),
    "redirect": tuple(f"observed {one}" for one in REFUSED),
    "robots": ("observed",),
    "registry": (*REFUSED, "no_service"),
    "referral": REFUSED,
}


async def try_all(place: Place, addresses: Iterable[str], hosts: Iterable[str]) -> list[Row]:
    """Every address as an answer, by name at each other door, and every host as written, at every door."""
    port, public = place.world.port, place.world.sites[0]
    addresses, hosts = tuple(addresses), tuple(hosts)
    inside = [f"inside{number}.example" for number in range(len(addresses))]
    for name, address in zip(inside, addresses, strict=True):
        place.internet.records[name] = [(address,)]
    mixed = [(public, one) for one in addresses] + [(one, public) for one in addresses[::4]]
    answers = [*((one,) for one in addresses), *mixed]
    urls = [f"http://{one}:{port}/trap" for one in (*hosts, *inside)]
    plain = [one for one in urls if not set("\r\n\0") & set(one)]  # a header cannot carry the others
    rows = [("seed", one, seed(place, one)) for one in hosts]
    for door, inputs, work in (
        ("answer", answers, answered),
        ("redirect", plain, redirected),
        ("robots", plain, robots),
        ("referral", plain, referral),
        ("registry", urls, lambda place, _, one: registry(place, one)),
    ):
        slots = asyncio.Semaphore(16)

        async def one(number: int, written: Any, work: Any = work, slots: Any = slots) -> str:
            async with slots:
                return str(await work(place, number, written))

        found = await asyncio.gather(*itertools.starmap(one, enumerate(inputs)))
        rows += [(door, str(written), outcome) for written, outcome in zip(inputs, found, strict=True)]
    return rows


@dataclass
class Report:
    """What came of all inputs in one world."""

    rows: list[Row]
    trapped: list[str]
    visited: int  # requests that the site itself saw

    def wrong(self) -> list[Row]:
        return [row for row in self.rows if row[2] not in EXPECTED[row[0]]]


WALLS: Mapping[str, Mapping[str, Any]] = {
    "both walls": {},
    "the sockets alone": {"refusal": lambda self, address, port: None},
    "the first look alone": {"_socket_refusal": lambda self, address, port: None},
    "no wall": {
        "refusal": lambda self, address, port: None,
        "_socket_refusal": lambda self, address, port: None,
    },
}


def report(world: World, walls: str, addresses: Iterable[str], hosts: Iterable[str]) -> Report:
    async def all_of_it() -> Report:
        async with running(world) as place:
            rows = await try_all(place, addresses, hosts)
            seen = place.internet.seen
            visited = sum(address in world.sites for address, _, _ in seen.requests)
            return Report(rows, seen.trapped, visited)

    with pytest.MonkeyPatch.context() as patch:
        for name, stub in WALLS[walls].items():
            patch.setattr(Gate, name, stub)
        return asyncio.run(all_of_it())


# ---------------------------------------------------------------- in a namespace of its own

SEAL = (
    "ip link set lo up && ip route add local 0.0.0.0/0 dev lo && ip -6 route add local ::/0 dev lo && exec "
)
INTO = ("unshare", "--user", "--map-root-user", "--net", "sh", "-c")


def sealable() -> bool:
    with suppress(OSError):
        return subprocess.run([*INTO, SEAL + "true"], capture_output=True, check=False).returncode == 0
    return False


needs_namespace = pytest.mark.skipif(not sealable(), reason="this machine grants no network namespace")


def sealed_report(walls: str) -> Report:
    words = [*INTO, SEAL + '"$0" "$@"', sys.executable, __file__, walls]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(words, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    return Report([tuple(row) for row in told["rows"]], told["trapped"], told["visited"])


def main(walls: str) -> None:
    # Without a wall only addresses lead anywhere, and each is met as an answer and behind a name.
    found = report(sealed(), walls, ADDRESSES, HOSTS if walls == "both walls" else ())
    json.dump({"rows": found.rows, "trapped": found.trapped, "visited": found.visited}, sys.stdout)


# ---------------------------------------------------------------- the tests


@pytest.fixture(scope="module", params=["loopback", pytest.param("sealed", marks=needs_namespace)])
def tried(request: pytest.FixtureRequest) -> Report:
    if request.param == "sealed":
        return sealed_report("both walls")
    return report(loopback(), "both walls", ADDRESSES[::2], HOSTS[::2])


def test_every_input_ends_in_a_typed_refusal_at_every_door(tried: Report) -> None:
    assert tried.wrong() == []


def test_no_trap_is_hit(tried: Report) -> None:
    assert tried.trapped == []
    assert tried.visited > 500, "the site itself was reached, or the traps prove nothing"


def test_there_are_thousands_of_inputs(tried: Report) -> None:
    """Each counts once for each door it was tried at; the requirement is 500."""
    counted = Counter(door for door, _, _ in tried.rows)
    assert len(set(tried.rows)) == len(tried.rows)
    assert set(counted) == set(EXPECTED)
    assert min(counted.values()) >= 150
    assert sum(counted.values()) >= 1300


LOOPBACKS = ("127.0.0.1", "::1")


@pytest.mark.parametrize("walls", ["both walls", "the sockets alone", "the first look alone"])
def test_either_wall_alone_keeps_the_traps_untouched(walls: str) -> None:
    found = report(loopback(), walls, LOOPBACKS, ["127.0.0.1", "[::1]"])
    assert found.trapped == []


def test_without_the_walls_every_door_but_the_first_leads_into_the_traps() -> None:
    """The negative control. What is no domain is no candidate, with or without a gate."""
    found = report(loopback(), "no wall", LOOPBACKS, ["127.0.0.1", "[::1]"])
    assert set(found.trapped) == set(LOOPBACKS)
    assert {row[0] for row in found.wrong()} == {"answer", "redirect", "registry", "referral"}


@needs_namespace
@pytest.mark.parametrize("walls", ["the sockets alone", "the first look alone"])
def test_either_wall_alone_keeps_all_special_addresses_untouched(walls: str) -> None:
    assert sealed_report(walls).trapped == []


@needs_namespace
def test_without_the_walls_most_special_addresses_are_reached() -> None:
    """The negative control: 10.0.0.1, the metadata address and what hides them are real traps there."""
    found = set(sealed_report("no wall").trapped)
    assert {"127.0.0.1", "::1", "10.0.0.1", "192.168.0.1", "169.254.169.254", "168.63.129.16"} <= found
    assert {"64:ff9b::a9fe:a9fe", "2002:a9fe:a9fe::1", "fd00:ec2::254", "2606:4700::5efe:a00:1"} <= found
    assert len(found) > 100


# ---------------------------------------------------------------- one by one


@pytest.fixture
async def place() -> AsyncIterator[Place]:
    async with running(loopback()) as found:
        yield found


def paths(place: Place) -> list[str]:
    return [path for _, _, path in place.internet.seen.requests if path != "/robots.txt"]


async def test_a_name_is_resolved_once_for_all_its_hops_and_pinned(place: Place) -> None:
    """S09: the second answer would be a trap, and its lifetime is nothing at all."""
    place.internet.records["rebinds.example"] = [(LOOPBACK_SITE,), ("127.0.0.1", "::1")]
    place.internet.pages["rebinds.example", "/"] = to("/again")
    place.internet.pages["rebinds.example", "/again"] = page(b"<p>page")
    seen = await place.visit("rebinds.example")
    assert isinstance(seen.page, Page)
    assert (paths(place), place.internet.seen.trapped) == (["/", "/again"], [])
    # Asked twice more for the record, since the lifetime is short; the first answer alone is visited.
    assert place.internet.questions["rebinds.example", "A"] == 3
    assert seen.lookup("A (again)") != Failure("not_run", "A (again)")
    again = await place.visit("rebinds.example")
    assert (again.status, again.reason) == ("failed", "blocked_address"), "the second answer was a trap"


@pytest.mark.parametrize(("failures", "reason"), [(1, "blocked_address"), (2, "servfail")])
async def test_a_name_that_cannot_be_looked_up_is_not_tried_by_other_means(
    place: Place, failures: int, reason: str
) -> None:
    """S11: whoever asks once more at the connection gets a trap. What a second question brings passes the gate."""
    place.internet.records["flips.example"] = [("127.0.0.1",)]
    place.internet.refuses["flips.example"] = failures
    seen = await place.visit("flips.example")
    assert (seen.status, seen.reason) == ("failed", reason)
    assert place.internet.seen == Seen()


async def test_the_hops_before_a_refused_one_are_kept(place: Place) -> None:
    """S15."""
    for name in ("one.example", "two.example"):
        place.internet.records[name] = [(LOOPBACK_SITE,)]
    place.internet.records["metadata.example"] = [("169.254.169.254",)]
    port = place.world.port
    place.internet.pages["one.example", "/"] = to(f"http://two.example:{port}/")
    place.internet.pages["two.example", "/"] = to(f"http://metadata.example:{port}/latest/meta-data/")
    seen = await place.visit("one.example")
    assert (seen.status, seen.reason) == ("observed", "blocked_address")
    assert [(hop.http_status, hop.failure.status if hop.failure else "") for hop in seen.hops] == [
        (302, ""),
        (302, ""),
        (0, "blocked_address"),
    ]
    assert all(hop.record for hop in seen.hops[:2])


async def test_nothing_but_a_location_is_followed(place: Place) -> None:
    """S16: and nobody fetches what the page embeds (S20, W21)."""
    trap = f"http://127.0.0.1:{place.world.port}/"
    place.internet.records["leads.example"] = [(LOOPBACK_SITE,)]
    body = (
        f"<meta http-equiv=refresh content='0;url={trap}'><script>location.href='{trap}'</script>"
        f"<link rel=preload href='{trap}'><link rel=icon href='{trap}'><img src='{trap}'><iframe src='{trap}'></iframe>"
        f"<script src='{trap}'></script><a href='{trap}'>a</a><form action='{trap}'><input></form>"
    )
    place.internet.pages["leads.example", "/"] = page(
        body.encode(),
        f"Refresh: 0; url={trap}",
        f"Link: <{trap}>; rel=preload",
        'Alt-Svc: h3="127.0.0.1:443"; ma=86400',
        f"Content-Location: {trap}",
    )
    seen = await place.visit("leads.example")
    assert isinstance(seen.page, Page)
    assert {"meta_refresh", "refresh_header"} <= set(seen.page.flags), "said, and not followed"
    assert place.internet.seen.requests == [
        (LOOPBACK_SITE, "leads.example", "/robots.txt"),
        (LOOPBACK_SITE, "leads.example", "/"),
    ]


@pytest.mark.parametrize("port", [1, 21, 22, 23, 25, 53, 110, 5432, 6379, 9200, 11211, 27017, 65535])
async def test_a_redirect_names_no_port_that_is_not_visited(port: int, place: Place) -> None:
    """S17."""
    place.internet.records["ports.example"] = [(LOOPBACK_SITE,)]
    place.internet.pages["ports.example", "/"] = to(f"http://ports.example:{port}/")
    seen = await place.visit("ports.example")
    assert (seen.status, seen.reason) == ("observed", "blocked_port")


async def test_the_environment_names_no_proxy(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """S18: the proxy that it names is a trap."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "ftp_proxy"):
        for spelled in (name, name.upper()):
            monkeypatch.setenv(spelled, f"http://127.0.0.1:{place.world.port}")
    monkeypatch.delenv("no_proxy", raising=False)
    place.internet.records["plain.example"] = [(LOOPBACK_SITE,)]
    place.internet.pages["plain.example", "/"] = page(b"<p>page")
    assert isinstance((await place.visit("plain.example")).page, Page)
    assert place.internet.seen.trapped == []


async def test_the_site_is_asked_for_by_name_at_the_pinned_address(place: Place) -> None:
    """S21: two names at one address; TLS is told the name in tests/net/test_fetch.py."""
    for name in ("one.example", "two.example"):
        place.internet.records[name] = [(LOOPBACK_SITE,)]
        place.internet.pages[name, "/"] = page(f"<title>{name}</title>".encode())
        seen = await place.visit(name)
        assert isinstance(seen.page, Page)
        assert (seen.page.title, seen.hops[0].address) == (name, LOOPBACK_SITE)


async def test_a_name_that_points_at_this_machine_is_not_visited(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """S23: its own public address, and so whatever listens there: console, database."""
    monkeypatch.setattr(place.tools, "gate", Gate(place.world.net, ("198.41.0.4", "2001:503:ba3e::2:30")))
    for number, address in enumerate(("198.41.0.4", "2001:503:ba3e::2:30")):
        seen = await answered(place, number, (address,))
        assert seen == "failed blocked_address"


# ---------------------------------------------------------------- S24: one spelling of each name

CONTROLS = [chr(n) for n in (*range(33), 0x7F, 0x85, 0xA0, 0xAD, 0x200B, 0x200D, 0x2028, 0x202E, 0xFEFF)]
PASSES = {  # (control, what stands before the host): the name that is left
    ("?", ""): "good.example",
    ("/", ""): "good.example",
    ("#", "http://"): "good.example",
    ("\xad", ""): "good.example.evil.example",  # IDNA drops what has no width
    ("\u200b", ""): "good.example.evil.example",
    ("\ufeff", ""): "good.example.evil.example",
}
OTHER_REASONS = {
    ("\u2028", ""): "bad_idna",
    ("@", ""): "credentials",
    ("@", "http://"): "credentials",
    (":", ""): "bad_url",
    (":", "http://"): "bad_url",
}


def fetched_name(candidate: Candidate) -> str:
    """The host that a visit of this candidate asks for."""
    target = read_url(candidate.url or f"https://{candidate.name}/")
    assert isinstance(target, Target)
    return target.host


@pytest.mark.parametrize("control", [*CONTROLS, "%2e", "%00", "%0d%0a", "\\", "@", "#", "?", "/", ";", ":"])
@pytest.mark.parametrize("around", ["", "http://"])
def test_a_control_character_inside_a_host_is_refused_or_means_the_same_to_all(
    control: str, around: str
) -> None:
    """What follows the host for every reader of URLs is left out; nothing else passes."""
    written = f"{around}good.example{control}.evil.example"
    passes = PASSES.get((control, around)) or PASSES.get((control, ""))
    if passes is None:
        with pytest.raises(BadCandidate) as refused:
            parse_candidate(written, "test", (80, 443))
        assert refused.value.reason == OTHER_REASONS.get((control, around), "bad_character")
    else:
        candidate = parse_candidate(written, "test", (80, 443))
        assert candidate.name == fetched_name(candidate) == passes


@given(st.text(alphabet="goexampl.:/?#@%\\[]0127①。-_xX \t\n\r\0\x1f\x85\xad\u200b\u202eäß", max_size=40))
def test_what_is_stored_is_what_is_fetched(text: str) -> None:
    for written in (text, f"http://{text}", f"good.example{text}", f"http://good.example{text}"):
        try:
            candidate = parse_candidate(written, "test", (80, 443))
        except BadCandidate:
            continue
        assert fetched_name(candidate) == candidate.name == parse_name(candidate.name)
        assert candidate.name.isascii() and candidate.name.isprintable()
        if candidate.url:
            again = parse_candidate(candidate.url, "test", (80, 443))
            assert (again.name, again.url) == (candidate.name, candidate.url)


@pytest.mark.parametrize("written", CUT_IN_TWO)
def test_a_name_has_one_door(written: str) -> None:
    with pytest.raises(BadName):
        parse_name(written)


if __name__ == "__main__":
    main(sys.argv[1])
