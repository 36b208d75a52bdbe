"""Our own stub resolver: UDP over connected sockets, TCP where an answer was cut, resolvers with health.

An answer counts only if its source, id, question and 0x20 spelling are the asked ones. A wrong one is
ignored while the query goes on (CVE-2023-29483: a client that gives up at the first wrong answer can be
made to give up).
Source: RFC 1035 4, RFC 5452 9, RFC 6891, RFC 7766.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from domainscan.model import Answers, Failure, Lookup, Name
from domainscan.net.message import (
    BADVERS,
    FORMERR,
    HOPS,
    NOERROR,
    NOTIMP,
    NXDOMAIN,
    REFUSED,
    BadQuestion,
    Question,
    parse_answer,
    truncated,
)
from domainscan.net.upstream import Arrival, BadResolver, Found, Query, Server, parse_server

__all__ = ["BadResolver", "Resolver", "parse_server", "system_resolvers"]

PROBE_SECONDS: Final = 0.25  # between two looks whether a resolver is back
HEARD_SECONDS: Final = 1.0  # so fresh an answer shows that resolvers are alive
EMPTY: Final = ("nxdomain", "no_data")
HOSTS: Final = ("A", "AAAA")


def system_resolvers(path: str = "/etc/resolv.conf") -> tuple[str, ...]:
    """The addresses of the `nameserver` lines; empty when there is no such file, or nothing usable in it."""
    with suppress(OSError, UnicodeDecodeError):
        lines = (line.split() for line in Path(path).read_text("utf-8").splitlines())
        found = [words[1] for words in lines if len(words) > 1 and words[0] == "nameserver"]
        return tuple(one for one in dict.fromkeys(found) if "%" not in one)
    return ()


class Resolver:
    """Asks recursive resolvers. Build it anywhere; use it in one event loop."""

    def __init__(self, servers: Sequence[str], *, timeout_seconds: float = 2.0, tries: int = 4) -> None:
        """`tries` are queries for one question over all resolvers. Raises BadResolver."""
        self._servers = [Server(text) for text in dict.fromkeys(servers)]
        self._timeout = timeout_seconds
        self._tries = tries
        self._turn = itertools.count()
        self._probing = asyncio.Lock()
        self._probed_at = float("-inf")

    @property
    def alive(self) -> bool:
        """False when every resolver has been silent, ever since a probe said so."""
        return any(not server.silent for server in self._servers)

    async def lookup(self, name: str, rtype: str) -> Answers | Failure:
        """The records, or which kind of nothing; the detail of a Failure names the resolver.

        nxdomain, no_data, servfail, refused, malformed, cname_loop; timeout of this question, or no_resolver
        when no resolver answers any question.
        """
        if not self.alive and not await self._probe():
            return Failure("no_resolver")
        result = await self._resolve(name, rtype, self._in_turn(), self._tries)
        if isinstance(result, Failure) and result.status == "timeout" and not await self._probe():
            return Failure("no_resolver", result.detail)
        return result

    async def lookups(self, name: str, rtypes: Iterable[str]) -> tuple[Lookup, ...]:
        """One Lookup per type, in the order asked for; all at the same time."""
        types = tuple(rtypes)
        results = await asyncio.gather(*(self.lookup(name, rtype) for rtype in types))
        return tuple(Lookup(rtype, result) for rtype, result in zip(types, results, strict=True))

    async def dead(self, name: str, seen: Iterable[Lookup] = ()) -> bool:
        """Whether two different resolvers (of one only: two answers) say that the name has no A and no AAAA.

        `seen` are lookups already made of this name: the resolvers that they name have spoken and are not
        asked again. A resolver that cannot say agrees to nothing.
        """
        seen = tuple(seen)
        if any(isinstance(one.result, Answers) for one in seen if one.rtype in HOSTS):
            return False
        agreed = [server for server in self._servers if _says_empty(server.text, seen)]
        others = [server for server in self._in_turn() if server not in agreed]
        if len(self._servers) == 1:
            others = self._servers if agreed else self._servers * 2
        needed = 2 - len(agreed)
        for server in others:
            if needed <= 0:
                break
            found = [await self._resolve(name, rtype, [server], 2) for rtype in HOSTS]
            if any(isinstance(one, Answers) for one in found):
                return False
            needed -= all(_is_empty(one) for one in found)
        return needed <= 0

    async def wait(self, seconds: float) -> bool:
        """Whether a resolver answers again within `seconds`."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while self._servers:
                    if await self._probe():
                        return True
                    await asyncio.sleep(PROBE_SECONDS)
        return False

    async def close(self) -> None:
        for server in self._servers:
            server.close()
        await asyncio.sleep(0)  # transports report their end on the next turn of the loop

    def _in_turn(self) -> list[Server]:
        """All resolvers, beginning with another one each time."""
        if not self._servers:
            return []
        start = next(self._turn) % len(self._servers)
        return self._servers[start:] + self._servers[:start]

    async def _probe(self) -> bool:
        """Whether any resolver answers anything: one was just heard, or one knows the root's name servers."""
        loop = asyncio.get_running_loop()
        async with self._probing:
            now = loop.time()
            if any(now - server.heard_at < HEARD_SECONDS for server in self._servers):
                return True
            if now - self._probed_at >= PROBE_SECONDS:
                root = Question(".", "NS")
                await asyncio.gather(*(self._exchange(root, [server], 1) for server in self._servers))
                self._probed_at = loop.time()
                for server in self._servers:
                    server.silent = server.heard_at < now
        return self.alive

    async def _resolve(self, name: str, rtype: str, servers: list[Server], tries: int) -> Answers | Failure:
        """The records at the end of the chain of aliases, asking on where an answer stops at an alias."""
        chain: list[Name] = []
        target, ttl = name, 2**31
        while len(chain) <= HOPS:
            try:
                question = Question(target, rtype)
            except BadQuestion as error:
                return Failure("malformed", str(error)[:200])
            found = await self._exchange(question, servers, tries)
            if isinstance(found, Failure):
                return found
            parsed, server = found
            chain += parsed.chain
            ttl = min(ttl, parsed.ttl_seconds)
            if parsed.values:
                return Answers(parsed.values, ttl, tuple(chain), server.text, parsed.total)
            if parsed.final:
                return Failure("nxdomain" if parsed.rcode == NXDOMAIN else "no_data", server.text)
            target = chain[-1]
            if len(set(chain)) < len(chain) or target == name:
                break
        return Failure("cname_loop", " -> ".join(chain)[:400])

    async def _exchange(self, question: Question, servers: list[Server], tries: int) -> Found | Failure:
        """The first answer that says yes or no; else the last thing a resolver said; else `timeout`."""
        query = Query(question)
        try:
            for attempt in range(tries):
                server = _next_server(servers, query)
                if server is None:
                    break
                query.asked.append(server)
                if not await server.send(query):
                    continue
                seconds = self._timeout / 2 if attempt == 0 and tries > 1 else self._timeout
                found = await self._listen(query, server, seconds)
                if found is None and server in query.respelled:
                    found = await self._read_over_tcp(query, server)
                if found:
                    return found
            if query.said is None and query.asked and tries > 1:  # some paths lose UDP only
                found = await self._read_over_tcp(query, query.asked[0])
                if found:
                    return found
                query.said = None  # that TCP is shut says nothing about the question
        finally:
            query.close()
        return query.said or Failure("timeout", ", ".join(dict.fromkeys(one.text for one in query.asked)))

    async def _listen(self, query: Query, server: Server, seconds: float) -> Found | None:
        """An answer to any attempt; None once the resolver just asked will give none, or after `seconds`."""
        try:
            async with asyncio.timeout(seconds) as scope:
                while True:
                    reply = await query.inbox.get()
                    if reply.kind == "respelled":
                        query.respelled.add(reply.server)
                        continue
                    if reply.kind == "dislike" and not query.edns:
                        continue  # it had its effect: one forged FORMERR after the other ends nothing
                    if reply.kind == "answer" and truncated(reply.data):
                        scope.reschedule(None)  # TCP has a time limit of its own
                    found = await self._read(query, reply)
                    if found or reply.server is server:
                        return found
                    scope.reschedule(asyncio.get_running_loop().time() + seconds)
        except TimeoutError:
            server.failed()
            return None

    async def _read(self, query: Query, reply: Arrival) -> Found | None:
        if reply.kind == "error":
            reply.server.failed()
            return None
        if reply.kind == "dislike":
            query.edns = False
            return None
        if truncated(reply.data):
            return await self._read_over_tcp(query, reply.server)
        return _judge(query, reply.server, reply.data)

    async def _read_over_tcp(self, query: Query, server: Server) -> Found | None:
        data = await server.over_tcp(query, self._timeout)
        if isinstance(data, Failure):
            query.spent.add(server)
            query.said = data
            return None
        server.answered()
        server.folds_case = server.folds_case or server in query.respelled
        return _judge(query, server, data)


def _is_empty(result: Answers | Failure) -> bool:
    return isinstance(result, Failure) and result.status in EMPTY


def _says_empty(server: str, seen: Iterable[Lookup]) -> bool:
    """Whether these lookups hold this resolver's word that the name has no address."""
    said = [(one.rtype, one.result) for one in seen]
    own = {(rtype, one.status) for rtype, one in said if isinstance(one, Failure) and one.detail == server}
    absent = any(status == "nxdomain" for _, status in own)
    return absent or all((rtype, "no_data") in own for rtype in HOSTS)


def _next_server(servers: list[Server], query: Query) -> Server | None:
    """The resolver asked least for this question, healthy ones first; None when each has had its say."""
    now = asyncio.get_running_loop().time()
    left = [server for server in servers if server not in query.spent]
    return min(left, key=lambda one: (one.quarantined_until > now, query.asked.count(one)), default=None)


def _judge(query: Query, server: Server, data: bytes) -> Found | None:
    """A yes or no with its resolver; else None, after which another resolver is asked."""
    parsed = parse_answer(data, query.question.rtype)
    if isinstance(parsed, Failure):
        query.spent.add(server)
        query.said = Failure(parsed.status, f"{server.text}: {parsed.detail}")
        return None
    if parsed.rcode in (NOERROR, NXDOMAIN):
        return Found(parsed, server)
    if parsed.rcode in (FORMERR, NOTIMP, BADVERS) and query.edns:
        query.edns = False
    else:
        query.spent.add(server)
    status = "refused" if parsed.rcode == REFUSED else "servfail"
    query.said = Failure(status, f"{server.text}: rcode {parsed.rcode}")
    return None
