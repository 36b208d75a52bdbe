"""The files of a release, written and read back, and asked of the programs they are for, before anybody sees them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from operator import ne
from pathlib import Path
from typing import Final

from msgspec.structs import replace

from blocklists.deltas import EXTENSION, steps, write_delta
from blocklists.files import stage, write_whole
from blocklists.folder import STEM
from blocklists.formats import BadList, Format, Settings
from blocklists.guards import GuardTripped, Terms
from blocklists.lists import BlockList, Entry, Reach, block_list, diff
from blocklists.manifest import Delta, ReleaseFile, sha256
from blocklists.names import Name

LONGEST: Final = 253  # characters of a name (RFC 1035 2.3.4)


SAMPLES: Final = 24  # entries of a file that programs are asked about


@dataclass(frozen=True, slots=True)
class Rendered:
    """A list file on the disk, with names that it blocks, and names beside them that it leaves open."""

    format: str
    path: Path
    blocked: tuple[Name, ...]
    open: tuple[Name, ...]


class ProofFailed(Exception):
    """Raised by a prover: a program did not load a file, or answered otherwise than the file says."""


# Of each file, by its format: the words on who loaded it and was asked. Raises ProofFailed.
Prover = Callable[[Sequence[Rendered]], Mapping[str, str]]


def settings_of(serial: int, now: str, until: str, terms: Terms) -> Settings:
    """What the files say of themselves."""
    return Settings(
        serial,
        now,
        until,
        terms.primary,
        terms.ttl_seconds,
        terms.garden,
        terms.blocked_by,
        terms.empty_zone,
        terms.sinkhole,
    )


def write_lists(
    blocklist: BlockList,
    passed: BlockList,
    into: Path,
    chosen: Sequence[Format],
    settings: Settings,
    terms: Terms,
    gone: frozenset[Name] = frozenset(),
    prove: Prover | None = None,
) -> tuple[ReleaseFile, ...]:
    """Every list file, tried by `prove`. None blocks a name of `gone`. Raises GuardTripped, OSError."""
    made = [
        _write_list(passed if one.passes else blocklist, into, one, settings, terms, gone) for one in chosen
    ]
    if prove is None:
        return tuple(file for file, _ in made)
    try:
        words = prove([rendered for _, rendered in made])
    except ProofFailed as error:
        raise GuardTripped("proof", str(error)) from error
    return tuple(replace(file, proof=words.get(file.format, "")) for file, _ in made)


def _write_list(
    blocklist: BlockList,
    into: Path,
    chosen: Format,
    settings: Settings,
    terms: Terms,
    gone: frozenset[Name],
) -> tuple[ReleaseFile, Rendered]:
    """One list file, read back from the disk and compared before it gets its name."""
    fitted, losses = chosen.fit(blocklist)
    path = into / f"{STEM}-{settings.serial}{chosen.extension}"
    temporary = stage(path, chosen.save(blocklist, settings))
    try:
        with temporary.open("rb") as file:
            said = chosen.load(file)
        if not same_names(said, fitted):
            raise GuardTripped("parse_back", f"{chosen.name}: read back, it blocks other names")
        if not chosen.passes:
            _check_gone(chosen.name, said, gone)
        data = temporary.read_bytes()
        temporary.replace(path)
    except BadList as error:
        raise GuardTripped("parse_back", str(error)) from error
    finally:
        temporary.unlink(missing_ok=True)
    left_out = losses.left_out
    narrowed = len(losses) - left_out
    blocked, beside = samples(said)
    if chosen.passes:
        blocked, beside = (), blocked
    return (
        ReleaseFile(path.name, chosen.name, len(data), sha256(data), narrowed, left_out),
        Rendered(chosen.name, path, blocked, (*terms.open_names, *beside)),
    )


def _check_gone(format_name: str, said: BlockList, gone: frozenset[Name]) -> None:
    for name in sorted(gone):
        entry = said.covering(name)
        if entry is not None:
            raise GuardTripped("delisted", f"{format_name}: {name} by {entry.name} ({entry.reach})")


def samples(said: BlockList) -> tuple[tuple[Name, ...], tuple[Name, ...]]:
    """Names that the list blocks, from all over it, and names beside them that it does not."""
    step = max(1, len(said) // SAMPLES)
    blocked: list[Name] = []
    beside: list[Name] = []
    for at in sorted({*range(0, len(said), step), max(0, len(said) - 1)} if said else ()):
        name = said.names[at]
        below = Name(f"below.{name}")
        blocked.append(name)
        if len(below) <= LONGEST:
            (blocked if said.covering(below) else beside).append(below)
        neighbour = Name(f"x{name}")
        if (
            len(neighbour.partition(".")[0]) < 64
            and len(neighbour) <= LONGEST
            and not said.covering(neighbour)
        ):
            beside.append(neighbour)
    return tuple(blocked), tuple(beside)


def write_changes(before: BlockList, after: BlockList, into: Path, since: int, serial: int) -> Delta:
    """The file that leads from the release before to this one."""
    found = steps(diff(before, after))
    path = into / f"{STEM}-{serial}{EXTENSION}"
    data = "".join(write_delta(found, since, serial)).encode("ascii")
    write_whole(path, [data])
    added = sum(sign == "+" for _, sign, _ in found)
    return Delta(path.name, since, len(data), sha256(data), added, len(found) - added)


def same_names(one: BlockList, two: BlockList) -> bool:
    """Whether two lists block exactly the same names."""
    one, two = _single(one), _single(two)
    if len(one) != len(two) or any(map(ne, one.names, two.names)):
        return False
    ours, theirs = ([terms.reach for terms in each.terms] for each in (one, two))
    return all(ours[a] is theirs[b] for a, b in zip(one.codes, two.codes, strict=True))


def _single(blocklist: BlockList) -> BlockList:
    """The list without WWW entries: each is two hosts."""
    if not blocklist.has(Reach.WWW):
        return blocklist
    hosts = (Name(one) for one in blocklist.patterns() if not one.startswith("*."))
    trees = (entry for entry in blocklist if entry.reach is Reach.SUBTREE)
    return block_list([*trees, *(Entry(name, Reach.HOST) for name in hosts)])
