"""One list, read: what each line asks for goes through the gate to the names, or is counted with its reason."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import compress
from typing import Final, NamedTuple

from blocklists.asked import Asked
from blocklists.backwards import SIGNS
from blocklists.entries import Reach, Terms, is_over
from blocklists.gate import Gate
from blocklists.lines import Found, Refused, State
from blocklists.names import Name
from blocklists.ordinary import (
    LONGEST,
    Columns,
    Split,
    double_rows,
    end_of_row,
    lines_of,
    names_at_start,
    read_columns,
    rows_with,
    split_piece,
)
from blocklists.tables import read_lines
from blocklists.texts import Readable, Text, decoded

_PIECE: Final = 1 << 18  # characters read at once; what is made of them stays in the processor's cache
_SMALLEST: Final = 1 << 10  # after a line that changes what others mean: the rest of the piece is read anew


class Reject(NamedTuple):
    """A line, or one word of it, that became no entry. `reason` is a key of COMPILE_REASONS."""

    source: str
    line: int
    text: str
    reason: str
    detail: str = ""


class Part(NamedTuple):
    """The account of some lines of a list, their names aside; line numbers begin where the part does."""

    lines: int
    blank: int
    accepted: int
    rejects: tuple[Reject, ...]
    apexes: tuple[str, ...]  # names of zones' records, as texts of one a line
    below: tuple[tuple[Name, int, str], ...]
    state: State


@dataclass(slots=True)
class Reading:
    """The account of one list while it is read; its names go to `asked`."""

    label: str
    reach: Reach
    gate: Gate
    asked: Asked
    state: State = field(default_factory=State)
    now: str = ""  # a time as 2026-11-23T14:00:00Z: what is past its expiry by then is no entry
    lines: int = 0
    blank: int = 0
    accepted: int = 0
    rejects: list[Reject] = field(default_factory=list)
    apexes: list[str] = field(default_factory=list)
    below: list[tuple[Name, int, str]] = field(default_factory=list)

    def read(self, lines: Iterable[str], until_plain: bool = False) -> None:
        """Reads lines one by one, exactly."""
        for number, text, found in read_lines(lines, self.state, self.lines, until_plain):
            self.lines = number
            self._take(number, text, found)

    def read_file(self, file: Readable, begins: bool = True) -> None:
        """Reads the ordinary lines of a file, or with `begins` false the rest of one, many at a time; all others one
        by one.
        """
        text, size = Text(file, begins), _PIECE
        while True:
            if not self.state.is_plain():
                self.read(text.lines(), until_plain=True)
            piece = text.piece(size)
            if not piece:
                return
            taken = self._take_piece(piece)
            text.back(len(piece) - taken)
            size = min(size * 2, _PIECE) if taken == len(piece) else _SMALLEST

    def end(self) -> None:
        """Settles what only the end of a list tells: whether an RPZ wildcard has its own name beside it."""
        wanted, beside = {name for name, _, _ in self.below}, set[str]()
        for names in self.apexes if wanted else ():
            beside |= wanted.intersection(names.split("\n"))
        for name, number, text in self.below:
            if name in beside:
                self._take_name(Found(name, Reach.SUBTREE), number, text)
            else:
                self._reject(number, text, "bare_wildcard")
        self.rejects.sort(key=lambda reject: reject.line)

    def absorb(self, part: Part) -> None:
        """Takes up what was read elsewhere: the lines that follow."""
        for reject in part.rejects:
            self.rejects.append(reject._replace(line=reject.line + self.lines))
        self.below += [(name, number + self.lines, text) for name, number, text in part.below]
        self.apexes += part.apexes
        self.lines += part.lines
        self.blank += part.blank
        self.accepted += part.accepted
        self.state = part.state

    def part(self) -> Part:
        """What was read, for `absorb`."""
        rejects, apexes = tuple(self.rejects), tuple(self.apexes)
        return Part(self.lines, self.blank, self.accepted, rejects, apexes, tuple(self.below), self.state)

    def _take_piece(self, piece: str) -> int:
        """Takes a piece of text up to the first line that changes what later lines mean, or of its names alone up to
        the first other line; the length of that.
        """
        bare = SIGNS.get(self.state.reach or self.reach)
        if self.asked.sorts and bare is not None and (split := split_piece(piece)):
            self._take_split(split, bare)
            return len(piece)
        if not self.asked.sorts and (names := names_at_start(piece)):
            self._take_names(names)
            return sum(map(len, names)) + len(names)
        length, lines = self._take_rows(piece, range(len(piece)))
        self.lines += lines
        return length

    def _take_split(self, split: Split, bare: str) -> None:
        """Takes up the usual lines of a piece; its others as rows."""
        lines = split.lines(bare)
        count, suspects = len(lines), self.gate.suspects_among(lines)
        if max(map(len, lines), default=0) > LONGEST:
            suspects.update(line for line in lines if len(line) > LONGEST)
        if suspects:
            for at, line in split.lines_of(suspects):
                self._take_line(line, self.lines + at, self.state)
            lines = [line for line in lines if line not in suspects]
        self.accepted += len(lines)
        if lines:
            self.asked.add_sorted(lines, Terms(Reach.SUBTREE, "", "", (self.label,)))
        numbers = split.odd_numbers()
        if numbers:
            self._take_rows(split.odd, numbers)
        total = split.piece.count("\n")
        self.blank += total - count - len(numbers)
        self.lines += total

    def _take_names(self, names: list[Name]) -> None:
        """Takes up the names of lines that are no more than a name each."""
        suspects, before = self._suspects(names), self.lines
        self.lines += len(names)
        if suspects:
            for at in [at for at, name in enumerate(names) if name in suspects]:
                self._take_line(names[at], before + at, self.state)
            names = [name for name in names if name not in suspects]
        self.accepted += len(names)
        if names:
            self.asked.add(names, Terms(self.state.reach or self.reach, "", "", (self.label,)))

    def _take_rows(self, text: str, numbers: Sequence[int]) -> tuple[int, int]:
        """Takes lines up to the first that changes what later ones mean; the length of their text, and how many.

        `numbers` has, for each of them, how many lines of the piece come before it.
        """
        before, columns = replace(self.state), read_columns(text)
        double = double_rows(columns)
        odd = list(compress(range(len(columns.odd)), columns.odd))
        for count, row in enumerate(odd, 1):
            self._take_line(
                columns.odd[row], self.lines + numbers[row + bisect_left(double, row)], self.state
            )
            if self.state.reach is not before.reach or not self.state.is_plain():
                text = text[: end_of_row(text, row)]
                columns, odd, double = columns.until(row + 1), odd[:count], double[: bisect_left(double, row)]
                break
        named = sum(map(len, self._take_columns(columns, double, before, text, numbers)))
        self.blank += len(columns.odd) + len(double) - named - len(odd)
        return len(text), len(columns.odd) + len(double)

    def _take_columns(
        self, columns: Columns, double: list[int], state: State, text: str, numbers: Sequence[int]
    ) -> tuple[list[Name], ...]:
        """Takes up the names of ordinary lines; what they were, by the reach that is asked for."""
        plain = columns.plain
        owners: list[Name] = []
        trees = list(filter(None, columns.trees))
        if any(columns.marks):
            owners = list(compress(plain, columns.marks))
            trees += [plain[row] for row in double]
            plain = tuple([name for name, mark in zip(plain, columns.marks, strict=True) if not mark])
        named = (list(filter(None, columns.hosts)), list(filter(None, plain)), trees, owners)
        left: tuple[list[Name], ...] = named
        suspects = self._suspects([*named[0], *named[1], *trees, *owners])
        if suspects:
            self._look_at(suspects, columns, double, state, text, numbers)
            left = tuple([name for name in names if name not in suspects] for names in named)
        self.accepted += sum(map(len, left))
        if left[3]:
            self.apexes.append("\n".join(left[3]))
        reaches = (Reach.HOST, state.reach or self.reach, Reach.SUBTREE, Reach.HOST)
        for names, reach in zip(left, reaches, strict=True):
            if names:
                self.asked.add(names, Terms(reach, "", "", (self.label,)))
        return named

    def _suspects(self, names: list[Name]) -> set[str]:
        found = self.gate.suspects(names)
        if max(map(len, names), default=0) > LONGEST:
            found.update(name for name in names if len(name) > LONGEST)
        return found

    def _look_at(
        self,
        suspects: set[str],
        columns: Columns,
        double: list[int],
        state: State,
        text: str,
        numbers: Sequence[int],
    ) -> None:
        """Reads the lines about some names one by one."""
        lines = lines_of(text)
        for row in rows_with(columns, suspects):
            at = row + bisect_left(double, row)
            for one in range(at, at + (2 if len(columns.marks[row]) > 1 else 1)):
                self._take_line(lines[one], self.lines + numbers[one], state)

    def _take_line(self, line: str, before: int, state: State) -> None:
        for number, text, found in read_lines((decoded(line),), state, before):
            self._take(number, text, found)

    def _take(self, number: int, text: str, found: Found | Refused | None) -> None:
        if found is None:
            self.blank += 1
        elif isinstance(found, Refused):
            self._reject(number, text, *found)
        elif found.below:
            self.below.append((found.name, number, text))
        else:
            if found.zone:
                self.apexes.append(found.name)
            self._take_name(found, number, text)

    def _take_name(self, found: Found, number: int, text: str) -> None:
        reach = found.reach or self.reach
        refusal = self.gate.refusal(found.name, reach)
        if refusal:
            self._reject(number, text, *refusal)
            return
        if self.now and is_over(found.expires, self.now):
            self._reject(number, text, "expired", found.expires)
            return
        self.accepted += 1
        self.asked.absorb(Terms(reach, found.category, found.expires, (self.label,)), found.name)

    def _reject(self, number: int, text: str, reason: str, detail: str = "") -> None:
        self.rejects.append(Reject(self.label, number, text[:200], reason, detail))
