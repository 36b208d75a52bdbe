"""The TSIG keys of transfers: one for the desk's own updates, one for each recipient; made once, kept in the home."""

from __future__ import annotations

import base64
import re
import secrets
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from blocklists.files import write_whole

DESK: Final = "desk-updates"
_LINE: Final = re.compile(r"hmac-sha256:([a-z0-9_-]+):([A-Za-z0-9+/]{43}=)\n?")
_OCTETS: Final = 32  # as long as the digest (RFC 8945 8: no less than that)


class BadTransferKey(ValueError):
    """Raised for a key file that holds none; the message names the file, never what is in it."""


@dataclass(frozen=True, slots=True)
class TransferKey:
    name: str
    secret: str = field(repr=False)  # base64


def key_of(home: Path, owner: str) -> TransferKey:
    """The key of a recipient, or of DESK; made on first use, readable by its owner only. Raises BadTransferKey.

    The file is one line as `kdig -y` takes it: `hmac-sha256:NAME:SECRET`.
    """
    name = owner if owner == DESK else f"to-{owner}"
    path = home / "keys" / f"transfer-{owner}.key"
    if not path.exists():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        secret = base64.b64encode(secrets.token_bytes(_OCTETS)).decode()
        write_whole(path, [f"hmac-sha256:{name}:{secret}\n"], 0o600)
    found = _LINE.fullmatch(path.read_text("ascii", "replace"))
    if not found:
        raise BadTransferKey(
            f"{path} holds no key: restore it, or move it away and run `transfer setup` anew"
        )
    return TransferKey(found[1], found[2])
