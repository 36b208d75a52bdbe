"""Where candidates come from. Every source is an async generator of input lines; SOURCES is the register.

A source yields `Line`s, not Candidates: a line that is no candidate is still somebody's input and gets its record.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Final

from domainscan.sources.files import file_lines, folder_lines, lists_in
from domainscan.sources.intake import BadCandidate, Line, parse_candidate

Source = Callable[[str], AsyncIterator[Line]]

SOURCES: Final[dict[str, Source]] = {
    "file": file_lines,  # file:PATH, one name or URL per line
    "folder": folder_lines,  # folder:PATH, every *.txt, *.list and *.csv in it
}


BATCH: Final = (
    1000  # lines taken from an async source at a time: one switch into the loop per line costs 30 us
)


class UnknownSource(ValueError):
    """Raised for a source that SOURCES does not name."""


def open_source(spec: str) -> AsyncIterator[Line]:
    """The lines of `kind:argument`; a bare path means `file:path`. Raises UnknownSource."""
    kind, colon, argument = spec.partition(":")
    if not colon:
        return file_lines(spec)
    if kind not in SOURCES:
        raise UnknownSource(
            f"{spec!r}: there is no source {kind!r}; use one of {', '.join(SOURCES)}, or a path"
        )
    return SOURCES[kind](argument)


def source_files(spec: str) -> tuple[Path, ...]:
    """The files that a source reads, for those that read files: their contents are part of what was asked."""
    kind, colon, argument = spec.partition(":")
    if not colon or kind == "file":
        return (Path(argument or spec),) if colon or Path(spec).is_file() else ()
    return tuple(lists_in(Path(argument))) if kind == "folder" else ()


def read_source(spec: str) -> Iterator[Line]:
    """The lines of a source, for callers without an event loop. Raises UnknownSource, OSError."""
    lines = open_source(spec)

    async def some() -> list[Line]:
        taken: list[Line] = []
        async for line in lines:
            taken.append(line)
            if len(taken) == BATCH:
                break
        return taken

    with asyncio.Runner() as runner:
        while batch := runner.run(some()):
            yield from batch


__all__ = [
    "SOURCES",
    "BadCandidate",
    "Line",
    "Source",
    "UnknownSource",
    "open_source",
    "parse_candidate",
    "read_source",
    "source_files",
]
