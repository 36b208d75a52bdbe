"""Work on a disk that refuses: `python faulty_disk.py WORK FOLDER MARK OPS ERRNO MODE STRIDE`.

For every STRIDE-th i = 1, ... the i-th call of the kinds in OPS fails (see shim.c) while WORK is done on a home
of its own; then the disk is well again and the same work is done once more. Prints one JSON line per i; ends
when the work got by without meeting the i-th call.
"""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import sys
import traceback
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from busy_desk import NOW, SHARD, plan, record, weaken, whole
from sqlite_utils import Database

from domainscan.store import Store, StoreError, open_store
from domainscan.store.audit import load_events, record_event
from domainscan.store.backup import backup_store
from domainscan.store.base import FILE
from domainscan.store.schema import STEPS


def one_shard(home: Path) -> None:
    with open_store(home) as store:
        scan = store.value("SELECT id FROM scans")
        record(store, scan, 2)


def one_event(home: Path) -> None:
    with open_store(home) as store:
        record_event(store, "ann", "test", "shard 2", {}, NOW)


def first_opening(home: Path) -> None:
    open_store(home / "new").close()


def backup(home: Path) -> None:
    with open_store(home) as store:
        backup_store(store, home / "copy.db")


def colour(db: Database) -> None:
    db.execute("ALTER TABLE cases ADD COLUMN colour TEXT NOT NULL DEFAULT 'grey'")


def migration(home: Path) -> None:
    open_store(home, steps=(*STEPS, colour)).close()


WORK: dict[str, Callable[[Path], None]] = {
    "one shard": one_shard,
    "one event": one_event,
    "first opening": first_opening,
    "backup": backup,
    "migration": migration,
}


def prepared(home: Path) -> None:
    """Two shards and two audit rows that nothing may take away."""
    with open_store(home) as store:
        scan = plan(store)
        for shard in (0, 1):
            record(store, scan, shard)
            record_event(store, "ann", "test", f"shard {shard}", {}, NOW)


def lost(store: Store) -> list[str]:
    """What of `prepared` is gone."""
    said = [f"shard {n} is lost" for n in (0, 1) if items(store, n) != SHARD]
    subjects = {event.subject for event in load_events(store)}
    return said + [f"the event of shard {n} is lost" for n in (0, 1) if f"shard {n}" not in subjects]


def items(store: Store, shard: int) -> int:
    sql = "SELECT count(*) FROM items WHERE shard = ? AND status <> 'pending'"
    return int(store.value(sql, shard))


def finished(work: str, home: Path) -> bool:
    """Whether the work is done, as far as one can see afterwards."""
    if work in ("one shard", "one event"):
        with open_store(home) as store:
            if work == "one shard":
                return items(store, 2) == SHARD
            return any(event.subject == "shard 2" for event in load_events(store))
    if work == "backup":
        return (home / "copy.db").exists()
    return True


def attempt(work: str, home: Path) -> str:
    """`done`, or the kind of error and what it says; anything but a StoreError is a bug."""
    try:
        WORK[work](home)
    except StoreError as error:
        return f"{type(error).__name__}: {error}"
    except Exception:  # noqa: BLE001 - whatever comes is reported
        return "BUG " + traceback.format_exc()
    return "done"


def sound(home: Path) -> list[str]:
    """What is wrong with the home, whichever of the two schemas it has."""
    with closing(sqlite3.connect(home / FILE)) as raw:
        version = raw.execute("PRAGMA user_version").fetchone()[0]
    steps = (*STEPS, colour) if version > len(STEPS) else STEPS
    with open_store(home, steps=steps) as store:
        return whole(store, steps) + lost(store)


def main(work: str, folder: Path, mark: int, ops: str, errno: str, mode: str, stride: str) -> None:
    prepared(folder / "template")
    for number in range(1, 1000, int(stride)):
        home = folder / f"home-{number}"
        shutil.copytree(folder / "template", home)
        os.write(mark, f"arm {number} {errno} {mode} {ops}".encode())
        said = attempt(work, home)
        hit = os.write(mark, b"disarm") == 1
        problems = sound(home)
        if said == "done" and not finished(work, home):
            problems.append("it said that it was done, and it is not")
        again = "done" if work == "backup" and finished(work, home) else attempt(work, home)
        if again != "done":
            problems.append(f"the second time: {again}")
        problems += sound(home)
        print(json.dumps({"number": number, "hit": hit, "said": said, "problems": problems}), flush=True)
        shutil.rmtree(home)
        if not hit:
            return


if __name__ == "__main__":
    weaken("short log")
    main(sys.argv[1], Path(sys.argv[2]), os.open(sys.argv[3], os.O_WRONLY | os.O_CREAT), *sys.argv[4:])
