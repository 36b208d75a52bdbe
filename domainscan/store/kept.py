"""What judgements rested on, kept by digest: the packs' files and the slices of history they saw."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache

from domainscan.model import History
from domainscan.store.base import Store
from domainscan.store.packing import pack, unpacked


def keep_pack(store: Store, digest: str, name: str, body: bytes, now: str) -> None:
    """Keeps a pack's files under its digest, once."""
    with store.writing() as db:
        db.execute(
            "INSERT INTO packs (digest, name, first_used, body) VALUES (?, ?, ?, ?)",
            (digest, name, now, body),
        )


def has_pack(store: Store, digest: str) -> bool:
    return store.value("SELECT 1 FROM packs WHERE digest = ?", digest) is not None


def kept_pack(store: Store, digest: str) -> bytes | None:
    """The bytes that `keep_pack` was given; None when this pack was never kept."""
    body: bytes | None = store.value("SELECT body FROM packs WHERE digest = ?", digest)
    return body


def kept_packs(store: Store) -> Iterator[tuple[str, bytes]]:
    """(digest, bytes) of every pack that was kept."""
    yield from store.db.execute("SELECT digest, body FROM packs ORDER BY first_used, digest")


@lru_cache(maxsize=64)
def context_row(history: History) -> tuple[str, bytes]:
    """The row of table contexts. Names that are new share one in each job, so it is made once for them."""
    return history.digest(), pack(history)


def insert_contexts(store: Store, rows: Iterable[tuple[str, bytes]]) -> None:
    """Keeps contexts; one that is there already is left as it is."""
    store.db.conn.executemany("INSERT INTO contexts (digest, body) VALUES (?, ?)", dict(rows).items())


def kept_context(store: Store, digest: str) -> bytes | None:
    """The JSON of the History with this digest, as it lies there; None when it was never kept.

    Raises StoreFailed when the bytes are damaged.
    """
    body = store.value("SELECT body FROM contexts WHERE digest = ?", digest)
    return None if body is None else unpacked(body, "History")


def observation_json(store: Store, id: str) -> tuple[str, bytes]:
    """(digest as recorded, the JSON that lies there) of an observation; the digest is "" in rows of schema 1.

    Raises StoreFailed when the bytes are damaged.
    """
    digest, body = store.rows("SELECT digest, body FROM observations WHERE id = ?", id)[0]
    return digest, unpacked(body, "Observation")


def assessment_json(store: Store, id: str) -> bytes:
    """The JSON of an assessment as it lies there. Raises StoreFailed when the bytes are damaged."""
    return unpacked(store.value("SELECT body FROM assessments WHERE id = ?", id), "Assessment")
