"""One visit against servers that lie: what is kept, what is followed, and how long it may take."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from io import BytesIO
from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace
from warcio.archiveiterator import ArchiveIterator

from domainscan.config import Net, load_config
from domainscan.lab.internet import Lab, serve_in_thread
from domainscan.model import (
    Answers,
    Candidate,
    Certificate,
    Earlier,
    Failure,
    Hop,
    Icon,
    Lookup,
    Name,
    Observation,
    Page,
)
from domainscan.net.dns import Resolver
from domainscan.net.fetch import Fetcher, Reply
from domainscan.net.pace import Pace
from domainscan.net.reach import Gate
from domainscan.net.survey import Resolved, Surveyor
from domainscan.read.certificate import load_trust
from domainscan.read.likeness import icon_hash
from domainscan.read.pool import ParserPool
from domainscan.visit import ICON_BYTES, RTYPES, Tools, look_at_icon, visit
from domainscan.visit.hosts import reachable
from domainscan.visit.robots import kept_out
from domainscan.visit.trail import Trail, conditions, unchanged
from domainscan.warc import WarcRecord, digest_of

ADDRESS = "127.78.4.1"
SITES = f"""
[[site]]
name = "own-server.lab"
pages = {{ "/" = "a.html" }}
records = {{ A = ["{ADDRESS}"] }}

[[site]]
name = "elsewhere.lab"
pages = {{ "/" = "a.html" }}

[[site]]
name = "two-faced.lab"
pages = {{ "/" = "a.html" }}
records = {{ A = ["{ADDRESS}", "127.0.0.1"] }}
"""
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(200)
Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def answer(body: bytes, *lines: str, status: str = "200 OK") -> Handler:
    """A server that has no robots.txt and answers everything else with these header lines and this body."""
    head = "\r\n".join(
        (f"HTTP/1.1 {status}", *lines, f"Content-Length: {len(body)}", "Connection: close", "", "")
    )
    gone = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked = await reader.readuntil(b"\r\n\r\n")
        writer.write(gone if b"/robots.txt" in asked else head.encode() + body)
        await writer.drain()
        writer.close()
        await writer.wait_closed()

    return handle


async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read()
    writer.close()


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    folder = tmp_path_factory.mktemp("sites")
    (folder / "own.toml").write_text(SITES)
    (folder / "a.html").write_text("<h1>a</h1>")
    with serve_in_thread((folder,), tmp_path_factory.mktemp("lab")) as lab:
        yield lab


def settings(world: Lab, folder: Path, **changes: object) -> Net:
    (folder / "lab.toml").write_text(world.config_text(), "utf-8")
    net = load_config((folder / "lab.toml",), {}, {})[0].net
    return msgspec.structs.replace(net, allow=(*net.allow, f"{ADDRESS}/32"), **changes)


@asynccontextmanager
async def serving(handler: Handler, port: int) -> AsyncIterator[None]:
    server = await asyncio.start_server(handler, ADDRESS, port)
    try:
        yield
    finally:
        server.close()
        await server.wait_closed()


@asynccontextmanager
async def visiting(world: Lab, net: Net, handler: Handler) -> AsyncIterator[Tools]:
    """What a visit needs, with `handler` as the http server behind own-server.lab."""
    resolver = Resolver(world.resolvers, timeout_seconds=1, tries=2)
    gate = Gate(net)
    try:
        async with (
            serving(handler, world.http_port),
            ParserPool(1) as parser,
            Fetcher(net, gate, Pace(net)) as fetcher,
        ):
            yield Tools(net, gate, resolver, fetcher, parser, load_trust(""), lambda: "2026-11-23T12:00:00Z")
    finally:
        await resolver.close()


async def look(
    world: Lab, net: Net, handler: Handler, url: str, earlier: Earlier | None = None
) -> tuple[Observation, tuple[WarcRecord, ...]]:
    """A visit of `url`."""
    async with visiting(world, net, handler) as tools:
        return await visit_with(tools, url, earlier)


async def visit_with(
    tools: Tools, url: str, earlier: Earlier | None = None
) -> tuple[Observation, tuple[WarcRecord, ...]]:
    name = Name(url.split("/")[2])
    resolved = await Surveyor(tools.resolver, RTYPES).ask(name, name)
    return await visit(Candidate(name, url), "s", Failure("not_run"), tools, resolved, earlier)


async def test_the_certificate_of_the_site_that_a_redirect_leads_to_is_not_this_names(
    world: Lab, tmp_path: Path
) -> None:
    """Attribution crosses no redirect; the control is a visit of that site itself."""
    away = answer(b"", "Location: https://elsewhere.lab/", status="302 Found")
    net = settings(world, tmp_path)
    led, _ = await look(world, net, away, "http://own-server.lab/")
    assert isinstance(led.page, Page) and led.page.url == "https://elsewhere.lab/"
    assert led.certificate == Failure("not_applicable", "visited over http")
    itself, _ = await look(world, net, away, "https://elsewhere.lab/")
    assert isinstance(itself.certificate, Certificate)


async def test_a_redirect_to_where_one_was_ends_the_visit_at_once(world: Lab, tmp_path: Path) -> None:
    """The cap on hops would end it as well, after asking the same site eight more times."""
    around = answer(b"", "Location: /", status="302 Found")
    seen, _ = await look(world, settings(world, tmp_path), around, "http://own-server.lab/")
    assert seen.page == Failure("too_many_hops", "a loop through http://own-server.lab/")
    assert len(seen.hops) == 2


STAY_OUT = b"User-agent: *\nDisallow: /\n"
ROBOTS = [  # status and body of robots.txt, what keeps the visit out, why
    ("200 OK", STAY_OUT, "http://own-server.lab/robots.txt", "it asks to"),
    ("200 OK", b"User-agent: *\nDisallow: /private\n", "", "it asks to keep out of another place"),
    ("404 Not Found", STAY_OUT, "", "there are no rules, whatever the page of the error says"),
    ("403 Forbidden", STAY_OUT, "", "nor here (RFC 9309 2.3.1.3)"),
    (
        "500 x",
        b"",
        "http://own-server.lab/robots.txt answered 500",
        "nobody knows the rules (RFC 9309 2.3.1.4)",
    ),
    ("503 x", b"", "http://own-server.lab/robots.txt answered 503", "nobody knows the rules just now"),
]


@pytest.mark.parametrize(("status", "body", "kept_out", "why"), ROBOTS)
async def test_a_page_is_asked_for_where_robots_does_not_keep_visitors_out(
    status: str, body: bytes, kept_out: str, why: str, world: Lab, tmp_path: Path
) -> None:
    asked = []

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        path = (await reader.readuntil(b"\r\n\r\n")).split()[1]
        asked.append(path)
        robots = path == b"/robots.txt"
        said = body if robots else b"<title>Words</title>"
        kind = "text/plain" if robots else "text/html"
        head = f"HTTP/1.1 {status if robots else '200 OK'}\r\nContent-Type: {kind}\r\nContent-Length: {len(said)}"
        writer.write(f"{head}\r\nConnection: close\r\n\r\n".encode() + said)
        await writer.drain()
        writer.close()

    seen, _ = await look(world, settings(world, tmp_path), handle, "http://own-server.lab/")
    assert asked == ([b"/robots.txt"] if kept_out else [b"/robots.txt", b"/"]), why
    if kept_out:
        assert seen.page == Failure("disallowed", kept_out)
    else:
        assert isinstance(seen.page, Page) and seen.page.title == "Words"


async def test_robots_is_left_out_only_where_all_addresses_are_a_laboratorys(
    world: Lab, tmp_path: Path
) -> None:
    other, url = "127.78.4.2", "http://own-server.lab/"
    net = settings(world, tmp_path, unpaced=(f"{ADDRESS}/32",))
    net = msgspec.structs.replace(net, allow=(*net.allow, f"{other}/32"))

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(f"HTTP/1.1 200 OK\r\nContent-Length: {len(STAY_OUT)}\r\n\r\n".encode() + STAY_OUT)
        await writer.drain()
        writer.close()

    async with visiting(world, net, handle) as tools:
        assert await kept_out(url, (ADDRESS,), Trail("", ""), tools, 5) is None
        asked = await kept_out(url, (ADDRESS, other), Trail("", ""), tools, 5)
    assert asked == Failure("disallowed", "http://own-server.lab/robots.txt")


URL, BODY = "https://a.example/", b"<p>Words"
PAGE = Page(URL, 200, content_type="text/html", body_digest=digest_of(BODY))
READ = Earlier(PAGE, etag='"1"', fresh=True)
SAME = Reply(Hop(URL, http_status=200, headers=(("Content-Type", "text/html"),)), BODY)
REPLIES = [
    (SAME, READ, True, "the same bytes"),
    (SAME._replace(body=b"<p>Other"), READ, False, "other bytes"),
    (SAME._replace(flags=("incomplete",)), READ, False, "the same bytes, and more was to come"),
    (SAME._replace(hop=replace(SAME.hop, http_status=503)), READ, False, "the same bytes as an error"),
    (SAME._replace(hop=replace(SAME.hop, url="https://b.example/")), READ, False, "elsewhere"),
    (SAME._replace(hop=replace(SAME.hop, failure=Failure("timeout"))), READ, False, "it broke off"),
    (Reply(Hop(URL, http_status=304)), READ, True, "the server says so"),
    (Reply(Hop(URL, http_status=304)), replace(READ, etag=""), False, "and nobody asked it"),
    (Reply(Hop(URL, http_status=304)), replace(READ, fresh=False), False, "nor then"),
    (SAME, None, False, "nothing was read before"),
]


@pytest.mark.parametrize(("reply", "earlier", "same", "why"), REPLIES, ids=[row[3] for row in REPLIES])
def test_a_page_is_unchanged_when_nothing_about_it_is_another(
    reply: Reply, earlier: Earlier | None, same: bool, why: str
) -> None:
    assert unchanged(reply, earlier) is same, why


def test_the_condition_is_for_the_url_that_was_read() -> None:
    """At another URL the server's "not modified" would be about another page."""
    assert conditions(URL, READ) == (("If-None-Match", '"1"'),)
    assert conditions("https://a.example/other", READ) == ()


@pytest.mark.parametrize("addresses", [(ADDRESS, "127.0.0.1"), ("127.0.0.1", ADDRESS)])
async def test_one_refused_address_refuses_its_host(
    addresses: tuple[str, ...], world: Lab, tmp_path: Path
) -> None:
    """Whichever comes first; the control is the host without it."""
    async with visiting(world, settings(world, tmp_path), silent) as tools:
        url, trail = "http://own-server.lab/", Trail("", "")
        refused = await reachable(url, {"own-server.lab": addresses}, trail, tools)
        assert isinstance(refused, Failure) and refused.status == "blocked_address"
        assert await reachable(url, {"own-server.lab": (ADDRESS,)}, trail, tools) == (ADDRESS,)


NX, NO_DATA, BROKEN, LATE = map(Failure, ("nxdomain", "no_data", "servfail", "timeout"))
STANDINGS = [
    (NX, NX, True, ("dead", "nxdomain"), "a second resolver agrees"),
    (NX, NX, False, ("failed", "servfail"), "it does not, or could not be asked"),
    (NO_DATA, NO_DATA, True, ("dead", "no_data"), "a name without an address"),
    (NO_DATA, BROKEN, False, ("failed", "servfail"), "half of it could not be looked up"),
    (NO_DATA, LATE, True, ("failed", "timeout"), "whatever somebody agrees to"),
]


@pytest.mark.parametrize(("a", "aaaa", "dead", "standing", "why"), STANDINGS)
async def test_a_name_is_dead_where_a_second_resolver_agrees_and_nothing_is_in_doubt(
    a: Failure, aaaa: Failure, dead: bool, standing: tuple[str, str], why: str, world: Lab, tmp_path: Path
) -> None:
    resolved = Resolved((Lookup("A", a), Lookup("AAAA", aaaa)), dead)
    async with visiting(world, settings(world, tmp_path), silent) as tools:
        seen, records = await visit(Candidate(Name("x.lab")), "s", Failure("not_run"), tools, resolved)
    assert (seen.status, seen.reason) == standing, why
    assert (seen.page, seen.hops, records) == (Failure("not_run", standing[1]), (), ())


@pytest.mark.parametrize(
    ("name", "asked", "why"),
    [
        ("own-server.lab", ["https", "http"], "nobody listens for https"),
        ("two-faced.lab", ["https"], "what the gate refuses is not asked for another way"),
    ],
)
async def test_a_bare_name_is_tried_over_http_only_where_https_does_not_work(
    name: str, asked: list[str], why: str, world: Lab, tmp_path: Path
) -> None:
    page = answer(b"<p>Words", "Content-Type: text/html")
    async with visiting(world, settings(world, tmp_path), page) as tools:
        resolved = await Surveyor(tools.resolver, RTYPES).ask(Name(name), name)
        seen, _ = await visit(Candidate(Name(name)), "s", Failure("not_run"), tools, resolved)
    assert [hop.url for hop in seen.hops] == [f"{scheme}://{name}/" for scheme in asked], why


def stored(records: tuple[WarcRecord, ...]) -> bytes:
    """The bodies of all responses in the evidence, their codings undone as any WARC reader would."""
    bodies = b""
    for record in records:
        for one in ArchiveIterator(BytesIO(record.data)):
            if one.rec_type == "response":
                bodies += one.content_stream().read()
    return bodies


@pytest.mark.parametrize(
    ("lines", "why"),
    [
        (("Content-Type: image/png",), "an honest picture"),
        (("Content-Type: text/html",), "a picture that says it is a page"),
        ((), "a picture that says nothing"),
    ],
)
async def test_no_picture_gets_into_the_evidence(
    world: Lab, tmp_path: Path, lines: tuple[str, ...], why: str
) -> None:
    seen, records = await look(
        world, settings(world, tmp_path), answer(PNG, *lines), "http://own-server.lab/"
    )
    assert (seen.status, seen.reason) == ("observed", "not_html"), why
    assert records
    assert b"IHDR" not in b"".join(gzip.decompress(record.data) for record in records)


@pytest.mark.parametrize(
    ("lines", "read", "why"),
    [
        (("Content-Type: application/octet-stream", "Content-Type: text/html"), True, "Chrome takes the last one"),
        (("Content-Type: application/octet-stream, text/html",), True, "as well on one line"),
        (("Content-Type: text/html", "Content-Type: application/zip"), True, "Firefox takes the first header"),
        (("Content-Type: text/plain", "Content-Type: application/zip"), False, "no page to anybody: the last counts"),
        (("Content-Type: html",), True, "what is no type says nothing: the page is told by its first bytes"),
        (("Content-Type: text/html; charset=big5", "Content-Type: text/html"), True, "its charset stays"),
    ],
)  # fmt: skip
async def test_of_several_types_the_one_counts_that_browsers_take(
    world: Lab, tmp_path: Path, lines: tuple[str, ...], read: bool, why: str
) -> None:
    body = "<title>\u982d</title><p>Words".encode("big5" if "big5" in lines[0] else "utf-8")
    seen, records = await look(
        world, settings(world, tmp_path), answer(body, *lines), "http://own-server.lab/"
    )
    assert isinstance(seen.page, Page) == read, why
    assert not isinstance(seen.page, Page) or seen.page.title == "\u982d", why
    assert (b"Words" in stored(records)) == read, why


async def test_inline_pictures_are_cut_out_of_a_page(world: Lab, tmp_path: Path) -> None:
    inline = b"<h1>Words</h1><img src='data:image/png;base64," + b"iVBORw0K" * 400 + b"'>"
    zipped = gzip.compress(inline)
    net = settings(world, tmp_path)
    handler = answer(zipped, "Content-Type: text/html", "Content-Encoding: gzip")
    seen, records = await look(world, net, handler, "http://own-server.lab/")
    assert isinstance(seen.page, Page)
    assert b"<h1>Words</h1>" in stored(records)
    assert b"withheld-" in stored(records)
    assert b"iVBORw0K" not in stored(records)


async def test_a_page_is_kept_as_received(world: Lab, tmp_path: Path) -> None:
    """The negative control of the two above: words are evidence."""
    body = gzip.compress(b"<h1>Words</h1>")
    handler = answer(body, "Content-Type: text/html", "Content-Encoding: gzip")
    _, records = await look(world, settings(world, tmp_path), handler, "http://own-server.lab/")
    assert any(body in gzip.decompress(record.data) for record in records)


async def test_a_silent_server_ends_by_the_deadline(world: Lab, tmp_path: Path) -> None:
    """robots.txt and the page share one deadline."""
    net = settings(world, tmp_path, deadline_seconds=1.5)
    clock = asyncio.get_running_loop()
    began = clock.time()
    seen, _ = await look(world, net, silent, "http://own-server.lab/")
    assert (seen.status, seen.reason) == ("failed", "timeout")
    assert clock.time() - began < 10, "a deadline that does not hold would wait for the test's own timeout"


async def test_a_robots_file_that_leads_on_and_on_slowly_has_one_deadline(world: Lab, tmp_path: Path) -> None:
    """Half of the visit's, over all its hops: with one for each hop a visit took three times its deadline."""
    asked: list[bytes] = []

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        path = (await reader.readuntil(b"\r\n\r\n")).split(b" ")[1]
        if b"robots" in path:
            asked.append(path)
            with suppress(TimeoutError):
                await asyncio.wait_for(reader.read(), 0.7)  # or until the visitor has left
            writer.write(b"HTTP/1.1 302 x\r\nLocation: /robots%d\r\nContent-Length: 0\r\n\r\n" % len(asked))
        else:
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 4\r\n\r\n<p>a")
        await writer.drain()
        writer.close()

    net = settings(world, tmp_path, deadline_seconds=2.0)
    seen, _ = await look(world, net, handle, "http://own-server.lab/")
    assert asked == [b"/robots.txt", b"/robots1"]
    assert isinstance(seen.page, Page), "nobody said that visitors should stay out"


@pytest.mark.parametrize(
    ("retry_after", "cap", "status", "why"),
    [
        ("1", 0.2, 200, "the pause fits: asked once more"),
        ("315360000", 0.2, 200, "W19: ten years are capped"),
        ("Fri, 31 Dec 2100 23:59:59 GMT", 0.2, 200, "W19: a date is capped"),
        ("3600", 60.0, 503, "the pause does not fit the deadline: the answer stands"),
        ("-1", 0.2, 503, "W19: no pause to wait for"),
        ("1", 0.0, 503, "no pauses granted"),
    ],
)
async def test_a_busy_site_is_asked_once_more_after_its_pause(
    world: Lab, tmp_path: Path, retry_after: str, cap: float, status: int, why: str
) -> None:
    asked = 0

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal asked
        if b"/robots.txt" in await reader.readuntil(b"\r\n\r\n"):
            writer.write(b"HTTP/1.1 404 x\r\nContent-Length: 0\r\n\r\n")
        else:
            asked += 1
            line = b"503 x\r\nRetry-After: " + retry_after.encode() if asked == 1 else b"200 OK"
            writer.write(
                b"HTTP/1.1 " + line + b"\r\nContent-Type: text/html\r\nContent-Length: 4\r\n\r\n<p>a"
            )
        await writer.drain()
        writer.close()

    net = settings(world, tmp_path, retry_after_cap_seconds=cap, deadline_seconds=10.0)
    seen, _ = await look(world, net, handle, "http://own-server.lab/")
    assert [hop.http_status for hop in seen.hops] == [status], why
    assert asked == (2 if status == 200 else 1)


async def test_a_pause_is_part_of_the_deadline(world: Lab, tmp_path: Path) -> None:
    """A site that asks for one, and then says nothing, has no second deadline."""
    asked = 0

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal asked
        await reader.readuntil(b"\r\n\r\n")
        asked += 1
        if asked == 1:
            writer.write(b"HTTP/1.1 503 x\r\nRetry-After: 3\r\nContent-Length: 0\r\n\r\n")
            await writer.drain()
        else:
            await reader.read()
        writer.close()

    net = settings(world, tmp_path, deadline_seconds=4, robots=False)
    clock = asyncio.get_running_loop()
    began = clock.time()
    seen, _ = await look(world, net, handle, "http://own-server.lab/")
    assert (asked, seen.reason) == (2, "timeout")
    assert clock.time() - began < 6.5, "4 s; the pause and a deadline of its own would be 7 s"


async def test_a_pause_counts_for_the_hops_that_follow_it(world: Lab, tmp_path: Path) -> None:
    asked = []

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append((await reader.readuntil(b"\r\n\r\n")).split()[1])
        if len(asked) == 1:
            writer.write(b"HTTP/1.1 503 x\r\nRetry-After: 2\r\nContent-Length: 0\r\n\r\n")
        elif len(asked) == 2:
            writer.write(b"HTTP/1.1 302 x\r\nLocation: /silent\r\nContent-Length: 0\r\n\r\n")
        else:
            await reader.read()
        writer.close()

    net = settings(world, tmp_path, deadline_seconds=3, robots=False)
    clock = asyncio.get_running_loop()
    began = clock.time()
    seen, _ = await look(world, net, handle, "http://own-server.lab/")
    assert (asked, seen.reason) == ([b"/", b"/", b"/silent"], "timeout")
    spent = seen.hops[-1].milliseconds
    assert spent < 1_500, "what the pause left of 3 s"
    assert clock.time() - began > 2


async def test_a_site_that_is_always_busy_is_asked_twice_and_no_more(world: Lab, tmp_path: Path) -> None:
    net = settings(world, tmp_path, retry_after_cap_seconds=0.05)
    handler = answer(b"<p>busy", "Content-Type: text/html", "Retry-After: 9", status="429 Busy")
    seen, _ = await look(world, net, handler, "http://own-server.lab/")
    assert [hop.http_status for hop in seen.hops] == [429]
    assert (seen.status, seen.reason) == ("observed", "")


@pytest.mark.parametrize(("answers", "hops"), [(0, [0]), (1, [302, 0])])
async def test_a_host_that_was_given_up_is_a_failed_visit(
    answers: int, hops: list[int], world: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was not looked at, so it is due again; even where an earlier hop answered."""
    left = iter([0, 0] * answers)  # asked before a turn and in it
    monkeypatch.setattr(Pace, "given_up", lambda self, host: next(left, 5))
    net = settings(world, tmp_path, robots=False)
    handler = answer(b"", "Location: /next", status="302 Found")
    seen, _ = await look(world, net, handler, "http://own-server.lab/")
    assert (seen.status, seen.reason) == ("failed", "gave_up")
    assert [hop.http_status for hop in seen.hops] == hops


async def test_one_forbidden_address_refuses_the_whole_name(world: Lab, tmp_path: Path) -> None:
    before = world.traps.count
    seen, _ = await look(world, settings(world, tmp_path), answer(b"x"), "http://two-faced.lab/")
    assert (seen.status, seen.reason) == ("failed", "blocked_address")
    assert set(seen.addresses()) == {ADDRESS, "127.0.0.1"}, "every answer is recorded"
    assert world.traps.count == before


@pytest.mark.parametrize(
    ("target", "reason"),
    [
        ("http://127.0.0.1:{trap}/", "blocked_address"),
        ("//127.0.0.1/", "blocked_address"),
        ("http://localhost/", "blocked_address"),
        ("http://own-server.lab:22/", "blocked_port"),
        ("ftp://own-server.lab/", "blocked_scheme"),
        ("http://[::1]/", "blocked_address"),
        ("http://u:p@127.0.0.1/", "bad_redirect"),
        ("/", "too_many_hops"),
    ],
)
async def test_a_redirect_goes_through_the_gate(world: Lab, tmp_path: Path, target: str, reason: str) -> None:
    before = world.traps.count
    location = f"Location: {target.format(trap=world.trap_port)}"
    handler = answer(b"", location, status="302 Found")
    seen, _ = await look(world, settings(world, tmp_path), handler, "http://own-server.lab/")
    assert isinstance(seen.page, Failure)
    assert seen.page.status == reason
    assert world.traps.count == before


async def test_a_redirected_robots_file_counts(world: Lab, tmp_path: Path) -> None:
    moved = b"HTTP/1.1 301 Moved\r\nLocation: /rules\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    rules = b"User-agent: *\nDisallow: /\n"
    file = (
        b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: %d\r\nConnection: close\r\n\r\n"
        % len(rules)
    )

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked = await reader.readuntil(b"\r\n\r\n")
        writer.write(moved if b"/robots.txt" in asked else file + rules)
        await writer.drain()
        writer.close()
        await writer.wait_closed()

    seen, records = await look(world, settings(world, tmp_path), handle, "http://own-server.lab/")
    assert (seen.status, seen.reason) == ("observed", "disallowed")
    assert records == ()


async def test_a_second_look_as_a_telephone_shows_what_crawlers_are_not_shown(
    world: Lab, tmp_path: Path
) -> None:
    """Two ordinary visits; the page that counts is the first, and the difference is a flag and evidence."""

    async def cloaks(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        body = (
            b"<title>Sale</title><p>Only for you."
            if b"Android" in head
            else b"<title>Flowers</title><p>Roses."
        )
        writer.write(
            b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n" % len(body) + body
        )
        await writer.drain()
        writer.close()

    for profile, flags in (("mobile", ("profiles_differ",)), ("", ())):
        net = settings(world, tmp_path, second_profile=profile)
        seen, records = await look(world, net, cloaks, "http://own-server.lab/")
        assert isinstance(seen.page, Page)
        assert seen.page.title == "Flowers"
        assert seen.flags == flags
        assert (b"Only for you" in stored(records)) == bool(profile)
    assert seen.second == Failure("not_run")


APK = b"Content-Type: application/vnd.android.package-archive\r\nContent-Length: 4\r\n\r\nPK\3\4"


@pytest.mark.parametrize(
    ("phone", "status", "flags", "why"),
    [
        (b"200 OK\r\n" + APK, "not_html", ("profiles_differ",), "an app for telephones only"),
        (b"302 x\r\nLocation: tel:1\r\n\r\n", "blocked_scheme", ("profiles_differ",), "sent elsewhere"),
        (b"", "unreachable", (), "no answer says nothing"),
    ],
)
async def test_telephones_that_are_shown_no_page_are_shown_something_else(
    world: Lab, tmp_path: Path, phone: bytes, status: str, flags: tuple[str, ...], why: str
) -> None:
    async def cloaks(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        page = b"200 OK\r\nContent-Type: text/html\r\nContent-Length: 4\r\n\r\n<p>a"
        said = phone if b"Android" in head else page
        writer.write(b"HTTP/1.1 " + said if said else b"")
        await writer.drain()
        writer.close()

    net = settings(world, tmp_path, second_profile="mobile", robots=False)
    seen, _ = await look(world, net, cloaks, "http://own-server.lab/")
    assert isinstance(seen.second, Failure)
    assert (seen.second.status, seen.flags) == (status, flags), why


async def test_the_same_page_for_everybody_is_no_difference(world: Lab, tmp_path: Path) -> None:
    net = settings(world, tmp_path, second_profile="mobile")
    handler = answer(b"<title>Flowers</title><p>Roses.", "Content-Type: text/html")
    seen, _ = await look(world, net, handler, "http://own-server.lab/")
    assert isinstance(seen.second, Page)
    assert seen.flags == ()


PAGE = b"<title>Flowers</title><p>Roses and tulips."


async def again(
    world: Lab, net: Net, lines: tuple[str, ...], fresh: bool, body: bytes = PAGE
) -> tuple[Observation, list[bytes], int]:
    """A visit after an earlier one; the heads of its requests, and how many pages were parsed."""
    heads: list[bytes] = []

    async def server(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        if b"robots.txt" not in head:
            heads.append(head)
        if b'If-None-Match: "v1"' in head:
            writer.write(b"HTTP/1.1 304 Not Modified\r\n\r\n")
        else:
            text = "\r\n".join(("HTTP/1.1 200 OK", "Content-Type: text/html", *lines)).encode()
            writer.write(text + b"\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
        await writer.drain()
        writer.close()

    first, _ = await look(
        world, net, answer(PAGE, "Content-Type: text/html", *lines), "http://own-server.lab/"
    )
    assert isinstance(first.page, Page)
    tag = lines[0].partition(": ")[2] if lines else ""
    before = Earlier(first.page, tag, "", first.hops[-1].record, "2026-11-20T12:00:00Z", fresh)
    parsed = 0
    read = ParserPool.read

    async def counted(self: ParserPool, *words: object, **more: object) -> object:
        nonlocal parsed
        parsed += 1
        return await read(self, *words, **more)  # type: ignore[arg-type]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ParserPool, "read", counted)
        seen, records = await look(world, net, server, "http://own-server.lab/", before)
    kinds = [one.rec_type for record in records for one in ArchiveIterator(BytesIO(record.data))]
    assert kinds.count("revisit") == (parsed == 0)
    return seen, heads, parsed


@pytest.mark.parametrize(
    ("lines", "fresh", "body", "parsed", "asked", "reason"),
    [
        (('ETag: "v1"',), True, PAGE, 0, True, "the server says that nothing changed"),
        (('ETag: "v1"',), False, PAGE, 0, False, "its word is a week old: fetched whole, found the same"),
        ((), True, PAGE, 0, False, "no validator: the same bytes by their digest"),
        ((), True, PAGE + b" New.", 1, False, "other bytes are read"),
    ],
)
async def test_an_unchanged_page_is_not_read_twice(
    world: Lab,
    tmp_path: Path,
    lines: tuple[str, ...],
    fresh: bool,
    body: bytes,
    parsed: int,
    asked: bool,
    reason: str,
) -> None:
    net = settings(world, tmp_path)
    seen, heads, count = await again(world, net, lines, fresh, body)
    assert count == parsed, reason
    assert any(b"If-None-Match" in head for head in heads) is asked
    assert isinstance(seen.page, Page)
    assert seen.page.title == "Flowers"
    assert bool(seen.page.received) is (parsed == 0), "says when these bytes came"


async def test_not_modified_without_having_asked_is_no_page(world: Lab, tmp_path: Path) -> None:
    async def server(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 304 Not Modified\r\n\r\n")
        await writer.drain()
        writer.close()

    seen, _ = await look(world, settings(world, tmp_path), server, "http://own-server.lab/")
    assert seen.page == Failure("bad_response", "304 to a request without a condition")


# ---------------------------------------------------------------- icons


def site(asked: list[str], **answers: bytes) -> Handler:
    """A server that writes down what it is asked for; `icon`: all it says to /favicon.ico, `named`: to /i/n.png."""
    gone = b"HTTP/1.1 404 Not Found\r\nContent-Type: text/html\r\nContent-Length: 9\r\n\r\n<h1>no</h1>"[:-2]
    known = {b"/favicon.ico": answers.get("icon", gone), b"/i/n.png": answers.get("named", gone)}
    known[b"/robots.txt"] = answers.get("robots", gone)
    page = answers.get("page", b"<title>t</title><h1>a page</h1>")
    known[b"/"] = ok(page, "text/html")

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        path = (await reader.readuntil(b"\r\n\r\n")).split(b" ")[1]
        asked.append(path.decode())
        writer.write(known.get(path, gone))
        with suppress(ConnectionError):
            await writer.drain()
        writer.close()

    return handle


def ok(body: bytes, kind: str) -> bytes:
    head = (
        f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    )
    return head.encode() + body


MOVED = b"HTTP/1.1 302 Found\r\nLocation: http://two-faced.lab/x.ico\r\nContent-Length: 0\r\n\r\n"
PNG_HASH = icon_hash(PNG)
NAMED = b'<link rel="shortcut icon" href="/i/n.png"><h1>a page</h1>'
FOREIGN = b'<link rel="icon" href="http://two-faced.lab/i.png"><h1>a page</h1>'
ICONS = [
    ({"icon": ok(PNG, "image/png")}, PNG_HASH, "/favicon.ico", "at the usual place"),
    ({"page": NAMED, "named": ok(PNG, "image/png")}, PNG_HASH, "/i/n.png", "where the page says"),
    ({"page": FOREIGN, "icon": ok(PNG, "image/png")}, PNG_HASH, "/favicon.ico", "another host's is not asked for"),
    ({"icon": ok(PNG, "application/octet-stream")}, PNG_HASH, "/favicon.ico", "without a type"),
    ({}, "not_applicable", "/favicon.ico", "none there"),
    ({"icon": ok(b"<!doctype html><h1>x</h1>", "image/png")}, "not_applicable", "/favicon.ico", "a page that lies"),
    ({"icon": ok(b"{}", "application/json")}, "not_applicable", "/favicon.ico", "an error message"),
    ({"icon": ok(b"", "image/png")}, "not_applicable", "/favicon.ico", "nothing"),
    ({"icon": MOVED}, "not_applicable", "/favicon.ico", "a redirect is not followed"),
    ({"icon": ok(PNG + bytes(ICON_BYTES), "image/png")}, "too_large", "/favicon.ico", "more than 256 KiB"),
    ({"icon": ok(PNG, "image/png")[:-50]}, "not_applicable", "/favicon.ico", "cut off in the middle"),
]  # fmt: skip


@pytest.mark.parametrize(("answers", "expected", "where", "why"), ICONS, ids=[row[3] for row in ICONS])
async def test_an_icon_is_one_request_and_a_hash(
    world: Lab, tmp_path: Path, answers: dict[str, bytes], expected: str, where: str, why: str
) -> None:
    asked: list[str] = []
    async with visiting(world, settings(world, tmp_path), site(asked, **answers)) as tools:
        seen, _ = await visit_with(tools, "http://own-server.lab/")
        before = len(asked)
        found, records = await look_at_icon(seen, tools)
    assert [one for one in asked[before:] if one != "/robots.txt"] == [where]
    if isinstance(found.icon, Icon):
        assert (found.icon.hash, found.icon.size) == (expected, len(PNG))
        assert found.icon.record in {one.id for one in records}
    else:
        assert found.icon.status == expected
    assert PNG[:20] not in stored(records), "the picture is never kept"
    assert msgspec.structs.replace(found, icon=seen.icon) == seen


async def test_robots_are_heeded_for_icons_too(world: Lab, tmp_path: Path) -> None:
    asked: list[str] = []
    rules = ok(b"User-agent: *\nDisallow: /favicon.ico\n", "text/plain")
    net = settings(world, tmp_path, unpaced=())
    async with visiting(world, net, site(asked, robots=rules, icon=ok(PNG, "image/png"))) as tools:
        seen, _ = await visit_with(tools, "http://own-server.lab/")
        found, _ = await look_at_icon(seen, tools)
    assert isinstance(found.icon, Failure)
    assert found.icon.status == "disallowed"
    assert "/favicon.ico" not in asked


@pytest.mark.parametrize("host", ["two-faced.lab", "elsewhere.lab"])
async def test_the_gate_and_the_page_decide_whose_icon_is_asked_for(
    world: Lab, tmp_path: Path, host: str
) -> None:
    """A name with a forbidden address is refused whole; a page that a redirect led to is another's."""
    asked: list[str] = []
    forbidden = Lookup("A", Answers((ADDRESS, "127.0.0.1")))
    async with visiting(world, settings(world, tmp_path), site(asked, icon=ok(PNG, "image/png"))) as tools:
        seen, _ = await visit_with(tools, "http://own-server.lab/")
        assert isinstance(seen.page, Page)
        page = msgspec.structs.replace(seen.page, url=f"http://{host}/")
        name = host if host == "two-faced.lab" else seen.name
        before = len(asked)
        found, _ = await look_at_icon(
            msgspec.structs.replace(seen, name=name, page=page, resolution=(forbidden,)), tools
        )
    assert isinstance(found.icon, Failure)
    assert found.icon.status == ("blocked_address" if host == "two-faced.lab" else "not_applicable")
    assert asked[before:] == []
