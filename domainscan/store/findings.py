"""What came of one row of a scan, sealed into the rows that the store writes.

Sealing is most of the work of recording (JSON, compression, digests) and needs no database, so shards do it where
they run: many processes seal, and the driver, which alone writes, hands bytes to SQLite. A sealed finding is flat
and travels between processes at a fraction of what the nouns cost.
"""

from __future__ import annotations

from hashlib import sha256

from msgspec.structs import replace

from blocklists.suffixes import Suffixes
from domainscan.model import (
    CONFIDENCES,
    SEVERITIES,
    Answers,
    Assessment,
    Failure,
    History,
    Observation,
    Record,
    content_digest,
    unseen,
)
from domainscan.store.features import Features, features_of
from domainscan.store.kept import context_row
from domainscan.store.packing import pack, plain, plain_json, squeezed, unpack
from domainscan.warc import digest_of

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


class Made(Record, frozen=True):
    """When a judgement is made, and by what."""

    at: str
    tool: str
    suffixes: str  # digest of the public suffixes


class Basis(Record, frozen=True):
    """What a judgement can be made again from: what it saw of the past, and when it was made and by what."""

    history: History
    by: Made


def made(assessment: Assessment, by: Made) -> Assessment:
    """The assessment as it is recorded. Judging is pure, so these are added afterwards; so is its place in the id:
    the same judgement made again later is another act.
    """
    identity = sha256(f"{assessment.id}\n{by.at}\n{by.tool}\n{by.suffixes}".encode()).hexdigest()
    return replace(assessment, id="a" + identity[:20], made_at=by.at, tool=by.tool, suffixes=by.suffixes)


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
    answered: bool  # a resolver answered, be it that there is nothing
    observed: Columns  # the row of table observations
    judged: Columns | None  # the row of table assessments
    standing: Standing
    features: Features
    context: tuple[str, bytes] | None = None  # the row of table contexts
    addresses: tuple[str, ...] = ()
    unseen: str = ""  # why it was not shown, though the site answered

    @property
    def saw_page(self) -> bool:
        """Whether the site's page was shown: a visit without leaves an earlier judgement standing."""
        return self.status == "observed" and not self.unseen

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
    *,
    basis: Basis | None = None,
) -> Finding:
    """What one visit found and how it was judged, as the rows it becomes.

    With its basis, which is kept, the judgement can be replayed.
    """
    if assessment is not None and basis is not None:
        assessment = made(assessment, basis.by)
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
        answered=answered(observation),
        observed=(*observation_columns(observation), content, *_sealed(observation)),
        judged=assessment_row(assessment) if assessment else None,
        standing=standing_of(assessment),
        features=features,
        context=context_row(basis.history) if assessment and basis else None,
        addresses=observation.addresses(),
        unseen=unseen(observation, assessment),
    )


def _sealed(observation: Observation) -> tuple[str, bytes]:
    """(digest, body) of the row of table observations."""
    data = plain_json(observation)
    return digest_of(data), squeezed(data)


class Judged(Record, frozen=True):
    """A stored visit judged again, ready to be stored."""

    observation: str
    name: str
    row: Columns  # of table assessments
    standing: Standing
    unseen: str
    context: tuple[str, bytes] | None = None


def judged_again(observation: Observation, assessment: Assessment, history: History | None = None) -> Judged:
    """A judgement as the rows it becomes; with what it saw, where it shall be replayed."""
    return Judged(
        assessment.observation,
        assessment.name,
        assessment_row(assessment),
        standing_of(assessment),
        unseen(observation, assessment),
        context_row(history) if history else None,
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
    return (*about, one.content, one.flagged, one.settled, one.compromised, one.made_at)


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
