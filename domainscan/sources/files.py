"""Candidates from files: names or URLs, one per line or in a column of a table: UTF-8, UTF-16, GB 18030."""

from __future__ import annotations

import codecs
from collections.abc import AsyncIterator, Iterator
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from domainscan.sources.intake import ABOVE, Column, Line, by_column, column_of

LONGEST_LINE = 4096  # bytes; a longer one is cut, and then refused for its length
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


async def file_lines(path: str) -> AsyncIterator[Line]:
    """Every line of one file, with its number. Raises OSError when it cannot be read."""
    with Path(path).open("rb") as stream:  # noqa: ASYNC230 - a local file, read in chunks
        for line in read_lines(stream, path):
            yield line


async def folder_lines(path: str) -> AsyncIterator[Line]:
    """Every line of every list in a folder, in the order of the file names."""
    for file in lists_in(Path(path)):
        async for line in file_lines(str(file)):
            yield line


def lists_in(folder: Path) -> list[Path]:
    """The list files of a folder, by name. Raises OSError."""
    return sorted(one for one in folder.iterdir() if one.suffix in (".txt", ".list", ".csv"))


def read_lines(stream: BinaryIO, source: str) -> Iterator[Line]:
    """The lines of an open stream, numbered from 1; of a table those of its column of candidates."""
    return by_column(_lines(stream, source))


def table_column(path: Path) -> Column | None:
    """The column by which a file is read, when it is a table. Raises OSError."""
    with path.open("rb") as stream:
        found = (column_of(line.text) for line in islice(_lines(stream, ""), ABOVE))
        return next((column for column in found if column), None)


def first_in_gb18030(path: Path) -> Line | None:
    """The first line that is no UTF-8 and is read as GB 18030, in which nearly all octets are some text.

    Raises OSError.
    """
    with path.open("rb") as stream:
        head = stream.read(2)
        if head in _UTF16:
            return None
        for number, raw in enumerate(_raw_lines(stream, head), 1):
            if not raw.isascii() and _coding(raw) == "gb18030":
                return Line(number, raw.decode("gb18030"), str(path))
    return None


def _lines(stream: BinaryIO, source: str) -> Iterator[Line]:
    """The lines as they are, decoded one by one so that a million of them stay flat."""
    head = stream.read(2)
    if head in _UTF16:
        reader = codecs.getreader("utf-16-le" if head == codecs.BOM_UTF16_LE else "utf-16-be")(
            stream, "replace"
        )
        for number, text in enumerate(reader, 1):
            yield Line(number, text.rstrip("\r\n"), source)
        return
    for number, raw in enumerate(_raw_lines(stream, head), 1):
        yield Line(number, raw.decode(_coding(raw), "replace"), source)


def _raw_lines(stream: BinaryIO, rest: bytes) -> Iterator[bytes]:
    """The lines after `rest` and with it, cut to what is read of them."""
    while chunk := stream.read(1 << 16):
        *lines, rest = (rest + chunk).split(b"\n")
        yield from map(_cut, lines)
        rest = rest[: LONGEST_LINE + 1]
    if rest:
        yield _cut(rest)


def _cut(raw: bytes) -> bytes:
    return raw[:LONGEST_LINE].removeprefix(codecs.BOM_UTF8).rstrip(b"\r")


def _coding(raw: bytes) -> str:
    """The encoding that a line is in; one that is in none is UTF-8 with wrong octets."""
    for encoding in ("utf-8", "gb18030"):
        try:
            raw.decode(encoding)
        except UnicodeDecodeError:
            continue
        return encoding
    return "utf-8"
