"""Records are what warcio reads: every header, every byte, one gzip member each."""

from __future__ import annotations

import gzip
import io
import subprocess
import sys
import zlib
from pathlib import Path
from typing import Any

import pytest
from warcio.archiveiterator import ArchiveIterator

from domainscan import warc
from domainscan.warc import (
    Message,
    Profile,
    WarcRecord,
    digest_of,
    record_id,
    request_record,
    response_record,
    revisit_record,
)

AT = "2026-11-23T15:00:00Z"
URL = "https://a.lab/"
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/html"
CODED = HEAD + b"\r\nContent-Encoding: gzip"
RECORD = record_id("o1", 0)
PAGE = "<p>words of a page, 字</p>\r\n\r\n".encode() * 500


def response(body: bytes, head: bytes = HEAD, url: str = URL) -> WarcRecord:
    return response_record(Message(RECORD, url, "127.77.1.10", AT, head), body)


def revisit(profile: Profile, **rest: str) -> WarcRecord:
    return revisit_record(
        Message(RECORD, URL, "127.77.1.10", AT, HEAD),
        "<urn:uuid:first>",
        profile,
        payload_digest=digest_of(PAGE),
        **rest,
    )


def read(record: WarcRecord) -> tuple[dict[str, str], Any, bytes]:
    """Header fields, HTTP head and body as warcio reads them."""
    (found,) = [
        (dict(one.rec_headers.headers), one.http_headers, one.raw_stream.read())
        for one in ArchiveIterator(io.BytesIO(record.data))
    ]
    return found


BODIES = [
    (b"", HEAD, "no body"),
    (b"x", HEAD, "one byte"),
    (PAGE, HEAD, "a page with empty lines in it"),
    (bytes(range(256)) * 31, HEAD, "any bytes, about as many as the small window holds"),
    (PAGE * 20, HEAD, "more than the small window"),
    (gzip.compress(PAGE), CODED, "a body that was sent compressed stays so"),
    (PAGE, HEAD + b"\r\nBroken line\r\n folded: x", "a head that is no good HTTP is kept too"),
]


@pytest.mark.parametrize(("body", "head", "reason"), BODIES, ids=[row[2] for row in BODIES])
def test_a_response_is_read_as_it_was_written(body: bytes, head: bytes, reason: str) -> None:
    record = response(body, head)
    fields, _, content = read(record)
    assert content == body, reason
    assert fields == {
        "WARC-Record-ID": RECORD,
        "WARC-Date": AT,
        "WARC-IP-Address": "127.77.1.10",
        "WARC-Payload-Digest": digest_of(body),
        "WARC-Block-Digest": digest_of(head + b"\r\n\r\n" + body),
        "WARC-Type": "response",
        "WARC-Target-URI": URL,
        "Content-Type": "application/http; msgtype=response",
        "Content-Length": str(len(head) + 4 + len(body)),
    }
    member = zlib.decompressobj(zlib.MAX_WBITS | 16)
    assert member.decompress(record.data).startswith(b"WARC/1.1\r\n")
    assert member.eof and not member.unused_data, "one member, and nothing else"


@pytest.mark.parametrize("name", ["Transfer-Encoding", "transfer-encoding"])
@pytest.mark.parametrize(
    "body",
    [PAGE, b"0\r\n\r\n" + PAGE, b"5\r\nhello\r\n0\r\n\r\n" + PAGE],
    ids=["a page", "an end", "a chunk and an end"],
)
def test_a_page_that_looks_like_chunks_is_whole_to_other_readers_too(name: str, body: bytes) -> None:
    """The chunks are undone before the record is written: a reader that undoes them again hid all of such a page."""
    record = response(body, HEAD + f"\r\n{name}: chunked\r\nX-Last: 1".encode())
    (seen,) = [
        (one.http_headers, one.content_stream().read()) for one in ArchiveIterator(io.BytesIO(record.data))
    ]
    assert seen[1] == body
    assert seen[0].get_header("X-Archive-Orig-Transfer-Encoding") == "chunked", "what was sent is still told"
    assert seen[0].get_header("X-Last") == "1"


def test_a_request_is_concurrent_to_its_response() -> None:
    record = request_record(Message(RECORD, URL, "", AT, b"GET / HTTP/1.1\r\nHost: a.lab"))
    fields, http, content = read(record)
    assert (fields["WARC-Type"], fields["WARC-Concurrent-To"]) == ("request", RECORD)
    assert fields["WARC-Record-ID"] == record.id != RECORD
    assert fields["WARC-IP-Address"] == "0.0.0.0", "an address that is not known"
    assert (http.get_header("Host"), content) == ("a.lab", b"")


def test_a_revisit_names_the_record_whose_body_it_shares() -> None:
    record = revisit("identical-payload-digest")
    fields, http, content = read(record)
    assert fields["WARC-Type"] == "revisit"
    assert fields["WARC-Refers-To"] == "<urn:uuid:first>"
    assert fields["WARC-Profile"] == "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest"
    assert fields["WARC-Payload-Digest"] == digest_of(PAGE)
    assert fields["Content-Type"] == "application/http; msgtype=response"
    assert (http.get_header("Content-Type"), content) == ("text/html", b"")
    assert record.digest == digest_of(b""), "what it holds itself"


def test_a_server_that_says_not_modified_need_not_be_compared() -> None:
    head = b'HTTP/1.1 304 Not Modified\r\nETag: "1"'
    record = revisit_record(Message(RECORD, URL, "", AT, head), "<urn:uuid:first>", "server-not-modified")
    fields, http, _ = read(record)
    assert fields["WARC-Profile"] == "http://netpreserve.org/warc/1.1/revisit/server-not-modified"
    assert "WARC-Payload-Digest" not in fields
    assert (http.get_statuscode(), http.get_header("ETag")) == ("304", '"1"')
    with pytest.raises(ValueError, match=r"https://a\.lab/"):
        revisit_record(Message(RECORD, URL, "", AT, head), "<urn:uuid:first>", "identical-payload-digest")


def test_warcio_finds_the_digests_right(tmp_path: Path) -> None:
    records = [response(body, head) for body, head, _ in BODIES]
    records += [revisit("identical-payload-digest"), revisit("server-not-modified")]
    records += [request_record(Message(RECORD, URL, "", AT, b"GET / HTTP/1.1\r\nHost: a.lab"))]
    assert check(tmp_path, b"".join(one.data for one in records)) == 0
    wrong = gzip.decompress(records[2].data).replace(b"words", b"other")
    assert check(tmp_path, gzip.compress(wrong)) == 1, "the check sees a body that is another one"


def check(folder: Path, data: bytes) -> int:
    file = folder / "records.warc.gz"
    file.write_bytes(data)
    run = "import sys; from warcio.cli import main; sys.exit(main(['check', sys.argv[1]]))"
    return subprocess.run([sys.executable, "-c", run, str(file)], check=False, capture_output=True).returncode


def test_an_address_never_starts_a_field_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    url = "https://a.lab/\r\nWARC-Type: metadata\r\nX: \ud800字"
    fields, _, _ = read(response(b"x", url=url))
    assert (fields["WARC-Type"], "X" in fields) == ("response", False)
    assert fields["WARC-Target-URI"].startswith(
        "https://a.lab/%0D%0AWARC-Type:%20metadata%0D%0AX:%20%ED%A0%80"
    )
    monkeypatch.setattr(warc, "_field", lambda value: value)
    fields, _, _ = read(response(b"x", url="https://a.lab/\r\nX: y"))
    assert fields["X"] == "y", "what it would do"


def test_what_was_sent_compressed_is_not_compressed_again() -> None:
    body = gzip.compress(PAGE)
    assert body in response(body, CODED).data
    assert body not in response(body).data
    assert len(response(PAGE, HEAD + b"\r\nContent-Encoding: identity").data) < len(PAGE) / 4
