"""Releases as tests make them: by what each test has to say of its edition, the rest being what it usually is."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from blocklists import publish as publishing
from blocklists.approvals import Approval
from blocklists.edition import Edition
from blocklists.holding import Held
from blocklists.lists import BlockList
from blocklists.manifest import Manifest
from blocklists.rollback import RolledBack


def edition(formats: Sequence[str] = (), **said: Any) -> Edition:
    """The edition of these formats, with what is said of it by keyword."""
    return Edition(formats=tuple(formats), **said)


def publish(blocklist: BlockList, folder: Path, formats: Sequence[str], **said: Any) -> Manifest:
    return publishing.publish(blocklist, folder, edition(formats, **said))


def hold(blocklist: BlockList, folder: Path, formats: Sequence[str], **said: Any) -> Held:
    return publishing.hold(blocklist, folder, edition(formats, **said))


def publish_held(folder: Path, approval: Approval, **said: Any) -> Manifest:
    return publishing.publish_held(folder, approval, edition(**said))


def reissue(folder: Path, formats: Sequence[str], **said: Any) -> Manifest | None:
    return publishing.reissue(folder, edition(formats, **said))


def roll_back(folder: Path, formats: Sequence[str], *, to: int = 0, **said: Any) -> RolledBack:
    return publishing.roll_back(folder, edition(formats, **said), to)
