"""Lists by zone transfer: the hidden primary's configuration, and the fast way for what was decided just now.

Two zones for each recipient. `ZONE` is the released list: its file is replaced at every export, and the primary makes
the difference. `now.ZONE` has what was decided in the last day and stands before it: BIND walks a whole policy zone at
each change, 4 s of CPU for a million names, and a small one at once.
"""

from domainscan.transfer.changes import Part, part_of, recent
from domainscan.transfer.keys import key_of
from domainscan.transfer.pushing import NotPushable, Pushed, push
from domainscan.transfer.setup import now_zone, place_release, policy_format, primary_files, recipient_files

__all__ = [
    "NotPushable",
    "Part",
    "Pushed",
    "key_of",
    "now_zone",
    "part_of",
    "place_release",
    "policy_format",
    "primary_files",
    "push",
    "recent",
    "recipient_files",
]
