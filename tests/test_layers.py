"""The house keeps its floors: imports point down, and neighbours on one floor do not know each other.

See it fail: add `import domainscan.cli.common` to domainscan/schedule.py, or create domainscan/attic.py.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

# The longest prefix that matches a module decides its floor; a module without one has no place in the house.
FLOORS = {
    "blocklists": 0,
    "domainscan": 1,  # the package itself: its version
    "domainscan.model": 1,
    "domainscan.config": 1,
    "domainscan.packs": 1,
    "domainscan.tool": 1,
    "domainscan.warc": 2,
    "domainscan.net": 2,
    "domainscan.read": 2,
    "domainscan.lab": 2,
    "domainscan.signals": 3,
    "domainscan.assess": 4,
    "domainscan.collateral": 4,
    "domainscan.profiles": 4,
    "domainscan.visit": 5,
    "domainscan.store": 5,
    "domainscan.listing": 5,
    "domainscan.sources": 5,
    "domainscan.providers": 5,
    "domainscan.evaluate": 5,
    "domainscan.packfiles": 5,
    "domainscan.scan": 6,
    "domainscan.review": 6,
    "domainscan.orders": 6,
    "domainscan.transfer": 6,
    "domainscan.enforce": 6,
    "domainscan.releases": 6,
    "domainscan.rollout": 6,
    "domainscan.proof": 6,  # starts the programs that lists are for, on loopback
    "domainscan.samples": 6,
    "domainscan.lint": 7,
    "domainscan.schedule": 7,
    "domainscan.lab.demo": 8,
    "domainscan.__main__": 10,
    "domainscan.cli": 9,  # the command line starts the demo, so it stands one floor above it
}
SHARED = {
    "domainscan",
    "domainscan.model",
    "domainscan.config",
    "domainscan.warc",
    "domainscan.packs",
    "domainscan.tool",
}  # nouns that a floor's neighbours share
LIBRARIES_OF_THE_WORLD = {"aiohttp", "dns", "socket", "ssl", "uvloop", "asyncio", "sqlite3", "sqlite_utils"}
PURE = (
    "domainscan.signals",
    "domainscan.assess",
    "domainscan.collateral",
    "domainscan.read",
    "blocklists",
)
READ_MAY = {  # talks to its parser processes over pipes
    "domainscan.read.process": {"asyncio", "socket"},
    "domainscan.read.lanes": {"asyncio"},
}


def room(module: str) -> str | None:
    """The key of FLOORS that `module` belongs to; None for a module nobody gave a place."""
    parts = module.split(".")
    if module.startswith("domainscan.") and ".".join(parts[:2]) not in FLOORS:
        return None
    for length in range(len(parts), 0, -1):
        key = ".".join(parts[:length])
        if key in FLOORS:
            return key
    return None


def imports(source: str, module: str) -> Iterator[str]:
    """Every module that `source` imports, wherever the import stands."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (one.name for one in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module}: relative imports hide the floor"
            base = node.module or ""
            yield base
            yield from (f"{base}.{one.name}" for one in node.names if f"{base}.{one.name}" in MODULES)


def faults(module: str, source: str) -> list[str]:
    """What is wrong with one module's imports."""
    here = room(module)
    if here is None:
        return [f"{module} has no floor: give it one in tests/test_layers.py"]
    found = []
    for target in imports(source, module):
        there = room(target) if target.split(".")[0] in ("domainscan", "blocklists") else None
        if there is None or there == here or (there in SHARED and FLOORS[there] <= FLOORS[here]):
            continue
        if FLOORS[there] > FLOORS[here]:
            found.append(f"{module} imports upward: {target}")
        elif FLOORS[there] == FLOORS[here]:
            found.append(f"{module} imports its neighbour {target}")
    if module.startswith(PURE) or module == "domainscan.model":
        tops = {target.split(".")[0] for target in imports(source, module)}
        for top in sorted(tops & LIBRARIES_OF_THE_WORLD - READ_MAY.get(module, set())):
            found.append(f"{module} is pure and imports {top}")
    return found


def modules() -> dict[str, Path]:
    found = {}
    for package in ("domainscan", "blocklists"):
        for path in sorted((ROOT / package).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


MODULES = modules()


@pytest.mark.parametrize("module", MODULES)
def test_imports_point_down(module: str) -> None:
    assert faults(module, MODULES[module].read_text("utf-8")) == []


@pytest.mark.parametrize(
    ("module", "source", "fault"),
    [
        ("domainscan.model", "from domainscan.cli import common", "imports upward"),
        ("domainscan.net.dns", "import domainscan.read.html", "imports its neighbour"),
        ("domainscan.signals.names", "import aiohttp", "is pure and imports aiohttp"),
        ("domainscan.assess.pack", "from sqlite3 import connect", "is pure and imports sqlite3"),
        ("domainscan.attic", "", "has no floor"),
        ("blocklists.lists", "from domainscan.model import Name", "imports upward"),
    ],
)
def test_a_broken_floor_is_seen(module: str, source: str, fault: str) -> None:
    assert any(fault in one for one in faults(module, source))


def test_the_page_shows_the_floors_as_they_are() -> None:
    page = (ROOT / "docs" / "model.md").read_text("utf-8")
    shown = {
        name.split(" ")[0]: int(floor)
        for floor, names in re.findall(r"^(\d+) +(.+)$", page, re.MULTILINE)
        for name in names.split(" · ")
    }
    assert shown == {key.removeprefix("domainscan."): at for key, at in FLOORS.items() if key != "domainscan"}


def test_every_module_of_blocklists_has_its_place_on_the_page() -> None:
    page = (ROOT / "docs" / "model.md").read_text("utf-8")
    files = (ROOT / "blocklists").glob("[!_]*.py")
    assert [one.stem for one in files if f"`{one.stem}`" not in page] == []


READS = {"open", "now", "time", "getenv", "read_text", "read_bytes", "socket", "today"}


def reads_at_import(source: str) -> list[str]:
    """The calls at the top of a module, outside its definitions, that read a clock, file, environment or socket."""
    definitions = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
    top = [node for node in ast.parse(source).body if not isinstance(node, definitions)]
    calls = [call for node in top for call in ast.walk(node) if isinstance(call, ast.Call)]
    names = [ast.unparse(call.func) for call in calls]
    return [name for name in names if name.split(".")[-1] in READS]


def test_modules_do_nothing_at_import() -> None:
    found = {module: reads_at_import(path.read_text("utf-8")) for module, path in MODULES.items()}
    assert {module: names for module, names in found.items() if names} == {}


@pytest.mark.parametrize(
    ("source", "calls"),
    [
        ("TODAY = date.today()", ["date.today"]),
        ("if True:\n    WORDS = Path(__file__).read_text()", ["Path(__file__).read_text"]),
        ("def now():\n    return time.time()", []),
    ],
)
def test_a_module_that_reads_at_import_is_seen(source: str, calls: list[str]) -> None:
    assert reads_at_import(source) == calls
