"""A resolver that answers good names plainly, and hostile ones by their D case: `python -m benchmarks.hostile_dns ...`.

`d05v2-000123.bench` is the third behaviour of D05 (HOSTILE 6); `n...` are good names, `w...` have the addresses of
hostile web servers. A datagram of `first` asks when the first question came, on the monotonic clock, since it was
last asked. Only loopback addresses are ever handed out.
"""

from __future__ import annotations

import asyncio
import itertools
import random
import socket
import struct
import sys
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Final, NamedTuple

import uvloop

from benchmarks.hostile_web import HOLE, LABEL
from benchmarks.hostile_web import cases as web_cases

A, NS, CNAME, SOA, MX, TXT = 1, 2, 5, 6, 15, 16
SOA_DATA: Final = b"\2ns\5bench\0\4host\5bench\0" + struct.pack("!IIIII", 1, 3600, 600, 86400, 300)
BURST: Final = 64
_FLUX: Final = itertools.count()


class Query(NamedTuple):
    """What was asked, and the address that the name has, if it has one."""

    data: bytes
    end: int  # of the question
    rtype: int
    label: str
    address: bytes

    @property
    def owner(self) -> bytes:
        return self.data[12 : self.end - 4]


Peer = tuple[str, int]
Script = Callable[[Query], Iterable[bytes | float]]  # datagrams to send, and seconds to wait


def rr(owner: bytes, rtype: int, data: bytes, ttl: int = 3600) -> bytes:
    return owner + struct.pack("!HHIH", rtype, 1, ttl, len(data)) + data


def answer(query: Query, *records: bytes, rcode: int = 0, flags: int = 0x8180, soa: bool = False) -> bytes:
    """A whole message: the question as asked and these records."""
    more = rr(b"\5bench\0", SOA, SOA_DATA, 300) if soa else b""
    head = query.data[:2] + struct.pack("!HHHHH", flags | rcode, 1, len(records), soa, 0)
    return head + query.data[12 : query.end] + b"".join(records) + more


def plain(query: Query, ttl: int = 3600) -> bytes:
    """What an ordinary zone says: one address, a mail host, a policy, and nothing else."""
    if query.rtype == A:
        return answer(query, rr(b"\xc0\x0c", A, query.address, ttl))
    if query.rtype == MX:
        return answer(query, rr(b"\xc0\x0c", MX, b"\0\x0a\2mx\5bench\0", ttl))
    if query.rtype == TXT:
        return answer(query, rr(b"\xc0\x0c", TXT, b"\x0bv=spf1 -all", ttl))
    return answer(query, soa=True)


def _name(text: str) -> bytes:
    return b"".join(bytes((len(one),)) + one.encode() for one in text.split(".")) + b"\0"


def _alias(query: Query, to: str) -> bytes:
    return answer(query, rr(b"\xc0\x0c", CNAME, _name(to)))


def _longer(query: Query) -> bytes:
    """An alias of one letter more: an endless chain, each link asked for by itself."""
    return _alias(query, f"{query.label}x.bench")


def _tail(tail: bytes) -> Script:
    """A header that claims one answer, and then bytes that are none."""
    return lambda query: [query.data[:2] + b"\x81\x80\0\1\0\1\0\0\0\0" + query.data[12 : query.end] + tail]


def _says(rcode: int = 0, flags: int = 0x8180) -> Script:
    return lambda query: [answer(query, rcode=rcode, flags=flags)]


def _cut(query: Query) -> list[bytes | float]:
    return [answer(query, flags=0x8380)]


def _unless_edns(query: Query) -> list[bytes | float]:
    edns = query.data[10:12] != b"\0\0"
    return [query.data[:2] + b"\x81\x81" + bytes(8)] if edns else [plain(query)]


def _wrong(query: Query, at: int, value: bytes) -> bytes:
    data = plain(query)
    return data[:at] + value + data[at + len(value) :]


def _loses(query: Query) -> list[bytes | float]:
    return [plain(query)] if random.random() < 0.5 else []


def _flux(query: Query) -> list[bytes | float]:
    number = next(_FLUX) % 100
    other = rr(b"\xc0\x0c", A, bytes((127, 77, 16, number)), 0)
    return [answer(query, other) if query.rtype == A and number % 2 else plain(query, 0)]


_POINTERS: Final = b"".join(struct.pack("!H", 0xC000 | (40 + 2 * n)) for n in range(1024))
_LINKS: Final = [rr(_name(f"c{n}.bench"), CNAME, _name(f"c{n + 1}.bench")) for n in range(20)]
_ODD: Final = b'\x0ba.b\n;"$\xff\0*c\5bench\0'
SCRIPTS: Final[dict[str, list[Script]]] = {
    "d01": [
        lambda q: [answer(q, rr(b"\xc0\x0c", CNAME, _name("b.bench")), rr(_name("b.bench"), CNAME, q.owner))],
        lambda q: [answer(q, rr(b"\xc0\x0c", CNAME, q.owner))],
        lambda q: [answer(q, rr(b"\xc0\x0c", CNAME, _name("c0.bench")), *_LINKS)],
        lambda q: [_longer(q)],
    ],
    "d02": [
        _tail(b"\xc0\x1e" + bytes(10)),
        _tail(b"\xc0\xff" + bytes(10)),
        _tail(_POINTERS),
        _tail(b"\x41aaa" + bytes(10)),
        _tail((b"\x3f" + b"a" * 63) * 5 + bytes(11)),
    ],
    "d03": [
        lambda q: [_wrong(q, 6, b"\xff\xff")],
        _tail(b"\xc0\x0c\0\1\0\1\0\0\0\1\0\5" + bytes(5)),
        lambda q: [plain(q) + b"junk"],
    ],
    "d04": [
        lambda q: [_wrong(q, 0, bytes((q.data[0] ^ 1,))), 0.02, plain(q)],
        lambda q: [_wrong(q, 13, b"q"), 0.02, plain(q)],
        lambda q: [_wrong(q, 12, q.owner.swapcase()), 0.02, plain(q)],
        lambda q: [q.data, q.data[:6], random.randbytes(300), 0.02, plain(q)],
        lambda q: [q.data[:2] + b"\x81\x81" + bytes(8), 0.02, plain(q)],
    ],
    "d05": [_cut, _cut, _cut, _cut],
    "d06": [_cut, _cut, _cut],
    "d07": [_says(rcode=5), _says(rcode=2), _says(rcode=4), _unless_edns, _says(rcode=0), _says(rcode=1)],
    "d10": [lambda q: [plain(q, 0)], lambda q: [plain(q, 2**31)], _says(rcode=3)],
    "d11": [_flux],
    "d12": [lambda q: [answer(q, rr(_name("victim.bench"), A, bytes((127, 77, 16, 1))), soa=True)]],
    "d13": [lambda q: [answer(q, rr(b"\xc0\x0c", CNAME, _ODD), rr(_ODD, A, q.address))]],
    "d15": [
        _loses,
        lambda q: [2.0, plain(q)],
        lambda q: [plain(q)] * 3,
        lambda q: [],
        lambda q: [random.random() * 0.5, plain(q)],
        lambda q: [1.8, _longer(q)],
    ],
}


def _over_tcp(query: Query, case: str, variant: int) -> bytes:
    """The whole answer to a question whose answer was cut."""
    if case == "d06" and query.rtype == TXT and variant == 0:
        return answer(query, rr(b"\xc0\x0c", TXT, (b"\xff" + b"x" * 255) * 200))
    if case == "d06" and query.rtype == A and variant == 1:
        many = (rr(b"\xc0\x0c", A, bytes((127, 77, 16 + n // 250, n % 250))) for n in range(4000))
        return answer(query, *many)
    if case == "d06" and query.rtype == NS and variant == 2:
        return answer(query, *(rr(b"\xc0\x0c", NS, _name(f"ns{n}.bench")) for n in range(1000)))
    return plain(query)


class Front:
    """The server. `web` is where good names are, `hostile` the others, `hole` where nothing answers."""

    def __init__(self, web: str, hostile: str, hole: str) -> None:
        self._web, self._hostile, self._hole = map(socket.inet_aton, (web, hostile, hole))
        self._holes = {
            f"{case}v{number}-"
            for case, handlers in web_cases().items()
            for number, one in enumerate(handlers)
            if one == HOLE
        }
        self._first = 0.0

    def read(self, data: bytes) -> Query:
        """Raises IndexError or UnicodeDecodeError for what is no question."""
        at = 12
        while data[at]:
            at += data[at] + 1
        label = data[13 : 13 + data[12]].decode().lower() if data[12] else ""
        address = self._web if label[:1] == "n" else self._hostile
        if label[:1] == "w" and label[: label.index("-") + 1] in self._holes:
            address = self._hole
        return Query(data, at + 5, data[at + 1] << 8 | data[at + 2], label, address)

    def receive(self, sock: socket.socket) -> None:
        for _ in range(BURST):
            try:
                data, peer = sock.recvfrom(4096)
            except BlockingIOError:
                return
            if data == b"first":
                sock.sendto(repr(self._first).encode(), peer)
                self._first = 0.0
                continue
            self._first = self._first or time.monotonic()
            with suppress(IndexError, ValueError, OSError):  # no question, or nobody there to hear the answer
                query = self.read(data)
                if query.label[:1] == "d" or not query.label:
                    self._play(sock, query, peer)
                else:
                    sock.sendto(plain(query), peer)

    def _play(self, sock: socket.socket, query: Query, peer: Peer) -> None:
        match = LABEL.match(query.label)
        if match is None:  # the root, by which resolvers are known to be alive
            sock.sendto(answer(query, rr(b"\xc0\x0c", NS, _name("a.bench"))), peer)
            return
        self._send(sock, iter(SCRIPTS[match[1]][int(match[2])](query)), peer)

    def _send(self, sock: socket.socket, replies: Iterable[bytes | float], peer: Peer) -> None:
        for one in replies:
            if isinstance(one, float):
                asyncio.get_running_loop().call_later(one, self._send, sock, replies, peer)
                return
            with suppress(OSError):
                sock.sendto(one, peer)

    async def stream(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, EOFError, IndexError, ValueError, RuntimeError):  # closed
            length = int.from_bytes(await reader.readexactly(2), "big")
            query = self.read(await reader.readexactly(length))
            match = LABEL.match(query.label)
            case, variant = (match[1], int(match[2])) if match else ("", 0)
            await self._stream(query, case, variant, writer)
        writer.close()

    async def _stream(self, query: Query, case: str, variant: int, writer: asyncio.StreamWriter) -> None:
        if case == "d15" and variant in (3, 5):
            await asyncio.sleep(30)
        elif case == "d05" and variant == 1:
            writer.transport.abort()
        elif case == "d05" and variant == 3:
            for _ in range(1000):
                writer.write(b"\xff\xff" + bytes(65535))
                await writer.drain()
        else:
            data = _over_tcp(query, case, variant)
            data = len(data).to_bytes(2, "big") + data
            slow = case == "d05" and variant == 2
            for piece in (data[n : n + 1] for n in range(len(data))) if slow else (data,):
                writer.write(piece)
                await writer.drain()
                await asyncio.sleep(0.2 * slow)


async def _serve(address: str, port: int, front: Front) -> None:
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.setblocking(False)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
    sock.bind((address, port))
    asyncio.get_running_loop().add_reader(sock, front.receive, sock)
    server = await asyncio.start_server(front.stream, address, port)
    print("ready", flush=True)
    async with server:
        await server.serve_forever()


def main() -> None:
    address, port, *addresses = sys.argv[1:]
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(address, int(port), Front(*addresses)))


if __name__ == "__main__":
    main()
