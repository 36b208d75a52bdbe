"""What changes while the lab runs: who was cut, which names are held, and who came by."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from blocklists.names import Name
from domainscan.lab.world import Site, World

KEPT = 100_000  # requests and trap connections remembered


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request that a lab server received."""

    scheme: str
    host: str
    method: str
    path: str
    agent: str


@dataclass(frozen=True, slots=True)
class State:
    """The lab's mutable side. Sets and deques only: one operation is safe from any thread."""

    cut: set[Name] = field(default_factory=set)  # the provider answers with its fingerprint
    guarded: set[Name] = field(default_factory=set)  # a check for robots answers in the site's place
    held: set[Name] = field(default_factory=set)  # the registrar stopped the resolution
    silent: set[str] = field(default_factory=set)  # resolver addresses that answer nothing
    requests: deque[Request] = field(default_factory=lambda: deque(maxlen=KEPT))

    def behaviour(self, world: World, site: Site) -> str:
        """How the site answers now: its own way, behind a guard, or with the provider's fingerprint once it is cut."""
        if site.name in self.guarded:
            return "challenge"
        return world.provider(site).fingerprint if site.name in self.cut else site.behaviour
