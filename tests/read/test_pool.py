"""The parser processes: hostile documents end within bounds, are never called clean, and hurt nobody else."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import uvloop

from domainscan.model import Failure, Page
from domainscan.read import lanes, process
from domainscan.read import pool as pool_module
from domainscan.read.lanes import ParserBroken
from domainscan.read.pool import SLOW_NICENESS, ParserPool, looks_suspicious
from tests.hostile.documents import BOMBS, NEST

GOOD = b"<title>Good</title><p>good page"
LIMITED = ("100k nested div", "one tag with 100k attributes", "200k options")


async def ask(pool: ParserPool, body: bytes, **rest: bool) -> Page | Failure:
    return await pool.read(
        body,
        url="https://a.lab/",
        http_status=200,
        content_type="text/html; charset=utf-8",
        body_digest="sha256:0",
        **rest,
    )


def is_good(page: Page | Failure) -> bool:
    return isinstance(page, Page) and (page.title, page.text, page.flags) == ("Good", "good page", ())


async def test_every_bomb_ends_with_its_marker_or_a_flag_and_good_pages_go_on() -> None:
    async with ParserPool(1, cpu_seconds=1.0) as pool:
        for name, bomb in BOMBS.items():
            blast = asyncio.create_task(ask(pool, bomb))
            await asyncio.sleep(0)
            assert is_good(await ask(pool, GOOD)), name
            page = await blast
            assert isinstance(page, Page), (name, page)
            assert "the marker text" in page.text, name
            assert ("incomplete" in page.flags) or name not in LIMITED, name


async def test_a_good_page_does_not_wait_behind_a_bomb(monkeypatch: pytest.MonkeyPatch) -> None:
    async def order() -> list[str]:
        done: list[str] = []

        async def one(pool: ParserPool, name: str, body: bytes) -> None:
            await ask(pool, body)
            done.append(name)

        async with ParserPool(1, cpu_seconds=0.4) as pool:
            await ask(pool, GOOD)
            blast = asyncio.create_task(one(pool, "bomb", NEST))
            await asyncio.sleep(0)
            await asyncio.gather(blast, *(one(pool, "good", GOOD) for _ in range(5)))
        return done

    assert await order() == ["good"] * 5 + ["bomb"]
    monkeypatch.setattr(pool_module, "looks_suspicious", lambda _: False)
    # Whether the next worker for good pages starts sooner than the bomb's tokens are read is the machine's affair.
    firsts = [(await order())[0] for _ in range(3)]
    assert set(firsts) != {"bomb"}, "even then the bomb is put aside after its share"

    monkeypatch.setattr(pool_module.ParserPool, "read", _read_in_one_lane)
    assert (await order())[0] == "bomb", "without lanes the good pages wait"


async def _read_in_one_lane(self: Any, body: bytes, **rest: Any) -> Page | Failure:
    request = pool_module.Request(body, rest["url"], 200, "text/html", "", False, 0.4)
    try:
        return await self._ask(self._quick, request)  # type: ignore[no-any-return]
    except lanes.Lost as lost:
        return Failure("parse_incomplete", str(lost))


async def test_the_worker_for_suspicious_documents_gives_way(children: Callable[[], set[int]]) -> None:
    """Where all want the processor, good pages get most of it; and a bomb's worker starts no other way."""
    async with ParserPool(size=1) as pool:
        assert is_good(await ask(pool, GOOD))
        (quick,) = children()
        await ask(pool, BOMBS["500k &"])
        (slow,) = children() - {quick}
        levels = [os.getpriority(os.PRIO_PROCESS, pid) for pid in (quick, slow)]
    here = os.getpriority(os.PRIO_PROCESS, 0)
    assert levels == [here, min(19, here + SLOW_NICENESS)]


async def test_time_is_bounded_by_the_clock_when_the_processor_limit_is_not_reached() -> None:
    async with ParserPool(1, cpu_seconds=60, wall_seconds=1.5) as pool:
        page = await ask(pool, NEST)
        assert isinstance(page, Page)
        assert "incomplete" in page.flags
        assert is_good(await ask(pool, GOOD))


async def test_what_even_the_token_reader_cannot_end_is_a_failure_never_a_page() -> None:
    async with ParserPool(1, cpu_seconds=0.08) as pool:
        page = await ask(pool, NEST * 4)
        assert page == Failure("parse_incomplete", "the parser used up its processor time")
        assert is_good(await ask(pool, GOOD))


async def test_memory_is_bounded() -> None:
    body = b"<p a>x" * 300_000
    async with ParserPool(1, memory_mb=96, cpu_seconds=10, wall_seconds=20) as pool:
        small = await ask(pool, body)
        assert is_good(await ask(pool, GOOD))
    async with ParserPool(1, memory_mb=1024, cpu_seconds=10, wall_seconds=20) as pool:
        large = await ask(pool, body)
    assert isinstance(small, Failure) or "incomplete" in small.flags
    assert isinstance(large, Page) and "incomplete" not in large.flags


async def test_a_worker_that_is_killed_is_replaced(children: Callable[[], set[int]]) -> None:
    async with ParserPool(1) as pool:
        assert is_good(await ask(pool, GOOD))
        (first,) = children()
        os.kill(first, signal.SIGKILL)
        os.waitid(os.P_PID, first, os.WEXITED | os.WNOWAIT)
        assert is_good(await ask(pool, GOOD)), "killed while idle: nothing is lost"
        kept = children()
        blast = asyncio.create_task(ask(pool, NEST))
        while len(children()) < 2:
            await asyncio.sleep(0.01)
        (second,) = children() - kept
        os.kill(second, signal.SIGSEGV)
        assert isinstance(await blast, Page), "crashed at work: the document is read by its tokens"
        assert is_good(await ask(pool, GOOD))


async def test_a_read_that_is_cancelled_takes_its_worker_along_and_no_other(
    children: Callable[[], set[int]],
) -> None:
    async with ParserPool(1) as pool:
        assert is_good(await ask(pool, GOOD))
        (kept,) = children()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.3):
                await ask(pool, NEST)
        assert is_good(await ask(pool, GOOD))
        assert is_good(await ask(pool, GOOD + b" " * 300_000)), "the other lane has its turn back"
        assert kept in children()


async def test_close_leaves_no_process_behind(children: Callable[[], set[int]]) -> None:
    before = children()
    pool = ParserPool(3, cpu_seconds=0.3)
    await asyncio.gather(*(ask(pool, body) for body in (GOOD, GOOD, GOOD, NEST)))
    assert len(children() - before) >= 3
    await pool.close()
    assert children() == before
    assert is_good(await ask(pool, GOOD)), "a closed pool starts again when asked"
    await pool.close()
    assert children() == before


HOLDER = """
import asyncio, sys
from domainscan.read.pool import ParserPool
async def main():
    pool = ParserPool(1)
    await pool.read(b"x", url="https://a.lab/", http_status=200, content_type="text/html", body_digest="")
    print("ready", flush=True)
    await asyncio.sleep(600)
asyncio.run(main())
"""


async def test_workers_do_not_outlive_a_scan_that_is_killed() -> None:
    holder = subprocess.Popen([sys.executable, "-c", HOLDER], stdout=subprocess.PIPE, text=True)
    assert holder.stdout is not None and holder.stdout.readline() == "ready\n"
    (worker,) = Path(f"/proc/{holder.pid}/task/{holder.pid}/children").read_text().split()
    assert Path(f"/proc/{worker}").exists()
    holder.kill()
    holder.communicate()
    for _ in range(500):
        if not _runs(worker):
            return
        await asyncio.sleep(0.02)
    pytest.fail("the worker still runs")


def _runs(pid: str) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


async def test_workers_are_replaced_before_they_grow_old(
    monkeypatch: pytest.MonkeyPatch, children: Callable[[], set[int]]
) -> None:
    monkeypatch.setattr(process, "DOCUMENTS_PER_WORKER", 2)
    seen: set[int] = set()
    async with ParserPool(1) as pool:
        for _ in range(5):
            assert is_good(await ask(pool, GOOD))
            seen |= children()
    assert len(seen) == 3


async def test_the_worker_sees_no_secret_of_this_process(
    monkeypatch: pytest.MonkeyPatch, children: Any
) -> None:
    monkeypatch.setenv("DOMAINSCAN_TOKEN", "secret-of-the-desk")
    async with ParserPool(1) as pool:
        await ask(pool, GOOD)
        workers = children()
        assert len(workers) == 1
        for pid in workers:
            assert b"secret-of-the-desk" not in Path(f"/proc/{pid}/environ").read_bytes()


async def test_a_parser_that_cannot_start_is_an_error_not_a_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "_START", "raise SystemExit(7)")
    async with ParserPool(1) as pool:
        with pytest.raises(ParserBroken, match="ended with code 7"):
            await ask(pool, GOOD)
        monkeypatch.undo()
        assert is_good(await ask(pool, GOOD))


async def test_what_is_no_page_needs_no_worker(children: Callable[[], set[int]]) -> None:
    before = children()
    async with ParserPool(1) as pool:
        page = await pool.read(
            b"\x89PNG", url="https://a.lab/", http_status=200, content_type="image/png", body_digest=""
        )
        assert page == Failure("not_html", "image/png")
        assert children() == before


async def test_only_the_document_whose_turn_it_is_pays_for_a_dead_worker(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pool_module, "looks_suspicious", lambda _: False)

    async def flags() -> list[bool]:
        async with ParserPool(1, cpu_seconds=0.4) as pool:
            await ask(pool, GOOD)
            pages = await asyncio.gather(*(ask(pool, body) for body in (GOOD, NEST, GOOD, GOOD, GOOD, GOOD)))
        return ["incomplete" in page.flags for page in pages if isinstance(page, Page)]

    assert await flags() == [False, True, False, False, False, False]

    def blame_all(self: Any, worker: Any, how: str) -> None:
        for document in worker.documents:
            document.reply.set_exception(lanes.Lost(how))
        self._end(worker)
        self.hand_out()

    monkeypatch.setattr(lanes.Lane, "lost", blame_all)
    assert (await flags()).count(True) > 1, "else those behind it would pay too"


# A worker that answers every document with the same failure, in its own way.
ODD_WORKER = """
import sys, time, msgspec
from domainscan.model import Failure
reply = msgspec.msgpack.encode(Failure("not_html", "odd"))
def say(data):
    sys.stdout.buffer.write(len(data).to_bytes(4, "big") + data)
    sys.stdout.buffer.flush()
say(b"")
while len(head := sys.stdin.buffer.read(4)) == 4:
    sys.stdin.buffer.read(int.from_bytes(head, "big"))
    ANSWER
"""
ODD = Failure("not_html", "odd")


def odd_worker(answer: str) -> str:
    return "import sys; sys.path[:] = sys.argv[3:]\n# domainscan.read.worker" + ODD_WORKER.replace(
        "ANSWER", answer
    )


async def test_the_clock_of_a_document_starts_with_its_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "_START", odd_worker("time.sleep(0.4); say(reply)"))

    async def answers() -> list[Page | Failure]:
        async with ParserPool(1, wall_seconds=1.2) as pool:
            return await asyncio.gather(*(ask(pool, GOOD) for _ in range(4)))

    assert await answers() == [ODD] * 4, "1.6 s for all, and 0.4 s for each"
    monkeypatch.setattr(process.Worker, "_next_turn", _first_turn_only)
    ends: list[str] = []
    lost = lanes.Lane.lost
    monkeypatch.setattr(
        lanes.Lane, "lost", lambda self, worker, how: (ends.append(how), lost(self, worker, how))
    )
    await answers()
    assert ends == ["no answer within 1.2 s"], "one clock for all would run out"


def _first_turn_only(self: Any) -> None:
    if self._sent == 1:
        self._limit = self._loop.time() + self._lane.wall_seconds
        self._set_alarm()


async def test_a_document_that_is_cancelled_before_its_turn_hurts_nobody(
    monkeypatch: pytest.MonkeyPatch, children: Callable[[], set[int]]
) -> None:
    monkeypatch.setattr(process, "_START", odd_worker("time.sleep(0.3); say(reply)"))
    async with ParserPool(1) as pool:
        assert await ask(pool, GOOD) == ODD
        kept = children()
        first, second, third = (asyncio.create_task(ask(pool, GOOD)) for _ in range(3))
        await asyncio.sleep(0.1)
        second.cancel()
        assert await asyncio.gather(first, third) == [ODD, ODD]
        assert children() == kept
        with pytest.raises(asyncio.CancelledError):
            await second


MISBEHAVIOUR = [
    ("say(reply); say(reply)", ODD, "an answer nobody asked for ends the worker, not the pool"),
    (
        "sys.stdout.buffer.write(bytes([255] * 8)); sys.stdout.buffer.flush(); time.sleep(60)",
        Failure("parse_incomplete", "the parser sent a reply of 4294967295 bytes"),
        "a reply larger than any page",
    ),
    (
        "say(b'nonsense')",
        "the parser answered nonsense",
        "a reply that is no page",
    ),
]


@pytest.mark.parametrize(("answer", "page", "reason"), MISBEHAVIOUR, ids=[row[2] for row in MISBEHAVIOUR])
async def test_a_worker_that_misbehaves_is_no_worse_than_a_dead_one(
    monkeypatch: pytest.MonkeyPatch, answer: str, page: Failure | str, reason: str
) -> None:
    monkeypatch.setattr(process, "_START", odd_worker(answer))
    async with ParserPool(1) as pool:
        for _ in range(3):
            found = await ask(pool, GOOD)
            assert isinstance(found, Failure)
            assert found == page or (isinstance(page, str) and page in found.detail), reason


@pytest.mark.parametrize("loop", [asyncio.new_event_loop, uvloop.new_event_loop])
def test_the_pool_works_under_either_loop(loop: Any) -> None:
    async def main() -> None:
        async with ParserPool(2, cpu_seconds=0.4) as pool:
            bodies = [GOOD] * 20 + [NEST, GOOD + b" " * 1_000_000] + [GOOD + b" " * 200_000] * 8
            pages = await asyncio.gather(*(ask(pool, body) for body in bodies))
        assert [is_good(page) for page in pages] == [True] * 20 + [False] + [True] * 9

    with asyncio.Runner(loop_factory=loop) as runner:
        runner.run(main())


SUSPICIOUS = [
    (GOOD, False, "an ordinary page"),
    (b"<p>x" * 5_000, False, "a long page"),
    (b"x" * 300_000, True, "a large one"),
    (b"<p>x" * 9_000, True, "one with very many tags"),
    (b"<p " + b"a " * 9_000 + b">", True, "one very long tag"),
    (b"<p>" + b"a " * 9_000, False, "a long text"),
]


@pytest.mark.parametrize(("body", "suspicious", "reason"), SUSPICIOUS, ids=[row[2] for row in SUSPICIOUS])
def test_suspicious_documents_are_known_without_parsing(body: bytes, suspicious: bool, reason: str) -> None:
    assert looks_suspicious(body) is suspicious, reason
