"""One resolver as its client sees it: the sockets towards it, its health, and the question under way.

Source: RFC 5452 9 (id, port, question), RFC 7766 (TCP).
"""

from __future__ import annotations

import asyncio
import ipaddress
import secrets
from typing import Final, NamedTuple

from domainscan.model import Failure
from domainscan.net.message import FORMERR, NOTIMP, Parsed, Question, ask

QUARANTINE_AFTER: Final = 3  # failures in a row
QUARANTINE_SECONDS: Final = 10.0
QUERIES_PER_SOCKET: Final = 512  # then a fresh socket, hence a fresh source port
SOCKETS_PER_SERVER: Final = 8
TCP_BYTES: Final = 128 * 1024  # of one connection, answers to others included


class BadResolver(ValueError):
    """Raised for a resolver that is not "address" or "address:port"."""


def parse_server(text: str) -> tuple[str, int]:
    """The address and port that "192.0.2.1", "192.0.2.1:5353", "2001:db8::1" or "[2001:db8::1]:5353" spells.

    Raises BadResolver.
    """
    address, port = text, "53"
    if text.startswith("["):
        address, _, port = text[1:].partition("]")
        port = port.removeprefix(":") or "53"
    elif text.count(":") == 1:
        address, _, port = text.partition(":")
    try:
        ipaddress.ip_address(address)
        number = int(port)
    except ValueError as error:
        raise BadResolver(f'{text!r} is not "address" or "address:port"') from error
    if not 0 < number < 65536:
        raise BadResolver(f"{text!r}: there is no port {number}")
    return address, number


class Arrival(NamedTuple):
    """What reached one of a query's sockets."""

    server: Server
    kind: str  # answer | respelled | dislike (FORMERR without a question) | error (ICMP)
    data: bytes = b""


class Found(NamedTuple):
    """A yes or no, and the resolver that gave it."""

    parsed: Parsed
    server: Server


class Query:
    """One question under way. Attempts stay open until the end: a late answer to the first is an answer."""

    __slots__ = ("asked", "edns", "inbox", "numbers", "question", "respelled", "said", "spent")

    def __init__(self, question: Question) -> None:
        self.question = question
        self.inbox: asyncio.Queue[Arrival] = asyncio.Queue()
        self.numbers: list[tuple[Channel, int]] = []
        self.asked: list[Server] = []
        self.spent: set[Server] = set()  # have spoken, without a yes or no
        self.respelled: set[Server] = set()  # seem to fold case; or somebody forges
        self.said: Failure | None = None  # the last that a resolver said instead of an answer
        self.edns = True

    def close(self) -> None:
        for channel, number in self.numbers:
            channel.pending.pop(number, None)


class Channel(asyncio.DatagramProtocol):
    """One connected UDP socket: the kernel drops whatever comes from another source."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.pending: dict[int, Query] = {}
        self.used = 0
        self.transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.DatagramTransport) -> None:  # type: ignore[override]
        self.transport = transport

    def send(self, query: Query) -> None:
        number = secrets.randbelow(65536)
        while number in self.pending:
            number = secrets.randbelow(65536)
        self.pending[number] = query
        query.numbers.append((self, number))
        self.used += 1
        assert self.transport is not None
        self.transport.sendto(ask(query.question, number, edns=query.edns))

    def datagram_received(self, data: bytes, addr: object) -> None:
        query = self.pending.get(int.from_bytes(data[:2], "big")) if len(data) >= 12 else None
        if query is None or not data[2] & 0x80:
            return
        respelled = query.question.spelled_otherwise(data)
        if query.question.echoed(data) or (respelled and self.server.folds_case):
            self.server.answered()
            query.inbox.put_nowait(Arrival(self.server, "answer", data))
        elif respelled:
            query.inbox.put_nowait(Arrival(self.server, "respelled"))
        elif data[4:6] == b"\0\0" and data[3] & 15 in (FORMERR, NOTIMP):
            query.inbox.put_nowait(Arrival(self.server, "dislike"))

    def error_received(self, exc: Exception) -> None:
        """An ICMP error such as "connection refused": who waits here goes on to the next resolver."""
        self._give_up()

    def connection_lost(self, exc: Exception | None) -> None:
        self.transport = None
        self._give_up()

    def _give_up(self) -> None:
        for query in self.pending.values():
            query.inbox.put_nowait(Arrival(self.server, "error"))


class Server:
    """One resolver: its sockets and its health. Times are the event loop's."""

    def __init__(self, text: str) -> None:
        self.address, self.port = parse_server(text)
        self.text = text
        self.failures = 0
        self.quarantined_until = 0.0
        self.heard_at = float("-inf")
        self.silent = False  # a probe has heard nothing, and nothing was heard since
        self.folds_case = False  # TCP has shown that it is no forger who spells otherwise
        self._channels: list[Channel] = []
        self._retired: list[Channel] = []

    def answered(self) -> None:
        self.failures, self.quarantined_until, self.silent = 0, 0.0, False
        self.heard_at = asyncio.get_running_loop().time()

    def failed(self) -> None:
        self.failures += 1
        if self.failures >= QUARANTINE_AFTER:
            self.quarantined_until = asyncio.get_running_loop().time() + QUARANTINE_SECONDS

    async def send(self, query: Query) -> bool:
        """Asks over one of a few sockets, drawn at random, renewed often; False without a way there."""
        self._retire()
        if len(self._channels) < SOCKETS_PER_SERVER:
            try:
                _, made = await asyncio.get_running_loop().create_datagram_endpoint(
                    lambda: Channel(self), remote_addr=(self.address, self.port)
                )
            except OSError:
                self.failed()
                return False
            self._channels.append(made)
        channel = secrets.choice([one for one in self._channels if one.transport is not None])
        channel.send(query)
        return True

    def _retire(self) -> None:
        usable = [one for one in self._channels if one.transport and one.used < QUERIES_PER_SOCKET]
        self._retired += [one for one in self._channels if one not in usable]
        self._channels = usable
        for one in self._retired:
            if one.transport and not one.pending:
                one.transport.close()
        self._retired = [one for one in self._retired if one.transport]

    async def over_tcp(self, query: Query, seconds: float) -> bytes | Failure:
        """The answer over TCP, within `seconds` and TCP_BYTES, or why there is none."""
        number = secrets.randbelow(65536)
        message = ask(query.question, number, edns=query.edns)
        try:
            async with asyncio.timeout(seconds):
                reader, writer = await asyncio.open_connection(self.address, self.port)
                try:
                    writer.write(len(message).to_bytes(2, "big") + message)
                    return await _read_tcp(reader, query.question, number)
                finally:
                    writer.transport.abort()
        except TimeoutError:
            return Failure("timeout", f"{self.text} over TCP")
        except ConnectionRefusedError:
            return Failure("refused", f"{self.text} over TCP")
        except (OSError, EOFError) as error:
            return Failure("malformed", f"{self.text} over TCP: {error}")

    def close(self) -> None:
        for channel in self._channels + self._retired:
            if channel.transport:
                channel.transport.close()
        self._channels, self._retired = [], []


async def _read_tcp(reader: asyncio.StreamReader, question: Question, number: int) -> bytes:
    """The message that answers. Raises EOFError when the stream, or the first TCP_BYTES of it, has none."""
    seen = 0
    while seen < TCP_BYTES:
        length = int.from_bytes(await reader.readexactly(2), "big")
        data = await reader.readexactly(length)
        seen += length + 2
        right = length >= 12 and int.from_bytes(data[:2], "big") == number and data[2] & 0x80
        if right and question.spelled_otherwise(data):
            return data
    raise EOFError(f"no answer in {seen} bytes")
