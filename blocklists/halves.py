"""Large inputs are read by two processes at once, each one half of the octets; what they find is put together.

The second half of a file is read before the first half has said what a plain name means in it (`# reach: host`). It is
read as the first 64 KB of the file have it; when the first half ends otherwise, that work is thrown away and done anew.
"""

from __future__ import annotations

import os
import pickle
import signal
import stat
import threading
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import BinaryIO, Final, NamedTuple, NoReturn, cast

from blocklists.folding import Folding
from blocklists.lines import State
from blocklists.reading import Part, Reading
from blocklists.texts import UTF16

LARGE: Final = 4 << 20  # octets; below, a second process costs more than it brings
_HEAD: Final = 1 << 16

Input = tuple[str, "Iterable[str] | BinaryIO"]
Make = Callable[[str, Folding], Reading]


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


def read_inputs(inputs: Sequence[Input], make: Make, folding: Folding) -> list[Reading]:
    """All inputs, read into `folding`; by two processes where they are large files."""
    cut = _cut(inputs, make)
    if cut is None:
        return [_read(one, make(one[0], folding)) for one in inputs]
    with _Helper(inputs, make, cut) as helper:
        read = [_read(one, make(one[0], folding)) for one in inputs[: cut.input]]
        for at, one in enumerate(inputs[cut.input :]):
            reading = make(one[0], folding)
            start, size = (cut.offset, _size(one[1])) if at == 0 else (0, 0)
            if start:
                reading.read_file(Span(_number(one[1]), 0, start))
            right = not start or _same(reading.state, cut.state)
            part = helper.part(folding if right else Folding())
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
    if hasattr(one[1], "readinto"):
        reading.read_file(cast(BinaryIO, one[1]))
    else:
        reading.read(cast("Iterable[str]", one[1]))


def _cut(inputs: Sequence[Input], make: Make) -> Cut | None:
    """Half of all octets; None where two processes are of no use, or the inputs are not all files."""
    sizes = [_size(lines) for _, lines in inputs]
    if 0 in sizes or sum(sizes) < LARGE or _processors() < 2 or threading.active_count() > 1:
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
    reading = make(one[0], Folding())
    reading.read_file(Span(_number(one[1]), 0, _line_end(one[1], _HEAD)))
    return reading.state


def _line_end(file: object, after: int) -> int:
    """The octet after the first line end that follows; 0 where none is near, or the file is UTF-16."""
    near = os.pread(_number(file), _HEAD, after).find(b"\n")
    return 0 if near == -1 or os.pread(_number(file), 2, 0) in UTF16 else after + near + 1


def _number(file: object) -> int:
    return cast(BinaryIO, file).fileno()


def _size(file: object) -> int:
    """The octets of a regular file that nobody has begun to read; 0 for everything else."""
    try:
        status = os.fstat(_number(file))
        return status.st_size if stat.S_ISREG(status.st_mode) and not cast(BinaryIO, file).tell() else 0
    except (AttributeError, OSError):
        return 0


def _processors() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1


def _same(one: State, two: State) -> bool:
    return replace(one, rows=1) == replace(two, rows=1)


class _Helper:
    """The process that reads the second half, and what it sends: for each input its account and its names."""

    def __init__(self, inputs: Sequence[Input], make: Make, cut: Cut) -> None:
        receive, send = os.pipe()
        self._process = os.fork()
        if self._process == 0:
            os.close(receive)
            _help(inputs, make, cut, send)
        os.close(send)
        self._pipe = os.fdopen(receive, "rb", _HEAD)

    def __enter__(self) -> _Helper:
        return self

    def __exit__(self, *error: object) -> None:
        self._pipe.close()
        with suppress(ProcessLookupError):
            os.kill(self._process, signal.SIGKILL)
        os.waitpid(self._process, 0)

    def part(self, folding: Folding) -> Part | None:
        """The account of the next input, its names already in `folding`; None when the helper has failed.

        Names that are there twice, because the input is then read anew, do no harm.
        """
        try:
            part, parcels = pickle.load(self._pipe)  # noqa: S301 - from our own child, over our own pipe
            for _ in range(parcels):
                folding.absorb(*pickle.load(self._pipe))  # noqa: S301
        except (EOFError, pickle.UnpicklingError):
            return None
        return cast(Part, part)


def _help(inputs: Sequence[Input], make: Make, cut: Cut, pipe: int) -> NoReturn:
    """Reads the second half, and ends the process."""
    try:
        with os.fdopen(pipe, "wb", _HEAD) as out:
            for at, one in enumerate(inputs[cut.input :]):
                folding = Folding()
                reading = make(one[0], folding)
                if at == 0 and cut.offset:
                    reading.state = replace(cut.state)
                    reading.read_file(Span(_number(one[1]), cut.offset, _size(one[1])), begins=False)
                else:
                    reading.read_file(Span(_number(one[1]), 0, _size(one[1])))
                parcels = folding.parcels()
                pickle.dump((reading.part(), len(parcels)), out)
                for parcel in parcels:
                    pickle.dump(parcel, out)
    finally:
        os._exit(0)
