"""`blocklists protect import | add | override | list | show`: the never-list, and why a name is on it."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from blocklists import additions, overrides
from blocklists.cli_output import fail, note
from blocklists.cli_usage import named_folder
from blocklists.entries import Reach
from blocklists.names import BadName
from blocklists.overrides import BadOverride
from blocklists.protect import Sources, read_sources
from blocklists.protected import OPENS
from blocklists.snapshots import GUARDS, SCOPES, BadSnapshot
from blocklists.stdout import carries_all
from blocklists.suffixes import load_suffixes

if TYPE_CHECKING:
    from blocklists.feeds import Wish

SNAPSHOT_DAYS: Final = 400
FILES: Final = ("tranco", "umbrella", "crux", "misp", "names")  # the keys of importers.IMPORTERS
Table = dict[str, Any]
VARIABLE: Final = "BLOCKLISTS_PROTECT"
app = typer.Typer(help="The names that are never listed.", no_args_is_help=True, rich_markup_mode=None)

Folder = Annotated[
    Path,
    typer.Option(
        "--folder",
        metavar="<path>",
        parser=named_folder,
        envvar=VARIABLE,
        help="where imported lists, own additions and overrides are; domainscan reads HOME/protect",
    ),
]
Perhaps = Annotated[
    Path | None,
    typer.Option(
        "--folder",
        metavar="<path>",
        parser=named_folder,
        envvar=VARIABLE,
        help="where imported lists, own additions and overrides are; without one, the shipped names alone",
    ),
]
Json = Annotated[bool, typer.Option("--json", help="one JSON document")]


@app.command("import")
def import_command(  # noqa: PLR0913, PLR0917  one argument per option
    kind: Annotated[str, typer.Argument(help=", ".join(FILES))],
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="as it was published; also gzip, or a zip of one file")
    ],
    folder: Folder,
    day: Annotated[str, typer.Option("--date", help="the day the file tells of, YYYY-MM-DD")] = "",
    name: Annotated[str, typer.Option("--list", help="the list's name here; needed for misp and names")] = "",
    guard: Annotated[str, typer.Option(help=f"what its names are: {', '.join(GUARDS)}")] = "",
    title: Annotated[str, typer.Option(help="what `show` calls it")] = "",
    scope: Annotated[
        str, typer.Option(help="; ".join(f"{key}: {what}" for key, what in SCOPES.items()))
    ] = "as-said",
    max_age: Annotated[
        int | None,
        typer.Option(min=0, help="days after which it closes the gate: 14 for rankings, 45 crux, 90 misp"),
    ] = None,
    shrink: Annotated[
        bool, typer.Option("--shrink", help="take it although it lost half of its names")
    ] = False,
) -> None:
    """Take up a list of others, or its next issue. What is no name is counted and shown.

    Exit code 3 when something was left out that is not protected anyway, 2 when the file was not taken.

    \b
    Examples:
      blocklists protect import tranco top-1m.csv.zip --folder HOME/protect
      blocklists protect import misp list.json --list banks --folder HOME/protect
    """
    # Unpacking takes as long to import as 5,000 lines take to compile.
    from blocklists.feeds import Wish  # noqa: PLC0415

    if kind not in FILES:
        fail(f"{kind}: use one of {', '.join(FILES)}", 2)
    made = _day(day) if day else None
    wish = Wish(
        kind, _today(), name, made, guard=guard, title=title, scope=scope, max_age_days=max_age, shrink=shrink
    )
    if not _import(file, folder, wish):
        raise typer.Exit(3)


def _import(file: Path, folder: Path, wish: Wish) -> bool:
    """Whether the file was taken whole, but for what is protected anyway; tells what was left out."""
    from blocklists.feeds import import_list  # noqa: PLC0415
    from blocklists.importers import HARMLESS, BadImport, told  # noqa: PLC0415

    try:
        data = file.read_bytes()
        folder.mkdir(parents=True, exist_ok=True)
        about, found = import_list(folder, str(file), data, wish, load_suffixes())
    except OSError as error:
        fail(f"{error.filename}: {error.strerror}", 2)
    except (BadImport, BadSnapshot) as error:
        fail(f"{file}: {error}", 2)
    note(f"{about.list}: {about.names:,} names of {about.made}, {about.title} ({about.digest[:19]}...)")
    if about.left:
        note(f"  {about.left:,} names that left the ranking lately stay protected")
    for line in told(found, wish.scope):
        note(f"  {line}")
    return not found.skipped.keys() - HARMLESS


@contextmanager
def _written() -> Iterator[None]:
    """Ends the program with exit 2 or 4 when the folder does not take what is written into it."""
    try:
        yield
    except (BadName, BadOverride) as error:
        fail(str(error), 2)
    except BadSnapshot as error:
        fail(str(error), 4)
    except OSError as error:
        fail(f"{error.filename}: {error.strerror}", 2)


@app.command()
def add(
    names: Annotated[list[str], typer.Argument(metavar="NAME...")],
    folder: Folder,
    why: Annotated[str, typer.Option(help="kept beside the name")],
    exact: Annotated[bool, typer.Option("--exact", help="exactly this name, not what lies below it")] = False,
) -> None:
    """Add names of your own: own.txt in the folder, which you may edit as well.

    \b
    Examples:
      blocklists protect add appeal.desk.example --folder HOME/protect --why "the appeal page"
    """
    with _written():
        folder.mkdir(parents=True, exist_ok=True)
        added = additions.add_names(folder, names, _plain(why), _today(), exact=exact)
    note(f"{len(added)} {'name' if len(added) == 1 else 'names'} added, {len(names) - len(added)} were there")


@app.command()
def override(
    name: Annotated[str, typer.Argument(metavar="NAME")],
    folder: Folder,
    by: Annotated[list[str], typer.Option(metavar="PERSON", help="who answers for it: give it twice")],
    reason: Annotated[str, typer.Option(help="kept with the override")],
    expires: Annotated[str, typer.Option(help="its last day, YYYY-MM-DD, within a year")],
    reach: Annotated[Reach, typer.Option(help="how far the entry may reach")] = Reach.HOST,
) -> None:
    """Let a protected name be listed: two named people, a reason, and a last day. Public suffixes stay out.

    To take one back, delete its table in overrides.toml in the folder.

    \b
    Examples:
      blocklists protect override known.example --folder DIR --by Lin --by Wei --reason "order 12" --expires 2026-12-24
    """
    said = {
        "name": name,
        "reach": reach,
        "people": [*map(_plain, by)],
        "reason": _plain(reason),
        "made": _today(),
        "expires": expires,
    }
    with _written():
        made = overrides.make_override(said)
        if load_suffixes().is_suffix(made.name):
            fail(f"{made.name} is a public suffix: nobody may list it", 2)
        if made.is_over(_today()):
            fail(f"{expires} is over", 2)
        folder.mkdir(parents=True, exist_ok=True)
        overrides.add_override(folder, made)
    note(f"may be listed: {made}")


@app.command("list")
def list_command(folder: Perhaps = None, as_json: Json = False) -> None:
    """List what protects names: each list with its day, age and origin; own additions; overrides, past ones too.

    Exit code 4 when a list is too old or damaged: then nothing is compiled or published.

    \b
    Examples:
      blocklists protect list --folder HOME/protect
    """
    from blocklists.reasons import account  # noqa: PLC0415

    sources, suffixes, today = _sources(folder), load_suffixes(), _today()
    found = account(sources, suffixes, today, SNAPSHOT_DAYS)
    if as_json:
        typer.echo(json.dumps(found, indent=2, ensure_ascii=not carries_all()))
    else:
        _print_account(found)
    stale = sources.stale(suffixes, today, SNAPSHOT_DAYS)
    for one in stale:
        note(str(one))
    if stale:
        raise typer.Exit(4)


def _sources(folder: Path | None) -> Sources:
    try:
        return read_sources(folder)
    except BadSnapshot as error:
        fail(str(error), 4)
    except OSError as error:
        fail(f"{error.filename}: {error.strerror}", 4)


def _print_account(found: Table) -> None:
    for one in found["lists"]:
        left = f" and {one['left']:,} that left" if one["left"] else ""
        age = f"{one['age_days']} of {one['max_age_days']} days old"
        typer.echo(f"{one['list']}: {one['names']:,} names{left}, {one['guard']}: {one['title']}")
        typer.echo(f"  of {one['made']}, {age}{' TOO OLD' if one['stale'] else ''}; {one['source']}")
    for one in found["own"]:
        since = f", since {one['since']}" if one["since"] else ""
        typer.echo(f"own: {'exactly ' if one['exact'] else ''}{one['name']}{since}: {one['why']}")
    for one in found["overrides"]:
        typer.echo(_override_line(one))


def _override_line(one: Table) -> str:
    state = "in force" if one["in_force"] else "counts no more"
    people, days = " and ".join(one["people"]), f"{one['made']} to {one['expires']}"
    return f"override {state}: {one['name']} ({one['reach']}): {people}, {days}: {one['reason']}"


@app.command()
def show(
    name: Annotated[str, typer.Argument(metavar="NAME")],
    folder: Perhaps = None,
    reach: Annotated[Reach, typer.Option(help="what an entry of this name would reach")] = Reach.SUBTREE,
    as_json: Json = False,
) -> None:
    """Say why a name may not be listed: by which list, since when, and who could open it.

    \b
    Examples:
      blocklists protect show www.bank.example --folder HOME/protect --reach host
    """
    from blocklists.reasons import reasons  # noqa: PLC0415

    if not name.strip():
        fail("an empty NAME: say which name is meant", 2)
    if folder is not None and folder.parent.is_dir() and not os.path.lexists(folder):
        note(f"{folder}: there is no such folder yet: the shipped names alone count, there are no own ones")
        folder = None
    sources, suffixes, today = _sources(folder), load_suffixes(), _today()
    found = reasons(name, reach, sources, suffixes, today)
    for one in sources.stale(suffixes, today, SNAPSHOT_DAYS):
        note(f"nothing is compiled or published meanwhile: {one}")
    if as_json:
        typer.echo(json.dumps(found, indent=2, ensure_ascii=not carries_all()))
        return
    spelled = "" if found["unicode"] == found["name"] else f" ({found['unicode']})"
    typer.echo(f"{found['name']}{spelled}, {reach}: {found['verdict']}")
    for one in found["reasons"]:
        since = f" since {one['since']}" if one["since"] else ""
        by = f" [{one['list']}{since}; {one['source']}]" if one["list"] else ""
        ranks = "".join(f"; no. {rank}: {what}" for what, rank in one["places"].items())
        typer.echo(f"  {one['guard']}: {one['detail']}{ranks}{by}; opened by: {OPENS[one['opens']]}")
    for one in found["overrides"]:
        typer.echo(f"  {_override_line(one)}")


def _today() -> date:
    return datetime.now(UTC).date()


def _plain(text: str) -> str:
    """`text` with octets that are no UTF-8 as visible escapes: the files here are UTF-8."""
    return text.encode("utf-8", "backslashreplace").decode()


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        fail(f"--date {text}: write YYYY-MM-DD", 2)
