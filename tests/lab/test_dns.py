"""The name servers: every way of answering and of not answering."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import dns.exception
import dns.flags
import dns.message
import dns.rcode
import pytest
from dns.rcode import NOERROR, NXDOMAIN, REFUSED, SERVFAIL
from hypothesis import given
from hypothesis import strategies as st

from domainscan.lab.dns import reply
from domainscan.lab.internet import Lab

Ask = Callable[..., Awaitable[dns.message.Message]]
Values = Callable[[dns.message.Message], list[str]]

# (name, type, code, answers, why)
CASES = [
    ("plain.lab", "A", NOERROR, ["127.77.1.10"], "a site points at its provider"),
    ("PLAIN.lab", "A", NOERROR, ["127.77.1.10"], "case does not matter"),
    ("www.plain.lab", "A", NOERROR, ["127.77.1.10"], "and so does its www"),
    ("xn--fiq228c.lab", "A", NOERROR, ["127.77.2.10"], "Unicode names are A-labels here"),
    ("plain.lab", "AAAA", NOERROR, [], "no IPv6: the name exists, the record does not"),
    ("plain.lab", "TXT", NOERROR, ['"v=spf1 -all"'], "TXT written unquoted"),
    ("plain.lab", "MX", NOERROR, ["10 mail.plain.lab."], "MX as written"),
    ("plain.lab", "CAA", NOERROR, ['0 issue "lab-ca.lab"'], "CAA as written"),
    ("plain.lab", "NS", NOERROR, ["ns1.lab.", "ns2.lab."], "the lab's own servers where none are written"),
    (
        "plain.lab",
        "SOA",
        NOERROR,
        ["ns1.lab. hostmaster.plain.lab. 1 3600 600 86400 60"],
        "a zone of its own",
    ),
    ("user.pages.lab", "NS", NOERROR, [], "a lent name is no zone"),
    ("pages.lab", "A", NOERROR, [], "an empty name between others exists"),
    ("ns2.lab", "A", NOERROR, ["127.77.0.54"], "the servers themselves have names"),
    ("rdap.lab", "A", NOERROR, ["127.77.0.80"], "the registry has one"),
    ("inward.lab", "A", NOERROR, ["127.0.0.1"], "a record that points where no visit may go"),
    ("inward.lab", "AAAA", NOERROR, ["::1"], "the same for IPv6"),
    ("alias.lab", "A", NOERROR, ["edge.carrier-net.lab.", "127.77.1.10"], "an alias to the provider's edge"),
    ("alias-of-plain.lab", "A", NOERROR, ["plain.lab.", "127.77.1.10"], "an alias to another site"),
    ("alias.lab", "CNAME", NOERROR, ["edge.carrier-net.lab."], "the alias itself"),
    ("loop-a.lab", "A", NOERROR, ["loop-b.lab.", "loop-a.lab."], "a loop is given once around"),
    ("anything.wildcard.lab", "A", NOERROR, ["127.77.1.10"], "a wildcard answers for all below"),
    ("dead.lab", "A", NXDOMAIN, [], "a dead name does not exist"),
    ("www.dead.lab", "A", NXDOMAIN, [], "nor its www"),
    ("nobody.lab", "A", NXDOMAIN, [], "a name that no file mentions"),
    ("random.plain.lab", "A", NXDOMAIN, [], "below a site that is no wildcard"),
    (".", "NS", NXDOMAIN, [], "it has no root"),
    ("example.org", "A", NXDOMAIN, [], "the lab is all there is"),
    ("no-data.lab", "A", NOERROR, [], "the name exists, the address does not"),
    ("servfail.lab", "A", SERVFAIL, [], "a broken zone"),
    ("dns-refused.lab", "A", REFUSED, [], "a server that does not want to"),
    ("plain.lab", "ANY", REFUSED, [], "ANY is refused (RFC 8482)"),
    ("n000005.bulk.lab", "A", NOERROR, ["127.77.200.10"], "the last of the bulk names"),
    ("n000006.bulk.lab", "A", NXDOMAIN, [], "one more than there are"),
    ("http-only.lab", "A", NOERROR, ["127.77.1.11"], "an address without https"),
    ("refuse-connect.lab", "A", NOERROR, ["127.77.1.12"], "an address where nothing listens"),
]


async def test_every_name_answers_as_its_table_says(lab: Lab, ask: Ask, values: Values) -> None:
    for name, rtype, code, answers, why in CASES:
        for tcp in (False, True):
            response = await ask(name, rtype, tcp=tcp)
            assert (response.rcode(), values(response)) == (code, answers), (name, rtype, why)


async def test_a_negative_answer_carries_the_soa_that_says_how_long(ask: Ask) -> None:
    for name in ("nobody.lab", "no-data.lab"):
        response = await ask(name)
        assert [rrset.to_text().split()[3] for rrset in response.authority] == ["SOA"]


async def test_a_site_that_times_out_says_nothing_and_its_neighbours_answer(ask: Ask) -> None:
    with pytest.raises(dns.exception.Timeout):
        await ask("dns-timeout.lab", timeout=0.2)
    assert (await ask("plain.lab")).rcode() == NOERROR


async def test_a_long_answer_is_truncated_over_udp_and_whole_over_tcp(ask: Ask, values: Values) -> None:
    short = await ask("wordy.lab", "TXT")
    assert short.flags & dns.flags.TC
    assert not short.answer
    assert len(values(await ask("wordy.lab", "TXT", tcp=True))) == 12


async def test_the_spelling_of_the_question_comes_back(ask: Ask) -> None:
    response = await ask("pLaIn.LaB")
    assert response.question[0].name.to_text() == "pLaIn.LaB."


async def test_both_resolvers_answer_until_one_or_all_are_silenced(lab: Lab, ask: Ask) -> None:
    assert (await ask("plain.lab", resolver=1)).rcode() == NOERROR
    lab.silence("127.77.0.53")
    with pytest.raises(dns.exception.Timeout):
        await ask("plain.lab", timeout=0.2)
    assert (await ask("plain.lab", resolver=1)).rcode() == NOERROR
    lab.silence()
    with pytest.raises(dns.exception.Timeout):
        await ask("plain.lab", resolver=1, tcp=True, timeout=0.2)
    lab.unsilence()
    assert (await ask("plain.lab")).rcode() == NOERROR


async def test_a_held_domain_no_longer_resolves_until_it_is_released(lab: Lab, ask: Ask) -> None:
    lab.hold("plain.lab")
    assert [(await ask(name)).rcode() for name in ("plain.lab", "www.plain.lab")] == [NXDOMAIN, NXDOMAIN]
    assert (await ask("west.lab")).rcode() == NOERROR
    lab.release("plain.lab")
    assert (await ask("plain.lab")).rcode() == NOERROR


async def test_noise_is_not_answered_and_does_not_stop_the_server(lab: Lab, ask: Ask) -> None:
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(
        asyncio.DatagramProtocol, remote_addr=("127.77.0.53", lab.dns_port)
    )
    for noise in (b"", b"x", b"\x00" * 12, b"\xff" * 600):
        transport.sendto(noise)
    transport.close()
    reader, writer = await asyncio.open_connection("127.77.0.53", lab.dns_port)
    writer.write(b"\xff\xffhalf")
    writer.close()
    assert (await ask("plain.lab")).rcode() == NOERROR
    del reader


@given(st.binary(max_size=80))
def test_no_octets_make_the_server_raise(data: bytes) -> None:
    def refuse(query: dns.message.Message) -> dns.message.Message:
        return dns.message.make_response(query)

    assert isinstance(reply(data, refuse, udp=True), bytes | None)


def test_a_response_is_never_answered() -> None:
    response = dns.message.make_response(dns.message.make_query("plain.lab", "A"))
    assert reply(response.to_wire(), dns.message.make_response, udp=True) is None
