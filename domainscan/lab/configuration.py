"""The config.toml with which the product works against a lab."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from domainscan.lab.web import CUT_TITLE, WEBBLOCK
from domainscan.lab.world import BULK, BULK_ADDRESS, Brand, World

_SHOWN: Final = {"cut-403": (CUT_TITLE,), "cut-302": (WEBBLOCK,), "cut-reset": ()}


def net_lines(
    resolvers: Sequence[str],
    addresses: Sequence[str],
    ports: Mapping[int, int],
    trust: Path,
    suffixes: Sequence[str],
    brands: Path,
) -> Iterator[str]:
    """The tables [net], [names] and [packs]: the exact addresses of the lab and nothing else are let through."""
    yield "[net]"
    yield f"resolvers = {_toml(resolvers)}"
    yield f"allow = {_toml([f'{one}/32' for one in addresses])}"
    yield "port_map = { " + ", ".join(f'"{port}" = {real}' for port, real in ports.items()) + " }"
    yield 'vantage = "lab"'
    yield f"trust = {_toml(str(trust.resolve()))}"
    yield 'rdap = "http://rdap.lab/"'
    yield "host_delay_seconds = 0.0"
    yield "address_connections = 64"
    yield "prefix_connections = 256"
    if BULK in suffixes:
        yield f"unpaced = {_toml([f'{BULK_ADDRESS}/32'])}"
    yield ""
    yield "[names]"
    yield f"suffixes = {_toml(suffixes)}"
    yield ""
    yield "[packs]"
    yield f"brands = {_toml([str(brands.resolve())])}"


def brand_lines(brands: Sequence[Brand]) -> Iterator[str]:
    """The world's invented brands as a table that a pack takes in."""
    for one in brands:
        yield "[[brand]]"
        yield f"token = {_toml(one.token)}"
        yield f"names = {_toml(one.names)}"
        yield f"owners = {_toml(one.owners)}"
        yield ""


def recipient_lines(world: World, carriers: Mapping[str, str]) -> Iterator[str]:
    """A [[recipient]] for each carrier, mainland provider with sites, registrar and shared suffix."""
    for key, address in carriers.items():
        yield from _recipient(key, "carrier", formats=["rpz", "csv"], resolvers=[address])
    connecting = {site.provider for site in world.sites}
    for one in world.providers:
        if one.kind == "provider" and one.key in connecting:
            shown = _SHOWN[one.fingerprint]
            yield from _recipient(
                one.key,
                "provider",
                name=one.name,
                networks=[one.network],
                fingerprints=shown,
                formats=["csv"],
            )
    for registrar in sorted({site.registrar for site in world.sites if site.registrar}):
        key = "registrar-" + (re.sub(r"[^a-z0-9]+", "-", registrar.lower()).strip("-") or "other")
        yield from _recipient(key, "registrar", name=registrar, registrars=[registrar], formats=["csv"])
    for suffix in world.suffixes:
        if "." in suffix and suffix != BULK:
            key = "platform-" + suffix.replace(".", "-")
            yield from _recipient(key, "platform", suffixes=[suffix], formats=["csv"])


def _recipient(key: str, kind: str, **values: str | Sequence[str]) -> Iterator[str]:
    yield ""
    yield "[[recipient]]"
    yield f"id = {_toml(key)}"
    yield f"kind = {_toml(kind)}"
    for name, value in values.items():
        if value:
            yield f"{name} = {_toml(value)}"


def _toml(value: str | Sequence[str]) -> str:
    """A string or a list of strings as TOML, whose basic strings JSON's escapes fit."""
    return json.dumps(value if isinstance(value, str) else list(value), ensure_ascii=False)
