"""What lists ask for, as it comes: names as text, by their terms, until all is known and a list is made of it."""

from __future__ import annotations

from collections.abc import Iterable

from blocklists.entries import BlockList, Terms
from blocklists.folding import Folding
from blocklists.sorting import can_sort, sort_and_fold


class Asked:
    """Names asked for any number of times, in any order; a name costs its own characters and one more."""

    __slots__ = ("_texts",)

    def __init__(self) -> None:
        self._texts: dict[Terms, list[str]] = {}

    def add(self, names: Iterable[str], terms: Terms) -> None:
        """Takes up some names, at least one, that are asked for with the same terms."""
        self.absorb(terms, "\n".join(names))

    def absorb(self, terms: Terms, parcel: str) -> None:
        """Takes up names as a text, one a line."""
        self._texts.setdefault(terms, []).append(parcel)

    def parcels(self) -> list[tuple[Terms, str]]:
        """All that was asked for, ready to be sent; nothing is left here."""
        return [(terms, "\n".join(texts)) for terms, texts in self._taken().items()]

    def folding(self) -> Folding:
        """All names in a dict, for those who have more to do with them; nothing is left here."""
        folding = Folding()
        for terms, texts in self._taken().items():
            code = folding.code(terms)
            while texts:
                folding.add(texts.pop().split("\n"), code)
        return folding

    def blocklist(self) -> BlockList:
        """The list of all that was asked for, as `block_list` makes it; nothing is left here."""
        return sort_and_fold(self._taken()) if can_sort(self._texts) else self.folding().blocklist()

    def _taken(self) -> dict[Terms, list[str]]:
        taken, self._texts = self._texts, {}
        return taken
