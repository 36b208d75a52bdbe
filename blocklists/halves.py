"""Large inputs are read by two processes at once, each one half of the octets; what they find is put together.

The second half of a file is read before the first half has said what a plain name means in it (`# reach: host`). It is
read as the first 64 KB of the file have it; when the first half ends otherwise, that work is thrown away and done anew.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import BinaryIO, Final, NamedTuple, cast

from blocklists.asked import Asked
from blocklists.helper import Helper, HelperFailed, can_help
from blocklists.lines import State
from blocklists.reading import Part, Reading
from blocklists.texts import UTF16

LARGE: Final = 4 << 20  # octets; below, a second process costs more than it brings
_HEAD: Final = 1 << 16

Input = tuple[str, "Iterable[str] | BinaryIO"]
Make = Callable[[str, Asked], Reading]


class Span:
    """Some octets of an open file, read without moving anybody else in it."""

    __slots__ = ("_at", "_end", "_file")

    def __init__(self, file: int, start: int, end: int) -> None:
        self._file, self._at, self._end = file, start, end

    def read(self, size: int, /) -> bytes:
        data = os.pread(self._file, min(size, self._end - self._at), self._at)
        self._at += len(data)
        return data


class Cut(NamedTuple):
    """Where the second half begins: the number of an input, an octet of it, and what plain names mean there."""

    input: int
    offset: int
    state: State


def read_inputs(inputs: Sequence[Input], make: Make, asked: Asked, alone: bool = False) -> list[Reading]:
    """All inputs, read into `asked`; by two processes where they are large files, unless `alone`."""
    cut = None if alone else _cut(inputs, make)
    if cut is None:
        return [_read(one, make(one[0], asked)) for one in inputs]
    with Helper(lambda send: _help(inputs, make, cut, asked.sorts, send)) as helper:
        read = [_read(one, make(one[0], asked)) for one in inputs[: cut.input]]
        for at, one in enumerate(inputs[cut.input :]):
            reading = make(one[0], asked)
            start, size = (cut.offset, size_of(one[1])) if at == 0 else (0, 0)
            if start:
                reading.read_file(Span(_number(one[1]), 0, start))
            right = not start or _same(reading.state, cut.state)
            part = _part(helper, asked if right else Asked())
            if right and part is not None:
                reading.absorb(part)
            elif start:
                reading.read_file(Span(_number(one[1]), start, size), begins=False)
            else:
                _fill(one, reading)
            reading.end()
            read.append(reading)
    return read


def _read(one: Input, reading: Reading) -> Reading:
    _fill(one, reading)
    reading.end()
    return reading


def _fill(one: Input, reading: Reading) -> None:
    size = size_of(one[1])
    if size:
        reading.read_file(Span(_number(one[1]), 0, size))
    elif hasattr(one[1], "readinto"):
        reading.read_file(cast(BinaryIO, one[1]))
    else:
        reading.read(cast("Iterable[str]", one[1]))


def _cut(inputs: Sequence[Input], make: Make) -> Cut | None:
    """Half of all octets; None where two processes are of no use, or the inputs are not all files."""
    sizes = [size_of(lines) for _, lines in inputs]
    if 0 in sizes or sum(sizes) < LARGE or not can_help():
        return None
    half, at = sum(sizes) // 2, 0
    while half >= sizes[at]:
        half -= sizes[at]
        at += 1
    state, offset = _state(inputs[at], make), _line_end(inputs[at][1], half)
    if _HEAD < offset < sizes[at] and state.is_plain():
        return Cut(at, offset, state)
    following = at + (half > sizes[at] // 2)
    return Cut(following, 0, State()) if 0 < following < len(inputs) else None


def _state(one: Input, make: Make) -> State:
    """What the beginning of a file says of its later lines."""
    reading = make(one[0], Asked())
    reading.read_file(Span(_number(one[1]), 0, _line_end(one[1], _HEAD)))
    return reading.state


def _line_end(file: object, after: int) -> int:
    """The octet after the first line end that follows; 0 where none is near, or the file is UTF-16."""
    near = os.pread(_number(file), _HEAD, after).find(b"\n")
    return 0 if near == -1 or os.pread(_number(file), 2, 0) in UTF16 else after + near + 1


def _number(file: object) -> int:
    return cast(BinaryIO, file).fileno()


def size_of(file: object) -> int:
    """The octets of a regular file that nobody has begun to read; 0 for everything else."""
    try:
        status = os.fstat(_number(file))
        return status.st_size if stat.S_ISREG(status.st_mode) and not cast(BinaryIO, file).tell() else 0
    except (AttributeError, OSError):
        return 0


def _same(one: State, two: State) -> bool:
    return replace(one, rows=1) == replace(two, rows=1)


def _part(helper: Helper, asked: Asked) -> Part | None:
    """The account of the next input, its names already in `asked`; None when the helper has failed.

    Names that are there twice, because the input is then read anew, do no harm.
    """
    try:
        part, parcels = helper.load()
        for _ in range(parcels):
            asked.absorb(*helper.load())
    except HelperFailed:
        return None
    return cast(Part, part)


def _help(inputs: Sequence[Input], make: Make, cut: Cut, sorts: bool, send: Callable[[object], None]) -> None:
    """Reads the second half, then sends it: for each input its account and its names.

    Not before all is read: who receives it reads the first half meanwhile, and the pipe holds 64 KB.
    """
    found = []
    for at, one in enumerate(inputs[cut.input :]):
        asked = Asked(sorts)
        reading = make(one[0], asked)
        if at == 0 and cut.offset:
            reading.state = replace(cut.state)
            reading.read_file(Span(_number(one[1]), cut.offset, size_of(one[1])), begins=False)
        else:
            reading.read_file(Span(_number(one[1]), 0, size_of(one[1])))
        found.append((reading.part(), asked.parcels()))
    for part, parcels in found:
        send((part, len(parcels)))
        for parcel in parcels:
            send(parcel)
