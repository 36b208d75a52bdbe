"""A publisher that is killed, or whose disk is full, and a reader that looks without pause. Run by test_publishing.py.

publishing.py publish FOLDER          publishes for ever, two lists in turn
publishing.py read FOLDER             until its standard input ends; then what it saw, as JSON
publishing.py full FOLDER ROUNDS      mounts a small disk there, publishes with ever another bit of room left
"""

from __future__ import annotations

import errno
import io
import json
import os
import random
import select
import subprocess
import sys
from pathlib import Path

from blocklists.check import check
from blocklists.formats import FORMATS
from blocklists.lists import BlockList, Entry, block_list
from blocklists.manifest import decode_manifest, sha256
from blocklists.names import parse_name
from blocklists.publish import Edition, publish
from blocklists.serials import is_later
from blocklists.signature import load_key

NOW = "2026-11-23T14:00:00Z"
EVERY = ("rpz", "hosts", "csv", "jsonl")
SIZES = (200, 230)
KEY = "desk.key"


def lists() -> list[BlockList]:
    return [block_list(Entry(parse_name(f"n{at:05}.lab.org")) for at in range(size)) for size in SIZES]


def publishing(folder: Path) -> None:
    key, both = load_key(folder.parent / KEY), lists()
    for turn in range(1, 10**9):
        publish(both[turn % 2], folder, Edition(NOW, key, EVERY))


def look(folder: Path) -> tuple[int, int] | str:
    """(serial, names) of the release as a consumer takes it, or what is wrong with it.

    A consumer that is overtaken by two releases finds a file gone, and begins anew.
    """
    wrong = ""
    for _ in range(20):
        data = (folder / "manifest.json").read_bytes()
        manifest = decode_manifest(data)
        counts = set()
        try:
            for file in manifest.files:
                content = (folder / file.name).read_bytes()
                if sha256(content) != file.sha256:
                    return f"{file.name} is not the file that release {manifest.serial} names"
                counts.add(len(FORMATS[file.format].load(io.BytesIO(content))))
        except FileNotFoundError as error:
            wrong = f"{error.filename} is gone"
            if (folder / "manifest.json").read_bytes() == data:
                return f"{wrong}, and release {manifest.serial} names it"
            continue
        if counts != {manifest.entries} or manifest.entries not in SIZES:
            return f"release {manifest.serial} mixes {sorted(counts)}"
        return manifest.serial, manifest.entries
    return wrong


def reading(folder: Path) -> None:
    public = load_key(folder.parent / KEY).public
    last, looks, releases, problems = 0, 0, 0, []
    while not select.select([sys.stdin], [], [], 0)[0]:
        seen = look(folder)
        looks += 1
        if isinstance(seen, str):
            problems.append(seen)
        elif seen[0] != last:
            releases += 1
            if last and not is_later(seen[0], last):
                problems.append(f"release {seen[0]} came after {last}")
            last = seen[0]
        if looks % 5 == 0:
            problems += check(folder, public, NOW)
    print(json.dumps({"looks": looks, "releases": releases, "problems": problems[:20]}))


def full(folder: Path, rounds: int) -> None:
    """Rounds with so little room that some write, sync or rename fails; each leaves the old release or the new."""
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)], check=True)
    key, both, chance = load_key(folder.parent / KEY), lists(), random.Random(11)
    publish(both[0], folder, Edition(NOW, key, EVERY))
    command = [sys.executable, __file__, "read", str(folder)]
    reader = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    ballast, said, problems = folder / "ballast", {"published": 0, "full": 0}, []
    current = 0
    for _ in range(rounds):
        room = chance.randrange(0, 180_000)
        with ballast.open("wb") as file:
            free = os.statvfs(folder).f_bavail * os.statvfs(folder).f_frsize
            file.write(b"\0" * max(0, free - room))
        before = look(folder)
        try:
            publish(both[1 - current], folder, Edition(NOW, key, EVERY))
        except OSError as error:
            assert error.errno == errno.ENOSPC, error
            said["full"] += 1
        else:
            said["published"] += 1
        after = look(folder)
        if isinstance(after, str) or isinstance(before, str):
            problems.append(f"{before} -> {after}")
        else:
            if after[0] != before[0] and after[1] != SIZES[1 - current]:
                problems.append(f"{before} -> {after}: neither old nor new")
            current = SIZES.index(after[1])
        problems += check(folder, key.public, NOW)
        ballast.unlink()
    publish(both[1 - current], folder, Edition(NOW, key, EVERY))
    if left := [path.name for path in folder.rglob("*.tmp")]:
        problems.append(f"left behind: {left}")
    seen = json.loads(reader.communicate("\n", timeout=60)[0])
    print(json.dumps({"said": said, "problems": problems[:20], "reader": seen}))


if __name__ == "__main__":
    work, where = sys.argv[1], Path(sys.argv[2])
    if work == "full":
        full(where, int(sys.argv[3]))
    else:
        {"publish": publishing, "read": reading}[work](where)
