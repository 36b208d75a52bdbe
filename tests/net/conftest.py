"""Real servers on loopback: they misbehave on purpose, and each knows how often it was visited."""

from __future__ import annotations

import asyncio
import datetime
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import dns.message
import dns.rrset
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from domainscan.config import Net

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]

# Where the misbehaving sites live: the one address that the gate of these tests lets through.
SITE = "127.78.0.10"


class Site:
    """A TCP server with a handler of its own."""

    def __init__(self, handler: Handler, address: str = SITE) -> None:
        self.handler, self.address, self.port, self.visits = handler, address, 0, 0
        self.requests: list[bytes] = []
        self._tasks: set[asyncio.Task[None]] = set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.visits += 1
        task = asyncio.current_task()
        assert task
        self._tasks.add(task)
        with suppress(OSError, EOFError, asyncio.LimitOverrunError, asyncio.CancelledError):
            await self.handler(reader, writer)
        with suppress(OSError):
            writer.close()

    async def head(self, reader: asyncio.StreamReader) -> bytes:
        """The request head, kept for the test to look at."""
        head = await reader.readuntil(b"\r\n\r\n")
        self.requests.append(head)
        return head

    @asynccontextmanager
    async def running(self, context: ssl.SSLContext | None = None, port: int = 0) -> AsyncIterator[Site]:
        server = await asyncio.start_server(self.serve, self.address, port, ssl=context)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
            await asyncio.sleep(0)


@pytest.fixture
def site() -> type[Site]:
    """`async with site(handler).running() as server` serves until the block ends."""
    return Site


@pytest.fixture
def settings() -> Callable[..., Net]:
    """`settings(port)`: a gate that lets exactly SITE through, with this port in place of 80 (or 443)."""
    return _settings


def _settings(port: int, *, instead_of: int = 80, **more: object) -> Net:
    table: dict[str, object] = {
        "allow": (SITE,),
        "port_map": {str(instead_of): port},
        "host_delay_seconds": 0.0,
    }
    return Net(**(table | more))  # type: ignore[arg-type]


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., ssl.SSLContext]:
    """`certificate(host, days, names=, extra=, begins=)`: a server's context; negative days have expired."""
    folder = tmp_path_factory.mktemp("certificates")
    return lambda host, days=30, names=1, extra=0, begins=-1: _context(
        folder, host, days, names, extra, begins
    )


def _context(folder: Path, host: str, days: int, names: int, extra: int, begins: int) -> ssl.SSLContext:
    pem = b""
    for number in range(extra + 1):
        key = ec.generate_private_key(ec.SECP256R1())
        pem += _certificate(key, host if number == 0 else f"ca{number}.example", days, names, begins)
        if number == 0:
            secret = key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
    file = folder / f"{len(list(folder.iterdir()))}.pem"
    file.write_bytes(secret + pem)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context


def _certificate(key: ec.EllipticCurvePrivateKey, host: str, days: int, names: int, begins: int) -> bytes:
    now = datetime.datetime.now(datetime.UTC)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    begin, end = sorted((now + datetime.timedelta(days=begins), now + datetime.timedelta(days=days)))
    alternatives = [x509.DNSName(host), *(x509.DNSName(f"n{i}.example") for i in range(names - 1))]
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(end)
        .add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
    )
    return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


Answer = Callable[[str, str], tuple[list[str], int]]  # (records as "ttl type data", rcode)


class Authority(asyncio.DatagramProtocol):
    """Counts what it is asked."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        self.asked: list[tuple[str, str]] = []

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def datagram_received(self, data: bytes, addr: Any) -> None:
        query = dns.message.from_wire(data)
        (question,) = query.question
        name = question.name.to_text(omit_final_dot=True).lower()
        rtype = question.rdtype.name
        self.asked.append((name, rtype))
        records, rcode = self.answer(name, rtype)
        made = dns.message.make_response(query, recursion_available=True)
        made.set_rcode(rcode)
        for record in records:
            ttl, kind, value = record.split(maxsplit=2)
            made.answer.append(dns.rrset.from_text(question.name, int(ttl), "IN", kind, value))
        self.transport.sendto(made.to_wire(), addr)


@asynccontextmanager
async def _authority(answer: Answer, address: str = "127.78.0.60") -> AsyncIterator[tuple[str, Authority]]:
    """("address:port", the server) until the block ends."""
    loop = asyncio.get_running_loop()
    transport, made = await loop.create_datagram_endpoint(lambda: Authority(answer), local_addr=(address, 0))
    try:
        yield f"{address}:{transport.get_extra_info('sockname')[1]}", made
    finally:
        transport.close()


@pytest.fixture
def authority() -> Any:
    """`async with authority(answer) as (server, seen)`: a DNS server that answers by a function of name and type."""
    return _authority
