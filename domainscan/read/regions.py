"""Regions: the elements that are still open and whose text is wanted, innermost last."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from domainscan.read.text import BREAK

Attributes = Mapping[str, str | None]
# An element that is still open and whose text is wanted: its key, the texts it adds to, how many there were when it
# began, what to do with its text, and its attributes. A tuple, as an object takes five times as long to make.
Region = tuple[int | str, list[str], int, Callable[[str, Attributes], None], Attributes]


class Regions:
    """Texts in document order, and who is told of an element's text when it ends."""

    def __init__(self) -> None:
        self._regions: list[Region] = []
        self.mark: int | str | None = None  # the key whose end matters next
        # where text goes now; the reader appends texts, and BREAK where a line starts
        self.parts: list[str] = []

    def _begin(self, key: int | str, done: Callable[[str, Attributes], None], at: Attributes) -> None:
        self._regions.append((key, self.parts, len(self.parts), done, at))
        self.mark = key

    def leave(self) -> None:
        """The element that `mark` names ends, and with it what it was opened for.

        Its first words are given to what wants them; bounded, so that nested elements stay linear.
        """
        regions = self._regions
        _, parts, start, done, at = regions.pop()
        self.mark = regions[-1][0] if regions else None
        if len(parts) == start + 1 and parts[start] != BREAK:  # one text, as in most links and headings
            done(parts[start], at)
        else:
            done("".join(parts[start : start + 60]).replace(BREAK, " "), at)

    def close(self, tag: str) -> None:
        """An end tag: the nearest open element of that name ends, and what was left open inside it."""
        near = [region[0] for region in self._regions[-8:]]
        while tag in near:
            key = near.pop()
            if self.mark == key:
                self.leave()
            if key == tag:
                break

    def finish(self) -> None:
        """The document ends: whatever is open ends."""
        while self._regions:
            self.leave()
