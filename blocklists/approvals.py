"""Two people's word that a release may pass a guard: for one artefact, with a reason, until a day."""

from __future__ import annotations

from dataclasses import dataclass

from blocklists.guards import WAIVABLE, GuardTripped


@dataclass(frozen=True, slots=True)
class Approval:
    """`digest` is of the manifest of what was approved, which has the digests of its files."""

    digest: str
    guards: frozenset[str]
    proposer: str
    approver: str
    reason: str
    expires: str  # a time as 2026-11-23T14:00:00Z


def check_approval(approval: Approval, digest: str, now: str) -> None:
    """Raises GuardTripped for an approval that is none, or is of something else."""
    if approval.digest != digest:
        raise GuardTripped("approval", f"{approval.digest} was approved, and this is {digest}")
    if not approval.proposer.strip() or not approval.approver.strip():
        raise GuardTripped("approval", "two people are needed, each by name")
    if approval.proposer.strip() == approval.approver.strip():
        raise GuardTripped("approval", f"{approval.proposer} is one person, and two are needed")
    if not approval.reason.strip():
        raise GuardTripped("approval", "a reason is needed")
    if now >= approval.expires:
        raise GuardTripped("approval", f"it ended {approval.expires}")
    if fixed := approval.guards - WAIVABLE:
        raise GuardTripped("approval", f"nobody can waive {', '.join(sorted(fixed))}")
