"""A pack as files that can be kept and loaded again: its digest tells whether they are the same."""

from __future__ import annotations

import hashlib
import tempfile
import zlib
from collections.abc import Iterator
from importlib.resources.abc import Traversable
from pathlib import Path

import msgspec

from domainscan.assess import BadPack, Pack, pack_files, pack_in_force
from domainscan.config import Packs
from domainscan.model import Record

Files = tuple[tuple[str, bytes], ...]  # (name, content)


class PackFiles(Record, frozen=True):
    """All files of a pack: those of its folder, and further ones by the key of [packs] that names them."""

    folder: Files
    further: dict[str, Files]

    def digest(self) -> str:
        """As `Pack.digest`: over the folder's files by name, then the further ones in the order they were named."""
        hashed = hashlib.sha256()
        for name, data in (*self.folder, *(one for files in self.further.values() for one in files)):
            hashed.update(f"{name}\n{len(data)}\n".encode() + data)
        return "sha256:" + hashed.hexdigest()

    def to_bytes(self) -> bytes:
        return zlib.compress(msgspec.msgpack.encode(self), 6)


def read_files(packs: Packs) -> PackFiles:
    """The files of the configured pack, or of the shipped one. Raises BadPack."""
    try:
        own = pack_files(Path(packs.folder) if packs.folder else None)
        further = {key: _read(map(Path, getattr(packs, key))) for key in _keys()}
        return PackFiles(_read(iter(own)), further)
    except OSError as error:
        raise BadPack(f"{error.filename}: {error.strerror}") from error


def _keys() -> tuple[str, ...]:
    """The keys of [packs] that name further files, in the order in which their bytes enter the digest."""
    return tuple(key for key in Packs.__struct_fields__ if key != "folder")


def _read(files: Iterator[Traversable]) -> Files:
    return tuple((one.name, one.read_bytes()) for one in files)


def files_of(data: bytes) -> PackFiles:
    """What `to_bytes` wrote. Raises BadPack when the bytes are damaged."""
    try:
        return msgspec.msgpack.decode(zlib.decompress(data), type=PackFiles)
    except (zlib.error, msgspec.DecodeError) as error:
        raise BadPack(f"the kept files are damaged: {error}") from error


def load_files(files: PackFiles) -> Pack:
    """The pack that these files make, with the digest they had when they were kept. Raises BadPack."""
    with tempfile.TemporaryDirectory(prefix="domainscan-pack-") as temporary:
        folder = Path(temporary)
        _write(folder / "pack", files.folder)
        further: dict[str, tuple[str, ...]] = {}
        for key in _keys():
            rows = files.further.get(key, ())
            for number, row in enumerate(rows):  # a folder each: two may have the same name
                _write(folder / f"{key}-{number}", (row,))
            further[key] = tuple(
                str(folder / f"{key}-{number}" / name) for number, (name, _) in enumerate(rows)
            )
        return pack_in_force(Packs(folder=str(folder / "pack"), **further))


def _write(folder: Path, files: Files) -> None:
    folder.mkdir()
    for name, data in files:
        (folder / Path(name).name).write_bytes(data)
