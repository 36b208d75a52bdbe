"""What every command needs: the settings in force, the store, the actor, and how answers are printed."""

from __future__ import annotations

import getpass
import json
import os
import pwd
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, Final, NoReturn

import msgspec
import typer

from blocklists import counting
from blocklists.names import Name, unicode_form
from blocklists.stdout import carries_all
from blocklists.suffixes import Suffixes, load_suffixes
from domainscan.cli.tables import filled, plain_lines, screen_lines, screen_width
from domainscan.config import BadConfig, Config, load_config
from domainscan.model import Person
from domainscan.read.tables import BadTable, table_text
from domainscan.store import Store, StoreBusy, StoreError, StoreFailed, open_store
from domainscan.store.base import FILE
from domainscan.store.people import person_for_token

DONE: Final = 0
FLAGGED: Final = 1  # with --fail-on-flagged, or a check that failed
USAGE: Final = 2
PARTLY: Final = 3
STORE: Final = 4
UNRESOLVED: Final = 5
INTERRUPTED: Final = 130

counted: Final = partial(counting.counted, mark=",")  # `1 check`, `1,200 checks`


@dataclass(frozen=True)
class Settings:
    """The configuration in force, where it came from, and where state lives."""

    config: Config
    origin: dict[str, str]
    home: Path
    quiet: bool = False  # no progress; errors and counts are said all the same
    verbose: bool = False
    color: bool = True
    files: tuple[Path, ...] = ()  # the configuration files that were read, strongest first

    @property
    def file(self) -> str:
        """The strongest file that was read, for messages; without any, the one that would be."""
        return str(self.files[0]) if self.files else "config.toml"

    def now(self) -> str:
        """This second, UTC, ISO 8601."""
        return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

    def store(self) -> Store:
        """The home's store, created when it does not exist. Ends the program with exit 4 when it cannot be used."""
        try:
            return open_store(self.home)
        except (StoreError, OSError) as error:
            fail(said(error), STORE)

    def has_store(self) -> bool:
        """Whether the home holds a store already; what only looks makes none."""
        return (self.home / FILE).exists()

    def suffixes(self) -> Suffixes:
        return load_suffixes(self.config.names.suffixes)


def read_settings(
    config: Path | None, home: Path | None, *, quiet: bool, verbose: bool, color: bool
) -> Settings:
    """The settings in force. Ends the program with exit 4 when the configuration cannot be used."""
    files = config_files(config)
    if files and not files[0].is_file():
        what = "no regular file" if files[0].exists() else "no such file"
        fail(f"{'--config' if config else 'DOMAINSCAN_CONFIG'} {files[0]}: {what}", STORE)
    try:
        values, origin = load_config(files, os.environ, {}, paths=False)
    except BadConfig as error:
        fail(str(error), STORE)
    folder, origin["home"] = _home(home)
    return Settings(values, origin, folder, quiet, verbose, color, files)


def config_files(named: Path | None) -> tuple[Path, ...]:
    """The files that count, strongest first: the one named, which may be missing, or ./config.toml and the XDG one."""
    variable = os.environ.get("DOMAINSCAN_CONFIG")
    if named is not None or variable:
        return (named or Path(variable or ""),)
    xdg = _xdg("XDG_CONFIG_HOME", ".config")
    files = (Path("config.toml"), *([xdg / "config.toml"] if xdg else []))
    return tuple(file for file in files if file.is_file())


def _xdg(variable: str, default: str) -> Path | None:
    """Our folder below one of XDG's; None for a user who has no home, as containers give them."""
    try:
        return Path(os.environ.get(variable) or Path.home() / default) / "domainscan"
    except RuntimeError:
        return None


def _home(named: Path | None) -> tuple[Path, str]:
    """Where state lives, and who said so."""
    if named is not None:
        return named, "command line"
    if os.environ.get("DOMAINSCAN_HOME"):
        return Path(os.environ["DOMAINSCAN_HOME"]), "environment DOMAINSCAN_HOME"
    xdg = _xdg("XDG_DATA_HOME", ".local/share")
    if xdg is None:
        fail("this user has no home folder: say with --home where state lives", STORE)
    return xdg, "environment XDG_DATA_HOME" if os.environ.get("XDG_DATA_HOME") else "default"


def settings(context: typer.Context) -> Settings:
    """The settings that the program's own options make. Ends the program with exit 4 when there are none."""
    read: Callable[[], Settings] = context.find_root().obj
    return read()


def whole_settings(context: typer.Context) -> Settings:
    """The same, for what scans and judges. Ends the program with exit 4 when a file or folder that it names is away."""
    found = settings(context)
    if said := missing(found):
        fail(said, STORE)
    return found


def missing(found: Settings) -> str:
    """The first file or folder that the configuration names and that is not there to be read; "" for none."""
    try:
        load_config(found.files, os.environ, {})
    except BadConfig as error:
        return str(error)
    return ""


def actor(store: Store) -> Person:
    """The person whose token is in DOMAINSCAN_TOKEN or typed at the prompt; exit 2 when nobody has it."""
    token = os.environ.get("DOMAINSCAN_TOKEN") or ""
    if not token and sys.stdin.isatty():
        token = getpass.getpass("token: ")
    token = token.strip()  # of a file it may have the line's end
    if not token:
        fail(
            "who are you? Put your personal token into DOMAINSCAN_TOKEN (`domainscan people add` prints one)"
        )
    person = person_for_token(store, token)
    if person is None:
        fail("this token belongs to nobody: ask for a new one with `domainscan people add`")
    return person


def said(error: Exception, about: object = "") -> str:
    """An error in words, with what it is about: of the system's the file and what is wrong with it, and no number."""
    what = str(error)
    if isinstance(error, OSError) and error.strerror:
        about, what = error.filename or about, error.strerror
    return f"{about}: {what}" if about else what


def fail(message: str, code: int = USAGE) -> NoReturn:
    """Says what went wrong on standard error and ends the program."""
    note(f"error: {message}")
    raise typer.Exit(code)


@contextmanager
def answered() -> Iterator[None]:
    """Ends the program with exit 4 when the store cannot be used, and with exit 2 when it is told no."""
    try:
        yield
    except (StoreBusy, StoreFailed) as error:
        fail(str(error), STORE)
    except StoreError as error:
        fail(str(error), USAGE)


def note(message: str) -> None:
    """A line for people, on standard error, with control characters made visible.

    Further lines of one message are indented: no text in it can pass for another message. On a terminal they break
    between words. A full disk behind standard error costs the message and nothing else.
    """
    text = visible(message).replace("\n", "\n  ")
    width = screen_width(sys.stderr)
    if width is not None:
        text = "\n".join(line for one in text.split("\n") for line in filled(one, width, 2))
    with suppress(OSError):
        sys.stderr.write(text + "\n")


def text_of(data: bytes, file: object) -> str:
    """The text of a table, with a note where it is no UTF-8. Ends the program with exit 2 when it is no text."""
    try:
        text, encoding = table_text(data)
    except BadTable as error:
        fail(f"{file}: {error}")
    if encoding != "UTF-8":
        note(f"{file}: read as {encoding}")
    return text


def visible(text: str) -> str:
    """`text` with control and direction characters as escapes: what a page says cannot move the cursor."""
    return "".join(c if c.isprintable() or c == "\n" else c.encode("unicode_escape").decode() for c in text)


def visible_line(text: str) -> str:
    """As `visible`, on one line: what a page says cannot pass for another line of ours."""
    return visible(text).replace("\n", "\\n")


def spelled(one: Any) -> dict[str, Any]:
    """A record that has a `name`, as JSON shows it: its own keys and the Unicode form."""
    plain: dict[str, Any] = msgspec.to_builtins(one)
    return plain | {"unicode": unicode_form(Name(plain["name"]))}


def emit_json(value: Any) -> None:
    """One JSON document on standard output."""
    print(_escaped(json.dumps(msgspec.to_builtins(value), ensure_ascii=not carries_all(), indent=2)))


def emit_jsonl(values: Iterable[Any]) -> None:
    """One JSON document per line on standard output."""
    for value in values:
        print(_escaped(json.dumps(msgspec.to_builtins(value), ensure_ascii=not carries_all())))


def _escaped(text: str) -> str:
    """JSON that means the same, with direction characters and whatever some readers take for a line's end as
    escapes; a lone surrogate, which no encoding of text carries, becomes one too.
    """
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() or c == "\n" else json.dumps(c)[1:-1] for c in text)


def table(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """A table on standard output, as wide as the terminal; one plain line per row where there is none."""
    cells = [[visible(str(cell)) for cell in row] for row in rows]
    width = screen_width(sys.stdout)
    if width is None:
        for line in plain_lines(columns, cells):
            print(line)
        return
    if title:
        print(title)
    head, *lines = screen_lines(columns, cells, width)
    plain = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"  # Source: no-color.org
    print(head if plain else f"\x1b[1m{head}\x1b[0m")
    for line in lines:
        print(line)


def say(text: str, hang: int = 4) -> None:
    """A line on standard output, on one line but where a terminal is too narrow; then it breaks between words."""
    line, width = visible_line(text), screen_width(sys.stdout)
    print(line if width is None else "\n".join(filled(line, width, hang)))


def say_lines(text: str) -> None:
    """The lines of a text, each as `say` does, continued four further in; a name alone stays whole."""
    for line in text.removesuffix("\n").split("\n"):  # a page's own kinds of line ends do not count
        if " " in line.strip():
            say(line, len(line) - len(line.lstrip()) + 4)
        else:
            print(visible(line))


def user_name(number: int) -> str:
    """Whose number this is, or the number itself where it has no name. LOGNAME may be that of whoever changed to us."""
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return str(number)
