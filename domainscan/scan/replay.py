"""An old judgement replayed from what was kept: evidence, observation, pack, context and code, byte by byte.

Each step says what it compared. The first one that fails is what somebody changed, or what was never kept.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from typing import Any, Final

from msgspec.structs import replace

from blocklists.suffixes import Suffixes
from domainscan.assess import BadPack, Pack, judge
from domainscan.model import Assessment, Failure, History, Hop, Observation, Page, Record, decode
from domainscan.net.decode import decode_body
from domainscan.packfiles import files_of, load_files
from domainscan.read.bodies import sent_type
from domainscan.read.pool import ParserPool
from domainscan.store import Store, StoreFailed
from domainscan.store.evidence import BadEvidence, find_evidence, read_evidence
from domainscan.store.findings import Made, made
from domainscan.store.kept import assessment_json, kept_context, kept_pack, observation_json
from domainscan.store.observations import observations
from domainscan.store.packing import plain_json
from domainscan.tool import suffixes_digest, tool
from domainscan.warc import digest_of

MEDIA: Final = b"data:,withheld-"  # in a page whose inline pictures were not kept
SHOWN: Final = 80  # of a value that differs


class Step(Record, frozen=True):
    """One thing compared. `state`: same, differs, unknown where it cannot be compared, other for other code."""

    what: str
    state: str
    detail: str = ""


class Replay(Record, frozen=True):
    """Whether a judgement comes out again byte by byte from what is kept unchanged, and the steps."""

    identical: bool
    steps: tuple[Step, ...]

    @property
    def first_difference(self) -> Step | None:
        return next((one for one in self.steps if one.state == "differs"), None)


def replay(store: Store, assessment: Assessment, suffixes: Suffixes, body_limit: int) -> Replay:
    """The judgement made again from what is kept, and compared with the bytes that are stored of it."""
    seen, steps = _observation(store, assessment)
    otherwise = (
        "differs" if assessment.tool == tool() else "other"
    )  # other code may read the same bytes otherwise
    steps.append(_evidence(store, seen, body_limit, otherwise))
    pack, of_pack = _pack(store, assessment)
    context, of_context = _context(store, assessment)
    steps += [of_pack, of_context, _code(assessment), _suffixes(assessment, suffixes)]
    if pack is None or context is None:
        steps.append(Step("judgement", "unknown", "there is nothing to judge it by"))
    else:
        by = Made(assessment.made_at, assessment.tool, assessment.suffixes)
        again = made(judge(seen, context, pack, suffixes), by)
        steps.append(_judgement(store, assessment, again))
    identical = steps[-1].state == "same" and all(one.state != "differs" for one in steps)
    return Replay(identical, tuple(steps))


def _observation(store: Store, assessment: Assessment) -> tuple[Observation, list[Step]]:
    recorded, data = observation_json(store, assessment.observation)
    seen, found = decode(data, Observation), digest_of(data)
    if not recorded:
        return seen, [Step("observation", "unknown", "recorded before observations had a digest")]
    if found == recorded:
        return seen, [Step("observation", "same", recorded)]
    return seen, [Step("observation", "differs", f"its bytes are {found}, recorded was {recorded}")]


def _evidence(store: Store, seen: Observation, body_limit: int, otherwise: str) -> Step:
    """The page read once more from the bytes as they were received."""
    page = seen.page
    if isinstance(page, Failure):
        return Step("evidence", "unknown", f"no page was read ({page.status})")
    hop = next((one for one in reversed(seen.hops) if one.url == page.url), None)
    record = page.record or (hop.record if hop else "")
    if page.record:  # an earlier visit's bytes, with the type and coding that went with them
        hops = (one for visit in observations(store, seen.name) for one in visit.hops)
        hop = next((one for one in hops if one.record == record), None)
    row = find_evidence(store, record) if record else None
    if hop is None or row is None:
        return Step("evidence", "unknown", "no bytes of this page were kept")
    try:
        received = read_evidence(store.home, row)
    except BadEvidence as error:
        return Step("evidence", "differs", str(error))
    return _read_again(received, hop, page, body_limit, otherwise)


def _read_again(received: bytes, hop: Hop, page: Page, body_limit: int, otherwise: str) -> Step:
    record = page.record or hop.record
    coding = ", ".join(value for name, value in hop.headers if name.lower() == "content-encoding")
    if MEDIA in received:
        return Step(
            "evidence", "unknown", f"{record}: inline pictures were not kept, so the page is not read again"
        )
    body = decode_body(received, coding, body_limit).body
    if digest_of(body) != page.body_digest:
        return Step(
            "evidence",
            "differs",
            f"{record} holds {digest_of(body)}, the page was read from {page.body_digest}",
        )
    again = asyncio.run(_parse(body, hop, page))
    if isinstance(again, Failure):
        return Step("evidence", "unknown", f"{record}: the page cannot be read now ({again.status})")
    again = replace(again, flags=page.flags, record=page.record, received=page.received)
    found = difference(plain_json(page), plain_json(again))
    return (
        Step("evidence", otherwise, f"{record} reads otherwise: {found}")
        if found
        else Step("evidence", "same", record)
    )


async def _parse(body: bytes, hop: Hop, page: Page) -> Page | Failure:
    async with ParserPool(1) as parser:
        return await parser.read(
            body, url=page.url, http_status=page.http_status, body_digest=page.body_digest,
            content_type=sent_type(hop.headers),
        )  # fmt: skip


def _pack(store: Store, assessment: Assessment) -> tuple[Pack | None, Step]:
    digest = assessment.pack_digest
    kept = kept_pack(store, digest)
    if kept is None:
        return None, Step("pack", "unknown", f"{assessment.pack} {digest} was not kept")
    try:
        files = files_of(kept)
        if files.digest() != digest:
            return None, Step("pack", "differs", f"the kept files are {files.digest()}, not {digest}")
    except BadPack as error:
        return None, Step("pack", "differs", f"{digest}: {error}")
    try:
        return load_files(files), Step("pack", "same", f"{assessment.pack} {digest}")
    except BadPack as error:  # as it was kept: what packs may say has become stricter since
        said = f"{assessment.pack} {digest} is as it was kept, and this version does not take it: {error}"
        return None, Step("pack", "unknown", said)


def _context(store: Store, assessment: Assessment) -> tuple[History | None, Step]:
    digest = assessment.context_digest
    try:
        kept = kept_context(store, digest)
    except StoreFailed as error:
        return None, Step("context", "differs", str(error))
    if kept is None:
        return None, Step("context", "unknown", f"{digest} was not kept")
    if digest_of(kept) != digest:
        return None, Step("context", "differs", f"what is kept is {digest_of(kept)}, not {digest}")
    return decode(kept, History), Step("context", "same", digest)


def _code(assessment: Assessment) -> Step:
    if not assessment.tool:
        return Step("code", "unknown", "judged before the code's version was kept")
    if assessment.tool == tool():
        return Step("code", "same", tool())
    return Step("code", "other", f"judged by {assessment.tool}, this is {tool()}")


def _suffixes(assessment: Assessment, suffixes: Suffixes) -> Step:
    mine, recorded = suffixes_digest(suffixes), assessment.suffixes
    if not recorded:
        return Step("suffixes", "unknown", "judged before they were kept")
    if mine == recorded:
        return Step("suffixes", "same", mine)
    return Step("suffixes", "other", f"judged with public suffixes {recorded}, today's are {mine}")


def _judgement(store: Store, assessment: Assessment, again: Assessment) -> Step:
    stored, now = assessment_json(store, assessment.id), plain_json(again)
    if stored == now:
        return Step("judgement", "same", f"{assessment.id}, {len(now):,} bytes, {digest_of(now)}")
    return Step("judgement", "differs", difference(stored, now))


def difference(stored: bytes, now: bytes) -> str:
    """Where two JSON documents first differ, and how; "" when they are the same bytes."""
    if stored == now:
        return ""
    where = next(_differences(json.loads(stored), json.loads(now), ""), None)
    return where or "the same values in other bytes"


def _differences(stored: Any, now: Any, path: str) -> Iterator[str]:
    if isinstance(stored, dict) and isinstance(now, dict):
        for key in dict.fromkeys((*stored, *now)):
            missing = "(nothing)"
            yield from _differences(
                stored.get(key, missing), now.get(key, missing), f"{path}.{key}".lstrip(".")
            )
    elif isinstance(stored, list) and isinstance(now, list):
        for number, (one, other) in enumerate(zip(stored, now, strict=False)):
            yield from _differences(one, other, f"{path}[{number}]")
        if len(stored) != len(now):
            yield f"{path}: stored has {len(stored)}, replayed {len(now)}"
    elif stored != now:
        yield f"{path}: stored {_short(stored)}, replayed {_short(now)}"


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= SHOWN else text[:SHOWN] + "..."
