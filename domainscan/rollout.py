"""What earlier stages have of a name and what was seen there: out of the store and the releases that are out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from blocklists.guards import GuardTripped
from blocklists.lists import BlockList, Entry
from blocklists.manifest import Manifest
from blocklists.names import Name
from blocklists.publish import last_release
from blocklists.signature import load_key
from domainscan.config import Config, Recipient
from domainscan.listing import KEY, Facts, Over, Standing, with_parents
from domainscan.model import Decision, Reach
from domainscan.providers import measures_of
from domainscan.store import Store
from domainscan.store.checks import last_looks, last_telling, standing_overs
from domainscan.store.decisions import load_appeals
from domainscan.store.published import held_since, last_folder, last_published
from domainscan.store.times import later

_MANY: Final = 10_000  # so many names are looked for one by one in a list; for more it is read whole


class StoredRollout:
    """The facts of one run."""

    def __init__(self, store: Store, config: Config) -> None:
        self._store, self._config = store, config

    def applies(self, recipient: Recipient) -> bool:
        """Whether some other recipient gets lists at an earlier stage."""
        return bool(self._earlier(recipient))

    def facts(self, recipient: Recipient, asked: Sequence[Decision], now: str) -> Facts:
        """What is known of the recipients of earlier stages, about these decisions. Raises BadKey."""
        publish, appeals = self._config.publish, self.appeals()
        standings = tuple(self._standing(one, asked, appeals, now) for one in self._earlier(recipient))
        return Facts(now, publish.stage_hours, publish.stage_appeals, standings, appeals)

    def appeals(self) -> tuple[Name, ...]:
        """The name of each open appeal."""
        return tuple(one.name for one in load_appeals(self._store, state="open"))

    def _earlier(self, recipient: Recipient) -> list[Recipient]:
        return [
            one
            for one in self._config.recipient
            if one.stage < recipient.stage and one.formats and "block" in measures_of(one)
        ]

    def _standing(
        self, one: Recipient, asked: Sequence[Decision], appeals: Sequence[Name], now: str
    ) -> Standing:
        some = with_parents((*(each.name for each in asked), *appeals)) if len(asked) < _MANY else None
        released, size, blocklist = self._release(one.id, some)
        covering = {entry.name for each in asked if (entry := blocklist.covering(each.name))}
        names = sorted(covering | {each.name for each in asked})
        start = later(now, -self._config.publish.stage_hours / 24)
        probed = bool(one.resolvers)  # where nobody can be asked, no earlier answer counts for ever
        return Standing(
            recipient=one,
            released=released,
            size=size,
            blocklist=blocklist,
            since=held_since(self._store, one.id, covering, start),
            looked=last_looks(self._store, one.id, names) if probed else {},
            told=last_telling(self._store, one.id) if probed else "",
            overs=tuple(_overs(self._store, one.id)) if probed else (),
        )

    def _release(self, id: str, names: Iterable[Name] | None) -> tuple[str, int, BlockList]:
        """When its last release was issued, how many entries it has, and those of these names, or all."""
        folder, key = last_folder(self._store, id), self._store.home / KEY
        if folder is None:
            return "", 0, BlockList()
        manifest, blocklist = _signed(folder, key, names) if key.exists() else (None, None)
        if manifest is not None and blocklist is not None:
            return manifest.issued, manifest.entries, blocklist
        # The folder is gone: the store has the names alone, and of each the least it can have been.
        known = last_published(self._store, id)
        had = known.names if known else ()
        least = BlockList(Entry(Name(one), Reach.HOST) for one in sorted(had))
        return known.at if known else "", len(had), least


def _signed(
    folder: Path, key: Path, names: Iterable[Name] | None
) -> tuple[Manifest | None, BlockList | None]:
    try:
        return last_release(folder, load_key(key).public, names)
    except GuardTripped:
        return None, None


def _overs(store: Store, recipient: str) -> Iterable[Over]:
    return (Over(one.name, one.decision, one.at, one.detail) for one in standing_overs(store, recipient))
