"""WARC records (ISO 28500, WARC/1.1): what a visit received, as one gzip member per record."""

from __future__ import annotations

import hashlib
import io
import re
import uuid
from typing import Final

from warcio.warcwriter import WARCWriter

from domainscan.model import Record

_NAMESPACE: Final = uuid.UUID("6f1a1b52-3d0b-5c80-9d4e-5d0c4a8f6a10")


class WarcRecord(Record, frozen=True):
    """One record, ready to append: `data` is a whole gzip member, `digest` the SHA-256 of its HTTP body as received."""

    id: str
    url: str
    digest: str
    data: bytes


def record_id(observation: str, hop: int) -> str:
    """The WARC-Record-ID of a visit's n-th response: the same visit gives the same id when a shard runs twice."""
    return f"<urn:uuid:{uuid.uuid5(_NAMESPACE, f'{observation}/{hop}')}>"


def digest_of(body: bytes) -> str:
    return "sha256:" + hashlib.sha256(body).hexdigest()


_INLINE: Final = re.compile(
    rb"data:(?:image|video|audio)/[a-z0-9.+-]{1,40};base64,[A-Za-z0-9+/=\s]{512,}", re.IGNORECASE
)
_CODING: Final = re.compile(rb"\r\n(?:content-encoding|content-length):[^\r\n]*", re.IGNORECASE)


def without_media(body: bytes) -> bytes:
    """`body` with its inline pictures, films and sounds replaced by their length and digest: media are never stored."""
    return _INLINE.sub(lambda found: f"data:,withheld-{len(found[0])}-{digest_of(found[0])}".encode(), body)


def without_coding(head: bytes) -> bytes:
    """The head of a response whose body is stored decoded and shortened."""
    return _CODING.sub(b"", head)


def response_record(record: str, url: str, address: str, at: str, head: bytes, body: bytes) -> WarcRecord:
    """The response as received (after transfer decoding, before content decoding).

    `head` is the status line and header lines with CRLF, without the empty line; `at` is ISO 8601.
    """
    return _write("response", record, url, address, at, head, body)


def request_record(response: str, url: str, address: str, at: str, head: bytes) -> WarcRecord:
    """The request that a response answers, concurrent to it."""
    own = f"<urn:uuid:{uuid.uuid5(_NAMESPACE, response)}>"
    return _write("request", own, url, address, at, head, b"", concurrent=response)


def _write(
    kind: str, record: str, url: str, address: str, at: str, head: bytes, body: bytes, concurrent: str = ""
) -> WarcRecord:
    out = io.BytesIO()
    writer = WARCWriter(out, gzip=True, warc_version="WARC/1.1")
    headers = {"WARC-Record-ID": record, "WARC-Date": at, "WARC-IP-Address": address or "0.0.0.0"}  # noqa: S104 - says "unknown"
    if concurrent:
        headers["WARC-Concurrent-To"] = concurrent
    block = head + b"\r\n\r\n" + body
    digest = digest_of(body)
    headers["WARC-Payload-Digest"] = digest
    headers["WARC-Block-Digest"] = digest_of(block)
    made = writer.create_warc_record(
        url,
        kind,
        payload=io.BytesIO(block),
        length=len(block),
        warc_content_type=f"application/http; msgtype={kind}",
        warc_headers_dict=headers,
    )
    writer.write_record(made)
    return WarcRecord(record, url, digest, out.getvalue())
