"""Files that are old or new, never half: temporary name, fsync, rename, fsync of the folder."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path


def write_whole(path: Path, chunks: Iterable[str] | Iterable[bytes], mode: int = 0o644) -> None:
    """Writes `chunks` to `path` so that a reader, a crash or a power loss sees the old file or the whole
    new one.
    """
    stage(path, chunks, mode).replace(path)
    sync_folder(path.parent)


def write_out(path: Path, chunks: Iterable[str] | Iterable[bytes]) -> None:
    """Writes to what somebody named on the command line: a whole file, also behind a symbolic link; but through what
    is no regular file, like a pipe or /dev/stdout, which a rename would replace for everybody.
    """
    if path.exists() and not path.is_file():
        with path.open("wb") as file:
            file.writelines(map(_octets, chunks))
    else:
        write_whole(path.resolve(), chunks)


def stage(path: Path, chunks: Iterable[str] | Iterable[bytes], mode: int = 0o644) -> Path:
    """A synced temporary file beside `path` with the content meant for it; nothing is left behind on an
    error.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("wb") as file:
            os.fchmod(file.fileno(), mode)
            file.writelines(map(_octets, chunks))
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    return temporary


def _octets(chunk: str | bytes) -> bytes:
    return chunk if isinstance(chunk, bytes) else chunk.encode("utf-8")


def sync_folder(folder: Path) -> None:
    """Makes renames in `folder` durable."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
