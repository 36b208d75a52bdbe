"""What one release is made with, besides its list and its folder; every way of publishing takes it whole."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from blocklists.formats import Format, find_format
from blocklists.guards import Terms
from blocklists.names import Name
from blocklists.protect import Protected
from blocklists.signature import Key
from blocklists.staging import Prover


@dataclass(frozen=True, slots=True)
class Edition:
    """`now` is a UTC time as 2026-11-23T14:00:00Z; the serial is later than `floor`, the last one that the caller
    remembers, and than the last one in the folder.

    `lifted` may leave in any number; no file may block a name of `delisted`; `prove` tries the files. A format that
    lets names pass is made of `protected`, and empty without. Raises UnknownFormat.
    """

    now: str
    key: Key
    formats: tuple[str, ...] = ()
    terms: Terms = field(default_factory=Terms)
    floor: int = 0
    lifted: frozenset[Name] = frozenset()
    delisted: frozenset[Name] = frozenset()
    protected: Protected | None = None
    prove: Prover | None = None

    def __post_init__(self) -> None:
        for name in self.formats:
            find_format(name)

    @property
    def at(self) -> str:
        """The time, as manifests write it."""
        return utc(self.now)

    @property
    def until(self) -> str:
        """When the manifest expires."""
        return utc(self.now, self.terms.manifest_days)

    @property
    def chosen(self) -> tuple[Format, ...]:
        """The formats, each once."""
        return tuple(find_format(name) for name in dict.fromkeys(self.formats))


def utc(now: str, later_days: float = 0) -> str:
    """A time in the one spelling that manifests use, so that texts compare as times do."""
    moment = datetime.fromisoformat(now)
    moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    return (moment + timedelta(days=later_days)).strftime("%Y-%m-%dT%H:%M:%SZ")
