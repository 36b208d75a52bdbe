"""Sites and name servers that a whole visit meets (HOSTILE W, D): bounded, counted, and never in each other's way."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator
from typing import Any

import dns.message
import dns.name
import dns.rdata
import dns.rrset
import msgspec
import pytest
from hostile import LOOPBACK_CROWD, LOOPBACK_SITE, Place, loopback, page, running, to

from blocklists.names import BadName, parse_name, unicode_form
from domainscan.model import Answers, Failure, Lookup, Observation, Page
from domainscan.net.message import Dice, Question, ask, parse_answer
from domainscan.net.wire import Parsed

HOST = "hostile.example"


@pytest.fixture
async def place() -> AsyncIterator[Place]:
    async with running(loopback()) as found:
        yield found


def asked(place: Place) -> list[str]:
    return [path for _, _, path in place.internet.seen.requests if path != "/robots.txt"]


# ---------------------------------------------------------------- W16: redirects without end


def longer(path: str) -> bytes:
    return to(path + "x" * 1500)


LEADS = [
    ("50 hops", lambda path: to(f"/{int(path[1:] or 0) + 1}"), "too_many_hops", 8, "each to another page"),
    ("a loop of one", lambda path: to("/"), "too_many_hops", 2, "to itself"),
    ("a loop of two", lambda path: to("/b" if path == "/" else "/"), "too_many_hops", 2, "there and back"),
    ("a loop by fragment", lambda path: to("/#again"), "too_many_hops", 2, "the fragment is never sent"),
    ("a growing URL", longer, "bad_redirect", 6, "until it is longer than any URL is"),
    ("64 KB of Location", lambda path: to("/" + "a" * 65_536), "too_large", 1, "the header alone is too much"),
    ("9 KB of Location", lambda path: to("/" + "a" * 9_000), "bad_redirect", 1, "longer than any URL is"),
    ("no Location", lambda path: page(b"", status=302), "bad_redirect", 1, "a redirect to nowhere"),
    ("two Locations", lambda path: page(b"", "Location: /a", "Location: /b", status=302), "bad_redirect", 1, "which?"),
]  # fmt: skip


@pytest.mark.parametrize("row", LEADS, ids=lambda row: row[0])
async def test_a_redirect_without_end_ends(row: Any, place: Place) -> None:
    _, lead, status, requests, reason = row
    place.site(HOST, page(b""), "/unused")
    place.internet.sites_of[HOST] = lead
    seen = await place.visit(HOST)
    assert isinstance(seen.page, Failure)
    assert seen.page.status == status, reason
    assert len(asked(place)) == requests, reason
    assert len(seen.hops) == requests, "every hop is recorded"


async def test_with_a_far_cap_fifty_hops_are_walked() -> None:
    """The negative control of W16."""
    async with running(loopback(max_hops=60)) as place:
        place.site(HOST, page(b"<p>end"), "/50")
        place.internet.sites_of[HOST] = LEADS[0][1]
        seen = await place.visit(HOST)
        assert isinstance(seen.page, Page)
        assert len(seen.hops) == 51


async def test_hops_over_many_hosts_count_as_well(place: Place) -> None:
    for number in range(60):
        place.site(f"h{number}.example", to(f"http://h{number + 1}.example:{place.world.port}/"))
    seen = await place.visit("h0.example")
    assert (seen.reason, len(asked(place))) == ("too_many_hops", 8)


# ---------------------------------------------------------------- W17, W18, W20, W21


async def test_no_cookie_is_carried_from_hop_to_hop(place: Place) -> None:
    """W17."""
    cookies = [f"Set-Cookie: c{number}={'x' * 4000}; Domain=other.example; Path=/" for number in range(12)]
    place.site(HOST, page(b"", "Location: /next", *cookies, status=302))
    place.site(HOST, page(b"<p>page", *cookies), "/next")
    assert isinstance((await place.visit(HOST)).page, Page)
    await place.visit(HOST)
    assert len(place.internet.heads) >= 4
    assert not any("\r\ncookie:" in head.lower() for head in place.internet.heads)


@pytest.mark.parametrize(
    "scheme", ["Basic realm=x", 'Digest realm="x", nonce="y"', "Negotiate", "NTLM", "Bearer"]
)
@pytest.mark.parametrize("status", [401, 407])
async def test_who_asks_for_credentials_gets_none(status: int, scheme: str, place: Place) -> None:
    """W18."""
    place.site(
        HOST, page(b"<p>who", f"WWW-Authenticate: {scheme}", f"Proxy-Authenticate: {scheme}", status=status)
    )
    seen = await place.visit(HOST)
    assert isinstance(seen.page, Page)
    assert (seen.page.http_status, asked(place)) == (status, ["/"])
    assert not any("authorization:" in head.lower() for head in place.internet.heads)


@pytest.mark.parametrize("path", ["/", "/s/8f3a9c;jsessionid=1?sid=2"])
async def test_one_visit_reads_one_page_whatever_it_links_to(path: str, place: Place) -> None:
    """W21: a spider trap, also one that names each visitor's session in its links."""
    count = itertools.count()

    def trap(asked_for: str) -> bytes:
        links = "".join(f"<a href='/s/{next(count)};jsessionid={next(count)}'>x</a>" for _ in range(2000))
        return page(f"<title>{asked_for}</title>{links}".encode())

    place.site(HOST, page(b""), "/unused")
    place.internet.sites_of[HOST] = trap
    seen = await place.visit(HOST, f"http://{HOST}:{place.world.port}{path}")
    assert isinstance(seen.page, Page)
    assert len(asked(place)) == 1


# ---------------------------------------------------------------- W22: a crowd at one address


async def crowded(connections: int) -> tuple[int, list[bool]]:
    """How many requests a crowd of silent hosts at one address had open at once, and which good visits ended well."""
    # Both addresses lie in one /24, whose own limit is not what is tried here.
    widths = {"address_connections": connections, "prefix_connections": 1000}
    async with running(loopback(**widths, deadline_seconds=600.0)) as place:
        crowd = [f"c{number}.example" for number in range(200)]
        place.internet.holds.update(crowd)
        for name in crowd:
            place.internet.records[name] = [(LOOPBACK_CROWD,)]
        tasks = [asyncio.create_task(place.visit(name)) for name in crowd]
        while not place.internet.held:
            await asyncio.sleep(0.01)
        for number in range(20):
            place.site(f"good{number}.example", page(b"<p>good"))
        async with asyncio.timeout(120):
            good = await asyncio.gather(*(place.visit(f"good{number}.example") for number in range(20)))
        ended = [task.done() for task in tasks]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        return place.internet.most_held, [isinstance(one.page, Page) for one in good] + [not any(ended)]


async def test_a_crowd_at_one_address_has_few_connections_and_holds_up_nobody() -> None:
    assert await crowded(4) == (4, [True] * 21)


async def test_without_the_cap_the_crowd_comes_all_at_once() -> None:
    """The negative control of W22; what holds up nobody is that good hosts live elsewhere."""
    most, _ = await crowded(1000)
    assert most > 4


# ---------------------------------------------------------------- D: what name servers say


def many(rtype: str, data: list[str], ttl: int = 60) -> Any:
    def say(made: dns.message.Message) -> None:
        made.answer.append(dns.rrset.from_text(made.question[0].name, ttl, "IN", rtype, *data))

    return say


def told(seen: Observation, rtype: str) -> Answers:
    (found,) = (one.result for one in seen.resolution if one.rtype == rtype)
    assert isinstance(found, Answers)
    return found


async def test_very_many_records_are_counted_and_a_few_are_kept(place: Place) -> None:
    """D06: the page is read all the same, and the observation stays small."""
    place.site(HOST, page(b"<p>page"))
    place.internet.says[HOST, "NS"] = many("NS", [f"n{number}.example." for number in range(1000)])
    place.internet.says[HOST, "MX"] = many("MX", [f"{number} m{number}.example." for number in range(1000)])
    place.internet.says[HOST, "TXT"] = many("TXT", [" ".join([f'"{"x" * 255}"'] * 150)])
    seen = await place.visit(HOST)
    assert isinstance(seen.page, Page)
    for rtype in ("NS", "MX"):
        assert (len(told(seen, rtype).values), told(seen, rtype).total) == (64, 1000)
    assert [len(one) for one in told(seen, "TXT").values] == [4096]
    assert len(msgspec.json.encode(seen)) < 40_000


async def test_very_many_addresses_all_face_the_gate(place: Place) -> None:
    """D06: of those kept; none of the others is ever connected to."""
    place.site(HOST, page(b"<p>page"))
    place.internet.says[HOST, "A"] = many(
        "A", [f"198.41.{n // 250}.{n % 250}" for n in range(2000)] + ["10.0.0.1"]
    )
    seen = await place.visit(HOST)
    assert told(seen, "A").total == 2001
    assert (seen.status, seen.reason) == ("failed", "blocked_address")
    assert place.internet.seen.requests == []


async def test_a_thousand_name_servers_cost_no_question_more(place: Place) -> None:
    """D09: the resolver walks delegations; a visit asks for its own name and a neighbour, no others."""
    place.site(HOST, page(b"<p>page"))
    place.internet.says[HOST, "NS"] = many("NS", [f"n{number}.victim.example." for number in range(1000)])
    await place.visit(HOST)
    assert {name for name, _ in place.internet.questions if not name.endswith(f".{HOST}")} == {HOST}
    assert sum(place.internet.questions.values()) <= 12


@pytest.mark.parametrize(("ttl", "kept"), [(0, 0), (60, 60), (2**31 - 1, 7 * 86400)])
async def test_a_lifetime_is_recorded_within_a_week(ttl: int, kept: int, place: Place) -> None:
    """D10: a lifetime with its top bit set, which no zone file spells, is in tests/net/test_dns.py."""
    place.site(HOST, page(b"<p>page"))
    place.internet.says[HOST, "NS"] = many("NS", ["a.example."], ttl)
    assert told(await place.visit(HOST), "NS").ttl_seconds == kept


ODD_LABELS = (
    b"a.b",
    b"a\nb",
    b"a;b",
    b'a"b',
    b"$ORIGIN",
    b"\xff\x00",
    b"*",
    b"a b",
    b"<b>",
    b"a\\b",
    b"(a",
    b"@",
)


@pytest.mark.parametrize("label", ODD_LABELS, ids=repr)
async def test_an_odd_label_is_stored_in_escapes_and_is_no_name(label: bytes, place: Place) -> None:
    """D13: what is no name cannot be proposed, listed or visited."""
    odd = dns.name.Name((label, b"example", b""))

    def says(rtype: str, prefix: bytes = b"") -> Any:
        def say(made: dns.message.Message) -> None:
            data = prefix + odd.to_wire()
            rdata = dns.rdata.from_wire("IN", rtype, data, 0, len(data))
            made.answer.append(dns.rrset.from_rdata(made.question[0].name, 60, rdata))

        return say

    place.site(HOST, page(b"<p>page"))
    place.internet.says[HOST, "NS"] = says("NS")
    place.internet.says[HOST, "MX"] = says("MX", b"\0\x0a")
    seen = await place.visit(HOST)
    (server,), (exchange,) = told(seen, "NS").values, told(seen, "MX").values
    assert exchange == f"10 {server}"
    assert server.isascii() and server.isprintable()
    assert len(server) >= len(label) + len(".example.")
    with pytest.raises(BadName):
        parse_name(server)
    assert msgspec.json.decode(msgspec.json.encode(seen), type=Observation) == seen


async def test_an_alias_through_an_odd_label_is_kept_as_evidence_only(place: Place) -> None:
    """D13, D01: the chain is recorded escaped; the page belongs to the name that was asked for."""
    odd = dns.name.Name((b"a\n*.b", b"example", b""))

    def say(made: dns.message.Message) -> None:
        made.answer.append(dns.rrset.from_text(made.question[0].name, 60, "IN", "CNAME", odd.to_text()))
        made.answer.append(dns.rrset.from_text(odd, 60, "IN", "A", LOOPBACK_SITE))

    place.site(HOST, page(b"<p>page"))
    place.internet.says[HOST, "A"] = say
    seen = await place.visit(HOST)
    assert isinstance(seen.page, Page)
    assert told(seen, "A").chain == ("a\\010*\\.b.example",)
    assert (seen.name, [host for _, host, _ in place.internet.seen.requests]) == (HOST, [HOST, HOST])


DNAMES = [
    (["name.example. 60 IN DNAME name.example."], "no_data", "of itself, without the alias it makes"),
    (["example. 60 IN DNAME x.example.", "name.example. 60 IN CNAME name.x.example.",
      "name.x.example. 60 IN CNAME name.x.x.example.", "name.x.x.example. 60 IN CNAME name.example."],
     "cname_loop", "with the aliases that a server makes of it"),
]  # fmt: skip


@pytest.mark.parametrize(("records", "status", "reason"), DNAMES, ids=["bare", "looping"])
def test_a_dname_loop_ends(records: list[str], status: str, reason: str) -> None:
    """D01: only the aliases that a server makes of it are followed, and those are counted."""
    question = Question("name.example", "A", Dice())
    made = dns.message.make_response(dns.message.from_wire(ask(question, 7)))
    for record in records:
        owner, ttl, kind, rtype, data = record.split()
        made.answer.append(dns.rrset.from_text(owner, int(ttl), kind, rtype, data))
    found = parse_answer(made.to_wire(), "A", question.end)
    if isinstance(found, Failure):
        assert found.status == status, reason
    else:
        assert (status, found.values, found.final) == ("no_data", (), True), reason


MIXED = [
    ("pаypal.example", "xn--pypal-4ve.example", "Latin with a Cyrillic а: visited, for it is what must be looked at"),
    ("straße.example", "xn--strae-oqa.example", "IDNA 2008 keeps what IDNA 2003 made ss"),
    ("faß.example", "xn--fa-hia.example", "the same at the end"),
]  # fmt: skip


@pytest.mark.parametrize(("written", "name", "reason"), MIXED)
def test_names_that_readers_disagree_on_have_one_a_label(written: str, name: str, reason: str) -> None:
    """D16: the A-label is what is asked for, stored and shown, so nobody is sent to the other reading."""
    assert parse_name(written) == name, reason
    assert unicode_form(parse_name(written)) == written


def test_a_message_of_sixty_four_kilobytes_is_capped() -> None:
    """D06: the largest that TCP carries."""
    question = Question(HOST, "A", Dice())
    made = dns.message.make_response(dns.message.from_wire(ask(question, 7)))
    made.answer.append(
        dns.rrset.from_text(f"{HOST}.", 60, "IN", "A", *(f"198.41.{n // 250}.{n % 250}" for n in range(4000)))
    )
    parsed = parse_answer(made.to_wire(max_size=65535), "A", question.end)
    assert isinstance(parsed, Parsed)
    assert (len(parsed.values), parsed.total) == (64, 4000)
    assert Lookup("A", Answers(parsed.values, parsed.ttl_seconds, (), "r", parsed.total))
