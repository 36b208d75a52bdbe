"""The parser process: reads documents from stdin, answers on stdout, and dies of one that is too much.

`python -m domainscan.read.worker MEMORY_MB NICENESS`. Messages are msgpack behind a four-byte length, big end first.
The processor limit is a timer per document (ITIMER_PROF, whose signal ends the process even inside C code):
RLIMIT_CPU counts whole seconds over the process's life, and would charge one document for another.
"""

from __future__ import annotations

import os
import resource
import signal
import sys
from typing import BinaryIO, Final

import msgspec

from domainscan.model import Failure, Page
from domainscan.read.html import read_page
from domainscan.read.tokens import read_tokens

MESSAGE_BYTES: Final = 16 * 1024 * 1024


class Request(msgspec.Struct, frozen=True, array_like=True):
    """One document to read, how, and how many processor seconds it may take."""

    body: bytes
    url: str
    http_status: int
    content_type: str
    body_digest: str
    tokens: bool
    cpu_seconds: float


def answer(request: Request) -> Page | Failure:
    """The page of one request, by the tree reader or by the token reader."""
    read = read_tokens if request.tokens else read_page
    return read(
        request.body,
        url=request.url,
        http_status=request.http_status,
        content_type=request.content_type,
        body_digest=request.body_digest,
    )


def serve(source: BinaryIO, sink: BinaryIO) -> None:
    """Answer requests until the other side closes."""
    sink.write(bytes(4))  # ready
    sink.flush()
    decoder = msgspec.msgpack.Decoder(Request)
    while len(head := source.read(4)) == 4:
        request = decoder.decode(source.read(int.from_bytes(head, "big")))
        signal.setitimer(signal.ITIMER_PROF, request.cpu_seconds)
        reply = msgspec.msgpack.encode(answer(request))
        signal.setitimer(signal.ITIMER_PROF, 0)
        sink.write(len(reply).to_bytes(4, "big") + reply)
        sink.flush()


def confine(memory_mb: int, niceness: int) -> None:
    """Give up what a parser does not need: priority, memory, new files, written files, core dumps."""
    os.nice(niceness)
    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    memory = memory_mb * 1024 * 1024
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_NOFILE, (8, 8))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def main() -> None:
    """Serve stdin and stdout under limits."""
    confine(int(sys.argv[1]), int(sys.argv[2]))
    serve(sys.stdin.buffer, sys.stdout.buffer)


if __name__ == "__main__":
    main()
