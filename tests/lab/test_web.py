"""The web: pages, cut-off fingerprints, certificates good and bad, traps, and what stays bounded."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domainscan.lab.internet import Lab
from domainscan.lab.tls import Incomplete, client_hello_name

Get = Callable[..., Awaitable[Any]]


@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_a_site_serves_its_pages_with_their_types(get: Get, scheme: str) -> None:
    page = await get(f"{scheme}://plain.lab/")
    assert (page.status, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert "Plain 页" in page.body.decode()
    app = await get(f"{scheme}://plain.lab/app.apk?from=home")
    assert app.headers["content-type"] == "application/x-app"
    assert (await get(f"{scheme}://plain.lab/nothing")).status == 404
    assert (await get(f"{scheme}://www.plain.lab/")).body == page.body
    assert (await get(f"{scheme}://mirror.lab/")).body == page.body


async def test_ways_of_answering_over_http(lab: Lab, get: Get) -> None:
    trap = f"http://127.0.0.1:{lab.trap_port}/"
    webblock = "http://webblock.lab/webblock.html?d=cut-302.lab"
    cases = [
        ("redirect.lab", 302, "https://plain.lab/", b"", "a bare host becomes a URL"),
        ("redirect-private.lab", 302, trap, b"", "into the trap"),
        ("cut-403.lab", 403, "", b"Non-compliance ICP Filing", "the page of unfiled names"),
        ("cut-302.lab", 302, webblock, b"", "to the block page, which says whose"),
        ("parked.lab", 200, "", b"may be for sale", "a parking page"),
        ("wildcard.lab", 200, "", b"hello", "the wildcard itself"),
        ("any.wildcard.lab", 200, "", b"hello", "and all below it"),
        ("robots.lab", 200, "", b"hello", "robots.txt is a request, not a wall"),
        ("http-only.lab", 200, "", b"hello", "http answers"),
        ("nobody.lab", 404, "", b"No such site", "a host nobody has"),
        ("n000002.bulk.lab", 200, "", b"Bulk site 2", "a bulk name"),
        ("webblock.lab", 200, "", "已被停止接入".encode(), "the block page exists"),
    ]
    for host, status, location, text, why in cases:
        reply = await get(
            f"http://{host}/", address="127.77.1.11" if host == "http-only.lab" else "127.77.1.10"
        )
        assert (reply.status, reply.headers.get("location", "")) == (status, location), (host, why)
        assert text in reply.body, (host, why)


async def test_robots_asks_all_to_stay_out_and_others_have_no_robots(get: Get) -> None:
    assert (await get("https://robots.lab/robots.txt")).body == b"User-agent: *\nDisallow: /\n"
    assert (await get("https://plain.lab/robots.txt")).status == 404


@pytest.mark.parametrize(
    ("host", "words"),
    [("self-signed.lab", "self-signed"), ("expired.lab", "expired"), ("wrong-host.lab", "Hostname mismatch")],
)
async def test_a_bad_certificate_is_bad_in_its_own_way_and_serves_those_who_look_past_it(  # type: ignore[no-untyped-def]
    get, host: str, words: str
) -> None:
    with pytest.raises(ssl.SSLCertVerificationError, match=words):
        await get(f"https://{host}/")
    assert (await get(f"https://{host}/", check=False)).status == 200


async def test_http_only_refuses_https_and_refuse_connect_refuses_both(get: Get) -> None:
    for url in ("https://http-only.lab/", "https://refuse-connect.lab/", "http://refuse-connect.lab/"):
        with pytest.raises(ConnectionRefusedError):
            await get(url)


async def test_cut_reset_resets_by_name_and_neighbours_on_the_address_live(get: Get) -> None:
    for url in ("https://cut-reset.lab/", "http://cut-reset.lab/"):
        with pytest.raises(ConnectionResetError):
            await get(url)
    assert (await get("https://plain.lab/")).status == 200


async def test_a_provider_cuts_with_its_own_fingerprint_and_connects_again(lab: Lab, get: Get) -> None:
    for name in ("plain.lab", "中文.lab", "west.lab"):
        lab.cut(name)
    for host in ("plain.lab", "www.plain.lab"):
        assert (await get(f"https://{host}/")).status == 403
    assert "webblock" in (await get("https://xn--fiq228c.lab/")).headers["location"]
    with pytest.raises(ConnectionResetError):
        await get("https://west.lab/")
    for name in ("plain.lab", "中文.lab", "west.lab"):
        lab.uncut(name)
        assert (
            await get(f"https://{lab.world.find(name.replace('中文', 'xn--fiq228c')).name}/")
        ).status == 200  # type: ignore[union-attr]
    with pytest.raises(KeyError):
        lab.cut("nobody.lab")


async def test_slow_sites_end_by_themselves(lab: Lab, get: Get) -> None:
    reply = await get("https://slow.lab/")
    assert reply.status == 200
    assert reply.body.endswith(b".")


async def test_closing_the_lab_does_not_wait_for_slow_visitors(folder: Path, tmp_path: Path) -> None:
    async with asyncio.timeout(20), Lab([folder], tmp_path / "slow", slow_seconds=3600) as lab:
        reader, writer = await asyncio.open_connection("127.77.1.10", lab.http_port)
        writer.write(b"GET / HTTP/1.1\r\nHost: slow.lab\r\n\r\n")
        assert await reader.readline() == b"HTTP/1.1 200 OK\r\n"
    writer.close()


async def test_a_trap_counts_whoever_reaches_it(lab: Lab) -> None:
    assert lab.traps.count == 0
    for port in (lab.trap_port, lab.http_port, lab.https_port):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        assert b"secret" in await reader.read(-1)
        writer.close()
    assert lab.traps.seen == [f"127.0.0.1:{port}" for port in (lab.trap_port, lab.http_port, lab.https_port)]


async def test_a_visitor_without_a_gate_walks_into_the_trap(lab: Lab, get: Get) -> None:
    location = (await get("https://redirect-private.lab/")).headers["location"]
    port = int(location.rpartition(":")[2].rstrip("/"))
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    await reader.read(-1)
    writer.close()
    assert lab.traps.seen == [location.removeprefix("http://").rstrip("/")]


async def test_requests_are_remembered_and_only_reading_is_allowed(lab: Lab, get: Get) -> None:
    await get("https://plain.lab/?a=1")
    assert (await get("http://plain.lab/", method="POST")).status == 405
    assert (await get("http://plain.lab/", method="HEAD")).body == b""
    assert lab.requests("plain.lab") == ("GET /?a=1", "POST /", "HEAD /")
    assert lab.requests("west.lab") == ()
    assert {one.agent for one in lab.state.requests} == {"test/1"}


@pytest.mark.parametrize(
    ("host", "status"),
    [
        (" ", 404),
        ("[::1]", 404),
        ("a b", 404),
        ("plain.lab:80:80", 200),
        ("..", 404),
        ("plain.lab@evil", 404),
        ("evil@plain.lab", 200),
        ("\u00ff", 404),
    ],
)
async def test_odd_host_headers_get_an_answer(get: Get, host: str, status: int) -> None:
    assert (await get("http://plain.lab/", host=host)).status == status


async def test_what_is_no_tls_does_not_stop_the_https_port(lab: Lab, get: Get) -> None:
    for noise in (b"GET / HTTP/1.1\r\n\r\n", b"\x16\x03\x01\xff\xff", b"\x16\x03\x01\x00\x01\x01", b""):
        _, writer = await asyncio.open_connection("127.77.1.10", lab.https_port)
        writer.write(noise)
        writer.close()
    assert (await get("https://plain.lab/")).status == 200


def hello(name: str | None) -> bytes:
    """The octets a real TLS client sends first."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    with pytest.raises(ssl.SSLWantReadError):
        context.wrap_bio(incoming, outgoing, server_hostname=name).do_handshake()
    return outgoing.read()


def test_the_name_in_a_real_client_hello_is_found_once_all_of_it_is_there() -> None:
    data = hello("Plain.LAB")
    assert client_hello_name(data) == "plain.lab"
    assert client_hello_name(hello(None)) == ""
    for cut in range(len(data)):
        with pytest.raises(Incomplete):
            client_hello_name(data[:cut])


@given(st.binary(max_size=200), st.integers(0, 400))
def test_a_damaged_client_hello_never_raises_anything_else(noise: bytes, at: int) -> None:
    data = hello("plain.lab")
    with contextlib.suppress(Incomplete):
        assert isinstance(client_hello_name(data[:at] + noise + data[at + len(noise) :]), str)
