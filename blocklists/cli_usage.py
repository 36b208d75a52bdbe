"""Wrong options and arguments named with the value that was typed: the command line's library tells only their kind."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import typer
from typer.core import TyperGroup

_ASKED: Final = {  # by the library's name of the error
    "int_parsing": "a whole number is asked for",
    "float_parsing": "a number is asked for",
    "greater_than_equal": "at least {ge} is asked for",
    "less_than_equal": "at most {le} is asked for",
}


def named_folder(text: str) -> Path:
    """Raises BadParameter for the empty text of a script's slip, which would be the working folder."""
    if not text:
        raise typer.BadParameter("it is empty: name a folder")
    return Path(text)


class NamedValues(TyperGroup):
    """A group of commands whose usage errors name the value."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except typer.BadParameter as error:
            found: list[dict[str, Any]] = getattr(error.__cause__, "errors", list)()
            asked = _ASKED.get(found[0]["type"]) if found else None
            if asked:
                error.message = f"{found[0]['input']!r}: {asked.format(**found[0].get('ctx', {}))}"
            raise
