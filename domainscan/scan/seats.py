"""Who visits at once: quick visits take turns, and slow ones step aside, so that no host holds up the others."""

from __future__ import annotations

import asyncio
import resource
from collections.abc import Coroutine
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, TypeVar

QUICK_SECONDS: Final = 1.0  # a visit that lasts longer gives its seat to the next and goes on beside them

VISIT_DESCRIPTORS: Final = 3  # a connection, the one that is being closed, a question over TCP
# The event loops, the store, evidence, parsers, worker processes and the sockets towards resolvers and registries.
OTHER_DESCRIPTORS: Final = 48

T = TypeVar("T")


def affordable(quick: int, slow: int) -> tuple[int, int]:
    """Of so many quick and slow visits at once, how many the free descriptors of this process allow: at least one.

    Raises the soft limit to the hard one first.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        with suppress(ValueError, OSError):  # not allowed to: fewer visits at once
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
            soft = hard
    if soft == resource.RLIM_INFINITY:
        return quick, slow
    taken = sum(1 for _ in Path("/proc/self/fd").iterdir())
    visits = max(1, (soft - taken - OTHER_DESCRIPTORS) // VISIT_DESCRIPTORS)
    quick = min(quick, max(1, visits // 2))  # where there are few, as many are kept for slow ones
    return quick, min(slow, visits - quick)


class Seats:
    """`quick` visits at once, and up to `slow` more that have lasted longer than QUICK_SECONDS.

    One host in five that takes its whole deadline of 20 s would keep 64 seats busy for a minute per thousand names.
    """

    def __init__(self, quick: int, slow: int) -> None:
        self._quick = asyncio.Semaphore(quick)
        self._all = asyncio.Semaphore(quick + slow)

    async def take(self, visit: Coroutine[Any, Any, T]) -> T:
        """What `visit` gives, once there was a seat for it."""
        async with _Kept(visit), self._all:
            await self._quick.acquire()
            seat = _Seat(self._quick)
            timer = asyncio.get_running_loop().call_later(QUICK_SECONDS, seat.give_back)
            try:
                return await visit
            finally:
                timer.cancel()
                seat.give_back()


class _Seat:
    """Given back once, by the clock or by the end of the visit."""

    def __init__(self, seats: asyncio.Semaphore) -> None:
        self._seats: asyncio.Semaphore | None = seats

    def give_back(self) -> None:
        if self._seats is not None:
            self._seats.release()
            self._seats = None


class _Kept:
    """Closes a visit that was cancelled before it began."""

    def __init__(self, visit: Coroutine[Any, Any, Any]) -> None:
        self._visit = visit

    async def __aenter__(self) -> None:
        return None

    async def __aexit__(self, *_: object) -> None:
        self._visit.close()
