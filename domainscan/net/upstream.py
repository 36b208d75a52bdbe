"""One resolver as its client sees it: the sockets towards it, its health, and its pace.

Sockets are read and written directly: asyncio's datagram transports cost more than the rest of a query.
Source: RFC 5452 9 (id, port, question), RFC 7766 (TCP).
"""

from __future__ import annotations

import asyncio
import errno
import socket
import sys
from contextlib import suppress
from itertools import groupby
from typing import Final, Protocol

from domainscan.config.servers import read_server
from domainscan.model import Failure
from domainscan.net.message import Dice, Question, ask

QUARANTINE_AFTER: Final = 3  # failures in a row
QUARANTINE_SECONDS: Final = 10.0
QUERIES_PER_SOCKET: Final = 512  # then a fresh socket, hence a fresh source port
SOCKETS_PER_SERVER: Final = 8
TCP_BYTES: Final = 128 * 1024  # of one connection, answers to others included
DATAGRAM_BYTES: Final = 4096  # we ask for 1232
UDP_SEGMENT: Final = 103  # linux/udp.h
SEGMENTS: Final = 32  # of at most 300 octets: below the 64 KB of one datagram
BURST: Final = 64  # datagrams read before the loop's other work has its turn
RECEIVE_BYTES: Final = 1 << 20  # asked of the kernel: answers to a burst arrive faster than they are read


class BadResolver(ValueError):
    """Raised for a resolver that is not "address" or "address:port"."""


def parse_server(text: str) -> tuple[str, int]:
    """The address and port that "192.0.2.1", "192.0.2.1:5353", "2001:db8::1" or "[2001:db8::1]:5353" spells.

    Raises BadResolver.
    """
    try:
        return read_server(text)
    except ValueError as error:
        raise BadResolver(
            f'{text!r} is not "address" or "address:port" with a port from 1 to 65535'
        ) from error


class Asker(Protocol):
    """What a socket knows of the query that it carries."""

    question: Question
    edns: bool
    numbers: list[tuple[Channel, int]]

    def receive(self, server: Server, data: bytes) -> None: ...
    def broken(self, server: Server) -> None: ...


class Channel:
    """One connected UDP socket: the kernel drops whatever comes from another source."""

    __slots__ = ("_loop", "_outbox", "_segments", "_socket", "closed", "pending", "server", "used")

    def __init__(self, server: Server) -> None:
        """Raises OSError where there is no way to the server."""
        family = socket.AF_INET6 if ":" in server.address else socket.AF_INET
        self._socket = socket.socket(family, socket.SOCK_DGRAM)
        try:
            self._socket.setblocking(False)
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BYTES)
            self._socket.connect((server.address, server.port))
        except OSError:
            self._socket.close()
            raise
        self.server = server
        self.pending: dict[int, Asker] = {}
        self.used = 0
        self.closed = False
        self._outbox: list[bytes] = []
        self._segments = True  # until the kernel says that it cannot
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self._socket, self._readable)

    def send(self, query: Asker) -> None:
        """Asks with what else this turn of the loop has to ask: a system call each costs as much as all the rest."""
        number = self.server.dice.number()
        while number in self.pending:
            number = self.server.dice.number()
        self.pending[number] = query
        query.numbers.append((self, number))
        self.used += 1
        if not self._outbox:
            self._loop.call_soon(self._flush)
        self._outbox.append(ask(query.question, number, edns=query.edns))

    def _flush(self) -> None:
        """Sends the outbox. Datagrams the kernel has no room for count as lost on the way."""
        messages, self._outbox = self._outbox, []
        if self.closed:
            return
        try:
            with suppress(BlockingIOError):
                if len(messages) == 1:
                    self._socket.send(messages[0])
                else:
                    self._send_all(messages)
        except OSError:
            self._break()

    def _send_all(self, messages: list[bytes]) -> None:
        """Messages of one length go out in one call, as segments of one datagram (udp(7), Linux 4.18: UDP_SEGMENT)."""
        messages.sort(key=len)
        for length, run in groupby(messages, key=len):
            alike = list(run)
            for at in range(0, len(alike), SEGMENTS):
                part = alike[at : at + SEGMENTS]
                if len(part) < 2 or not self._segments or not self._send_segments(part, length):
                    for one in part:
                        self._socket.send(one)

    def _send_segments(self, messages: list[bytes], length: int) -> bool:
        """Whether the kernel took them; one that cannot, or a device that cannot, is asked no more."""
        try:
            self._socket.sendmsg(
                [b"".join(messages)], [(socket.SOL_UDP, UDP_SEGMENT, length.to_bytes(2, sys.byteorder))]
            )
        except OSError as error:
            if error.errno not in (errno.EINVAL, errno.EIO, errno.ENOPROTOOPT, errno.EMSGSIZE):
                raise
            self._segments = False
        return self._segments

    def _readable(self) -> None:
        pending, server = self.pending, self.server
        for _ in range(BURST):
            try:
                data = self._socket.recv(DATAGRAM_BYTES)
            except BlockingIOError:
                return
            except OSError:  # an ICMP error such as "connection refused"
                self._break()
                return
            query = pending.get(data[0] << 8 | data[1]) if len(data) >= 12 else None
            if query is not None and data[2] & 0x80:
                query.receive(server, data)
            if self.closed:
                return

    def _break(self) -> None:
        """Who waits here goes on to the next resolver; this socket is used no more."""
        self.server.failed()
        self.server.retire(self)
        for query in list(self.pending.values()):
            query.broken(self.server)

    def close(self) -> None:
        if not self.closed:
            self.closed = True
            self._loop.remove_reader(self._socket)
            self._socket.close()


class Server:
    """One resolver: its sockets, its health, its pace. Times are the event loop's."""

    def __init__(self, text: str, queries_per_second: float = 0.0) -> None:
        self.address, self.port = parse_server(text)
        self.text = text
        self.dice = Dice()
        self.failures = 0
        self.quarantined_until = 0.0
        self.heard_at = float("-inf")
        self.silent = False  # a probe has heard nothing, and nothing was heard since
        self.folds_case = False  # TCP has shown that it is no forger who spells otherwise
        self._step = 1 / queries_per_second if queries_per_second else 0.0
        self._next_at = 0.0
        self._channels: list[Channel] = []
        self._retired: list[Channel] = []

    def answered(self, now: float) -> None:
        self.failures, self.quarantined_until, self.silent = 0, 0.0, False
        self.heard_at = now

    def failed(self) -> None:
        self.failures += 1
        if self.failures >= QUARANTINE_AFTER:
            self.quarantined_until = asyncio.get_running_loop().time() + QUARANTINE_SECONDS

    def seconds_to_wait(self, now: float) -> float:
        """How long the next query must wait for its turn; taking it counts."""
        if not self._step:
            return 0.0
        self._next_at = max(self._next_at + self._step, now)
        return self._next_at - now

    def send(self, query: Asker) -> bool:
        """Asks over one of a few sockets, drawn at random, renewed often; False without a way there."""
        channels = self._channels
        if len(channels) < SOCKETS_PER_SERVER:
            try:
                channel = Channel(self)
                channels.append(channel)
            except OSError:
                if not channels:
                    self.failed()
                    return False
                channel = channels[0]  # out of descriptors: fewer sockets will do
        else:
            channel = channels[self.dice.octets(1)[0] % SOCKETS_PER_SERVER]
        channel.send(query)
        if channel.used >= QUERIES_PER_SOCKET:
            self.retire(channel)
        return True

    def retire(self, channel: Channel) -> None:
        """No more queries over this socket; it is closed once the last answer has come."""
        if channel in self._channels:
            self._channels.remove(channel)
        self._retired = [one for one in self._retired if not _spent(one)]
        self._retired.append(channel)

    async def over_tcp(self, question: Question, edns: bool, seconds: float) -> bytes | Failure:
        """The answer over TCP, within `seconds` and TCP_BYTES, or why there is none."""
        number = self.dice.number()
        message = ask(question, number, edns=edns)
        try:
            async with asyncio.timeout(seconds):
                reader, writer = await asyncio.open_connection(self.address, self.port)
                try:
                    writer.write(len(message).to_bytes(2, "big") + message)
                    return await _read_tcp(reader, question, number)
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
            channel.close()
        self._channels, self._retired = [], []


def _spent(channel: Channel) -> bool:
    """Whether nobody waits at this socket any more; it is closed then."""
    if not channel.pending:
        channel.close()
    return channel.closed


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
