"""Folders and lines of files that survive a power cut."""

from __future__ import annotations

import os
from pathlib import Path

from blocklists.files import sync_folder


def append_lines(file: Path, lines: str) -> None:
    """Appends whole lines and does not return before they are on the disk, and the file's name with them.

    Begins a new line where a power cut left half of one.
    """
    descriptor = os.open(file, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        size = os.fstat(descriptor).st_size
        if size == 0:  # not only when it is new: whoever made it may have died before this
            sync_folder(file.parent)
        torn = size > 0 and os.pread(descriptor, 1, size - 1) != b"\n"
        view = memoryview(
            (("\n" if torn else "") + lines).encode("utf-8", "surrogateescape")
        )  # of file names
        while view:
            view = view[os.write(descriptor, view) :]
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def make_folder(folder: Path) -> None:
    """Makes `folder` and those above it where they are not there; their names survive a power cut."""
    if folder.is_dir():
        return
    make_folder(folder.parent)
    folder.mkdir(mode=0o700, exist_ok=True)
    sync_folder(folder.parent)
