"""Rows under way: the job they belong to, the rate at which they start, the pause that silent resolvers get."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterable

from domainscan.net.dns import Resolver


class Run:
    """The rows of one job that are not done, and the tasks at work on them."""

    def __init__(self, lines: Iterable[int]) -> None:
        self._left = set(lines)
        self._tasks: set[asyncio.Task[None]] = set()
        self.ended: asyncio.Future[tuple[int, ...]] = asyncio.get_running_loop().create_future()

    def begin(self, work: Coroutine[None, None, None]) -> None:
        if self.ended.done():
            work.close()
            return
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._settle)

    def finished(self, line: int) -> None:
        self._left.discard(line)

    def _settle(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if self.ended.done() or task.cancelled():
            return
        error = task.exception()
        if error is not None:
            self.ended.set_exception(error)
        elif not self._left:
            self.ended.set_result(())

    def stop(self) -> None:
        """Ends the job with what is done."""
        for task in self._tasks:
            task.cancel()
        if not self.ended.done():
            self.ended.set_result(tuple(self._left))


class Rate:
    """Starts at most so many visits a second."""

    def __init__(self, per_second: float) -> None:
        self._step = 1 / per_second if per_second else 0.0
        self._next = 0.0

    async def turn(self) -> None:
        if self._step:
            clock = asyncio.get_running_loop()
            self._next = max(self._next + self._step, clock.time())
            await asyncio.sleep(self._next - clock.time())


class Patience:
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
