"""What `blocklists diff` prints: a line for each name, or one JSON document."""

from __future__ import annotations

import json

import typer

from blocklists.cli_output import note
from blocklists.lists import Change, Entry
from blocklists.names import unicode_form


def show_change(change: Change, *, as_json: bool) -> None:
    """Prints what was added, removed and changed."""
    if as_json:
        changed = [{"before": _shown(one), "after": _shown(two)} for one, two in change.changed]
        added, removed = ([_shown(entry) for entry in entries] for entries in (change.added, change.removed))
        typer.echo(json.dumps({"added": added, "removed": removed, "changed": changed}, indent=2))
        return
    lines = [(entry.name, f"+ {entry.name} {entry.reach}") for entry in change.added]
    lines += [(entry.name, f"- {entry.name} {entry.reach}") for entry in change.removed]
    lines += [(one.name, f"~ {_terms(one)} -> {_terms(two)}") for one, two in change.changed]
    typer.echo("".join(f"{line}\n" for _, line in sorted(lines)), nl=False)  # one by one, 20,000 take 0.1 s
    note(f"{len(change.added)} added, {len(change.removed)} removed, {len(change.changed)} changed")


def _shown(entry: Entry) -> dict[str, str]:
    return {
        "name": entry.name,
        "unicode": unicode_form(entry.name),
        "reach": entry.reach,
        "category": entry.category,
        "expires": entry.expires,
    }


def _terms(entry: Entry) -> str:
    return " ".join(filter(None, (entry.name, entry.reach, entry.category, entry.expires)))
