"""A shard: a picklable job from rows to judged observations. It opens no database and knows no other shard."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from types import TracebackType
from typing import Final, Protocol, Self

import msgspec

from blocklists.names import Name
from blocklists.suffixes import load_suffixes
from domainscan import __version__
from domainscan.assess import judge, pack_in_force
from domainscan.config import Config, Net, Packs
from domainscan.model import (
    Assessment,
    Candidate,
    Earlier,
    Failure,
    History,
    Observation,
    Record,
    Registration,
    observation_id,
)
from domainscan.net.dns import Resolver, resolver_of
from domainscan.net.fetch import Fetcher
from domainscan.net.reach import Gate, Pace, local_addresses
from domainscan.read.certificate import load_trust
from domainscan.read.pool import ParserPool
from domainscan.scan.seats import Seats
from domainscan.store.findings import Finding, seal
from domainscan.visit import Tools, visit
from domainscan.warc import WarcRecord

PARSERS: Final = (
    1  # processes for ordinary pages of one workshop: it reads three pages in the time of one visit
)
# One host that takes its deadline keeps a job alive: with hostile ones among the rows, nearly every job of a scan
# looks at this at the same time. Ten looks a second of each of 47 took 1.0 % of a core, two take 0.2 %.
STOP_POLL_SECONDS: Final = 0.5


class Settings(Record, frozen=True):
    """What every job of a scan runs under."""

    net: Net
    suffixes: tuple[str, ...]
    packs: Packs
    visits_per_second: float  # of one workshop; 0: no limit


def settings_of(config: Config, workshops: int) -> Settings:
    """The settings of each of so many workshops; they share the rate."""
    rate = config.net.visits_per_second / workshops
    return Settings(config.net, config.names.suffixes, config.packs, rate)


class Task(Record, frozen=True):
    """One row to visit."""

    line: int
    candidate: Candidate


class ShardJob(Record, frozen=True):
    """Everything a shard needs, as data."""

    scan: str
    tasks: tuple[Task, ...]
    settings: Settings
    histories: dict[Name, History]
    registrations: dict[str, Registration | Failure]
    # By name and URL: what a re-scan need not read again.
    earlier: dict[tuple[str, str], Earlier] = msgspec.field(default_factory=dict)


class Part(Record, frozen=True):
    """Some of what jobs under way have found, as it got done."""

    findings: tuple[Finding, ...] = ()
    records: tuple[WarcRecord, ...] = ()
    left: tuple[int, ...] = ()  # rows handed back unfinished: they stay pending
    silent: bool = False  # no resolver answered, and the bounded pause is used up


Tick = Callable[[Observation, Assessment], None]
Done = Callable[[Finding, "tuple[WarcRecord, ...]"], None]


class Stop(Protocol):
    """An event: when it is set, a shard hands in what it has."""

    def is_set(self) -> bool: ...


class Workshop:
    """The clients, parsers and rules that the jobs of one event loop share. `async with Workshop(settings)`."""

    def __init__(self, settings: Settings) -> None:
        net = settings.net
        self._net = net
        self._pack = pack_in_force(settings.packs)
        self._suffixes = load_suffixes(settings.suffixes)
        self._rate = _Rate(settings.visits_per_second)
        self._seats = Seats(net.concurrency, net.slow_visits)
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        net = self._net
        resolver = resolver_of(net)
        self._stack.push_async_callback(resolver.close)
        parser = await self._stack.enter_async_context(ParserPool(PARSERS))
        gate = Gate(net, local_addresses())
        fetcher = await self._stack.enter_async_context(Fetcher(net, gate, Pace(net)))
        self._tools = Tools(net, gate, resolver, fetcher, parser, load_trust(net.trust), _now)
        self._patience = _Patience(resolver, net.resolver_pause_seconds)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()

    @property
    def silent(self) -> bool:
        """Whether no resolver answers, and the bounded pause is used up."""
        return self._patience.spent

    async def run(self, job: ShardJob, stop: Stop, done: Done, tick: Tick | None = None) -> tuple[int, ...]:
        """Visits and judges every row of a job; `done` gets each as it ends. The rows left when `stop` is set."""
        left = {task.line for task in job.tasks}

        async def one(task: Task) -> None:
            await self._rate.turn()
            observation, records = await self._seats.take(self._visit(job, task))
            history = job.histories.get(task.candidate.name, History())
            assessment = judge(observation, history, self._pack, self._suffixes)
            left.discard(task.line)
            done(seal(task.line, observation, assessment), records)
            if tick is not None:
                tick(observation, assessment)

        await _each([asyncio.create_task(one(task)) for task in job.tasks], stop)
        return tuple(left)

    async def _visit(self, job: ShardJob, task: Task) -> tuple[Observation, tuple[WarcRecord, ...]]:
        candidate = task.candidate
        if not await self._patience.ready():
            return unresolved(candidate, job.scan, _now(), self._net.vantage), ()
        owner = self._suffixes.registrable(candidate.name) or candidate.name
        registration = job.registrations.get(owner, Failure("not_run"))
        earlier = job.earlier.get((candidate.name, candidate.url))
        return await visit(candidate, job.scan, registration, self._tools, earlier)


async def _each(visits: list[asyncio.Task[None]], stop: Stop) -> None:
    """Waits for all visits; cancels those that are left when `stop` is set. Raises what a visit raised."""
    left = set(visits)
    try:
        while left and not stop.is_set():
            done, left = await asyncio.wait(left, timeout=STOP_POLL_SECONDS)
            for one in done:
                one.result()
    finally:
        for one in left:
            one.cancel()
        await asyncio.gather(*left, return_exceptions=True)


class _Rate:
    """Starts at most so many visits a second."""

    def __init__(self, per_second: float) -> None:
        self._step = 1 / per_second if per_second else 0.0
        self._next = 0.0

    async def turn(self) -> None:
        if self._step:
            clock = asyncio.get_running_loop()
            self._next = max(self._next + self._step, clock.time())
            await asyncio.sleep(self._next - clock.time())


class _Patience:
    """The one bounded pause that a workshop grants its resolvers."""

    def __init__(self, resolver: Resolver, seconds: float) -> None:
        self._resolver, self._seconds = resolver, seconds
        self._lock = asyncio.Lock()
        self.spent = False

    async def ready(self) -> bool:
        """Whether a resolver answers; waits for one, once."""
        if self._resolver.alive and not self.spent:
            return True
        async with self._lock:
            if not self.spent and not self._resolver.alive:
                self.spent = not await self._resolver.wait(self._seconds)
        return not self.spent


def unresolved(candidate: Candidate, scan: str, at: str, vantage: str) -> Observation:
    """The observation of a name that no resolver could be asked about: failed, and due again; never dead."""
    return Observation(
        id=observation_id(scan, candidate.name, candidate.url),
        scan=scan,
        name=candidate.name,
        url=candidate.url,
        at=at,
        status="failed",
        reason="no_resolver",
        vantage=vantage,
        page=Failure("no_resolver"),
        certificate=Failure("no_resolver"),
        registration=Failure("no_resolver"),
        tool=f"domainscan {__version__}",
    )


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
