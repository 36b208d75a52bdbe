"""The commands, by the modules that hold them. A module is imported when its command is typed, or help is wanted:
most need a fraction of the program, and all of it takes half a second to import.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Any, Final

import typer

from blocklists.cli_usage import NamedValues

# In the order of help; module and attribute in this package, a function or a group.
COMMANDS: Final[dict[str, str]] = {
    "scan": "scan.scan",
    "rescan": "scan.rescan",
    "scans": "scan.scans",
    "reassess": "reassess.reassess",
    "show": "cases.show",
    "queue": "review.queue",
    "export": "lists.export",
    "verify": "verify.verify",
    "watch": "watch.watch",
    "schedule": "watch.schedule",
    "categories": "categories.categories",
    "evaluate": "evaluate.evaluate",
    "label": "label.label",
    "lab": "lab.lab",
    "demo": "lab.demo",
    "doctor": "doctor.doctor",
    "backup": "operations.backup",
    "review": "review.app",
    "people": "people.app",
    "report": "reports.app",
    "registers": "registers.app",
    "release": "releases.app",
    "transfer": "transfer.app",
    "orders": "orders.app",
    "audit": "operations.audit",
    "config": "operations.config",
}


class _Late(Mapping[str, Any]):
    """Commands by name, each made when it is first asked for."""

    def __init__(self) -> None:
        self._made: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name not in self._made:
            self._made[name] = _command(name, *COMMANDS[name].split("."))
        return self._made[name]

    def __iter__(self) -> Iterator[str]:
        return iter(COMMANDS)

    def __len__(self) -> int:
        return len(COMMANDS)


def _command(name: str, module: str, attribute: str) -> Any:
    found = getattr(import_module(f"{__package__}.{module}"), attribute)
    holder = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False)
    if isinstance(found, typer.Typer):
        holder.add_typer(found, name=name)
    else:
        holder.command(name)(found)
    return typer.main.get_group(holder).commands[name]


class LateCommands(NamedValues):
    """The program's group of commands."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings | {"commands": {}})
        self.commands = _Late()  # type: ignore[assignment]  # nothing adds to it

    def list_commands(self, ctx: Any) -> list[str]:
        """In the order of help. The library's asks for each command's value as well."""
        return list(self.commands)
