"""A window of questions: a bulk look-up that keeps so many under way, whatever their number."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from functools import partial

from domainscan.model import Answers, Failure

Deliver = Callable[[str, str, "Answers | Failure"], None]
Begin = Callable[[str, str, Callable[["Answers | Failure"], None]], None]


class Window:
    """A bulk look-up: as many questions under way as it is wide, a new one for each that ends."""

    def __init__(
        self, begin: Begin, questions: Iterator[tuple[str, str]], deliver: Deliver, width: int
    ) -> None:
        """`begin` starts a question and calls what it is given with the result, perhaps before it returns."""
        self._begin, self._questions, self._deliver, self._width = begin, questions, deliver, width
        self._count = 0  # under way, with those that wait for a probe
        self._filling = self._drained = False
        self._loop = asyncio.get_running_loop()
        self._ended: asyncio.Future[None] = self._loop.create_future()

    async def run(self) -> None:
        """Returns when every question has its result. Raises what `deliver` raised."""
        self._fill()
        try:
            await self._ended
        finally:
            self._drained = True  # what is still under way ends without a successor

    def _fill(self) -> None:
        self._filling = True  # a question that ends at once asks for no other turn
        while self._count < self._width and not self._drained and not self._ended.done():
            question = next(self._questions, None)
            if question is None:
                self._drained = True
                break
            self._count += 1
            self._begin(*question, partial(self._give, *question))
        self._filling = False
        if self._drained and not self._count and not self._ended.done():
            self._ended.set_result(None)

    def _give(self, name: str, rtype: str, result: Answers | Failure) -> None:
        self._count -= 1
        if self._ended.done():
            return
        try:
            self._deliver(name, rtype, result)
        except Exception as error:  # noqa: BLE001 - whoever waits for the window gets it
            if not self._ended.done():
                self._ended.set_exception(error)
        # Once for all answers of this turn of the loop: sending in a row wakes the other side once, and a send to
        # a sleeper costs three times as much.
        if not self._filling:
            self._filling = True
            self._loop.call_soon(self._fill)
