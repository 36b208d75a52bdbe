"""A workshop: visits and judges the rows of shards. It opens no database, and no shard knows another."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from functools import lru_cache, partial
from types import TracebackType
from typing import Final, Self

from blocklists.suffixes import load_suffixes
from domainscan import __version__
from domainscan.assess import judge, pack_in_force
from domainscan.model import (
    Assessment,
    Candidate,
    Earlier,
    Failure,
    History,
    Observation,
    Page,
    Registration,
    observation_id,
)
from domainscan.net.dns import resolver_of
from domainscan.net.fetch import Fetcher
from domainscan.net.pace import Pace
from domainscan.net.reach import Gate, local_addresses
from domainscan.net.survey import Resolved, Surveyor
from domainscan.read.certificate import load_trust
from domainscan.read.pool import ParserPool
from domainscan.scan.job import Settings, ShardJob, Task
from domainscan.scan.seats import Seats, affordable
from domainscan.scan.under_way import Patience, Rate, Run
from domainscan.store.earlier import read_earlier
from domainscan.store.features import Features, features_of
from domainscan.store.findings import Basis, Finding, Made, seal
from domainscan.tool import suffixes_digest, tool
from domainscan.visit import RTYPES, Tools, look_at_icon, visit
from domainscan.warc import WarcRecord

# processes for ordinary pages of one workshop: it reads three pages in the time of one visit.
PARSERS: Final = 1
STALE_SECONDS: Final = 60.0  # after that a row's addresses are looked up again


Done = Callable[[Finding, "tuple[WarcRecord, ...]"], None]


class Workshop:
    """The clients, parsers and rules that the jobs of one event loop share. `async with Workshop(settings)`."""

    def __init__(self, settings: Settings) -> None:
        net = settings.net
        self._net = net
        self._pack = pack_in_force(settings.packs)
        self._suffixes = load_suffixes(settings.suffixes)
        self._suffixes_digest = suffixes_digest(self._suffixes)
        self._rate = Rate(settings.visits_per_second)
        self._seats = Seats(*affordable(net.concurrency, net.slow_visits))
        self._preparing: asyncio.Future[None] | None = None
        self._runs: set[Run] = set()
        self._stopped = False
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        net = self._net
        resolver = resolver_of(net)
        self._stack.push_async_callback(resolver.close)
        parser = await self._stack.enter_async_context(ParserPool(PARSERS))
        gate = Gate(net, local_addresses())
        fetcher = await self._stack.enter_async_context(Fetcher(net, gate, Pace(net)))
        self._tools = Tools(net, gate, resolver, fetcher, parser, load_trust(net.trust), _now)
        self._surveyor = Surveyor(resolver, RTYPES, net.domain_questions, net.deadline_seconds)
        self._patience = Patience(resolver, net.resolver_pause_seconds)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()

    @property
    def silent(self) -> bool:
        """Whether no resolver answers, and the bounded pause is used up."""
        return self._patience.spent

    async def run(self, job: ShardJob, done: Done) -> tuple[int, ...]:
        """Visits and judges every row of a job; `done` gets each as it ends. The rows left when it is stopped."""
        if any((task.candidate.name, task.candidate.url) not in job.earlier for task in job.tasks):
            await self._words_ready()  # before the first visit is under way
        run = Run(task.line for task in job.tasks)
        self._runs.add(run)
        if self._stopped:
            run.stop()
        for task in () if self._stopped else job.tasks:
            name = task.candidate.name
            owner = self._suffixes.registrable(name) or name
            self._surveyor.add(name, owner, partial(self._surveyed, run, job, task, owner, done))
        try:
            return await run.ended
        finally:
            self._runs.discard(run)

    def stop(self) -> None:
        """Running jobs hand in what they have."""
        self._stopped = True
        for run in list(self._runs):
            run.stop()

    def _surveyed(
        self,
        run: Run,
        job: ShardJob,
        task: Task,
        owner: str,
        done: Done,
        resolved: Resolved,
    ) -> None:
        """The name of a row is resolved: it is visited next."""

        async def rest() -> None:
            await self._rate.turn()
            registration = job.registrations.get(owner, Failure("not_run"))
            earlier = self._earlier(job, task.candidate)
            visiting = self._visit(job, task, registration, resolved, earlier)
            observation, records = await self._seats.take(visiting)
            history = job.histories.get(task.candidate.name, History())
            quiet = _quiet(observation, earlier)
            if isinstance(observation.page, Page) and quiet != self._pack.digest:
                await self._words_ready()
            assessment = judge(observation, history, self._pack, self._suffixes, quiet)
            if self._wants_icon(observation, assessment):
                observation, further = await self._seats.take(look_at_icon(observation, self._tools))
                records += further  # no signal reads the icon itself: the judgement is the same with it
            basis = Basis(history, Made(_now(), tool(), self._suffixes_digest))
            shown = self._features(observation, assessment, known=bool(quiet))
            found = seal(task.line, observation, assessment, shown, basis=basis)
            done(found, records)
            run.finished(task.line)

        run.begin(rest())

    async def _words_ready(self) -> None:
        """The pack can search pages: made in a thread, as a loop would stand still for 0.3 s (0.15 s of it do so still:
        the automaton is built under Python's lock). A re-scan of unchanged pages does without.
        """
        if self._preparing is None:
            self._preparing = asyncio.ensure_future(asyncio.to_thread(self._pack.vocabulary.prepare))
        await asyncio.shield(self._preparing)  # that one row is given up stops it not

    def _earlier(self, job: ShardJob, candidate: Candidate) -> Earlier | None:
        """What the newest visit read, where it read a page to its end."""
        before = job.earlier.get((candidate.name, candidate.url))
        return read_earlier(before, job.now, self._suffixes_digest) if before is not None else None

    def _features(self, observation: Observation, assessment: Assessment, *, known: bool) -> Features:
        """What the visit shows. `known`: its page is an earlier visit's, which recorded what that shows."""
        fired = bool(assessment.judgements)
        return features_of(observation, self._suffixes, banded=fired, page=fired or not known)

    def _wants_icon(self, observation: Observation, assessment: Assessment) -> bool:
        wanted = self._net.favicons
        return (
            wanted != "none"
            and isinstance(observation.page, Page)
            and (wanted == "all" or assessment.flagged)
        )

    async def _visit(
        self,
        job: ShardJob,
        task: Task,
        registration: Registration | Failure,
        resolved: Resolved,
        earlier: Earlier | None,
    ) -> tuple[Observation, tuple[WarcRecord, ...]]:
        candidate = task.candidate
        if not await self._patience.ready():
            return unresolved(candidate, job.scan, _now(), self._net.vantage), ()
        if asyncio.get_running_loop().time() - resolved.at > STALE_SECONDS:
            owner = self._suffixes.registrable(candidate.name) or candidate.name
            resolved = await self._surveyor.ask(candidate.name, owner)
        return await visit(candidate, job.scan, registration, self._tools, resolved, earlier)


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


def _quiet(observation: Observation, earlier: Earlier | None) -> str:
    """By which pack the page proved nothing when it was read; "" for a page that was read just now."""
    page = observation.page
    unchanged = isinstance(page, Page) and bool(page.received)
    return earlier.quiet if earlier is not None and unchanged else ""


def _now() -> str:
    return _moment(int(time.time()))


@lru_cache(maxsize=2)
def _moment(second: int) -> str:
    """Written out once a second: each visit asks twice."""
    return datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
