"""A small world of the tests' own, and ways to ask it as a stranger would: plain DNS messages, plain HTTP."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import dns.asyncquery
import dns.message
import dns.rcode
import dns.rdatatype
import pytest

from domainscan.lab.internet import Lab

SITES = """
[[provider]]
key = "east"
name = "东测"
fingerprint = "cut-403"

[[provider]]
key = "south"
name = "南测"
fingerprint = "cut-302"

[[provider]]
key = "west"
name = "西测"
fingerprint = "cut-reset"

[[provider]]
key = "abroad"
name = "Abroad"
kind = "foreign"

[[site]]
name = "plain.lab"
provider = "east"
pages = { "/" = "plain.html", "/app.apk" = { file = "app.txt", type = "application/x-app" } }
registered_days = 30
certificate_days = 20
records = { TXT = ["v=spf1 -all"], MX = ["10 mail.plain.lab."], CAA = ['0 issue "lab-ca.lab"'] }

[[site]]
name = "中文.lab"
provider = "south"
pages = { "/" = "plain.html" }
registrar = "Lab Registrar Two"

[[site]]
name = "west.lab"
provider = "west"
pages = { "/" = "plain.html" }

[[site]]
name = "user.pages.lab"
provider = "abroad"
pages = { "/" = "plain.html" }
registered_days = 0

[[site]]
name = "mirror.lab"
mirror_of = "plain.lab"

[[site]]
name = "parked.lab"
behaviour = "parked"
""" + "".join(
    f"""
[[site]]
name = "{name}.lab"
pages = {{ "/" = "plain.html" }}
records = {{ {records} }}
"""
    for name, records in (
        ("alias", 'CNAME = "edge.carrier-net.lab."'),
        ("alias-of-plain", 'CNAME = "plain.lab."'),
        ("loop-a", 'CNAME = "loop-b.lab."'),
        ("loop-b", 'CNAME = "loop-a.lab."'),
        ("wordy", "TXT = [LONG]"),
        ("inward", 'A = ["127.0.0.1"], AAAA = ["::1"]'),
    )
) + "".join(
    f"""
[[site]]
name = "{behaviour}.lab"
behaviour = "{behaviour}"
pages = {{ "/" = "plain.html" }}
target = "{"plain.lab" if behaviour == "redirect" else ""}"
"""
    for behaviour in (
        "dead", "no-data", "servfail", "dns-timeout", "dns-refused", "slow", "http-only", "self-signed",
        "expired", "wrong-host", "redirect", "redirect-private", "robots", "cut-403", "cut-302", "cut-reset",
        "wildcard", "refuse-connect",
    )
)  # fmt: skip


@dataclass(frozen=True)
class Reply:
    status: int
    headers: dict[str, str]
    body: bytes


Get = Callable[..., Awaitable[Reply]]
Ask = Callable[..., Awaitable[dns.message.Message]]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The sites above, as a folder of TOML and pages."""
    sites = tmp_path / "sites"
    sites.mkdir()
    long = ", ".join(f'"{"x" * 250}{number}"' for number in range(12))
    (sites / "sites.toml").write_text(SITES.replace("LONG", long), "utf-8")
    (sites / "plain.html").write_text("<title>Plain 页</title><p>hello</p>", "utf-8")
    (sites / "app.txt").write_text("not really an app", "utf-8")
    return sites


@pytest.fixture
async def lab(folder: Path, tmp_path: Path) -> AsyncIterator[Lab]:
    async with Lab([folder], tmp_path / "home", bulk=5, slow_seconds=0.3) as running:
        yield running


@pytest.fixture
def ask(lab: Lab) -> Ask:
    """ask(name, rtype="A", tcp=False, resolver=0): the response message."""

    async def question(
        name: str, rtype: str = "A", *, tcp: bool = False, resolver: int = 0, timeout: float = 3.0
    ) -> dns.message.Message:
        query = dns.message.make_query(name, rtype, use_edns=0, payload=1232)
        address, _, port = lab.resolvers[resolver].rpartition(":")
        send = dns.asyncquery.tcp if tcp else dns.asyncquery.udp
        return await send(query, address, timeout=timeout, port=int(port))

    return question


@pytest.fixture
def values() -> Callable[[dns.message.Message], list[str]]:
    return lambda message: [str(one) for rrset in message.answer for one in sorted(rrset)]


@pytest.fixture
def get(lab: Lab) -> Get:
    """get(url, method="GET", check=True): one request at the site's address; redirects are not followed."""

    async def request(
        url: str, *, method: str = "GET", check: bool = True, address: str = "", host: str = ""
    ) -> Reply:
        scheme, _, rest = url.partition("://")
        name, _, path = rest.partition("/")
        site = lab.world.find(name)
        where = address or (lab.world.address(site) if site else lab.addresses[0])
        context: ssl.SSLContext | None = None
        if scheme == "https":
            context = ssl.create_default_context(cafile=str(lab.trust)) if check else _careless()
        port = lab.https_port if context else lab.http_port
        reader, writer = await asyncio.open_connection(
            where, port, ssl=context, server_hostname=name if context else None
        )
        try:
            lines = (f"{method} /{path} HTTP/1.1", f"Host: {host or name}", "User-Agent: test/1")
            writer.write("\r\n".join((*lines, "Connection: close", "", "")).encode())
            return _reply(await reader.read(-1))
        finally:
            writer.close()

    return request


def _careless() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def _reply(received: bytes) -> Reply:
    if not received:
        raise ConnectionResetError("nothing was answered")
    head, _, body = received.partition(b"\r\n\r\n")
    lines = head.decode("latin-1").split("\r\n")
    headers = {key.lower(): value.strip() for key, _, value in (line.partition(":") for line in lines[1:])}
    if headers.get("transfer-encoding") == "chunked":
        body = _unchunked(body)
    return Reply(int(lines[0].split()[1]), headers, body)


def _unchunked(body: bytes) -> bytes:
    whole = b""
    while body:
        size, _, rest = body.partition(b"\r\n")
        whole += rest[: int(size, 16)]
        body = rest[int(size, 16) + 2 :]
        if int(size, 16) == 0:
            break
    return whole
