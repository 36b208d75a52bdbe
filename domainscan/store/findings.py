"""What came of one row of a scan, sealed into the rows that the store writes.

Sealing is most of the work of recording (JSON, compression, digests) and needs no database, so shards do it where
they run: many processes seal, and the driver, which alone writes, hands bytes to SQLite. A sealed finding is flat
and travels between processes at a fraction of what the nouns cost.
"""

from __future__ import annotations

from blocklists.suffixes import Suffixes
from domainscan.model import (
    CONFIDENCES,
    SEVERITIES,
    Answers,
    Assessment,
    Failure,
    Observation,
    Page,
    Record,
    content_digest,
)
from domainscan.store.base import pack, plain, unpack
from domainscan.store.features import Features, features_of

Columns = tuple[str | int | bytes | None, ...]


class Standing(Record, frozen=True):
    """The judgement that stands for one name and URL, as the queue needs it."""

    assessment: str | None = None
    content: str = ""
    flagged: bool = False
    severity: int = -1
    confidence: int = 0
    categories: str = ""

    def columns(self) -> Columns:
        return (
            self.assessment, self.content, self.flagged, self.severity, self.confidence, self.categories
        )  # fmt: skip


class Finding(Record, frozen=True):
    """One row's outcome, ready to be stored. `line` is the row's number in its scan."""

    line: int
    scan: str
    id: str
    name: str
    url: str
    at: str
    status: str
    reason: str
    readable: bool  # there is a page: a visit without one leaves an earlier judgement standing
    answered: bool  # a resolver answered, be it that there is nothing
    observed: Columns  # the row of table observations
    judged: Columns | None  # the row of table assessments
    standing: Standing
    features: Features

    def observation(self) -> Observation:
        body = self.observed[-1]
        assert isinstance(body, bytes)
        return unpack(body, Observation)

    def assessment(self) -> Assessment | None:
        body = self.judged[-1] if self.judged else None
        return unpack(body, Assessment) if isinstance(body, bytes) else None


def seal(
    line: int,
    observation: Observation,
    assessment: Assessment | None,
    features: Features | None = None,
    suffixes: Suffixes | None = None,
) -> Finding:
    """What one visit found and how it was judged, as the rows it becomes."""
    if features is None:
        features = features_of(
            observation, suffixes, banded=assessment is not None and bool(assessment.judgements)
        )
    content = assessment.content if assessment else content_digest(observation)
    return Finding(
        line=line,
        scan=observation.scan,
        id=observation.id,
        name=observation.name,
        url=observation.url,
        at=observation.at,
        status=observation.status,
        reason=plain(observation.reason),
        readable=isinstance(observation.page, Page),
        answered=answered(observation),
        observed=(*observation_columns(observation), content, pack(observation)),
        judged=assessment_row(assessment) if assessment else None,
        standing=standing_of(assessment),
        features=features,
    )


def answered(observation: Observation) -> bool:
    """Whether a resolver had an answer for this visit, be it that there is nothing."""
    results = (one.result for one in observation.resolution)
    return any(isinstance(one, Answers) or one.status in ("nxdomain", "no_data") for one in results)


def observation_columns(seen: Observation) -> Columns:
    """id, scan, name, url, at, status, reason, page, title: what the row repeats of its record."""
    page = seen.page
    state, title = (page.status, "") if isinstance(page, Failure) else ("ok", page.title)
    about = (seen.id, seen.scan, seen.name, plain(seen.url), seen.at, seen.status, plain(seen.reason))
    return (*about, state, plain(title))


def assessment_columns(one: Assessment) -> Columns:
    """All columns but `number` and `body`: what the row repeats of its record."""
    about = (one.id, one.observation, one.name, one.at, one.pack, one.pack_digest, one.context_digest)
    return (*about, one.content, one.flagged, one.settled, one.compromised)


def assessment_row(one: Assessment) -> Columns:
    """The row of table assessments."""
    return (*assessment_columns(one), pack(one))


def standing_of(assessment: Assessment | None) -> Standing:
    if assessment is None:
        return Standing()
    grave = [one for one in assessment.judgements if CONFIDENCES[one.confidence] >= CONFIDENCES["medium"]]
    if assessment.settled or not grave:
        return Standing(assessment.id, assessment.content)
    grave.sort(key=lambda one: (-SEVERITIES[one.severity], -CONFIDENCES[one.confidence], one.category))
    return Standing(
        assessment.id,
        assessment.content,
        True,
        max(SEVERITIES[one.severity] for one in grave),
        max(CONFIDENCES[one.confidence] for one in grave),
        " ".join(one.category for one in grave),
    )
