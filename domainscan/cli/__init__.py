"""The command line: parse arguments, one call, print. One file per command group."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from blocklists.cli_usage import named_folder
from blocklists.stdout import OutputLost, guarded_stdout
from domainscan import __version__
from domainscan.cli import common
from domainscan.cli.commands import LateCommands
from domainscan.cli.streams import prepare_streams
from domainscan.store import StoreError

HELP = """Scan candidate domains for AI abuse, decide with four eyes, hand out lists and orders, verify them.

Data goes to standard output, progress and messages to standard error.

Exit codes: 0 done · 1 flagged (with --fail-on-flagged) or a check failed · 2 usage · 3 partly done ·
4 configuration or store · 5 nothing could be resolved · 130 interrupted, state saved.
"""

_HALF = "what stands there is not the whole answer: make room, or send it elsewhere, and type the same command again"

app = typer.Typer(
    cls=LateCommands,
    help=HELP,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


def _version(wanted: bool) -> None:
    if wanted:
        print(f"domainscan {__version__}")
        raise typer.Exit


@app.callback()
def program(
    context: typer.Context,
    config: Annotated[Path | None, typer.Option(help="Configuration file instead of ./config.toml.")] = None,
    home: Annotated[
        Path | None,
        typer.Option(
            metavar="<path>", parser=named_folder, help="Where state lives (default: XDG data folder)."
        ),
    ] = None,
    quiet: Annotated[bool, typer.Option("-q", "--quiet", help="No progress.")] = False,
    verbose: Annotated[bool, typer.Option("-v", "--verbose", help="Say more.")] = False,
    no_color: Annotated[bool, typer.Option("--no-color", help="Plain text.")] = False,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    if no_color:
        os.environ["NO_COLOR"] = "1"  # what rich and the programs we start look at
    color = not os.environ.get("NO_COLOR")  # Source: no-color.org
    # Read when a command begins: help needs no configuration.
    context.obj = partial(common.read_settings, config, home, quiet=quiet, verbose=verbose, color=color)


def main() -> None:
    """The console script `domainscan`."""
    prepare_streams()
    try:
        with guarded_stdout():
            app()
    except OutputLost as lost:
        if not lost.is_quiet:
            common.note(f"error: {lost}; {_HALF}")
    except StoreError as error:
        common.note(f"error: {error}")
    except OSError as error:
        common.note(f"error: {common.said(error)}")
    else:
        return
    raise SystemExit(common.STORE)
