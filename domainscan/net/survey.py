"""Many names at once: all record types of each, what a random neighbour answers, and a second opinion on the dead.

Callbacks instead of a coroutine and a future for each question: five questions a name were a sixth of a scan.
"""

from __future__ import annotations

import asyncio
import secrets
from collections import deque
from collections.abc import Callable, Sequence
from functools import partial
from typing import Final

from domainscan.model import Answers, Failure, Lookup, Name, Record
from domainscan.net.dns import EMPTY, HOSTS, Resolver

WIDTH: Final = 256  # names under way at once
PARENTS: Final = 4096  # whose wildcard is remembered
FLUX_TTL_SECONDS: Final = 60  # an address that is good for longer does not change with each question
FLUX_QUESTIONS: Final = 3
AGAIN: Final = "A (again)"  # under this the answers to the same question later are kept
DOMAINS: Final = 4096  # whose questions are counted
# Then a name that the resolvers failed at is asked for once more: BIND remembers a failure for a second (servfail-ttl),
# and busy resolvers fail at one name in two hundred that is well.
AGAIN_SECONDS: Final = 1.5


class Resolved(Record, frozen=True):
    """What the resolvers say of one name."""

    lookups: tuple[Lookup, ...]
    dead: bool  # two resolvers agree that there is nothing to visit
    # wildcard: a random neighbour exists as well; flux: every answer is another one
    flags: tuple[str, ...] = ()
    seconds: float = 0.0  # from the first question to the last answer
    at: float = 0.0  # when that was, by the loop's clock

    def addresses(self) -> tuple[str, ...]:
        found = (one.result for one in self.lookups if one.rtype in HOSTS)
        return tuple(value for one in found if isinstance(one, Answers) for value in one.values)


Deliver = Callable[[Resolved], None]


class Surveyor:
    """Asks about the names that are added, WIDTH of them at once."""

    def __init__(
        self,
        resolver: Resolver,
        rtypes: Sequence[str],
        questions_per_domain: int = 0,
        deadline_seconds: float = 20.0,
    ) -> None:
        """`rtypes` begin with A. A domain gets so many questions (0: no limit), a name so many seconds."""
        self.resolver, self.rtypes = resolver, tuple(rtypes)
        self.deadline_seconds = deadline_seconds
        self._budget = questions_per_domain
        self._asked: dict[str, int] = {}
        self._wild: dict[str, bool] = {}
        self._waiting: deque[_Look] = deque()
        self._under_way = 0

    def add(self, name: Name, domain: str, deliver: Deliver) -> None:
        """`deliver` gets the name's Resolved, perhaps before this returns. `domain` is the registrable one."""
        if not self._take(domain):
            spent = Failure("over_budget", f"{self._budget} questions about {domain}")
            lookups = tuple(Lookup(rtype, spent) for rtype in self.rtypes)
            deliver(Resolved(lookups, dead=False, at=asyncio.get_running_loop().time()))
            return
        self._waiting.append(_Look(self, name, _parent(name, domain), deliver))
        self._fill()

    async def ask(self, name: Name, domain: str) -> Resolved:
        """The same for one name, for callers who wait."""
        future: asyncio.Future[Resolved] = asyncio.get_running_loop().create_future()

        def deliver(resolved: Resolved) -> None:
            if not future.done():
                future.set_result(resolved)

        self.add(name, domain, deliver)
        return await future

    def _take(self, domain: str) -> bool:
        """Whether the domain may be asked about once more: one zone may hold a million names that lead nowhere."""
        if not self._budget:
            return True
        asked = self._asked.pop(domain, 0) + len(self.rtypes)
        self._asked[domain] = asked  # the newest last
        while len(self._asked) > DOMAINS:
            del self._asked[next(iter(self._asked))]
        return asked <= self._budget

    def _fill(self) -> None:
        while self._waiting and self._under_way < WIDTH:
            self._under_way += 1
            self._waiting.popleft().start()

    def ended(self) -> None:
        self._under_way -= 1
        self._fill()

    def wildcard(self, parent: str) -> bool | None:
        """What is known of names that nobody made below `parent`."""
        return self._wild.get(parent)

    def learn(self, parent: str, *, wild: bool) -> None:
        self._wild[parent] = wild
        while len(self._wild) > PARENTS:
            del self._wild[next(iter(self._wild))]


def _parent(name: Name, domain: str) -> str:
    """Where a neighbour of the name would stand: beside it, or below a registrable domain."""
    return domain if name in (domain, f"www.{domain}") else name.partition(".")[2]


class _Look:
    """One name on its way: A goes ahead, then the rest, and the neighbour."""

    __slots__ = (
        "_began", "_clock", "_deliver", "_flags", "_found", "_later", "_left", "_name", "_over", "_parent", "_sets",
        "_surveyor",
    )  # fmt: skip

    def __init__(self, surveyor: Surveyor, name: Name, parent: str, deliver: Deliver) -> None:
        self._surveyor, self._name, self._parent, self._deliver = surveyor, name, parent, deliver
        self._found: dict[str, Answers | Failure] = {}
        self._flags: tuple[str, ...] = ()
        self._sets: list[tuple[str, ...]] = []
        self._later: tuple[Lookup, ...] = ()
        self._left = 0

    def start(self) -> None:
        loop = asyncio.get_running_loop()
        self._began, self._over = loop.time(), False
        self._clock = loop.call_later(self._surveyor.deadline_seconds, self._expire)
        self._surveyor.resolver.begin(self._name, self._surveyor.rtypes[0], self._first)

    def _expire(self) -> None:
        """Whatever has not come by now is a time-out; a second opinion that has not come agrees to nothing."""
        late = Failure("timeout", f"{self._surveyor.deadline_seconds:g} s for the whole visit")
        self._found = {rtype: self._found.get(rtype, late) for rtype in self._surveyor.rtypes}
        self._end(dead=False)

    def _first(self, result: Answers | Failure) -> None:
        if self._over:
            return
        first, *rest = self._surveyor.rtypes
        self._found[first] = result
        if isinstance(result, Failure) and result.status in ("nxdomain", "no_resolver"):
            self._found |= dict.fromkeys(rest, result)  # no name, no records of any type (RFC 8020)
            self._decide()
            return
        changing = isinstance(result, Answers) and result.ttl_seconds <= FLUX_TTL_SECONDS
        again = FLUX_QUESTIONS - 1 if changing else 0
        failed = isinstance(result, Failure) and result.status == "servfail"
        known = self._surveyor.wildcard(self._parent)
        self._left = len(rest) + again + (known is None) + failed
        if known:
            self._flags += ("wildcard",)
        begin = self._surveyor.resolver.begin
        for rtype in rest:
            begin(self._name, rtype, partial(self._more, rtype))
        for _ in range(again):
            begin(self._name, first, self._again)
        if known is None:
            begin(f"{secrets.token_hex(8)}.{self._parent}", first, self._neighbour)
        if failed:
            asyncio.get_running_loop().call_later(AGAIN_SECONDS, self._ask_once_more)

    def _more(self, rtype: str, result: Answers | Failure) -> None:
        self._found[rtype] = result
        self._one_less()

    def _ask_once_more(self) -> None:
        if not self._over:
            first = self._surveyor.rtypes[0]
            self._surveyor.resolver.begin(self._name, first, partial(self._more, first))

    def _again(self, result: Answers | Failure) -> None:
        if isinstance(result, Answers):
            self._sets.append(result.values)
        self._one_less()

    def _neighbour(self, result: Answers | Failure) -> None:
        if isinstance(result, Answers):
            self._surveyor.learn(self._parent, wild=True)
            self._flags += ("wildcard",)
        elif result.status in EMPTY:
            self._surveyor.learn(self._parent, wild=False)
        self._one_less()

    def _one_less(self) -> None:
        self._left -= 1
        if not self._left and not self._over:
            self._decide()

    def _decide(self) -> None:
        """Everything is in, but for a second opinion where the name has no address."""
        self._collect()
        hosts = [self._found[rtype] for rtype in HOSTS if rtype in self._found]
        if all(isinstance(one, Failure) and one.status in EMPTY for one in hosts):
            self._surveyor.resolver.spawn(self._ask_another())
        else:
            self._end(dead=False)

    def _collect(self) -> None:
        """Keeps later answers that differed beside the first, which alone is visited; flux when all of them did."""
        first = self._found[self._surveyor.rtypes[0]]
        if not self._sets or not isinstance(first, Answers):
            return
        sets = [set(one) for one in (first.values, *self._sets)]
        union = set[str]().union(*sets)
        if len(union) == sum(map(len, sets)) and len(sets) == FLUX_QUESTIONS:
            self._flags += ("flux",)
        later = tuple(sorted(union - sets[0]))
        if later:
            self._later = (Lookup(AGAIN, Answers(later, first.ttl_seconds, total=len(later))),)

    async def _ask_another(self) -> None:
        self._end(dead=await self._surveyor.resolver.dead(self._name, self._lookups()))

    def _lookups(self) -> tuple[Lookup, ...]:
        return (*(Lookup(rtype, self._found[rtype]) for rtype in self._surveyor.rtypes), *self._later)

    def _end(self, *, dead: bool) -> None:
        if self._over:
            return
        self._over = True
        self._clock.cancel()
        now = asyncio.get_running_loop().time()
        self._deliver(Resolved(self._lookups(), dead, self._flags, now - self._began, now))
        self._surveyor.ended()
