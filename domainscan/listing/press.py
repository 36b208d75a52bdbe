"""What every release of one run shares, what the store remembers of those before, the limits, who signs; and all that
together for one recipient.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from blocklists.files import write_whole
from blocklists.names import Name
from blocklists.protect import Protected
from blocklists.publish import Terms
from blocklists.signature import Key, load_key, make_key
from blocklists.staging import Prover
from domainscan.config import Publish, Recipient
from domainscan.listing.stages import Rollout
from domainscan.model import Decision, Record

KEY: Final = Path("keys", "publish.key")  # in the home


class Past(Record, frozen=True):
    """What the store remembers of a recipient's releases, should their folder be gone."""

    serial: int = 0
    names: tuple[str, ...] = ()
    at: str = ""  # when they were handed out


NOTHING: Final = Past()


@dataclass(frozen=True)
class Press:
    """What every release of one run shares."""

    now: str
    terms: Terms
    protected: Protected
    prove: Prover | None = None
    upheld: tuple[tuple[Name, str], ...] = ()  # appeals that were upheld: name and time
    appealed: frozenset[Name] = frozenset()  # names with an open appeal
    new_owners: frozenset[Name] = frozenset()  # names registered anew after they were decided
    rollout: Rollout | None = None  # what is known of earlier stages; None: every recipient gets all at once


@dataclass(frozen=True)
class Job:
    """What one recipient's release is made of, and where it goes; without a key only to be looked at."""

    decisions: tuple[Decision, ...]
    recipient: Recipient
    folder: Path
    press: Press
    past: Past = NOTHING
    key: Key | None = None

    @property
    def signer(self) -> Key:
        """The key. Raises ValueError where there is none yet."""
        if self.key is None:
            raise ValueError(f"{self.recipient.id}: a release is signed, and no key was given")
        return self.key


def signing_key(home: Path) -> Key:
    """The key that signs releases, made on first use, for its owner's eyes only. Raises BadKey.

    Its public half lies beside it: a secret key that came back from a backup alone must not be told by another's.
    """
    path = home / KEY
    if path.exists():
        key, public = load_key(path), path.with_name(f"{path.name}.pub")
        if not public.is_file() or public.read_text("ascii", "replace") != key.public.text():
            write_whole(public, [key.public.text()])
        return key
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    return make_key(path)


def terms_of(config: Publish) -> Terms:
    """The limits of a release, from the table [publish]. Raises BadTerms."""
    return Terms(
        max_adds=config.max_adds,
        max_adds_ratio=config.max_adds_ratio,
        max_removals=config.max_removals,
        max_removals_ratio=config.max_removals_ratio,
        manifest_days=config.manifest_days,
        primary=config.primary,
        ttl_seconds=config.ttl_seconds,
        garden=config.garden,
        blocked_by=config.blocked_by,
        empty_zone=config.empty_zone,
        sinkhole=config.sinkhole,
        canaries=config.canaries,
    )
