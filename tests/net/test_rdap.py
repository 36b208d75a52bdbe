"""Registration data: the service chosen, its refusals told apart, its redirects gated."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import dns.message
import dns.rrset
import pytest

from domainscan.model import Failure, Name
from domainscan.net.dns import Resolver
from domainscan.net.fetch import Fetcher
from domainscan.net.pace import Pace
from domainscan.net.rdap import BadBootstrap, ask, load_bootstrap, read_bootstrap, service_for
from domainscan.net.reach import Gate
from domainscan.net.urls import read_url
from domainscan.scan.registration import PATIENCE, Registry
from tests.hostile.web import leaves

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
SITE = "127.78.0.10"
DOMAIN = Name("asked.example")
JSON = b'{"objectClassName": "domain", "ldhName": "asked.example"}'


class Names(asyncio.DatagramProtocol):
    """Knows rdap.example at SITE, inside.example at a loopback address, and nothing else."""

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def datagram_received(self, data: bytes, addr: Any) -> None:
        query = dns.message.from_wire(data)
        made = dns.message.make_response(query)
        name = query.question[0].name.to_text().lower()
        address = {"rdap.example.": SITE, "inside.example.": "127.0.0.1"}.get(name)
        if address is None:
            made.set_rcode(3)
        elif query.question[0].rdtype.name == "A":
            made.answer.append(dns.rrset.from_text(name, 60, "IN", "A", address))
        self.transport.sendto(made.to_wire(), addr)


def http(status: int, body: bytes = b"", *headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status} X", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def serves(answers: dict[str, bytes], requests: list[bytes]) -> Handler:
    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        requests.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(answers.get(requests[-1].split()[1].decode(), http(404)))

    return handler


async def look_up(
    answers: dict[str, bytes], site: Any, settings: Any, service: str = "http://rdap.example/base/"
) -> tuple[Any, list[bytes], int]:
    """What `ask` gives, the requests that the service saw, and how often the trap was hit."""
    requests: list[bytes] = []
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(site(serves(answers, requests)).running())
        trap = site(serves({}, []), "127.0.0.1")
        await stack.enter_async_context(trap.running(port=server.port))
        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_datagram_endpoint(Names, local_addr=("127.78.0.53", 0))
        stack.callback(transport.close)
        resolver = Resolver([f"127.78.0.53:{transport.get_extra_info('sockname')[1]}"])
        stack.push_async_callback(resolver.close)
        net = settings(server.port, ports=(80, server.port))
        fetcher = await stack.enter_async_context(Fetcher(net, Gate(net), Pace(net)))
        found = await ask(DOMAIN, fetcher, resolver, service.format(port=server.port), {})
    return found, requests, trap.visits


PATH = "/base/domain/asked.example"
TABLE: list[tuple[dict[str, bytes], str, str]] = [
    ({PATH: http(404, b"{}")}, "not_found", "no such domain"),
    ({PATH: http(429, b"", "Retry-After: 99999999")}, "rate_limited", "W19: no waiting for ten years"),
    ({PATH: http(503)}, "rate_limited", "come back later"),
    ({PATH: http(500)}, "bad_response", "broken"),
    ({PATH: http(200, b"x" * 600_000)}, "too_large", "over the cap"),
    ({PATH: b"HTTP/1.1 200 X\r\nContent-Length: 900\r\n\r\n{}"}, "bad_response", "cut: half of JSON is no JSON"),
    ({PATH: http(302, b"", f"Location: {PATH}")}, "too_many_hops", "W16: round and round"),
    ({PATH: http(302, b"", "Location: http://127.0.0.1/x")}, "blocked_address", "S20: referral to a private place"),
    ({PATH: http(302, b"", "Location: http://inside.example/x")}, "blocked_address", "S20: by name"),
    ({PATH: http(302, b"", "Location: http://gone.example/x")}, "nxdomain", "the referral's host is gone"),
    ({PATH: http(302, b"", "Location: file:///etc/passwd")}, "blocked_scheme", "S13"),
]  # fmt: skip


async def test_the_registry_is_asked_for_the_domain(site: Any, settings: Any) -> None:
    found, requests, _ = await look_up({PATH: http(200, JSON)}, site, settings)
    assert found == ("http://rdap.example/base/domain/asked.example", JSON)
    assert b"\r\nHost: rdap.example\r\n" in requests[0]
    assert b"\r\nAccept: application/rdap+json" in requests[0]


async def test_a_redirect_to_another_service_is_followed(site: Any, settings: Any) -> None:
    answers = {
        PATH: http(302, b"", "Location: /other/asked.example"),
        "/other/asked.example": http(200, JSON),
    }
    found, _, _ = await look_up(answers, site, settings)
    assert found == ("http://rdap.example/other/asked.example", JSON)


@pytest.mark.parametrize(("answers", "status", "reason"), TABLE)
async def test_every_refusal_has_its_own_status(
    answers: dict[str, bytes], status: str, reason: str, site: Any, settings: Any
) -> None:
    found, _, trapped = await look_up(answers, site, settings)
    assert isinstance(found, Failure), reason
    assert (found.status, trapped) == (status, 0), reason


async def test_without_the_gate_a_referral_leads_into_the_trap(
    site: Any, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control of S20."""
    monkeypatch.setattr(Gate, "_address_refusal", lambda self, address: None)
    monkeypatch.setattr(Gate, "port", lambda self, address, port: self._port_map.get(port, port))
    monkeypatch.setattr(Gate, "_allowed", lambda self, address: True)
    answers = {PATH: http(302, b"", "Location: http://inside.example/x")}
    _, _, trapped = await look_up(answers, site, settings)
    assert trapped == 1


async def test_a_service_named_by_address_needs_no_resolver(site: Any, settings: Any) -> None:
    found, _, _ = await look_up({"/domain/asked.example": http(200, JSON)}, site, settings, f"http://{SITE}/")
    assert found == (f"http://{SITE}/domain/asked.example", JSON)


async def test_without_a_service_there_is_nothing_to_ask(site: Any, settings: Any) -> None:
    assert (await look_up({}, site, settings, ""))[0] == Failure("no_service", "example")


def test_the_shipped_services_are_usable_and_cover_the_large_suffixes() -> None:
    services = load_bootstrap()
    assert services["com"] == "https://rdap.verisign.com/com/v1/"
    assert {"com", "net", "org", "info", "xyz", "top", "shop", "online", "site", "app", "ai", "vip"} <= set(
        services
    )
    assert all(url.endswith("/") and url.startswith("https://") for url in services.values())
    assert not any(isinstance(read_url(url), Failure) for url in services.values())


def test_the_longest_suffix_decides() -> None:
    table = {"uk": "https://a.example/", "co.uk": "https://b.example/"}
    assert service_for(Name("x.co.uk"), table) == "https://b.example/"
    assert service_for(Name("x.org.uk"), table) == "https://a.example/"
    assert service_for(Name("x.example"), table) == ""


@pytest.mark.parametrize(
    "text",
    ['{}', '{"services": 5}', '{"services": [5, [], [[]], [["a"], [5]], [["a"], ["file:///"]], [[5], ["https://a.example"]]]}',
     '{"services": [[["a"], ["http://[", "//a", ""]]]}'],
)  # fmt: skip
def test_a_broken_bootstrap_file_names_no_service(text: str) -> None:
    assert read_bootstrap(json.loads(text)) == {}


def test_https_goes_before_http() -> None:
    table = {"services": [[["A"], ["http://a.example/", "https://b.example/"]]]}
    assert read_bootstrap(table) == {"a": "https://b.example/"}


def test_a_bootstrap_file_of_ones_own_is_read_and_a_useless_one_refused(tmp_path: Path) -> None:
    own = tmp_path / "dns.json"
    own.write_text('{"services": [[["lab"], ["https://rdap.lab/"]]]}')
    assert load_bootstrap(str(own)) == {"lab": "https://rdap.lab/"}
    for text in ("", "[]", "{}", '{"services": []}', "not json"):
        bad = tmp_path / "bad.json"
        bad.write_text(text)
        load_bootstrap.cache_clear()
        with pytest.raises(BadBootstrap, match=r"bad\.json"):
            load_bootstrap(str(bad))


async def test_a_registry_that_is_down_does_not_hold_up_a_scan(site: Any, settings: Any) -> None:
    """Each look-up waited for its time-out, and no name of a job is visited before all of them are over."""
    jobs = [[Name(f"n{number}.example") for number in range(first, first + 40)] for first in (0, 40, 80)]
    visits = []
    async with site(leaves).running() as server:
        registry = Registry(settings(server.port, rdap=f"http://{SITE}/"))
        for job in jobs:
            found = await asyncio.to_thread(registry.look_up, job)
            assert set(found) == set(job)
            told = [one.status for one in found.values() if isinstance(one, Failure)]
            assert set(told) == {"unreachable", "gave_up"}
            visits.append(told.count("unreachable"))
    assert visits == [PATIENCE, 1, 1], "one look of each job tries whether it is back"
    assert server.visits == sum(visits)
