"""What can go wrong with a store; the commands know what each means for their exit code."""

from __future__ import annotations


class StoreError(Exception):
    """The store cannot do what was asked; the message says what stands in the way and the way out."""


class StoreBusy(StoreError):
    """Another process held the lock for longer than a writer waits."""


class StoreFailed(StoreError):
    """The disk or SQLite refused: nothing of the transaction was kept."""
