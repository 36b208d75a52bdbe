"""One name visited: resolved, fetched, read, and all of it kept as evidence."""

from domainscan.visit.icon import ICON_BYTES, look_at_icon
from domainscan.visit.trail import Tools
from domainscan.visit.visiting import RTYPES, take, visit

__all__ = ["ICON_BYTES", "RTYPES", "Tools", "look_at_icon", "take", "visit"]
