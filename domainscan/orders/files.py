"""The files of an order on disk: written whole or not at all, checked against the digest in its row."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from blocklists.files import sync_folder
from domainscan.model import Order
from domainscan.orders.letters import digest_of
from domainscan.store.folders import make_folder


def folder_of(home: Path, number: int) -> Path:
    """Where the files of an order are."""
    return home / "orders" / f"{number:04d}"


def write_files(folder: Path, files: Mapping[str, bytes]) -> None:
    """The folder with exactly these files, or as it was: written beside, flushed to disk, and renamed."""
    make_folder(folder.parent)
    fresh = folder.with_name(f".{folder.name}.new")
    for left in (fresh, folder):  # of an issue that died before its row was committed
        if left.exists():
            shutil.rmtree(left)
    fresh.mkdir()
    for name, data in files.items():
        with (fresh / name).open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
    sync_folder(fresh)
    fresh.rename(folder)
    sync_folder(folder.parent)


def file_problems(home: Path, order: Order) -> tuple[str, ...]:
    """What is wrong with the files of an issued order: they must be the bytes whose digest its row holds."""
    if not order.digest:
        return ()
    folder = folder_of(home, order.number)
    try:
        files = {one.name: one.read_bytes() for one in sorted(folder.iterdir())}
    except OSError as error:
        return (f"order {order.number}: its files cannot be read: {error.filename}: {error.strerror}",)
    if digest_of(files) != order.digest:
        return (f"order {order.number}: the files in {folder} are not the ones that were issued",)
    return ()
