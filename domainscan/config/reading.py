"""Files, environment and flags -> the effective configuration, and where each value came from."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import msgspec

from domainscan.config.checks import CHECKS, NOW_ZONE, PATHS
from domainscan.config.tables import Config
from domainscan.model import category_id

NOT_KEYS: Final = ("DOMAINSCAN_TOKEN", "DOMAINSCAN_HOME", "DOMAINSCAN_CONFIG")


class BadConfig(Exception):
    """The configuration cannot be used; the message names where it stands, the key and the way out.

    `key` is the key to blame, as `net.ports` ("" for none), `number` which of several tables has it.
    """

    def __init__(self, message: str, key: str = "", number: int = 0) -> None:
        super().__init__(message)
        self.key, self.number = key, number


NEEDS: Final = {"rpz-garden": "garden", "powerdns-forward": "sinkhole"}  # format -> key of [publish]
# What `config show` prints ends up in letters for help.
_PASSWORD: Final = re.compile(r"(//[^/@:\s]*:)[^/@\s]*@")
NAMED_BY: Final = {"recipient": "id", "schedule": "name"}  # the tables there may be many of
# Two recipients in one zone would share its file: the last one exported, its categories and budget, for both.
ONCE: Final = (*NAMED_BY.items(), ("recipient", "zone"))


def load_config(
    files: tuple[Path, ...], environment: Mapping[str, str], flags: Mapping[str, Any], *, paths: bool = True
) -> tuple[Config, dict[str, str]]:
    """The effective configuration, and for each `table.key` that is not a default where it came from.

    `files` from strongest to weakest; `flags` as {"net.resolvers": ["192.0.2.1"]}. Without `paths` the files and
    folders that it names may be away.
    Raises BadConfig with the key, and its line or variable.
    """
    merged: dict[str, Any] = {}
    origin: dict[str, str] = {}
    for file in reversed(files):
        _merge(merged, _read(file, paths), str(file), origin)
    variables = _variables()
    for variable, text in environment.items():
        if variable in variables:
            key, kind = variables[variable]
            _set(merged, key, _variable_value(variable, text, kind), f"environment {variable}", origin)
        elif variable.startswith("DOMAINSCAN_") and variable not in NOT_KEYS:
            raise BadConfig(
                f"environment {variable}: no such key; `domainscan config show` lists those there are"
            )
    for target, value in flags.items():
        _set(merged, target, value, "command line", origin)
    try:
        config = _convert(merged, paths)
        _check_needs(config)
        return config, origin
    except BadConfig as error:
        raise BadConfig(f"{origin.get(error.key, 'configuration')}: {error}") from error


def _read(file: Path, paths: bool) -> dict[str, Any]:
    try:
        text = file.read_text("utf-8")
        table = tomllib.loads(text)
    except OSError as error:
        raise BadConfig(f"{file}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise BadConfig(f"{file}: {error} (line {line}): save it as UTF-8") from error
    except tomllib.TOMLDecodeError as error:
        said = str(error).replace("at end of document", f"at the end, line {len(text.splitlines())}")
        raise BadConfig(f"{file}: {said}") from error
    try:
        _convert(table, paths)
    except BadConfig as error:
        raise BadConfig(f"{file}: {error}{_line_of(text, error.key, error.number)}") from error
    return table


def _convert(table: dict[str, Any], paths: bool) -> Config:
    try:
        config = msgspec.convert(table, Config)
    except msgspec.ValidationError as error:
        raise _bad_type(str(error)) from error
    takers = (
        msgspec.structs.replace(one, categories=tuple(map(category_id, one.categories)))
        for one in config.recipient
    )
    config = msgspec.structs.replace(config, recipient=tuple(takers))
    for key, check in (CHECKS | (PATHS if paths else {})).items():
        for number, (owner, value) in enumerate(_values(config, key)):
            said = check(value)
            if said:
                raise BadConfig(f"{owner}`{key}`: {said}", key, number)
    for many, naming in ONCE:
        taken = [getattr(one, naming) for one in getattr(config, many)]
        for number, one in enumerate(taken):
            if (one or naming != "zone") and one in taken[:number]:
                key = f"{many}.{naming}"
                raise BadConfig(f"`{key}`: {one!r} is there twice: it must be unique", key, number)
    _check_zones([one.zone for one in config.recipient])
    return config


def _check_needs(config: Config) -> None:
    """Raises BadConfig for a format whose file cannot be written without a value that [publish] does not have: at the
    export it would hold up every recipient. Asked of all files together, for the value may stand in another one.
    """
    for one in config.recipient:
        for name in one.formats:
            key = NEEDS.get(name)
            if key and not getattr(config.publish, key):
                said = f"recipient {one.id}: `recipient.formats`: {name!r} needs [publish] {key}"
                raise BadConfig(said, "recipient.formats")


def _check_zones(zones: Sequence[str]) -> None:
    """Raises BadConfig for a zone that has the name of another one's small zone, that of what was decided last."""
    for number, zone in enumerate(zones):
        if zone.startswith(NOW_ZONE) and zone.removeprefix(NOW_ZONE) in zones:
            key, other = "recipient.zone", zone.removeprefix(NOW_ZONE)
            said = f"{zone!r} is where {other!r} has what was decided last: give one of the two another name"
            raise BadConfig(f"`{key}`: {said}", key, number)


def _bad_type(said: str) -> BadConfig:
    """msgspec's message, and the key it means: "... unknown field `x` - at `$.net`" means `net.x`."""
    unknown = re.search(r"unknown field `(.+?)`", said)
    place = re.search(r"at `\$\.?(.*?)`", said)
    path = re.sub(r"\[[^]]*\]", "", place[1] if place else "")
    number = re.search(r"\[(\d+)\]", place[1] if place else "")
    key = ".".join(filter(None, (path, unknown[1] if unknown else "")))
    return BadConfig(f"`{key}`: {said.partition(' - at ')[0]}", key, int(number[1]) if number else 0)


def _values(config: Config, key: str) -> list[tuple[str, Any]]:
    """(the table's name in front of a message, value) of a key, for each table that has it."""
    table, _, field = key.partition(".")
    if table not in NAMED_BY:
        return [("", getattr(getattr(config, table), field))]
    many = getattr(config, table)
    return [(f"{table} {getattr(one, NAMED_BY[table])}: ", getattr(one, field)) for one in many]


def _line_of(text: str, key: str, number: int) -> str:
    """` (line N)` of the table's key, or of its header when it is the table's own; "" when neither is found."""
    table, _, field = key.partition(".")
    here, seen = "", -1
    for count, line in enumerate(text.splitlines(), 1):
        header = re.match(r"\s*\[+\s*([\w.-]+)\s*\]", line)
        if header:
            here = header[1]
            seen += here == table
            found = here == key and (field != "" or seen == number)
        elif here == "":
            found = _sets(line, key)
        else:
            found = here == table and seen == number and _sets(line, field)
        if found:
            return f" (line {count})"
    return ""


def _sets(line: str, key: str) -> bool:
    return re.match(rf"\s*[\"']?{re.escape(key)}[\"']?\s*[=.]", line) is not None


def _merge(into: dict[str, Any], table: dict[str, Any], where: str, origin: dict[str, str]) -> None:
    for name, value in table.items():
        if isinstance(value, dict):
            for key, one in value.items():
                _set(into, f"{name}.{key}", one, where, origin)
        else:
            _set(into, name, value, where, origin)


def _set(into: dict[str, Any], target: str, value: object, where: str, origin: dict[str, str]) -> None:
    table, _, key = target.partition(".")
    if key:
        into.setdefault(table, {})[key] = value
    else:
        into[table] = value
    origin[target] = where


def _variables() -> dict[str, tuple[str, Any]]:
    """The variable of each key, with the key and its type: DOMAINSCAN_NET_VANTAGE is ("net.vantage", str)."""
    found = {}
    for table in msgspec.structs.fields(Config):
        if table.name not in NAMED_BY:
            for field in msgspec.structs.fields(table.type):
                variable = f"DOMAINSCAN_{table.name}_{field.name}".upper()
                found[variable] = (f"{table.name}.{field.name}", field.type)
    return found


def _variable_value(variable: str, text: str, kind: object) -> object:
    """The text itself where a text is wanted, else the TOML value it spells (`["192.0.2.1"]`, `3`, `true`)."""
    if kind is str:
        return text
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError as error:
        raise BadConfig(
            f'environment {variable}: {text!r} is no TOML value: write 3, true or ["192.0.2.1"]'
        ) from error


def as_lines(config: Config, origin: Mapping[str, str]) -> list[tuple[str, str, str]]:
    """(key, value as JSON, where it came from) for every effective value; of a proxy's password three stars."""
    rows = []
    for table, values in msgspec.to_builtins(config).items():
        if isinstance(values, dict):
            for key, value in values.items():
                name = f"{table}.{key}"
                shown = _PASSWORD.sub(r"\1***@", msgspec.json.encode(value).decode())
                rows.append((name, shown, origin.get(name, "default")))
        else:
            rows.append((table, msgspec.json.encode(values).decode(), origin.get(table, "default")))
    return rows
