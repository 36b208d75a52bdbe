"""publish: one release of a list into a folder. hold lays one aside for two people, roll_back is the way back,
reissue dates the list in force anew, check sees the folder as a consumer does.

A release is visible from the moment its manifest.json is renamed into place, and not before: list files
carry the serial in their names and are written first, the release before stays until the next one. So
whoever reads by the manifest sees the old release or the new one, at whatever point the publisher is
killed.
"""

from __future__ import annotations

from pathlib import Path

from blocklists.approvals import Approval
from blocklists.check import check
from blocklists.edition import Edition
from blocklists.folder import PublisherBusy, last_release, locked, sweep, take_serial
from blocklists.guards import Examined, GuardTripped, Terms, examine
from blocklists.holding import Held, hold, publish_held
from blocklists.lists import BlockList
from blocklists.manifest import Manifest
from blocklists.reissue import is_ageing, reissue
from blocklists.releases import before, commit, examined, known_serials, write
from blocklists.rollback import RolledBack, roll_back
from blocklists.staging import same_names

__all__ = [
    "Approval",
    "Edition",
    "Examined",
    "GuardTripped",
    "Held",
    "PublisherBusy",
    "RolledBack",
    "Terms",
    "check",
    "examine",
    "examined",
    "hold",
    "is_ageing",
    "last_release",
    "publish",
    "publish_held",
    "reissue",
    "roll_back",
    "same_names",
]


def publish(blocklist: BlockList, folder: Path, edition: Edition) -> Manifest:
    """The manifest of the release that `folder` holds now.

    Raises GuardTripped, PublisherBusy, BadSettings, OSError; the release before then stays as it was.
    """
    with locked(folder):
        sweep(folder)
        manifest, previous = before(folder, edition)
        examined(blocklist, manifest, previous, edition)
        restores = manifest.restores if manifest else 0
        serial = take_serial(folder, edition.at, known_serials(manifest, edition))
        new = write(blocklist, folder, folder, manifest, previous, edition, serial, restores)
        commit(folder, new, edition.key)
    return new
