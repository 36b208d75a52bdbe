"""Kin on the first visit: what a visit has just shown, looked up before it is recorded.

A history handed to a shard cannot know what a page not yet seen will show. So the driver, which has the store, asks of
each finding whether a decided case shows one of its features (a look into a set, `Decided`) and judges only those
again, with the history as of their visit, which anybody can make again from the store: everything in it was recorded
before. Shards stay without the store, a job is not a byte larger, and names that are nobody's kin cost one look.
"""

from __future__ import annotations

from collections.abc import Iterable

from blocklists.names import Name
from blocklists.suffixes import Suffixes
from domainscan.assess import Pack, judge
from domainscan.store import Store
from domainscan.store.findings import Basis, Finding, Made, seal
from domainscan.store.histories import history
from domainscan.store.kin import Decided
from domainscan.tool import suffixes_digest, tool


def with_kin(
    store: Store, findings: Iterable[Finding], decided: Decided, pack: Pack, suffixes: Suffixes, now: str
) -> tuple[Finding, ...]:
    """The findings; those that share features with decided cases judged again, knowing it.

    Decided are the cases that were so when the scan began.
    """
    return tuple(
        _again(store, one, decided, pack, suffixes, now)
        if one.judged and decided.touches(one.name, one.features, suffixes)
        else one
        for one in findings
    )


def _again(
    store: Store, finding: Finding, decided: Decided, pack: Pack, suffixes: Suffixes, now: str
) -> Finding:
    observation = finding.observation()
    known = history(store, Name(finding.name), finding.at, observation, suffixes, decided)
    if not known.kin:
        return finding
    basis = Basis(known, Made(now, tool(), suffixes_digest(suffixes)))
    judged = judge(observation, known, pack, suffixes)
    return seal(finding.line, observation, judged, suffixes=suffixes, basis=basis)
