"""Which code judges: the version, and a digest of the modules that a judgement runs through.

Packs are data and have a digest; what measures and adds up is code, and a replay by other code may differ.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Final

from blocklists.suffixes import Suffixes
from domainscan import __version__

JUDGING: Final = (  # package, what of it
    ("blocklists", ("names.py", "suffixes.py")),
    # Features are no part of a judgement, but the same code does not gather those of an unchanged page anew.
    ("domainscan", ("model.py", "assess", "signals", "read", "store/features.py")),
)


@cache
def tool() -> str:
    """Such as `domainscan 0.1.0 code 5c1e9a0b7d32`; another digest is other code, whatever the version says."""
    hashed = hashlib.sha256()
    for package, parts in JUDGING:
        for part in parts:
            for path, data in _sources(resources.files(package) / part, part):
                hashed.update(f"{package}/{path}\n{len(data)}\n".encode() + data)
    return f"domainscan {__version__} code {hashed.hexdigest()[:12]}"


def _sources(file: Traversable, path: str) -> Iterator[tuple[str, bytes]]:
    if file.is_dir():
        for below in sorted(file.iterdir(), key=lambda one: one.name):
            if below.name != "__pycache__":
                yield from _sources(below, f"{path}/{below.name}")
    elif path.endswith(".py"):
        yield path, file.read_bytes()


@cache
def suffixes_digest(suffixes: Suffixes) -> str:
    """The digest of the public suffix rules in force, `sha256:...`: a judgement looks names up in them."""
    return "sha256:" + hashlib.sha256("\n".join(suffixes.rules()).encode()).hexdigest()
