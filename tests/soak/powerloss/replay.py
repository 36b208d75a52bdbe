"""What a folder may look like after the power went: the record that shim.c wrote, cut at any point.

Assumed of the disk, on purpose less than ext4 gives:
- bytes are safe once fsync or fdatasync of their file has returned; of those written later each write is kept,
  lost, or torn: any of its sectors of 512 bytes may be missing, and a hole reads as zeros;
- a size set by truncation after the last sync is kept or lost; a file may have grown without its bytes;
- a new name, a rename or a removal is safe once its folder was synced (syncing the file is not enough); later
  ones are kept up to some point in time and lost behind it, because a journal keeps their order;
- what is mapped into memory (SQLite's -shm) is lost.
"""

from __future__ import annotations

import random
import struct
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

SECTOR: Final = 512
_HEAD: Final = struct.Struct("<4sc3xQq3I4x")

# What becomes of what was not synced: the share of writes that are lost, torn and kept.
POLICIES: Final[dict[str, tuple[float, float, float]]] = {
    "all is lost": (1.0, 0.0, 0.0),
    "all is kept": (0.0, 0.0, 1.0),
    "all is torn": (0.0, 1.0, 0.0),
    "half is lost": (0.5, 0.0, 0.5),
    "a bit of each": (0.3, 0.4, 0.3),
}


@dataclass(frozen=True)
class Event:
    """One thing that happened: op as in shim.c."""

    op: str
    inode: int
    offset: int
    path: str
    second: str
    data: bytes


def read_log(file: Path) -> list[Event]:
    """The events in their order; what concerns -shm is left out."""
    data, at, found = file.read_bytes(), 0, []
    while at < len(data):
        magic, op, inode, offset, *lengths = _HEAD.unpack_from(data, at)
        assert magic == b"DSLG", f"the log is broken at {at}"
        at += _HEAD.size
        parts = []
        for length in lengths:
            parts.append(data[at : at + length])
            at += length
        event = Event(op.decode(), inode, offset, parts[0].decode(), parts[1].decode(), parts[2])
        if not event.path.removesuffix(" (deleted)").endswith("-shm"):
            found.append(event)
    return found


def synced_again(events: Sequence[Event]) -> list[str]:
    """Files whose sync failed and was tried again with nothing written in between: what that says is worth nothing.

    Until the next order to the shim, when whoever met the error has let go of the file. Folders are left out:
    nothing can be written anew there, and a file system stops when its journal fails.
    """
    folders = {event.path for event in events if event.op == "M"}
    failed: set[int] = set()
    said = []
    for event in events:
        if event.op == "F" and event.second == "s" and event.path not in folders:
            failed.add(event.inode)
        elif event.op == "A":
            failed.clear()
        elif event.op in "WTC":
            failed.discard(event.inode)
        elif event.op == "S" and event.inode in failed:
            said.append(event.path)
    return said


def acknowledged(events: Sequence[Event]) -> list[str]:
    """What the program said it had done, word by word as it said it."""
    return [event.data.decode() for event in events if event.op == "A"]


@dataclass
class _File:
    """The bytes that are safe, and what was done since: (offset, bytes) or (size, None) for a truncation."""

    safe: bytearray = field(default_factory=bytearray)
    pending: list[tuple[int, bytes | None]] = field(default_factory=list)

    def sync(self) -> None:
        for at, data in self.pending:
            _apply(self.safe, at, data)
        self.pending.clear()


def _apply(content: bytearray, at: int, data: bytes | None) -> None:
    if data is None:
        content.extend(bytes(max(0, at - len(content))))
        del content[at:]
        return
    content.extend(bytes(max(0, at - len(content))))
    content[at : at + len(data)] = data


@dataclass
class _Change:
    """A change of names: C and M make `path`, R moves it to `second`, U removes it."""

    op: str
    path: str
    second: str
    file: _File | None
    safe: bool = False

    def folders(self) -> set[str]:
        return {str(Path(one).parent) for one in (self.path, self.second) if one}


class Disk:
    """Follows the events up to a cut, and makes what may be left then."""

    def __init__(self, events: Sequence[Event]) -> None:
        self._files: dict[int, _File] = {}
        self._changes: list[_Change] = []
        for event in events:
            self._follow(event)

    def _follow(self, event: Event) -> None:
        if event.op == "C":
            self._files[event.inode] = _File()
            self._changes.append(_Change("C", event.path, "", self._files[event.inode]))
        elif event.op in "MRU":
            self._changes.append(_Change(event.op, event.path, event.second, None))
        elif event.op == "W":
            self._files[event.inode].pending.append((event.offset, event.data))
        elif event.op == "T":
            self._files[event.inode].pending.append((event.offset, None))
        elif event.op == "S" and event.inode in self._files and not self._is_folder(event.path):
            self._files[event.inode].sync()
        elif event.op == "S":
            for change in self._changes:
                # A rename from one folder into another is safe when the folder it went to was synced.
                change.safe = change.safe or str(Path(change.second or change.path).parent) == event.path

    def _is_folder(self, path: str) -> bool:
        return any(change.op == "M" and change.path == path for change in self._changes)

    def left(self, chance: random.Random, shares: tuple[float, float, float]) -> dict[str, bytes | None]:
        """What is found after the cut: path -> bytes; None for a folder."""
        names: dict[str, _File | None] = {}
        for change in self._surviving(chance, shares):
            if change.op == "R":
                for path in [one for one in names if one == change.path or one.startswith(change.path + "/")]:
                    names[change.second + path.removeprefix(change.path)] = names.pop(path)
            elif change.op == "U":
                names.pop(change.path, None)
            else:
                names[change.path] = change.file
        return {
            path: None if file is None else _content(file, chance, shares) for path, file in names.items()
        }

    def _surviving(self, chance: random.Random, shares: tuple[float, float, float]) -> Iterator[_Change]:
        open_ones = [change for change in self._changes if not change.safe]
        lost, _, kept = shares
        count = 0 if lost == 1 else len(open_ones) if kept == 1 else chance.randint(0, len(open_ones))
        yielded = set(map(id, open_ones[:count]))
        yield from (change for change in self._changes if change.safe or id(change) in yielded)


def _content(file: _File, chance: random.Random, shares: tuple[float, float, float]) -> bytes:
    content = bytearray(file.safe)
    for at, data in file.pending:
        fate = chance.choices(("lost", "torn", "kept"), shares)[0]
        if fate == "kept":
            _apply(content, at, data)
        elif fate == "torn" and data is not None:
            for start, end in _sectors(at, len(data)):
                if chance.random() < 0.5:
                    _apply(content, start, data[start - at : end - at])
            if chance.random() < 0.3:  # the file grew, its bytes did not come
                content.extend(bytes(max(0, at + len(data) - len(content))))
    return bytes(content)


def _sectors(at: int, size: int) -> Iterator[tuple[int, int]]:
    start = at
    while start < at + size:
        end = min(at + size, (start // SECTOR + 1) * SECTOR)
        yield start, end
        start = end


def lay_out(left: dict[str, bytes | None], source: Path, target: Path) -> None:
    """Makes what is left as real files, with `target` where `source` was; what has no folder is lost with it."""
    found = {Path(path).relative_to(source): content for path, content in left.items()}
    for path in sorted(found, key=lambda one: len(one.parts)):
        place, content = target / path, found[path]
        if place.parent != target and not place.parent.is_dir():
            continue
        if place.parent == target:
            target.mkdir(exist_ok=True)
        if content is None:
            place.mkdir(exist_ok=True)
        else:
            place.write_bytes(content)


def cuts(events: Sequence[Event], rounds: int, chance: random.Random) -> list[int]:
    """Where to cut: half of them right behind an acknowledgement, when most is promised; the rest anywhere."""
    promised = [number + 1 for number, event in enumerate(events) if event.op == "A"]
    return [
        chance.choice(promised) if turn % 2 else chance.randrange(1, len(events)) for turn in range(rounds)
    ]


Check = Callable[[Path, list[str]], list[str]]


def play(
    events: Sequence[Event], source: Path, folder: Path, rounds: int, seed: int, check: Check
) -> list[str]:
    """What `check` (a home, what was acknowledged -> complaints) says of each round, with how to repeat it."""
    chance = random.Random(seed)
    said = []
    for turn, cut in enumerate(cuts(events, rounds, chance)):
        policy = list(POLICIES)[turn % len(POLICIES)]
        target = folder / f"round-{turn}"
        target.mkdir(parents=True)
        left = Disk(events[:cut]).left(chance, POLICIES[policy])
        lay_out(left, source, target)
        complaints = check(target / "home", acknowledged(events[:cut]))
        said += [f"round {turn}, cut {cut} of {len(events)}, {policy}: {one}" for one in complaints]
    return said
