"""What one scan command was given: the lines, and a digest by which the same command finds its unfinished scan."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final

from domainscan.model import Record
from domainscan.scan.mirrors import KIN
from domainscan.sources import SOURCES, Line, read_source, source_files
from domainscan.sources.files import read_lines
from domainscan.store.reports import TIPS

_CHUNK: Final = 1 << 20
DUE: Final = "due"
STORED: Final = (  # sources that the store itself is: tips nobody has looked at, names whose next visit has come,
    TIPS,
    DUE,
    KIN,  # and names that share features with decided cases
)


class Inputs(Record, frozen=True):
    """Names and URLs from the command line, list files, sources, and standard input kept in a file."""

    names: tuple[str, ...] = ()
    files: tuple[Path, ...] = ()
    sources: tuple[str, ...] = ()
    stdin: Path | None = None
    reason: str = ""  # why robots.txt is not heeded this time: another question than the ordinary scan

    def lines(self) -> Iterator[Line]:
        """Every line, in the order in which the command names them. Raises OSError, UnknownSource."""
        for number, text in enumerate(self.names, 1):
            yield Line(number, text)
        for file in self.files:
            with file.open("rb") as stream:
                yield from read_lines(stream, str(file))
        if self.stdin is not None:
            with self.stdin.open("rb") as stream:
                yield from read_lines(stream, "stdin")
        for source in self.sources:
            if source not in STORED:
                yield from read_source(source)

    def digest(self, limit: int) -> str:
        """The same names, file contents, sources and limit give the same digest."""
        total = hashlib.sha256(f"limit {limit}\n".encode())
        reasons = (self.reason,) if self.reason else ()
        for kind, texts in (("name", self.names), ("source", self.sources), ("despite", reasons)):
            for text in texts:
                total.update(f"{kind} {text}\n".encode("utf-8", "surrogateescape"))
        for file in self.read_files():
            total.update(b"file " + _file_digest(file))
        return "sha256:" + total.hexdigest()

    def read_files(self) -> Iterator[Path]:
        """Every file that lines are read from; that of standard input is the last. Raises OSError."""
        yield from self.files
        for source in self.sources:
            yield from source_files(source)
        if self.stdin is not None:
            yield self.stdin

    def spec(self) -> str:
        """The inputs in a few words, for people."""
        shown = [
            *self.names[:3],
            *(["..."] if len(self.names) > 3 else []),
            *map(str, self.files),
            *self.sources,
        ]
        return ", ".join([*shown, *(["standard input"] if self.stdin else [])])


def _file_digest(file: Path) -> bytes:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").digest()


def no_source(*stored: str) -> str:
    """What is wrong with a source that nobody knows; `stored` are those of the store itself that would be known."""
    return (
        f"no such file, and no source; sources are {', '.join([*stored, *(f'{one}:...' for one in SOURCES)])}"
    )


def spool(stream: BinaryIO, folder: Path, older_than: float = 0.0) -> Path:
    """A file with everything that `stream` held, named by its digest: standard input can be read only once.

    Those of scans that nobody goes on with, last written before `older_than` (seconds since 1970), are removed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for left in folder.glob("stdin-*"):
        if left.stat().st_mtime < older_than:
            left.unlink(missing_ok=True)
    total = hashlib.sha256()
    part = folder / f"stdin-{os.getpid()}.part"
    with part.open("wb") as out:
        while chunk := stream.read(_CHUNK):
            total.update(chunk)
            out.write(chunk)
    kept = folder / f"stdin-{total.hexdigest()[:32]}.txt"
    part.replace(kept)
    return kept
