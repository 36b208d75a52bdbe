"""A form while its fields come in: they may stand outside of it, and their labels anywhere."""

from __future__ import annotations

from collections.abc import Mapping

from domainscan.model import Field, Form


class OpenForm:
    """A form while its fields come in."""

    __slots__ = ("action", "buttons", "fields", "id", "method", "tabular")

    def __init__(self, action: str, method: str, id_: str = "", *, tabular: bool = False) -> None:
        self.action, self.method, self.id, self.tabular = action, method, id_, tabular
        self.fields: list[
            tuple[Field, str, int]
        ] = []  # with the id a label may name, and the label around it
        self.buttons: list[str] = []

    def freeze(self, labels: Mapping[str | int, str]) -> Form:
        fields = tuple(
            Field(one.name, one.kind, one.label or labels.get(id_, "") or labels.get(around, ""), one.accept)
            for one, id_, around in self.fields
        )
        return Form(self.action, self.method, fields, tuple(self.buttons))
