"""Texts for the servers: the primary's configuration, and for each recipient what its resolvers need."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import jinja2

from blocklists.check import read_manifest
from blocklists.files import stage, sync_folder
from blocklists.formats import FORMATS, Settings
from blocklists.lists import BlockList
from blocklists.signature import PublicKey
from domainscan.config import Config, Publish, Recipient
from domainscan.config.checks import NOW_ZONE
from domainscan.config.servers import read_server
from domainscan.transfer.keys import TransferKey

RELAY: Final = "127.0.0.1:5354"  # where a relay beside Unbound listens
RESOLVER: Final = "127.0.0.1:53"  # and the Unbound that it tells of changes
_OF_RECIPIENTS: Final = ("bind.conf", "bind-policy.conf", "recursor.lua", "unbound.conf")
_PLAIN: Final = re.compile(r"[A-Za-z0-9@:/+=._-]*")


@dataclass(frozen=True, slots=True)
class At:
    """A server, in the spellings of the configurations."""

    address: str
    port: int

    @classmethod
    def of(cls, text: str) -> At:
        """Of what `read_server` reads."""
        return cls(*read_server(text))

    @property
    def knot(self) -> str:
        return f"{self.address}@{self.port}"


def now_zone(zone: str) -> str:
    """The name of the zone of what was decided last."""
    return NOW_ZONE + zone


def takers(config: Config) -> tuple[Recipient, ...]:
    """The recipients whose lists are zones."""
    return tuple(one for one in config.recipient if one.zone)


def policy_format(recipient: Recipient) -> str:
    """The format that the recipient's zone is in: its first response policy; "" when it takes none."""
    zones = (one for one in recipient.formats if one.startswith("rpz") and not FORMATS[one].passes)
    return next(zones, "")


def folder_of(config: Config, home: Path) -> Path:
    """Where the primary's files are."""
    return Path(config.transfer.folder) if config.transfer.folder else home / "transfer"


def settings_of(publish: Publish, serial: int, now: str) -> Settings:
    """What the zones say of themselves."""
    return Settings(
        serial,
        now,
        primary=publish.primary,
        ttl_seconds=publish.ttl_seconds,
        garden=publish.garden,
    )


def primary_files(
    config: Config, folder: Path, desk: TransferKey, keys: Sequence[TransferKey], now: str
) -> dict[str, str]:
    """File name -> text for the primary; `keys` in the order of `takers`.

    The zones of what was decided last begin empty, with serial 1: from then on Knot writes them itself.
    """
    zones = list(zip(takers(config), keys, strict=True))
    listen = config.transfer.listen or (config.transfer.primary,)
    if config.transfer.primary not in listen:
        listen = (config.transfer.primary, *listen)
    text = _text("primary.conf", folder=folder, listen=map(At.of, listen), zones=zones, at=At.of)
    secrets = _text("keys.conf", keys=(desk, *keys))
    empty = {
        f"{now_zone(one.zone)}.zone": "".join(
            FORMATS[policy_format(one)].write(BlockList(), settings_of(config.publish, 1, now))
        )
        for one, _ in zones
    }
    return {"knot.conf": text, "keys.conf": secrets} | empty


def recipient_files(config: Config, recipient: Recipient, key: TransferKey) -> dict[str, str]:
    """File name -> text for a recipient: BIND, PowerDNS Recursor, Unbound with the relay that speaks TSIG.

    There is a relay for each of the recipient's secondaries, for it listens where the primary tells of changes.
    """
    primary = At.of((config.transfer.listen or (config.transfer.primary,))[0])
    facts = {
        "recipient": recipient, "key": key, "primary": primary,
        "relay": At.of(RELAY), "resolver": At.of(RESOLVER),
    }  # fmt: skip
    made = {name: _text(name, **facts) for name in _OF_RECIPIENTS}
    relays = enumerate(map(At.of, recipient.secondaries), 1)
    return made | {f"relay-{at}.conf": _text("relay.conf", outside=one, **facts) for at, one in relays}


def place_release(folder: Path, release: Path, recipient: Recipient, public_key: PublicKey) -> Path:
    """The zone file that the primary loads: that of the release, under a name that stays. Raises OSError."""
    manifest = read_manifest(release, public_key)
    wanted = policy_format(recipient)
    source = next(release / Path(one.name).name for one in manifest.files if one.format == wanted)
    folder.mkdir(parents=True, exist_ok=True)
    target, fresh = folder / f"{recipient.zone}.zone", folder / f".{recipient.zone}.{os.getpid()}.tmp"
    fresh.unlink(missing_ok=True)
    try:
        os.link(source, fresh)
    except OSError:  # another file system: a copy, on the disk before it takes the zone's name
        fresh = stage(target, [source.read_bytes()])
    fresh.replace(target)
    sync_folder(folder)
    return target


def _plain(value: object) -> str:
    """A value as it is printed: nothing in it may leave its place. Raises ValueError."""
    text = str(value)
    if not _PLAIN.fullmatch(text):
        raise ValueError(f"{text!r} cannot stand in a server's configuration")
    return text


def _text(name: str, **facts: object) -> str:
    return _templates().get_template(f"{name}.j2").render(**facts)


@cache
def _templates() -> jinja2.Environment:
    """Text templates: every printed value goes through `_plain`, and a misspelt one is an error."""
    return jinja2.Environment(
        loader=jinja2.PackageLoader("domainscan", "templates/transfer"),
        autoescape=False,  # noqa: S701 - configurations, no HTML; `finalize` below is the guard
        finalize=_plain,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
