"""A desk at work while its disk is watched: `python busy_desk.py HOME MARK [WEAKNESS ...]`.

Writes with the store's own code and acknowledges each piece of work after the call that did it returned.
A weakness is the negative control: it takes one of the store's guarantees away.
"""

from __future__ import annotations

import os
import random
import sqlite3
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from domainscan.model import Answers, Assessment, Judgement, Lookup, Name, Observation, Page, observation_id
from domainscan.store import Store, base, evidence, open_store, schema
from domainscan.store.audit import record_event, verify_audit
from domainscan.store.backup import backup_store
from domainscan.store.evidence import append_evidence, verify_evidence
from domainscan.store.findings import Finding, seal
from domainscan.store.scans import (
    ScanItem,
    begin_scan,
    finish_scan,
    pending_items,
    plan_items,
    planned,
    record_shard,
)
from domainscan.store.schema import schema_problems
from domainscan.store.soundness import damage
from domainscan.warc import Message, WarcRecord, record_id, response_record

NOW = "2026-11-23T15:00:00Z"
SHARD = 5
SHARDS = 24


def names() -> list[str]:
    return [f"n{number}.lab" for number in range(SHARD * SHARDS)]


def visit(item: ScanItem, scan: str, size: int = 4000) -> tuple[Finding, WarcRecord]:
    """An invented visit whose bytes do not compress, the same for the same name."""
    text = random.Random(item.name).randbytes(size // 2).hex()
    seen = Observation(
        id=observation_id(scan, Name(item.name), ""),
        scan=scan,
        name=Name(item.name),
        url="",
        at=NOW,
        status="observed",
        resolution=(Lookup("A", Answers(("127.77.1.10",))),),
        page=Page(
            url=f"http://{item.name}/", http_status=200, title=item.name, text=text, text_digest=text[:20]
        ),
    )
    judged = Assessment(
        id=f"a-{seen.id}",
        observation=seen.id,
        name=seen.name,
        at=NOW,
        pack="p",
        pack_digest="sha256:p",
        context_digest="sha256:c",
        judgements=(Judgement("H02", "high", "high", 5.0, ("page",), ()),),
        unknown=(),
        content=text[:20],
    )
    record = record_id(seen.id, 0)
    body = random.Random(record).randbytes(size)
    return seal(item.line, seen, judged), response_record(
        Message(record, f"http://{item.name}/", "127.77.1.10", NOW, b"HTTP/1.1 200 OK"), body
    )


def record(store: Store, scan: str, shard: int) -> int:
    """Does one shard as the driver does: bytes first, then rows. How many rows were new."""
    done = [visit(item, scan) for item in pending_items(store, scan, shard, shard)]
    rows = append_evidence(store.home, [record for _, record in done], NOW)
    return record_shard(store, scan, [visited for visited, _ in done], rows, NOW)


def plan(store: Store) -> str:
    scan = begin_scan(store, spec="{}", digest="same", now=NOW)
    wanted = [ScanItem(n, name, name, "", n // SHARD, "argument", "") for n, name in enumerate(names())]
    plan_items(store, scan, wanted)
    planned(store, scan)
    return scan


def work(home: Path, say: Callable[[str], None]) -> None:
    """One scan in three sittings, an audit row with every other shard, a backup after each sitting."""
    with open_store(home) as store:
        say("opened")
        scan = plan(store)
        say(f"planned {scan}")
    for sitting in range(3):
        with open_store(home) as store:
            for shard in range(sitting * SHARDS // 3, (sitting + 1) * SHARDS // 3):
                record(store, scan, shard)
                say(f"shard {shard}")
                if shard % 2:
                    record_event(store, "ann", "test", f"shard {shard}", {}, NOW)
                    say(f"event {shard}")
            backup_store(store, home / f"copy-{sitting}.db")
            say(f"backup copy-{sitting}.db")
    with open_store(home) as store:
        finish_scan(store, scan, "done", NOW)
        say("finished")


def whole(store: Store, steps: Sequence[schema.Step] = schema.STEPS) -> list[str]:
    """Damage, and shards of which only a part is there."""
    said = [
        *damage(store),
        *schema_problems(store, steps),
        *verify_audit(store),
        *map(str, verify_evidence(store)),
    ]
    for row in store.rows("SELECT shard, count(*) AS n FROM items WHERE status <> 'pending' GROUP BY shard"):
        if row["n"] != SHARD:
            said.append(f"shard {row['shard']} is torn: {row['n']} of {SHARD} items")
    done = store.value("SELECT count(*) FROM items WHERE status <> 'pending'")
    for table in ("observations", "assessments", "evidence", "latest"):
        if store.value(f"SELECT count(*) FROM {table}") != done:
            said.append(f"{table} does not have {done} rows")
    return said


def weaken(weakness: str) -> None:
    """Takes a guarantee away, or (`short log`) makes checkpoints frequent."""
    if weakness == "short log":
        base._WAL_BYTES = 100_000  # type: ignore[misc]
    elif weakness == "synchronous=NORMAL":
        connect = schema._connect

        def careless(file: Path, seconds: float) -> sqlite3.Connection:
            connection = connect(file, seconds)
            connection.execute("PRAGMA synchronous = NORMAL")
            return connection

        schema._connect = careless
    elif weakness == "close without the lock":
        Store.close = lambda self: self.db.close()  # type: ignore[method-assign]
    elif weakness == "evidence without fsync":
        evidence.os = _Without(os, "fsync")  # type: ignore[attr-defined]
    elif weakness == "folders without fsync":
        for module in (base, evidence, schema):
            if hasattr(module, "sync_folder"):
                module.sync_folder = lambda folder: None  # type: ignore[attr-defined]
    else:
        raise SystemExit(f"no such weakness: {weakness}")


class _Without:
    """A module in which one function does nothing."""

    def __init__(self, module: object, name: str) -> None:
        self._module, self._name = module, name

    def __getattr__(self, name: str) -> object:
        return (lambda *words: None) if name == self._name else getattr(self._module, name)


if __name__ == "__main__":
    for weakness in sys.argv[3:]:
        weaken(weakness)
    mark = os.open(sys.argv[2], os.O_WRONLY | os.O_CREAT)
    work(Path(sys.argv[1]), lambda word: os.write(mark, word.encode()) and None)
