"""The scan record: one JSON object per input line, as scripts read it."""

from __future__ import annotations

from typing import Any

import msgspec

from blocklists.names import Name, unicode_form
from domainscan.model import Answers, Assessment, Failure, Lookup, Observation, Page, unseen
from domainscan.read.difference import differences
from domainscan.store.scans import ScanItem


def scan_record(
    item: ScanItem, observation: Observation | None, assessment: Assessment | None
) -> dict[str, Any]:
    """The record of one row. Rows without an observation (invalid, skipped) have the same keys, empty."""
    record: dict[str, Any] = {
        "input": item.input,
        "line": item.line,
        "name": item.name,
        "unicode": unicode_form(Name(item.name)) if item.name else "",
        "url": item.url,
        "source": item.source,
        "status": item.status,
        "reason": item.reason,
        "detail": item.note,
        "vantage": "",
        "at": "",
        "resolution": {},
        "page": None,
        "certificate": None,
        "registration": None,
        "categories": {},
        "unknown": [],
        "unseen": "",
        "flagged": False,
        "observation_id": "",
        "flags": [],
        "icon": None,
        "settled": False,
        "compromised": False,
    }
    if observation is not None:
        record |= {
            "status": observation.status,
            "reason": observation.reason,
            "vantage": observation.vantage,
            "at": observation.at,
            "resolution": {one.rtype: _lookup(one) for one in observation.resolution},
            "page": _page(observation),
            "certificate": msgspec.to_builtins(observation.certificate),
            "registration": msgspec.to_builtins(observation.registration),
            "observation_id": observation.id,
            "flags": list(observation.flags),
            "icon": msgspec.to_builtins(observation.icon),
        }
    if assessment is not None:
        record["categories"] = categories(assessment)
        record["unknown"] = msgspec.to_builtins(assessment.unknown)
        record["unseen"] = unseen(observation, assessment) if observation else ""
        record["flagged"] = assessment.flagged
        record["settled"] = assessment.settled
        record["compromised"] = assessment.compromised
    return record


def categories(assessment: Assessment) -> dict[str, Any]:
    """Per category: the numbers kept apart, and every rule that fired with its evidence."""
    return {
        one.category: {
            "severity": one.severity,
            "confidence": one.confidence,
            "points": one.points,
            "kinds": list(one.kinds),
            "rules": msgspec.to_builtins(one.fired),
            "counter": msgspec.to_builtins(one.counter),
        }
        for one in assessment.judgements
    }


def _lookup(lookup: Lookup) -> dict[str, Any]:
    result = lookup.result
    if isinstance(result, Answers):
        return {
            "answers": list(result.values),
            "ttl_seconds": result.ttl_seconds,
            "chain": list(result.chain),
        }
    return {"failure": result.status, "detail": result.detail}


def _page(observation: Observation) -> dict[str, Any]:
    page, hops = observation.page, msgspec.to_builtins(observation.hops)
    if isinstance(page, Failure):
        return {"failure": page.status, "detail": page.detail, "hops": hops}
    return _seen(page) | {"hops": hops} | _second(observation)


def _seen(page: Page) -> dict[str, Any]:
    return {
        "url": page.url,
        "http_status": page.http_status,
        "title": page.title,
        "body_digest": page.body_digest,
        "bytes": page.body_bytes,
        "language": page.language,
        "flags": list(page.flags),
        "received": page.received or None,
    }


def _second(observation: Observation) -> dict[str, Any]:
    """What the second profile was shown, where one looked."""
    page, second = observation.page, observation.second
    if isinstance(page, Failure) or second == Failure("not_run"):
        return {}
    if isinstance(second, Failure):
        return {"second": {"failure": second.status, "detail": second.detail}}
    return {"second": _seen(second) | {"differences": list(differences(page, second))}}
