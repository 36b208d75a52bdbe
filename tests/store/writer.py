"""A second process for the store's tests: `python writer.py MOVE HOME ...` says on stdout how far it is."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import sys
import time
from pathlib import Path

from conftest import NOW, make_assessment, make_observation
from old_schemas import FUTURE
from sqlite_utils import Database

from domainscan.store import open_store, schema
from domainscan.store.audit import record_event
from domainscan.store.evidence import append_evidence
from domainscan.store.findings import seal
from domainscan.store.scans import (
    ScanItem,
    begin_scan,
    finish_scan,
    pending_items,
    pending_shards,
    plan_items,
    planned,
    record_shard,
)
from domainscan.store.schema import STEPS
from domainscan.store.unfinished import take_up
from domainscan.warc import Message, record_id, response_record

SHARD = 5


def say(word: object) -> None:
    print(word, flush=True)


def scan(home: Path, names: str, question: str = "same") -> None:
    """Begins or resumes one scan, shard after shard."""
    with open_store(home) as store:
        found = take_up(store, question, NOW).scan
        if found is None:
            found = begin_scan(store, spec="{}", digest=question, now=NOW)
            wanted = [f"n{number}.lab" for number in range(int(names))]
            items = [ScanItem(n, name, name, "", n // SHARD, "argument", "") for n, name in enumerate(wanted)]
            plan_items(store, found, items)
            planned(store, found)
        say(found)
        for shard, _ in pending_shards(store, found):
            visits, records = [], []
            for item in pending_items(store, found, shard, shard):
                seen = make_observation(item.name, scan=found, text=f"text of {item.name} " * 50)
                visits.append(seal(item.line, seen, make_assessment(seen, ("H02", "high"))))
                body = f"body of {item.name}".encode() * 200
                record = record_id(seen.id, 0)
                records.append(
                    response_record(
                        Message(record, f"http://{item.name}/", "127.77.1.10", NOW, b"HTTP/1.1 200 OK"), body
                    )
                )
            record_shard(store, found, visits, append_evidence(home, records, NOW), NOW)
            say(shard)
        finish_scan(store, found, "done", NOW)
        say("done")


def hold(home: Path) -> None:
    """Holds the write lock until standard input ends, and commits then."""
    with open_store(home) as store, store.writing():
        record_event(store, "holder", "test", "lock", {}, NOW)
        say("held")
        sys.stdin.read()


def plan(home: Path) -> None:
    """Plans a scan and never finishes planning."""
    with open_store(home) as store:
        found = begin_scan(store, spec="{}", digest="same", now=NOW)
        plan_items(store, found, [ScanItem(1, "a.lab", "a.lab", "", 0, "argument", "")])
        say(found)
        time.sleep(60)


def events(home: Path, count: str) -> None:
    """Writes audit rows, one transaction each."""
    with open_store(home) as store:
        for number in range(int(count)):
            record_event(store, "writer", "test", str(number), {}, NOW)
    say("done")


def die_at_each_statement(folder: Path, stride: str) -> None:
    """Brings copies of `folder`/template up to date; copy n (every `stride`-th) is killed at the n-th SQL statement.

    The last one lives. Says one number per copy.
    """
    for number in range(1, 1000, int(stride)):
        home = folder / str(number)
        if (folder / "template").exists():
            shutil.copytree(folder / "template", home)
        child = os.fork()
        if child == 0:
            migrate_until(home, number)
            os._exit(0)
        say(number)
        if os.waitpid(child, 0)[1] == 0:
            return


def migrate_until(home: Path, statements: int) -> None:
    """Opens the store with all steps, those of the future too, and is killed at the n-th statement."""
    connect, left = schema._connect, statements

    def count(sql: str) -> None:
        nonlocal left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    def traced(file: Path, seconds: float) -> sqlite3.Connection:
        connection = connect(file, seconds)
        connection.set_trace_callback(count)
        return connection

    schema._connect = traced
    open_store(home, steps=FUTURE).close()


def migrate(home: Path) -> None:
    """Takes a second step that never ends."""

    def endless(db: Database) -> None:
        db.execute("CREATE TABLE half (id INTEGER)")
        db.execute("DROP TABLE reports")
        say("middle")
        time.sleep(60)

    open_store(home, steps=(*STEPS, endless))


if __name__ == "__main__":
    {
        "scan": scan,
        "hold": hold,
        "plan": plan,
        "events": events,
        "migrate": migrate,
        "die": die_at_each_statement,
    }[sys.argv[1]](Path(sys.argv[2]), *sys.argv[3:])
