"""One request to a hostile server: a typed outcome, whatever was received, in bounded time."""

from __future__ import annotations

import asyncio
import errno
import gzip
import socket
import ssl
import warnings
import zlib
from typing import Any

import msgspec
import pytest
import uvloop

from domainscan.config import Net
from domainscan.model import Failure
from domainscan.net import answer, exchange
from domainscan.net.capture import CONNECTING, Capture
from domainscan.net.exchange import Plan
from domainscan.net.fetch import PROFILES, Fetcher, Reply, retry_after_seconds
from domainscan.net.pace import Pace, steady
from domainscan.net.reach import Gate
from tests.hostile.web import OK, PAGE, TABLE, Handler, Row, banner, leaves, length, repeats, says, silent

SITE = "127.78.0.10"
HOST = "hostile.example"


async def get(settings: Net, url: str = f"http://{HOST}/", seconds: float = 0.5, **more: Any) -> Reply:
    async with Fetcher(settings, Gate(settings), Pace(settings)) as fetcher:
        return await fetcher.fetch(url, more.pop("addresses", (SITE,)), timeout_seconds=seconds, **more)


# These servers never come to an end: that the tests do is the deadline's doing.
UNENDING = ("drip body", "drip header", "drip true status", "silence", "head only", "endless 103", "silent redirect",
            "mixed replace", "event stream")  # fmt: skip


async def outcome(row: Row, site: Any, settings: Any) -> str:
    """What is wrong with the outcome of one row; "" when it is the expected one."""
    case, handler, status, failure, flags, body, _ = row
    async with site(handler).running() as server:
        reply = await get(settings(server.port), seconds=0.4 if case in UNENDING else 30)
    found = reply.hop.failure.status if reply.hop.failure else ""
    seen = (reply.hop.http_status, found, set(reply.flags), body in reply.body)
    wrong = [str(seen)] if seen != (status, failure, flags, True) else []
    wrong += ["over the cap"] if max(len(reply.body), len(reply.received)) > 2 * 1024 * 1024 else []
    wrong += ["asked twice"] if server.visits != 1 else []
    return ", ".join(wrong)


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row[0])
async def test_every_server_ends_in_a_typed_outcome(row: Row, site: Any, settings: Any) -> None:
    assert await outcome(row, site, settings) == "", row[-1]


def test_uvloop_gives_the_same_outcomes(site: Any, settings: Any) -> None:
    async def one(row: Row) -> str:
        wrong = await outcome(row, site, settings)
        return f"{row[0]}: {wrong}" if wrong else ""

    async def all_rows() -> list[str]:
        unending = [row for row in TABLE if row[0] in UNENDING]
        found = await asyncio.gather(*(one(row) for row in unending))
        return [*found, *[await one(row) for row in TABLE if row not in unending]]

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        assert [wrong for wrong in runner.run(all_rows()) if wrong] == []


ROWS = {row[0]: row for row in TABLE}
FAR = 10**9


@pytest.mark.parametrize(
    ("limit", "case"),
    [
        ("HEADERS", "129 headers"),
        ("HEADER_LINE_BYTES", "17 KB header"),
        ("HEAD_BYTES", "66 KB of headers"),
        ("FRAMING_BYTES", "trailers"),
        ("FRAMING_BYTES", "a million chunks"),
        ("REDIRECT_BODY_BYTES", "long redirect"),
    ],
)
async def test_without_a_limit_its_row_is_red(
    limit: str, case: str, site: Any, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative controls of W09, W11 and W16: with the limit far away the outcome is another."""
    monkeypatch.setattr(answer, limit, FAR)
    assert await outcome(ROWS[case], site, settings) != ""


async def test_without_the_cap_an_endless_body_goes_on(site: Any, settings: Any) -> None:
    """The negative control of W06."""
    async with site(repeats(OK + b"\r\n", b"e" * 65536)).running() as server:
        reply = await get(settings(server.port), max_bytes=8 * 1024 * 1024, seconds=30)
    assert len(reply.received) == 8 * 1024 * 1024


def test_without_the_end_of_stream_check_a_cut_gzip_body_passes_for_whole() -> None:
    """The negative control of W04: zlib itself raises nothing."""
    stream = zlib.decompressobj(31)
    assert b"hello" in stream.decompress(gzip.compress(PAGE)[:-6]) + stream.flush()


async def test_a_fault_of_ours_reaches_the_caller(
    site: Any, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The event loop would log an exception of a callback, and the fetch would wait for its deadline."""

    def broken(*_: object) -> None:
        raise RuntimeError("ours")

    monkeypatch.setattr(answer.Answer, "_read_body", broken)
    async with site(says(length(PAGE))).running() as server:
        with pytest.raises(RuntimeError, match="ours"):
            await get(settings(server.port), seconds=30)


async def test_a_server_that_takes_no_connection_costs_little(
    site: Any, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """W08: a full queue of connections drops SYNs, as a black hole does; the next address has its turn."""
    monkeypatch.setattr(exchange, "CONNECT_SECONDS", 0.2)
    hole = "127.78.0.12"
    with socket.create_server((hole, 0), backlog=0) as full:
        port = full.getsockname()[1]
        crowd = [socket.socket() for _ in range(4)]
        for one in crowd:
            one.setblocking(False)
            one.connect_ex((hole, port))
        await asyncio.sleep(0.05)
        async with site(says(length(PAGE))).running(port=port) as server:
            chosen = settings(server.port, allow=(SITE, hole))
            alone = await get(chosen, addresses=(hole,), seconds=30)
            reply = await get(chosen, addresses=(hole, SITE), seconds=30)
        for one in crowd:
            one.close()
    assert alone.hop.failure
    assert (alone.hop.failure.status, alone.hop.failure.detail) == ("timeout", "connecting")
    assert (reply.hop.address, reply.body) == (SITE, PAGE)


async def test_addresses_where_nothing_listens_cost_no_turn_of_the_host(site: Any, settings: Any) -> None:
    """A name may have 64 of them, and nobody was asked anything there: a visit would last for minutes."""
    dead = tuple(f"127.78.1.{n}" for n in range(1, 65))
    async with site(says(length(PAGE))).running() as server:
        chosen = settings(server.port, allow=(SITE, "127.78.1.0/24"), host_delay_seconds=3600.0)
        async with asyncio.timeout(60):
            reply = await get(chosen, addresses=(*dead, SITE), seconds=30)
    assert (reply.hop.address, reply.body) == (SITE, PAGE)


async def test_no_further_address_is_tried_when_the_time_is_up(
    site: Any, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[str] = []

    async def late(self: Fetcher, capture: Capture, _: float) -> None:
        tried.append(capture.address)
        capture.seconds += 0.6
        capture.ended(Failure("timeout", CONNECTING))

    monkeypatch.setattr(Fetcher, "_attempt", late)
    reply = await get(settings(1), addresses=(SITE,) * 64, seconds=1.0)
    assert len(tried) == 2
    assert reply.hop.failure == Failure("timeout", CONNECTING)


@pytest.mark.parametrize(
    ("addresses", "told", "why"),
    [
        ((SITE, "2606:4700::1"), (SITE, "refused"), "that we have no IPv6 says nothing of the site"),
        (("2606:4700::1", SITE), (SITE, "refused"), "in whatever order"),
        (("2606:4700::1",), ("2606:4700::1", "unreachable"), "unless there is nothing else to tell"),
    ],
)
async def test_the_failure_that_is_told_is_the_sites(
    addresses: tuple[str, ...],
    told: tuple[str, str],
    why: str,
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Where there is a way to IPv6 the test makes it end, as it does on a machine without one."""
    real = Fetcher._socket

    def here(self: Fetcher, plan: Plan) -> socket.socket:
        if ":" in plan.peer[0]:
            raise OSError(errno.ENETUNREACH, "Network is unreachable")
        return real(self, plan)

    monkeypatch.setattr(Fetcher, "_socket", here)
    with socket.create_server((SITE, 0)) as taken:
        port = taken.getsockname()[1]
    hop = (await get(settings(port), addresses=addresses, seconds=30)).hop
    assert hop.failure
    assert (hop.address, hop.failure.status) == told, why


@pytest.mark.parametrize(
    ("bind", "said"),
    [("192.0.2.9", "Cannot assign requested address"), ("2001:db8::9", "[net] bind_address 2001:db8::9")],
)
async def test_a_bind_address_that_this_machine_has_not_is_named(bind: str, said: str, settings: Any) -> None:
    failure = (await get(settings(9, bind_address=bind), seconds=30)).hop.failure
    assert failure and failure.status == "unreachable"
    assert failure.detail.startswith(f"connecting: [net] bind_address {bind}: ")
    assert said in failure.detail


async def test_a_cancelled_fetch_lets_go_of_its_connection(site: Any, settings: Any) -> None:
    left = asyncio.Event()

    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        await reader.read()
        left.set()

    async with site(handler).running() as server:
        fetch = asyncio.create_task(get(settings(server.port), seconds=3600))
        while not server.visits:
            await asyncio.sleep(0.01)
        fetch.cancel()
        with pytest.raises(asyncio.CancelledError):
            await fetch
        async with asyncio.timeout(30):
            await left.wait()


async def test_without_the_deadline_a_drip_goes_on(site: Any, settings: Any) -> None:
    """The negative control of the deadline: with a far one the same server is still being read later on."""
    async with site(repeats(OK + b"\r\n", b"d", 0.05)).running() as server:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.8):
                await get(settings(server.port), seconds=3600)


async def test_without_the_cap_on_interim_answers_a_flood_goes_on(
    site: Any, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control of W10: only the deadline is left."""
    monkeypatch.setattr(answer, "INTERIM_ANSWERS", 10**9)
    async with site(repeats(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 50, 0.01)).running() as server:
        reply = await get(settings(server.port), seconds=0.4)
    assert reply.hop.failure and reply.hop.failure.status == "timeout"


async def test_a_body_slower_than_the_floor_ends_before_the_deadline(
    site: Any, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exchange, "GRACE_SECONDS", 0.3)
    async with site(repeats(OK + b"\r\n", b"d", 0.05)).running() as server:
        reply = await get(settings(server.port), seconds=30)
    assert (reply.flags, reply.hop.failure) == (("incomplete",), None)
    assert reply.received.startswith(b"ddd")


@pytest.mark.parametrize(
    ("sent", "leads_to"),
    [
        (b"/there", "http://hostile.example/there"),
        ("/\u00fc".encode(), "http://hostile.example/%C3%BC"),
        ("/\u00fc".encode("latin-1"), "http://hostile.example/%FC"),  # bytes, as browsers ask for them
        ("/\u4e2d?q=\u6587".encode("gbk"), "http://hostile.example/%D6%D0?q=%CE%C4"),
        (b"/\xc2\xa0", "http://hostile.example/%C2%A0"),
        (b"//127.0.0.1/", "http://127.0.0.1/"),
    ],
)
async def test_a_redirect_is_reported_and_not_followed(
    sent: bytes, leads_to: str, site: Any, settings: Any
) -> None:
    page = b"HTTP/1.1 302 x\r\nLocation: " + sent + b"\r\nContent-Length: 0\r\n\r\n"
    async with site(says(page)).running() as server:
        reply = await get(settings(server.port), seconds=30)
        assert server.visits == 1
    assert (reply.hop.location, reply.hop.failure) == (leads_to, None)


async def test_the_evidence_is_what_went_over_the_wire(site: Any, settings: Any) -> None:
    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heads.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b"HTTP/1.1 200 Fine\r\nX-Odd: \xff\x1b[31m\r\nContent-Length: 2\r\n\r\nhi")

    heads: list[bytes] = []
    async with site(handler).running() as server:
        reply = await get(settings(server.port), f"http://{HOST}/a b?q=\u00fc#part", 30)
    assert heads == [reply.request_head + b"\r\n\r\n"]
    assert reply.request_head.startswith(b"GET /a%20b?q=%C3%BC HTTP/1.1\r\nHost: hostile.example\r\n")
    assert reply.response_head == b"HTTP/1.1 200 Fine\r\nX-Odd: \xff\x1b[31m\r\nContent-Length: 2"
    assert reply.hop.headers[0] == ("X-Odd", "\xff\\x1b[31m")  # W13: escaped
    assert (reply.hop.url, reply.hop.address) == ("http://hostile.example/a%20b?q=%C3%BC", SITE)
    assert msgspec.json.encode(reply.hop)


async def test_the_visitor_names_itself_and_brings_nothing_else(
    site: Any, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """W17, W18, S18: no cookie comes back, no credentials leave, no environment is read."""
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.78.0.66:9")
    cookies = b"".join(b"Set-Cookie: c%d=%s; Domain=example\r\n" % (n, b"x" * 4000) for n in range(15))
    page = OK + cookies + b"Content-Length: 2\r\n\r\nhi"
    async with site(says(page)).running() as server:
        chosen = settings(server.port, contact="desk@example.org\r\nX-Injected: 1")
        async with Fetcher(chosen, Gate(chosen), Pace(chosen)) as fetcher:
            for _ in range(2):
                reply = await fetcher.fetch(f"http://{HOST}/", (SITE,), timeout_seconds=2)
    names = [line.split(b":")[0].lower() for line in reply.request_head.split(b"\r\n")[1:]]
    assert sorted(names) == sorted(
        [b"host", b"user-agent", b"accept", b"accept-language", b"accept-encoding", b"connection"]
    )
    assert b"(+desk@example.orgX-Injected: 1)" in reply.request_head
    assert len(reply.hop.headers) == 16


async def test_a_visitor_may_ask_as_a_telephone_and_still_says_who_it_is(site: Any, settings: Any) -> None:
    async with site(says(length(PAGE))).running() as server:
        reply = await get(settings(server.port), headers=PROFILES["mobile"], seconds=30)
    agents = [line for line in reply.request_head.split(b"\r\n") if line.lower().startswith(b"user-agent:")]
    assert len(agents) == 1
    assert agents[0].startswith(b"User-Agent: Mozilla/5.0 (Linux; Android 14; Mobile) domainscan/")
    assert agents[0].endswith(b" (+abuse-desk@example.org)")
    assert b"Accept-Language: zh-CN" in reply.request_head


async def test_a_conditional_request_is_the_callers_to_make(site: Any, settings: Any) -> None:
    async with site(says(b'HTTP/1.1 304 x\r\nETag: "a"\r\n\r\n', stay=True)).running() as server:
        headers = (*PROFILES["desktop"], ("If-None-Match", '"a"'))
        reply = await get(settings(server.port), headers=headers, seconds=30)
    assert (reply.hop.http_status, reply.body, reply.hop.failure, reply.flags) == (304, b"", None, ())
    assert b'\r\nIf-None-Match: "a"\r\n' in reply.request_head


async def test_a_header_is_one_line(settings: Any) -> None:
    """An ETag that a site made up must not become a header of its choice."""
    with pytest.raises(ValueError, match="control characters"):
        await get(settings(9), headers=(("If-None-Match", "a\r\nX-Injected: 1"),))


# ---------------------------------------------------------------- pauses and giving up

NOW = 1_000_000_000.0  # Sun, 09 Sep 2001 01:46:40 GMT


@pytest.mark.parametrize(
    ("value", "seconds", "reason"),
    [
        ("120", 120.0, "seconds"),
        ("0", 0.0, "at once"),
        ("99999999999999999999999999", 999999999999.0, "W19: ten years and more; the pace caps it"),
        ("Sun, 09 Sep 2001 01:47:10 GMT", 30.0, "a date"),
        ("Sun, 09 Sep 2001 01:40:00 GMT", 0.0, "a date that has passed"),
        ("Sun, 31 Dec 2010 23:59:59 GMT", 293839999.0, "W19: the weekday is wrong, and nobody minds"),
        ("-5", None, "W19: negative"),
        ("+5", None, "no number of RFC 9110"),
        ("1.5", None, "no number of RFC 9110"),
        ("٣", None, "a digit, but not of ours"),
        ("soon", None, "garbage"),
        ("Sun, 99 Sep 2001 99:99:99 GMT", None, "no date"),
        ("", None, "no header"),
    ],
)
def test_a_pause_is_read_as_seconds(value: str, seconds: float | None, reason: str) -> None:
    assert retry_after_seconds(value, NOW) == seconds, reason


def busy(retry_after: bytes) -> bytes:
    return b"HTTP/1.1 429 x\r\nRetry-After: " + retry_after + b"\r\nContent-Length: 4\r\n\r\nbusy"


@pytest.mark.parametrize(
    ("retry_after", "pause"), [(b"1", 1.0), (b"315360000", 30.0), (b"-1", None), (b"x", None)]
)
async def test_a_busy_site_names_its_pause(
    retry_after: bytes, pause: float | None, site: Any, settings: Any
) -> None:
    """W19."""
    async with site(says(busy(retry_after))).running() as server:
        reply = await get(settings(server.port), seconds=30)
    assert (reply.retry_after_seconds, reply.body) == (pause, b"busy")


async def test_the_next_request_waits_for_the_pause(site: Any, settings: Any) -> None:
    async with site(says(busy(b"3600"))).running() as server:
        clock = asyncio.get_running_loop()
        for cap, least in ((0.3, 0.3), (0.0, 0.0)):  # no pauses granted: the negative control
            chosen = settings(server.port, retry_after_cap_seconds=cap)
            async with Fetcher(chosen, Gate(chosen), Pace(chosen)) as fetcher:
                await fetcher.fetch(f"http://{HOST}/", (SITE,), timeout_seconds=30)
                began = clock.time()
                reply = await fetcher.fetch(f"http://{HOST}/", (SITE,), timeout_seconds=30)
            assert clock.time() - began >= least - 0.05
            assert reply.retry_after_seconds == (cap or None)
    assert server.visits == 4


async def test_a_host_that_fails_again_and_again_is_left_alone(site: Any, settings: Any) -> None:
    async with site(leaves).running() as server:
        chosen = settings(server.port, host_errors=3)
        async with Fetcher(chosen, Gate(chosen), Pace(chosen)) as fetcher:
            statuses = []
            for _ in range(5):
                reply = await fetcher.fetch(f"http://{HOST}/", (SITE,), timeout_seconds=30)
                assert reply.hop.failure
                statuses.append(reply.hop.failure.status)
            assert server.visits == 3
            await fetcher.fetch("http://another.example/", (SITE,), timeout_seconds=30)
            assert server.visits == 4  # another host's failures are its own
    assert statuses == ["unreachable"] * 3 + ["gave_up"] * 2


async def test_an_answer_makes_up_for_failures(site: Any, settings: Any) -> None:
    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if server.visits % 3:
            writer.transport.abort()
        else:
            await says(length(PAGE))(reader, writer)

    async with site(handler).running() as server:
        chosen = settings(server.port, host_errors=3)
        async with Fetcher(chosen, Gate(chosen), Pace(chosen)) as fetcher:
            for _ in range(9):
                await fetcher.fetch(f"http://{HOST}/", (SITE,), timeout_seconds=30)
    assert server.visits == 9


async def test_a_host_that_is_always_busy_is_left_alone_too(site: Any, settings: Any) -> None:
    """Or each of its URLs would hold a visit for the whole pause."""
    async with site(says(busy(b"3600"))).running() as server:
        chosen = settings(server.port, host_errors=2, retry_after_cap_seconds=0.01)
        async with Fetcher(chosen, Gate(chosen), Pace(chosen)) as fetcher:
            replies = [await fetcher.fetch(f"http://{HOST}/", (SITE,), timeout_seconds=30) for _ in range(3)]
    assert [reply.hop.http_status for reply in replies] == [429, 429, 0]
    assert replies[2].hop.failure and replies[2].hop.failure.status == "gave_up"


async def test_nobody_gives_up_where_the_configuration_says_so(site: Any, settings: Any) -> None:
    """Registries and the probes of measures: a host that fails is the finding."""
    async with site(leaves).running() as server:
        chosen = settings(server.port, host_errors=2)
        async with Fetcher(chosen, Gate(chosen), Pace(steady(chosen))) as fetcher:
            for _ in range(6):
                await fetcher.fetch(f"http://{HOST}/", (SITE,), timeout_seconds=30)
    assert server.visits == 6


async def test_what_our_own_gate_refuses_is_no_failure_of_the_host(site: Any, settings: Any) -> None:
    async with site(says(length(PAGE))).running() as server:
        chosen = settings(server.port, host_errors=1)
        async with Fetcher(chosen, Gate(chosen), Pace(chosen)) as fetcher:
            await fetcher.fetch(f"http://{HOST}:22/", (SITE,), timeout_seconds=30)
            await fetcher.fetch(f"http://{HOST}/", ("127.0.0.1",), timeout_seconds=30)
            reply = await fetcher.fetch(f"http://{HOST}/", (SITE,), timeout_seconds=30)
    assert reply.body == PAGE


# ---------------------------------------------------------------- proxies


async def test_the_operators_proxy_is_the_only_way_out(site: Any, settings: Any) -> None:
    """A proxy on an address that no visit may reach is let through; the site behind it is still gated."""
    async with site(says(length(PAGE)), "127.0.0.1").running() as proxy:
        chosen = settings(9, proxy=f"http://127.0.0.1:{proxy.port}", port_map={})
        reply = await get(chosen)
        refused = await get(chosen, addresses=("127.0.0.1",))
    assert reply.body == PAGE
    assert reply.request_head.startswith(b"GET / HTTP/1.1\r\nHost: hostile.example\r\n")
    assert refused.hop.failure and refused.hop.failure.status == "blocked_address"
    assert proxy.visits == 1


async def test_through_a_proxy_the_address_of_https_is_pinned_too(
    site: Any, settings: Any, certificate: Any
) -> None:
    tunnels: list[bytes] = []
    async with site(says(length(PAGE))).running(certificate(HOST)) as server:

        async def tunnel(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            tunnels.append(await reader.readuntil(b"\r\n\r\n"))
            onward, outward = await asyncio.open_connection(SITE, server.port)
            writer.write(b"HTTP/1.1 200 Connected\r\n\r\n")
            try:
                await asyncio.gather(pipe(reader, outward), pipe(onward, writer))
            finally:
                outward.close()

        async with site(tunnel, "127.0.0.1").running() as proxy:
            chosen = settings(server.port, instead_of=443, proxy=f"http://127.0.0.1:{proxy.port}")
            reply = await get(chosen, f"https://{HOST}/", 30)
    assert reply.body == PAGE
    assert reply.chain
    assert tunnels[0].startswith(b"CONNECT %s:%d HTTP/1.1\r\n" % (SITE.encode(), server.port))


async def pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65536):
        writer.write(data)


@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_what_a_proxy_says_of_itself_is_no_page(scheme: str, site: Any, settings: Any) -> None:
    """A proxy that wants another password answered for every site of a scan, and its page was taken for theirs."""
    wants = b"HTTP/1.1 407 Who are you\r\nProxy-Authenticate: Basic\r\nContent-Length: 4\r\n\r\nauth"
    async with site(says(wants), "127.0.0.1").running() as proxy:
        chosen = settings(9, proxy=f"http://127.0.0.1:{proxy.port}", port_map={})
        reply = await get(chosen, f"{scheme}://{HOST}/", 30)
    assert (reply.hop.http_status, reply.body, reply.response_head, reply.hop.address) == (0, b"", b"", SITE)
    assert reply.hop.failure and reply.hop.failure.status == "unreachable"
    assert (
        reply.hop.failure.detail == "connecting through the proxy: the proxy said b'HTTP/1.1 407 Who are you'"
    )


@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_a_proxy_that_is_down_is_no_site_that_refuses(scheme: str, settings: Any) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    chosen = settings(9, proxy=f"http://127.0.0.1:{port}", port_map={})
    failure = (await get(chosen, f"{scheme}://{HOST}/", 30)).hop.failure
    assert failure == Failure("unreachable", "connecting to the proxy: [Errno 111] ECONNREFUSED")


async def test_squids_page_for_a_site_that_is_down_is_no_page_of_the_site(site: Any, settings: Any) -> None:
    """Its 503 in place of a robots.txt read as if the site asked visitors to stay out."""
    says_so = b"HTTP/1.1 503 No\r\nX-Squid-Error: ERR_CONNECT_FAIL 111\r\nContent-Length: 4\r\n\r\nsorry"
    async with site(says(says_so), "127.0.0.1").running() as proxy:
        chosen = settings(9, proxy=f"http://127.0.0.1:{proxy.port}", port_map={})
        reply = await get(chosen, seconds=30)
        straight = await get(settings(proxy.port, allow=("127.0.0.1",)), addresses=("127.0.0.1",), seconds=30)
    assert reply.hop.failure
    assert (reply.hop.http_status, reply.hop.failure.status) == (0, "unreachable")
    assert (straight.hop.http_status, straight.hop.failure) == (503, None), (
        "without a proxy it is the site's own"
    )


def test_a_proxy_is_named_by_its_address() -> None:
    """A name would have to be resolved, and the gate could not know it again."""
    chosen = Net(proxy="http://proxy.example:3128")
    with pytest.raises(ValueError, match=r"proxy\.example"):
        Fetcher(chosen, Gate(chosen), Pace(chosen))


async def test_the_next_address_is_tried_when_one_does_not_connect(site: Any, settings: Any) -> None:
    async with site(says(length(PAGE))).running() as server:
        chosen = settings(server.port, allow=(SITE, "127.78.0.11"))
        reply = await get(chosen, addresses=("127.78.0.11", SITE))
        nobody = await get(chosen, addresses=("127.78.0.11",))
    assert (reply.hop.address, reply.body) == (SITE, PAGE)
    assert nobody.hop.failure and nobody.hop.failure.status == "refused"


# ---------------------------------------------------------------- TLS


async def get_tls(server: Any, settings: Any, seconds: float = 1.0) -> Reply:
    chosen = settings(server.port, instead_of=443)
    return await get(chosen, f"https://{HOST}/", seconds)


@pytest.mark.parametrize(
    ("host", "days", "reason"),
    [
        (HOST, 30, "self-signed is how all of these are"),
        (HOST, -30, "T01: expired"),
        ("other.example", 30, "T01: wrong host"),
        ("*", 30, "T03: a name that is none"),
        ("<script>alert(1)</script>", 30, "T03: markup for a name"),
        ("a.example\nb.example", 30, "T03: a line break in a name"),
        ("a.example\0.evil.example", 30, "T03: NUL in a name"),
    ],
)
@pytest.mark.parametrize("loop", [asyncio.new_event_loop, uvloop.new_event_loop], ids=["asyncio", "uvloop"])
def test_a_bad_certificate_is_recorded_and_the_page_still_read(
    host: str, days: int, reason: str, loop: Any, site: Any, settings: Any, certificate: Any
) -> None:
    async def visit() -> Reply:
        context = certificate(host, days)
        names: list[str | None] = []
        context.sni_callback = lambda tls, name, _: names.append(name)
        async with site(says(length(PAGE))).running(context) as server:
            reply = await get_tls(server, settings)
        assert names == [HOST]  # S21: the address is pinned, the name is still told
        return reply

    with asyncio.Runner(loop_factory=loop) as runner:
        reply = runner.run(visit())
    assert reply.body == PAGE, reason
    assert len(reply.chain) == 1
    assert host.encode() in reply.chain[0]


async def test_a_certificate_of_the_future_is_recorded(site: Any, settings: Any, certificate: Any) -> None:
    async with site(says(length(PAGE))).running(certificate(HOST, 30, begins=10)) as server:
        reply = await get_tls(server, settings)
    assert (reply.body, len(reply.chain)) == (PAGE, 1), "T01: not yet valid"


async def test_a_chain_is_handed_on_leaf_first_and_capped(site: Any, settings: Any, certificate: Any) -> None:
    async with site(says(length(PAGE))).running(certificate(HOST, extra=40)) as server:
        reply = await get_tls(server, settings)
    assert len(reply.chain) == 16, "T02"
    assert HOST.encode() in reply.chain[0]
    assert b"ca1.example" in reply.chain[1]


async def test_a_certificate_of_many_names_is_no_more_than_bytes(
    site: Any, settings: Any, certificate: Any
) -> None:
    async with site(says(length(PAGE))).running(certificate(HOST, names=3000)) as server:
        reply = await get_tls(server, settings)
    assert len(reply.chain[0]) > 40_000
    assert reply.hop.failure is None


async def test_a_certificate_of_a_megabyte_is_a_tls_error(site: Any, settings: Any, certificate: Any) -> None:
    """T02: OpenSSL takes 100 KB of certificates and no more."""
    async with site(says(length(PAGE))).running(certificate(HOST, names=20_000)) as server:
        failure = (await get_tls(server, settings, 30)).hop.failure
    assert failure and failure.status == "tls_error"


async def test_a_server_without_encryption_is_a_tls_error(site: Any, settings: Any, certificate: Any) -> None:
    """T04: the NULL cipher."""
    context = certificate(HOST)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers("eNULL:@SECLEVEL=0")
    async with site(says(length(PAGE))).running(context) as server:
        failure = (await get_tls(server, settings, 30)).hop.failure
    assert failure and failure.status == "tls_error"


async def tls_alert(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read(100)
    writer.write(b"\x15\x03\x03\x00\x02\x02\x28")


async def tls_empty_records(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read(100)
    for _ in range(1000):
        writer.write(b"\x16\x03\x03\x00\x00" * 100)
        await writer.drain()


async def tls_hello_requests(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """A handshake that asks to begin anew, again and again."""
    await reader.read(100)
    for _ in range(100_000):
        writer.write(b"\x16\x03\x03\x00\x04\x00\x00\x00\x00" * 100)
        await writer.drain()


async def plain_http(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read(100)
    writer.write(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")


async def tls_reset(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read(100)
    writer.transport.abort()


@pytest.mark.parametrize(
    ("handler", "status", "detail", "reason"),
    [
        (tls_alert, "tls_error", "", "T05: alert after hello"),
        (tls_empty_records, "tls_error", "", "T05: empty records"),
        (tls_hello_requests, "timeout", "during the TLS handshake", "T04: a storm of renegotiations"),
        (tls_reset, "tls_error", "during the TLS handshake", "how some providers cut a site, by SNI"),
        (plain_http, "tls_error", "", "T05: plain HTTP on 443"),
        (banner, "tls_error", "", "another protocol"),
        (silent, "timeout", "during the TLS handshake", "W08: TCP stands, TLS does not"),
    ],
)
@pytest.mark.parametrize("loop", [asyncio.new_event_loop, uvloop.new_event_loop], ids=["asyncio", "uvloop"])
def test_a_broken_handshake_has_its_own_name(
    handler: Handler, status: str, detail: str, reason: str, loop: Any, site: Any, settings: Any
) -> None:
    async def visit() -> Reply:
        async with site(handler).running() as server:
            return await get_tls(server, settings, 0.4)

    with asyncio.Runner(loop_factory=loop) as runner:
        failure = runner.run(visit()).hop.failure
    assert failure and failure.status == status, reason
    assert detail in failure.detail


async def test_old_tls_is_a_tls_error(site: Any, settings: Any, certificate: Any) -> None:
    context = certificate(HOST)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
    async with site(says(length(PAGE))).running(context) as server:
        failure = (await get_tls(server, settings)).hop.failure
    assert failure and failure.status == "tls_error", "T04"


async def test_a_stream_cut_without_close_notify_keeps_what_came(
    site: Any, settings: Any, certificate: Any
) -> None:
    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(OK + b"Content-Length: 5000\r\n\r\npart")
        await writer.drain()
        await asyncio.sleep(0.05)
        writer.transport.abort()

    async with site(handler).running(certificate(HOST)) as server:
        reply = await get_tls(server, settings)
    assert (reply.received, reply.flags, reply.hop.failure) == (b"part", ("incomplete",), None)


@pytest.mark.parametrize("clean", [True, False])
async def test_a_page_that_the_connection_ends_is_whole_only_where_tls_says_so(
    clean: bool, site: Any, settings: Any, certificate: Any
) -> None:
    """W15: without a close_notify whoever cuts the line decides where the page ends."""

    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(OK + b"\r\n" + PAGE)
        await writer.drain()
        await asyncio.sleep(0.05)
        if clean:
            writer.close()
        else:
            writer.transport.abort()

    async with site(handler).running(certificate(HOST)) as server:
        reply = await get_tls(server, settings, 30)
    assert (reply.received, reply.hop.failure) == (PAGE, None)
    assert reply.flags == (() if clean else ("incomplete",))


async def test_a_large_page_comes_through_tls_whole(site: Any, settings: Any, certificate: Any) -> None:
    """Records, pieces and reads have different sizes: nothing may stay behind in a buffer."""
    page = b"".join(b"%07d" % n for n in range(150_000))
    async with site(says(length(page))).running(certificate(HOST)) as server:
        reply = await get_tls(server, settings, 30)
    assert (reply.body == page, reply.flags) == (True, ())
