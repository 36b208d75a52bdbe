"""Our own stub resolver: UDP over connected sockets, TCP where an answer was cut, resolvers with health.

An answer counts only if its source, id, question and 0x20 spelling are the asked ones. A wrong one is
ignored while the query goes on (CVE-2023-29483: a client that gives up at the first wrong answer can be
made to give up).
Source: RFC 1035 4, RFC 5452 9, RFC 6891, RFC 7766, RFC 8020.
"""

from __future__ import annotations

import asyncio
import itertools
from collections import deque
from collections.abc import Callable, Coroutine, Iterable, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Final

from domainscan.config import Net
from domainscan.model import Answers, Failure, Lookup
from domainscan.net.message import Dice
from domainscan.net.query import Done, Query
from domainscan.net.upstream import BadResolver, Server, parse_server
from domainscan.net.window import Deliver, Window

__all__ = ["BadResolver", "Resolver", "parse_server", "resolver_of", "system_resolvers"]

PROBE_SECONDS: Final = 0.25  # between two looks whether a resolver is back
HEARD_SECONDS: Final = 1.0  # so fresh an answer shows that resolvers are alive
TICK_SECONDS: Final = 0.05  # between two looks at which attempts have taken too long
WINDOW: Final = 512  # questions of a bulk look-up under way at once
QUESTIONS: Final = 256  # under way at each resolver: BIND refuses clients above 900, Unbound drops them
SLOW: Final = 2  # times as many beside them whose first attempt was not answered in time
EMPTY: Final = ("nxdomain", "no_data")
HOSTS: Final = ("A", "AAAA")


def system_resolvers(path: str = "/etc/resolv.conf") -> tuple[str, ...]:
    """The addresses of the `nameserver` lines; empty when there is no such file, or nothing usable in it."""
    with suppress(OSError, UnicodeDecodeError):
        lines = (line.split() for line in Path(path).read_text("utf-8").splitlines())
        found = [words[1] for words in lines if len(words) > 1 and words[0] == "nameserver"]
        return tuple(one for one in dict.fromkeys(found) if "%" not in one)
    return ()


def resolver_of(net: Net) -> Resolver:
    """The client of the configured resolvers, or of the system's."""
    return Resolver(
        net.resolvers or system_resolvers(),
        timeout_seconds=net.dns_timeout_seconds,
        tries=net.dns_tries,
        queries_per_second=net.dns_queries_per_second,
        questions=net.dns_questions,
    )


class Resolver:
    """Asks recursive resolvers. Build it anywhere; use it in one event loop."""

    def __init__(
        self,
        servers: Sequence[str],
        *,
        timeout_seconds: float = 2.0,
        tries: int = 4,
        queries_per_second: float = 0.0,
        questions: int = QUESTIONS,
    ) -> None:
        """`tries` are queries for one question over all resolvers; the rate is of each one, and so are the
        `questions` under way, beside SLOW times as many slow ones. Raises BadResolver.
        """
        self._servers = [Server(text, queries_per_second) for text in dict.fromkeys(servers)]
        self._timeout = timeout_seconds
        self.tries = tries
        self._turn = itertools.count()
        self._dice = Dice()
        self._probing = asyncio.Lock()
        self._probed_at = float("-inf")
        self._questions = questions
        self._room = questions * len(self._servers)
        self._open: dict[Query, None] = {}
        self._slow = 0  # of those
        self._waiting: deque[Query] = deque()  # for room
        self._admitting = False
        self._clock: asyncio.TimerHandle | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def alive(self) -> bool:
        """False when every resolver has been silent, ever since a probe said so."""
        for server in self._servers:  # noqa: SIM110 - asked before every question, and any() takes 0.5 us
            if not server.silent:
                return True
        return False

    async def lookup(self, name: str, rtype: str) -> Answers | Failure:
        """The records, or which kind of nothing; the detail of a Failure names the resolver.

        nxdomain, no_data, servfail, refused, malformed, cname_loop; timeout of this question, or no_resolver
        when no resolver answers any question.
        """
        if not self.alive and not await self._probe():
            return Failure("no_resolver")
        return await self.explained(await self._ask(name, rtype, self.in_turn(), self.tries))

    async def explained(self, result: Answers | Failure) -> Answers | Failure:
        """A time-out told apart: of this question alone, or because no resolver answers any question."""
        if isinstance(result, Failure) and result.status == "timeout" and not await self._probe():
            return Failure("no_resolver", result.detail)
        return result

    async def lookups(
        self, name: str, rtypes: Iterable[str], seconds: float | None = None
    ) -> tuple[Lookup, ...]:
        """One Lookup per type, in the order asked for; what is not known after `seconds` is a timeout.

        A chain of aliases, each answered at the last moment, would otherwise take its time once more per link.
        """
        types = tuple(rtypes)
        found: dict[str, Answers | Failure] = {}
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._fill(found, name, types)
        late = Failure("timeout", f"{seconds:g} s for all look-ups") if seconds else Failure("timeout")
        return tuple([Lookup(rtype, found.get(rtype, late)) for rtype in types])

    async def _fill(self, found: dict[str, Answers | Failure], name: str, rtypes: Sequence[str]) -> None:
        """Puts one result per type into `found`.

        The first type goes ahead: where the name does not exist at all, nothing else is asked (RFC 8020). The
        others are asked at once.
        """
        first = found[rtypes[0]] = await self.lookup(name, rtypes[0])
        if isinstance(first, Failure) and first.status in ("nxdomain", "no_resolver"):
            found.update(dict.fromkeys(rtypes, first))
            return

        async def one(rtype: str) -> None:
            found[rtype] = await self.lookup(name, rtype)

        await asyncio.gather(*map(one, rtypes[1:]))

    async def bulk(
        self, questions: Iterable[tuple[str, str]], deliver: Deliver, window: int = WINDOW
    ) -> None:
        """Asks (name, type) after (name, type), `window` at once; `deliver` gets each result, as it comes.

        The result is as from `lookup`. Questions are taken as they are needed: a million of them streams.
        """
        await Window(self.begin, iter(questions), deliver, window).run()

    async def dead(self, name: str, seen: Iterable[Lookup] = ()) -> bool:
        """Whether two different resolvers (of one only: two answers) say that the name has no A and no AAAA.

        `seen` are lookups already made of this name: the resolvers that they name have spoken and are not
        asked again. A resolver that cannot say agrees to nothing.
        """
        seen = tuple(seen)
        if any(isinstance(one.result, Answers) for one in seen if one.rtype in HOSTS):
            return False
        agreed = [server for server in self._servers if _says_empty(server.text, seen)]
        others = [server for server in self.in_turn() if server not in agreed]
        if len(self._servers) == 1:
            others = self._servers if agreed else self._servers * 2
        needed = 2 - len(agreed)
        for server in others:
            if needed <= 0:
                break
            said = await self._says(name, server)
            if isinstance(said, Answers):
                return False
            needed -= said.status in EMPTY
        return needed <= 0

    async def _says(self, name: str, server: Server) -> Answers | Failure:
        """What one resolver says of a name's addresses: any, none, or why it cannot say."""
        said: Answers | Failure = Failure("no_data")
        for rtype in HOSTS:
            said = await self._ask(name, rtype, [server], 2)
            if isinstance(said, Answers) or said.status != "no_data":
                break  # with nxdomain there is no other type either
        return said

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
        self._waiting.clear()
        for query in list(self._open):
            query.close()
        self._open.clear()
        if self._clock is not None:
            self._clock.cancel()
        for task in self._tasks:
            task.cancel()
        for server in self._servers:
            server.close()

    # ------------------------------------------------------------ queries under way

    def start(
        self,
        name: str,
        rtype: str,
        servers: Sequence[Server],
        tries: int,
        done: Done,
        *,
        urgent: bool = False,
    ) -> Query:
        """A query under way, or in line for it; `done` hears of its end, perhaps before this returns."""
        query = Query((name, rtype), servers, tries, self._timeout, self._dice, done)
        if urgent:
            self._begin(query)
        else:
            self._waiting.append(query)
            self._admit()
        return query

    def forget(self, query: Query) -> None:
        """The query has ended, or nobody wants it any more."""
        if query in self._open:
            del self._open[query]
            self._slow -= query.slow
        elif query in self._waiting:
            self._waiting.remove(query)
        self._admit()

    def _admit(self) -> None:
        """Starts what waits, as far as there is room: a resolver that is asked too much at once answers SERVFAIL, or
        nothing at all.
        """
        if self._admitting:
            return
        self._admitting = True  # a query that ends at once starts no other below itself
        try:
            while self._waiting and len(self._open) < self._room + min(self._slow, SLOW * self._room):
                self._begin(self._waiting.popleft())
        finally:
            self._admitting = False

    def _begin(self, query: Query) -> None:
        self._open[query] = None
        if self._clock is None:
            self._clock = asyncio.get_running_loop().call_later(self._tick_seconds(), self._tick)
        query.start()

    def _tick_seconds(self) -> float:
        return min(TICK_SECONDS, self._timeout / 8)

    def _tick(self) -> None:
        """One clock for all: a timer per query would cost as much as the query."""
        loop = asyncio.get_running_loop()
        now = loop.time()
        for query in [query for query in self._open if query.until <= now]:
            if query.until <= now:
                self._slow += not query.slow
                query.slow = True
                query.expire()
        self._room = self._questions * max(1, sum(one.quarantined_until <= now for one in self._servers))
        self._admit()
        self._clock = loop.call_later(self._tick_seconds(), self._tick) if self._open else None

    async def _ask(
        self, name: str, rtype: str, servers: list[Server], tries: int, *, urgent: bool = False
    ) -> Answers | Failure:
        future: asyncio.Future[Answers | Failure] = asyncio.get_running_loop().create_future()

        def done(query: Query, result: Answers | Failure) -> None:
            if not future.done():
                future.set_result(result)

        query = self.start(name, rtype, servers, tries, done, urgent=urgent)
        try:
            return await future
        finally:
            self.forget(query)
            query.close()

    def begin(self, name: str, rtype: str, deliver: Callable[[Answers | Failure], None]) -> None:
        """As `lookup`, for callers who wait for thousands; `deliver` may be called before this returns."""
        if self.alive:
            self.start(name, rtype, self.in_turn(), self.tries, partial(self._ended, deliver))
        else:
            self.spawn(self._late(name, rtype, deliver))

    def _ended(
        self, deliver: Callable[[Answers | Failure], None], query: Query, result: Answers | Failure
    ) -> None:
        self.forget(query)
        if isinstance(result, Failure) and result.status == "timeout":
            self.spawn(self._explain(result, deliver))
        else:
            deliver(result)

    async def _late(self, name: str, rtype: str, deliver: Callable[[Answers | Failure], None]) -> None:
        deliver(await self.lookup(name, rtype))

    async def _explain(self, result: Answers | Failure, deliver: Callable[[Answers | Failure], None]) -> None:
        deliver(await self.explained(result))

    def spawn(self, work: Coroutine[None, None, None]) -> None:
        """Runs `work` until it ends or this resolver is closed."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def in_turn(self) -> list[Server]:
        """All resolvers, beginning with another one each time."""
        if len(self._servers) < 2:
            return self._servers
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
                await asyncio.gather(
                    *(self._ask(".", "NS", [server], 1, urgent=True) for server in self._servers)
                )
                self._probed_at = loop.time()
                for server in self._servers:
                    server.silent = server.heard_at < now
        return self.alive


def _says_empty(server: str, seen: Iterable[Lookup]) -> bool:
    """Whether these lookups hold this resolver's word that the name has no address."""
    said = [(one.rtype, one.result) for one in seen]
    own = {(rtype, one.status) for rtype, one in said if isinstance(one, Failure) and one.detail == server}
    absent = any(status == "nxdomain" for _, status in own)
    return absent or all((rtype, "no_data") in own for rtype in HOSTS)
