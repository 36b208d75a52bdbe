"""One question under way: a small machine that datagrams, a clock and at most one TCP task drive.

Attempts stay open until the end, so a late answer to the first one is an answer; a bad answer never ends the
question while a good one may still come. No coroutine and no timer of its own: a bulk scan has thousands.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Final

from domainscan.model import Answers, Failure, Name
from domainscan.net.message import (
    BADVERS,
    FORMERR,
    NOERROR,
    NOTIMP,
    NXDOMAIN,
    REFUSED,
    BadQuestion,
    Dice,
    Question,
    parse_answer,
    truncated,
)
from domainscan.net.upstream import Channel, Server
from domainscan.net.wire import HOPS, Parsed

NEVER: Final = float("inf")
Done = Callable[["Query", "Answers | Failure"], None]


class Query:
    """The records of one type of one name, followed along its aliases. `done` is called once with the result."""

    __slots__ = (
        "_asked", "_chain", "_dice", "_left", "_loop", "_respelled", "_said", "_server", "_servers",
        "_spent", "_task", "_timeout", "_tries", "_ttl", "done", "edns", "name", "numbers", "question", "rtype",
        "slow", "until",
    )  # fmt: skip

    def __init__(
        self,
        question: tuple[str, str],
        servers: Sequence[Server],
        tries: int,
        timeout: float,
        dice: Dice,
        done: Done,
    ) -> None:
        self.name, self.rtype = question
        self._servers, self._tries, self._timeout = servers, tries, timeout
        self._dice, self.done = dice, done
        self._loop = asyncio.get_running_loop()
        self._asked: tuple[Server, ...] = ()
        self._chain: tuple[Name, ...] = ()
        self._ttl = 2**31
        self._task: asyncio.Task[None] | None = None
        self.numbers: list[tuple[Channel, int]] = []
        self.until = NEVER  # when the attempt under way is given up
        self.slow = False  # an attempt was given up

    @property
    def ended(self) -> bool:
        """Whether the result has been given."""
        return self.done is _nobody

    def start(self) -> None:
        """Asks. The result may come at once: for a name that no message can carry, or without any resolver."""
        self._begin(self.name)

    def _begin(self, target: str) -> None:
        try:
            self.question = Question(target, self.rtype, self._dice)
        except BadQuestion as error:
            self._finish(Failure("malformed", str(error)[:200]))
            return
        self.edns = True
        self._left = self._tries
        self._server: Server | None = None  # asked last
        self._asked = ()
        self._spent: tuple[Server, ...] = ()  # have spoken, without a yes or no
        self._respelled: tuple[Server, ...] = ()  # seem to fold case; or somebody forges
        self._said: Failure | None = None  # the last that a resolver said instead of an answer
        self._ask()

    def _ask(self) -> None:
        """The next attempt; after the last one a try over TCP: some paths lose UDP only."""
        while self._left:
            self._left -= 1
            server = self._next_server()
            if server is None:
                break
            self._asked += (server,)
            now = self._loop.time()
            early = self._left and len(self._asked) == 1
            seconds = self._timeout / 2 if early else self._timeout
            wait = server.seconds_to_wait(now)
            if wait:
                self._loop.call_later(wait, self._send_later, server, seconds)
                self._server, self.until = server, NEVER
                return
            if server.send(self):
                self._server, self.until = server, now + seconds
                return
        self._left = 0
        if self._said is None and self._asked and self._tries > 1:
            self._over_tcp(self._asked[0], last=True)
        else:
            self._finish(self._said or self._silence())

    def _send_later(self, server: Server, seconds: float) -> None:
        if self._server is server and not self.ended:
            if server.send(self):
                self.until = self._loop.time() + seconds
            else:
                self._ask()

    def _next_server(self) -> Server | None:
        """The resolver asked least for this question, healthy ones first; None when each has had its say."""
        servers = self._servers
        if len(servers) == 1:
            return None if servers[0] in self._spent else servers[0]
        now = self._loop.time()
        left = [server for server in servers if server not in self._spent]
        if not left:
            return None
        return min(left, key=lambda one: (one.quarantined_until > now, self._asked.count(one)))

    def _silence(self) -> Failure:
        return Failure("timeout", ", ".join(dict.fromkeys(one.text for one in self._asked)))

    # ------------------------------------------------------------ what arrives

    def receive(self, server: Server, data: bytes) -> None:
        """A datagram with the right id from the right address."""
        question = self.question
        if question.echoed(data) or (server.folds_case and question.spelled_otherwise(data)):
            server.answered(self._loop.time())
            if not truncated(data):
                self._judge(server, data)
            elif self._task is None:
                self._over_tcp(server)
        elif question.spelled_otherwise(data):
            self._respelled += (server,)
        elif data[4:6] == b"\0\0" and data[3] & 15 in (FORMERR, NOTIMP) and self.edns:
            self.edns = False  # it had its effect: one forged FORMERR after the other ends nothing
            self._moved(server)

    def broken(self, server: Server) -> None:
        """The socket towards this resolver reported an error."""
        if server is self._server and self._task is None:
            self._ask()

    def expire(self) -> None:
        """The attempt under way has taken too long."""
        server = self._server
        assert server is not None
        server.failed()
        if server in self._respelled:
            self._over_tcp(server)
        else:
            self._ask()

    def _moved(self, server: Server) -> None:
        """A resolver spoke without a yes or no: on to the next one, unless another is being waited for."""
        if self._task is not None:
            return
        if server is self._server:
            self._ask()
        else:
            self.until = self._loop.time() + self._timeout

    def _judge(self, server: Server, data: bytes) -> None:
        parsed = parse_answer(data, self.rtype, self.question.end)
        if isinstance(parsed, Failure):
            self._spent += (server,)
            self._said = Failure(parsed.status, f"{server.text}: {parsed.detail}")
            self._moved(server)
        elif parsed.rcode in (NOERROR, NXDOMAIN):
            self._conclude(parsed, server)
        else:
            if parsed.rcode in (FORMERR, NOTIMP, BADVERS) and self.edns:
                self.edns = False
            else:
                self._spent += (server,)
            status = "refused" if parsed.rcode == REFUSED else "servfail"
            self._said = Failure(status, f"{server.text}: rcode {parsed.rcode}")
            self._moved(server)

    def _conclude(self, parsed: Parsed, server: Server) -> None:
        """A yes or no; or an alias without its target, which is asked for next."""
        self._ttl = min(self._ttl, parsed.ttl_seconds)
        if parsed.chain:
            self._chain += parsed.chain
        if parsed.values:
            self._finish(Answers(parsed.values, self._ttl, self._chain, server.text, parsed.total))
        elif parsed.final:
            self._finish(Failure("nxdomain" if parsed.rcode == NXDOMAIN else "no_data", server.text))
        else:
            chain = self._chain
            if len(set(chain)) < len(chain) or chain[-1] == self.name or len(chain) > HOPS:
                self._finish(Failure("cname_loop", " -> ".join(chain)[:400]))
            else:
                self.close()
                self._begin(chain[-1])

    # ------------------------------------------------------------ TCP, and the end

    def _over_tcp(self, server: Server, *, last: bool = False) -> None:
        self.until = NEVER  # TCP has a time limit of its own
        self._task = self._loop.create_task(self._read_over_tcp(server, last))

    async def _read_over_tcp(self, server: Server, last: bool) -> None:
        data = await server.over_tcp(self.question, self.edns, self._timeout)
        self._task = None
        if isinstance(data, Failure):
            if last:  # that TCP is shut as well says nothing about the question
                self._finish(self._silence())
                return
            self._spent += (server,)
            self._said = data
            self._server = server
            self._moved(server)
            return
        server.answered(self._loop.time())
        server.folds_case = server.folds_case or server in self._respelled
        self._server = server
        self._judge(server, data)

    def _finish(self, result: Answers | Failure) -> None:
        done, self.done = self.done, _nobody
        self.close()
        done(self, result)

    def close(self) -> None:
        """Gives up what is under way: nothing that still arrives has an effect."""
        for channel, number in self.numbers:
            channel.pending.pop(number, None)
        self.numbers = []
        self.until = NEVER
        if self._task is not None:
            self._task.cancel()
            self._task = None


def _nobody(query: Query, result: Answers | Failure) -> None:
    """Where a result goes that has been given already."""
