"""The lock around the writers of one home."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from domainscan.store.errors import StoreBusy, StoreFailed

_POLL_SECONDS: Final = 0.01


@contextmanager
def locked(home: Path, seconds: float) -> Iterator[None]:
    """Holds the home's lock. Raises StoreBusy, naming the holder, when it is not free within `seconds`;
    StoreFailed when the lock's files cannot be made.

    Two files: who waits for `lock` holds `lock.queue`, so one that locks again and again lets others in.
    """
    deadline = time.monotonic() + seconds
    with _open(home / "lock.queue") as queue, _open(home / "lock") as lock:
        _wait(queue, deadline, home)
        _wait(lock, deadline, home)
        fcntl.flock(queue, fcntl.LOCK_UN)
        try:
            with suppress(OSError):  # the number is for people; a full disk does not take the lock away
                os.ftruncate(lock, 0)
                os.pwrite(lock, str(os.getpid()).encode(), 0)
            yield
        finally:
            fcntl.flock(lock, fcntl.LOCK_UN)


@contextmanager
def _open(file: Path) -> Iterator[int]:
    try:
        descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise StoreFailed(f"{file}: {error.strerror}") from error
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _wait(descriptor: int, deadline: float, home: Path) -> None:
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            if time.monotonic() >= deadline:
                holder = (home / "lock").read_text("ascii", "replace").strip() or "unknown"
                raise StoreBusy(f"{home} is being written by process {holder}: try again later") from error
            time.sleep(_POLL_SECONDS)
        else:
            return
