"""The inputs of the command line: files and standard input, open and with their names."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from io import BufferedReader
from pathlib import Path
from typing import BinaryIO, Final

from blocklists.cli_output import fail
from blocklists.documents import document_lines
from blocklists.halves import Input
from blocklists.packed import BadDocument, need_stream

_START: Final = 4096  # bytes that tell a text from a document


@contextmanager
def opened_inputs(*names: str) -> Iterator[list[Input]]:
    """The inputs while they are open; a file that cannot be read, or is no document though it begins as one, ends
    the program.
    """
    if names.count("-") > 1:
        fail("- stands twice: standard input can be read once; give the other list as a file", 2)
    with ExitStack() as stack:
        try:
            yield [_open(name, stack) for name in names]
        except OSError as error:
            fail(f"{error.filename}: {error.strerror}", 2)
        except BadDocument as error:
            fail(str(error), 2)


def _open(name: str, stack: ExitStack) -> Input:
    """An input with its name. Documents, JSON and workbooks, are files: what cannot be read twice is a text."""
    file = sys.stdin.buffer if name == "-" else stack.enter_context(_binary(name))
    try:
        if name == "-" or not file.seekable():
            need_stream(file.peek(_START)[:_START] if isinstance(file, BufferedReader) else b"")
            return name, file
        document = document_lines(file)
    except BadDocument as error:
        raise BadDocument(f"{'standard input' if name == '-' else name}: {error}") from error
    return name, file if document is None else _named(name, document)


def _named(name: str, document: Iterator[str]) -> Iterator[str]:
    try:
        yield from document
    except BadDocument as error:
        raise BadDocument(f"{name}: {error}") from error


def _binary(name: str) -> BinaryIO:
    return Path(name).open("rb")
