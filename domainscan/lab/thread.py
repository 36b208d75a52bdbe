"""An asynchronous context manager run in a thread of its own, for callers without an event loop."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, wait
from contextlib import AbstractAsyncContextManager, contextmanager
from typing import Any, TypeVar

T = TypeVar("T")


@contextmanager
def in_thread(make: Callable[[], AbstractAsyncContextManager[T]], name: str) -> Iterator[T]:
    """What the asynchronous context gives, entered and left in the event loop of its own daemon thread.

    What entering or leaving raises is raised here.
    """
    started: Future[tuple[T, asyncio.AbstractEventLoop, asyncio.Event]] = Future()
    ended: Future[BaseException | None] = Future()

    async def live() -> None:
        end = asyncio.Event()
        async with make() as value:
            started.set_result((value, asyncio.get_running_loop(), end))
            await end.wait()

    async def settle() -> BaseException | None:
        task = asyncio.ensure_future(live())
        await asyncio.wait([task])
        return task.exception()

    thread = threading.Thread(target=lambda: ended.set_result(asyncio.run(settle())), name=name, daemon=True)
    thread.start()
    futures: tuple[Future[Any], ...] = (started, ended)
    wait(futures, return_when=FIRST_COMPLETED)
    try:
        if started.done():
            value, loop, end = started.result()
            try:
                yield value
            finally:
                loop.call_soon_threadsafe(end.set)
    finally:
        thread.join()
    error = ended.result()
    if error is not None:
        raise error
