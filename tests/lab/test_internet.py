"""The lab as one: its configuration, its addresses, its beginning and its end."""

from __future__ import annotations

import asyncio
import ipaddress
import tomllib
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from pathlib import Path

import dns.message
import dns.query
import pytest
from cryptography import x509

from domainscan.config import load_config
from domainscan.lab.authority import Authority, Wish
from domainscan.lab.internet import Lab, NoPort, _bind, serve_in_thread
from domainscan.lab.sites import BadSite

Ask = Callable[..., Awaitable[dns.message.Message]]
Values = Callable[[dns.message.Message], list[str]]


async def test_the_configuration_it_prints_loads_and_lets_nothing_else_through(
    lab: Lab, tmp_path: Path
) -> None:
    file = tmp_path / "config.toml"
    file.write_text(lab.config_text({"carrier-a": "127.77.0.61:5301"}), "utf-8")
    config, _ = load_config((file,), {}, {})
    assert config.net.resolvers == lab.resolvers
    assert config.net.port_map == {"80": lab.http_port, "443": lab.https_port}
    allowed = [ipaddress.ip_network(one) for one in config.net.allow]
    assert {one.num_addresses for one in allowed} == {1}
    assert not any(ipaddress.ip_address("127.0.0.1") in one for one in allowed)
    kinds = [(one.id, one.kind) for one in config.recipient]
    assert kinds == [
        ("carrier-a", "carrier"),
        ("east", "provider"),
        ("south", "provider"),
        ("west", "provider"),
        ("registrar-lab-registrar-one", "registrar"),
        ("registrar-lab-registrar-two", "registrar"),
        ("platform-pages-lab", "platform"),
    ]
    assert Path(config.net.trust).read_bytes().startswith(b"-----BEGIN CERTIFICATE-----")


async def test_every_address_a_name_points_at_is_allowed_except_where_the_table_says_so(
    lab: Lab, ask, values
) -> None:  # type: ignore[no-untyped-def]
    named = 0
    for site in lab.world.sites:
        if site.name == "inward.lab" or site.behaviour in ("dns-timeout",):
            continue
        addresses = [one for one in values(await ask(site.name)) if one[0].isdigit()]
        assert set(addresses) <= set(lab.addresses), site.name
        named += bool(addresses)
    assert named > len(lab.world.sites) / 2, "most names have one"


async def test_two_labs_live_beside_each_other(lab: Lab, folder: Path, tmp_path: Path) -> None:
    async with Lab([folder], tmp_path / "second") as other:
        assert len({lab.dns_port, other.dns_port, lab.http_port, other.http_port}) == 4


async def test_after_its_end_nothing_answers(folder: Path, tmp_path: Path) -> None:
    async with Lab([folder], tmp_path / "home") as lab:
        pass
    for address, port in (
        ("127.77.1.10", lab.http_port),
        ("127.77.1.10", lab.https_port),
        ("127.77.0.53", lab.dns_port),
    ):
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection(address, port)


def test_a_lab_in_a_thread_serves_those_without_an_event_loop(folder: Path, tmp_path: Path) -> None:
    with serve_in_thread([folder], tmp_path / "home", bulk=1) as lab:
        query = dns.message.make_query("n000001.bulk.lab", "A")
        response = dns.query.udp(query, "127.77.0.54", port=lab.dns_port, timeout=5)
        assert [str(one) for one in response.answer[0]] == ["127.77.200.10"]
        assert tomllib.loads(lab.config_text())["net"]["unpaced"] == ["127.77.200.10/32"]


def test_a_lab_that_cannot_start_says_so_to_its_caller(tmp_path: Path) -> None:
    with pytest.raises(BadSite, match="no such folder"), serve_in_thread([tmp_path / "nowhere"], tmp_path):
        pytest.fail("it started")


def test_what_the_caller_raises_comes_out_and_the_lab_ends(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), serve_in_thread([folder], tmp_path / "home"):
        raise ZeroDivisionError


async def test_a_port_that_is_taken_everywhere_is_given_up(lab: Lab) -> None:
    import contextlib
    import socket

    async with contextlib.AsyncExitStack() as stack:
        with pytest.raises(NoPort, match=r"192\.0\.2\.1"):
            _bind([("192.0.2.1", socket.SOCK_STREAM)], stack)


@pytest.mark.parametrize("days", [0, 20, 60, 400])
def test_certificates_are_as_old_as_asked_and_valid_now(tmp_path: Path, now: datetime, days: int) -> None:
    certificate = Authority(tmp_path, now).certificate(Wish(("a.lab",), days))
    assert now - certificate.not_valid_before_utc - timedelta(days=days) < timedelta(minutes=6)
    assert certificate.not_valid_after_utc - now > timedelta(days=29)


def test_an_expired_certificate_was_valid_once(tmp_path: Path, now: datetime) -> None:
    certificate = Authority(tmp_path, now).certificate(Wish(("a.lab",), 5, expired=True))
    assert certificate.not_valid_before_utc < certificate.not_valid_after_utc < now
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["a.lab"]


@pytest.fixture
def now() -> datetime:
    return datetime.fromisoformat("2026-11-23T12:00:00+00:00")
