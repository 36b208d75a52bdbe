"""reissue: the list in force under a fresh manifest, while the next release waits for people."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from msgspec.structs import replace

from blocklists.edition import Edition, utc
from blocklists.folder import keep_serial, last_serial, locked, sweep
from blocklists.guards import GuardTripped
from blocklists.holding import waiting_serial
from blocklists.manifest import Manifest
from blocklists.releases import before, commit, examined, known_serials, write
from blocklists.serials import is_later


def reissue(folder: Path, edition: Edition) -> Manifest | None:
    """The manifest of the list in force, issued anew with the serial after the last one; None where there is none.

    What is held stays approvable: it has a later serial, and nothing but the date of what it follows has changed.
    Raises GuardTripped as `publish`, also when the list in force may not be published any more (a name of it was
    lifted, ran out or is protected now), and when the held serial would be reached.
    """
    with locked(folder):
        sweep(folder)
        manifest, blocklist = before(folder, edition)
        if manifest is None or blocklist is None:
            return None
        examined(blocklist, manifest, blocklist, edition)
        serial = (last_serial(folder, known_serials(manifest, edition)) + 1) % 2**32 or 1
        held = waiting_serial(folder, manifest, edition.at)
        if held and not is_later(held, serial):
            raise GuardTripped(
                "approval", f"release {held} is held and leaves no serial: approve it, or hold anew"
            )
        keep_serial(folder, serial)
        new = write(blocklist, folder, folder, manifest, blocklist, edition, serial, manifest.restores)
        new = replace(new, reissues=manifest.origin)
        commit(folder, new, edition.key)
    return new


def is_ageing(manifest: Manifest, now: str) -> bool:
    """Whether half of the manifest's time is over."""
    issued, at, expires = map(datetime.fromisoformat, (manifest.issued, utc(now), manifest.expires))
    return at - issued >= (expires - issued) / 2
