"""Whether the releases that lie where carriers fetch them are those on record."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from blocklists.check import content_problems
from blocklists.manifest import BadManifest, decode_manifest, sha256
from domainscan.store.base import Store
from domainscan.store.published import digests, last_folder, published_to


def release_problems(store: Store) -> Iterator[str]:
    """What is wrong with the release of each recipient: its files must be those whose digests the log holds.

    A folder that is gone is no problem: `export` makes it again, and that of a recipient who left is moved away.
    """
    for recipient in published_to(store):
        try:
            folder = last_folder(store, recipient)
            if folder is not None and folder.is_dir():
                yield from (f"{recipient}: {folder}: {said}" for said in _problems(store, recipient, folder))
        except OSError as error:
            yield f"{recipient}: {error.filename}: {error.strerror}"


def _problems(store: Store, recipient: str, folder: Path) -> Iterator[str]:
    try:
        data = (folder / "manifest.json").read_bytes()  # before the record: an export may be under way
        manifest = decode_manifest(data)
    except OSError as error:
        yield f"manifest.json: {error.strerror}: `domainscan export` makes a release"
        return
    except BadManifest as error:
        yield str(error)
        return
    recorded = digests(store, recipient).get(manifest.serial)
    if recorded is None:
        yield f"release {manifest.serial} is not on record; where an export was killed the next one puts it there"
    elif recorded != sha256(data):
        yield f"manifest.json is not that of release {manifest.serial} as it was published"
    else:
        for file in (*manifest.files, *((manifest.delta,) if manifest.delta else ())):
            yield from content_problems(folder, file, manifest.serial)
