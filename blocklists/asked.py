"""What lists ask for, as it comes: names as text, by their terms, until all is known and a list is made of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from blocklists.backwards import HOST, SIGNS, forwards, run_of
from blocklists.entries import BlockList, Reach, Terms
from blocklists.folding import Folding
from blocklists.sorting import can_sort, sort_and_fold


class Asked:
    """Names asked for any number of times, in any order; a name costs its own characters and one more.

    With `sorts` it takes sorted lines too (`blocklists.backwards`), most of the work of a list that is sorted anyway.
    """

    __slots__ = ("_runs", "_texts", "sorts")

    def __init__(self, sorts: bool = False) -> None:
        self._texts: dict[Terms, list[str]] = {}
        self._runs: dict[Terms, list[str]] = {}
        self.sorts = sorts

    def add(self, names: Iterable[str], terms: Terms) -> None:
        """Takes up some names, at least one, that are asked for with the same terms."""
        text = "\n".join(names)
        if self.sorts and terms.reach in SIGNS:
            self.absorb(terms._replace(reach=Reach.SUBTREE), run_of(text, terms.reach), is_sorted=True)
        else:
            self.absorb(terms, text)

    def add_sorted(self, lines: Sequence[str], terms: Terms) -> None:
        """Takes up lines, at least one, that are asked for with the same terms, but for the reach: they say it."""
        self.absorb(terms._replace(reach=Reach.SUBTREE), "\n".join(lines), is_sorted=True)

    def absorb(self, terms: Terms, parcel: str, is_sorted: bool = False) -> None:
        """Takes up a text of names, one a line, or with `is_sorted` of such lines."""
        (self._runs if is_sorted else self._texts).setdefault(terms, []).append(parcel)

    def parcels(self) -> list[tuple[Terms, str, bool]]:
        """All that was asked for, as `absorb` takes it; nothing is left here."""
        texts, runs = self._taken()
        found = [(terms, "\n".join(some), False) for terms, some in texts.items()]
        return found + [(terms, text, True) for terms, some in runs.items() for text in some]

    def folding(self) -> Folding:
        """All names in a dict, for those who have more to do with them; nothing is left here."""
        folding = Folding()
        texts, runs = self._taken()
        for terms, some in texts.items():
            code = folding.code(terms)
            while some:
                folding.add(some.pop().split("\n"), code)
        for terms, some in runs.items():
            codes = folding.code(terms), folding.code(terms._replace(reach=Reach.HOST))
            while some:
                lines = forwards(some.pop()).split("\n")
                folding.add([line for line in lines if line[0] != HOST], codes[0])
                folding.add([line[1:] for line in lines if line[0] == HOST], codes[1])
        return folding

    def blocklist(self) -> BlockList:
        """The list of all that was asked for, as `block_list` makes it; nothing is left here."""
        if can_sort([*self._texts, *self._runs]):
            return sort_and_fold(*self._taken())
        return self.folding().blocklist()

    def _taken(self) -> tuple[dict[Terms, list[str]], dict[Terms, list[str]]]:
        taken = self._texts, self._runs
        self._texts, self._runs = {}, {}
        return taken
