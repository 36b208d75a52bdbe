"""publish: one release of a list into a folder. hold lays one aside for two people, roll_back is the way back,
check sees the folder as a consumer does.

A release is visible from the moment its manifest.json is renamed into place, and not before: list files
carry the serial in their names and are written first, the release before stays until the next one. So
whoever reads by the manifest sees the old release or the new one, at whatever point the publisher is
killed.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from blocklists.approvals import Approval
from blocklists.check import check
from blocklists.folder import PublisherBusy, last_release, locked, sweep
from blocklists.guards import Examined, GuardTripped, Terms, examine
from blocklists.holding import Held, hold, publish_held
from blocklists.lists import BlockList
from blocklists.manifest import Manifest
from blocklists.names import Name
from blocklists.protect import Protected
from blocklists.releases import before, commit, make_order, write
from blocklists.rollback import RolledBack, roll_back
from blocklists.signature import Key
from blocklists.staging import Prover, same_names

__all__ = [
    "Approval",
    "Examined",
    "GuardTripped",
    "Held",
    "PublisherBusy",
    "RolledBack",
    "Terms",
    "check",
    "examine",
    "hold",
    "last_release",
    "publish",
    "publish_held",
    "roll_back",
    "same_names",
]


def publish(  # noqa: PLR0913  one argument per fact that the caller alone knows
    blocklist: BlockList,
    folder: Path,
    formats: Sequence[str],
    *,
    now: str,
    key: Key,
    terms: Terms | None = None,
    floor: int = 0,
    lifted: frozenset[Name] = frozenset(),
    delisted: frozenset[Name] = frozenset(),
    protected: Protected | None = None,
    prove: Prover | None = None,
) -> Manifest:
    """The manifest of the release that `folder` holds now. `now` is a UTC time as 2026-11-23T14:00:00Z.

    The serial is later than the last one here and than `floor`, the last one that the caller remembers.
    `lifted` may leave in any number; no file may block a name of `delisted`; `prove` tries the files.
    Raises GuardTripped, PublisherBusy, UnknownFormat, BadSettings, OSError; the release before then stays as
    it was. A format that lets names pass is made of `protected`, and empty without.
    """
    order = make_order(formats, now, key, terms, floor, protected, delisted, prove)
    with locked(folder):
        sweep(folder)
        manifest, previous = before(folder, order)
        restores = manifest.restores if manifest else 0
        examine(
            blocklist,
            previous,
            now=order.now,
            terms=order.terms,
            lifted=lifted,
            delisted=delisted,
            protected=protected,
            restores=restores,
        )
        new = write(blocklist, folder, folder, manifest, previous, order, restores)
        commit(folder, new, key)
    return new
