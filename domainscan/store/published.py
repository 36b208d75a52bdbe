"""What was published to whom, and the serials that were handed out."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Final

from blocklists.names import parents
from blocklists.serials import latest
from domainscan.model import Name, Record
from domainscan.store.base import FILE, Store
from domainscan.store.errors import StoreError
from domainscan.store.packing import pack, unpack

RELEASES: Final = "export"  # in the home
LOOKED: Final = 50  # releases; a list may have a million names


class Published(Record, frozen=True):
    """One release of one recipient's lists."""

    recipient: str
    serial: int
    digest: str  # of the manifest
    path: str
    names: tuple[str, ...]
    at: str
    by: str = ""


class SerialUsed(StoreError):
    """The serial was handed out before."""


def record_published(store: Store, release: Published) -> None:
    """Raises SerialUsed when this recipient had a release of this serial."""
    with store.writing() as db:
        used = "SELECT 1 FROM published WHERE recipient = ? AND serial = ?"
        if store.value(used, release.recipient, release.serial):
            raise SerialUsed(f"serial {release.serial} was published to {release.recipient} before")
        db.execute(
            "INSERT INTO published (recipient, serial, digest, path, at, by, names)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                *(release.recipient, release.serial, release.digest, release.path, release.at, release.by),
                pack(release.names),
            ),
        )
        reserve_serial(store, release.recipient, release.serial)


def last_published(store: Store, recipient: str) -> Published | None:
    rows = store.rows("SELECT * FROM published WHERE recipient = ? ORDER BY id DESC LIMIT 1", recipient)
    return _release(rows[0]) if rows else None


def newest_release(store: Store) -> str:
    """When something was published last, to whomever; "" when nothing ever was."""
    return str(store.value("SELECT coalesce(max(at), '') FROM published"))


def published_to(store: Store) -> list[str]:
    """Every recipient that ever had a release."""
    return [
        str(row["recipient"])
        for row in store.rows("SELECT DISTINCT recipient FROM published ORDER BY recipient")
    ]


def last_folder(store: Store, recipient: str) -> Path | None:
    """Where a recipient's last release is; its names, which may be a million, are not looked at."""
    path = store.value("SELECT path FROM published WHERE recipient = ? ORDER BY id DESC LIMIT 1", recipient)
    return place_now(store, recipient, path) if path else None


def place_now(store: Store, recipient: str, path: str) -> Path:
    """Where a release that lay at `path` lies now: the home may have been moved since, or restored beside the old one,
    and its `export/` with it. What was handed out elsewhere (`export --out`) stays where it is.
    """
    recorded, own = Path(path), store.home / RELEASES / recipient
    of_a_home = not recorded.is_dir() or (recorded.parent.parent / FILE).exists()
    return own.resolve() if of_a_home and own.is_dir() else recorded


def load_published(store: Store, recipient: str = "") -> list[Published]:
    """Every release, oldest first."""
    rows = store.rows(
        "SELECT * FROM published WHERE ? = '' OR recipient = ? ORDER BY id", recipient, recipient
    )
    return [_release(row) for row in rows]


def ever_published(store: Store, recipient: str) -> frozenset[str]:
    """Every name that a release of this recipient had; one release is in memory at a time: 600 of 20,000 names, hourly
    ones of a month, took 1.1 GB together.
    """
    found, before = set[str](), b""
    for (packed,) in store.db.execute("SELECT names FROM published WHERE recipient = ?", (recipient,)):
        if packed != before:  # most releases are a list issued anew
            found.update(unpack(packed, tuple[str, ...]))
            before = packed
    return frozenset(found)


def digests(store: Store, recipient: str) -> dict[int, str]:
    """Serial -> the digest of the manifest, of every release; names, which may be a million each, are not looked at."""
    rows = store.rows("SELECT serial, digest FROM published WHERE recipient = ?", recipient)
    return {row["serial"]: row["digest"] for row in rows}


def held_since(store: Store, recipient: str, names: Iterable[str], start: str) -> dict[Name, str]:
    """A name of the recipient's last release -> since when every release has it; names it has not are left out.

    Looked at from the newest release back to the one that was out at `start`: what that had is as old as it is.
    """
    left, found, before = frozenset(map(Name, names)), dict[Name, str](), b""
    for id, at in store.rows("SELECT id, at FROM published WHERE recipient = ? ORDER BY id DESC", recipient):
        if not left:
            break
        packed = store.value("SELECT names FROM published WHERE id = ?", id)
        if packed != before:  # most releases are a list issued anew
            left, before = left & frozenset(unpack(packed, tuple[Name, ...])), packed
        found.update(dict.fromkeys(left, at))
        if at <= start:
            break
    return found


class Listed(Record, frozen=True):
    """The releases of one recipient with which a name came onto its list and left it; serial 0: none did."""

    recipient: str
    serial: int
    at: str
    off_serial: int = 0
    off_at: str = ""


def listed_at(store: Store, name: Name, start: str, end: str, moment: str = "") -> list[Listed]:
    """Who had the name on a list from `start` on, and who has it off since `end` ("": not ended).

    Of each recipient the first `LOOKED` releases after either are looked at. With a moment, those up to then.
    """
    found = []
    for recipient in published_to(store):
        first = _first_release(store, recipient, name, start, moment, listed=True)
        if first is not None:
            last = _first_release(store, recipient, name, end, moment, listed=False) if end else None
            found.append(Listed(recipient, *first, *(last or ())))
    return found


def _first_release(
    store: Store, recipient: str, name: Name, since: str, moment: str, *, listed: bool
) -> tuple[int, str] | None:
    """Serial and time of the first release since then that has the name or a name above it, or has it not."""
    rows = store.rows(
        "SELECT id, serial, at FROM published WHERE recipient = ? AND at >= ? AND (? = '' OR at <= ?)"
        " ORDER BY id LIMIT ?",
        *(recipient, since, moment, moment, LOOKED),
    )
    asked, has, before = {name, *parents(name)}, False, b""
    for id, serial, at in rows:
        packed = store.value("SELECT names FROM published WHERE id = ?", id)
        if packed != before:  # most releases are a list issued anew
            has, before = not asked.isdisjoint(unpack(packed, tuple[Name, ...])), packed
        if has == listed:
            return serial, at
    return None


def _release(row: object) -> Published:
    values = {field: row[field] for field in Published.__struct_fields__}  # type: ignore[index]
    return Published(**values | {"names": unpack(values["names"], tuple[str, ...])})


def last_serial(store: Store, recipient: str) -> int:
    """The last serial handed out for this recipient, published or not; 0 when there was none."""
    return int(store.value("SELECT serial FROM serials WHERE recipient = ?", recipient) or 0)


def reserve_serial(store: Store, recipient: str, serial: int) -> None:
    """Remembers a serial before it is used: a release that fails half-way does not give it away twice.

    An older serial than the one remembered (RFC 1982) changes nothing.
    """
    with store.writing() as db:
        serial = latest((last_serial(store, recipient), serial))
        db.execute(
            "INSERT INTO serials (recipient, serial) VALUES (?, ?)"
            " ON CONFLICT (recipient) DO UPDATE SET serial = excluded.serial",
            (recipient, serial),
        )
