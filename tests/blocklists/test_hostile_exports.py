"""What a hostile list, text or file name does to what is handed out: nothing (HOSTILE, the cases E01-E10).

See it fail: let `parse_name` skip `_check_shape`; let `write_stix` make a list of its lines; name the files of a
release after its first entry.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tracemalloc
from array import array
from collections.abc import Callable, Iterable
from pathlib import Path

import consumers
import pytest
from editions import publish

from blocklists.compiler import compile_lists
from blocklists.formats import FORMATS, Format, Settings
from blocklists.guards import GuardTripped
from blocklists.lists import BlockList, Entry, Reach, Terms, block_list
from blocklists.names import Name, parse_name
from blocklists.protect import Protected
from blocklists.signature import Key

ROOT = Path(__file__).parents[2]
NOW = "2026-11-23T14:00:00Z"
Make = Callable[..., BlockList]

REFUSED = [
    ("E01", "evil.org CNAME rpz-passthru.\nvictim.org", "words"),
    ("E01", "evil.org CNAME rpz-passthru.", "not_a_block"),
    ("E01", "evil.org\\010victim.org", "bad_character"),
    ("E01", "evil.rpz-passthru", "reserved_label"),
    ("E02", "*", "bad_character"),
    ("E02", "*.", "bad_character"),
    ("E02", "*.*", "bad_character"),
    ("E02", ".", "empty"),
    ("E02", "||^", "exception"),
    ("E02", "*.com", "single_label"),
    ("E02", "com", "single_label"),
    ("E02", "co.uk", "public_suffix"),
    ("E02", "||co.uk^", "public_suffix"),
    ("E02", "0.0.0.0 github.io", "public_suffix"),
    ("E02", "*.github.io", "public_suffix"),
    ("E02", "公司.cn", "public_suffix"),
    ("E03", "x/\naddress=/bank/6.6.6.6", "words"),
    ("E03", "address=/bank.org/6.6.6.6", "not_a_sink"),
    ("E03", 'x" always_nxdomain\nlocal-data:', "words"),
    ("E03", 'local-data: "bank.org A 6.6.6.6"', "not_a_sink"),
    ("E03", 'zone "bank.org" { type forward; forwarders { 6.6.6.6; }; };', "not_a_block"),
    ("E04", "0.0.0.0/0", "url"),
    ("E04", "/0", "url"),
    ("E04", "::/0", "url"),
    ("E04", "10/8", "url"),
    ("E04", "1.2.3.4-1.2.3.9", "address"),
    ("E04", "1.2.3.4", "address"),
    ("E04", "0.0.0.0 104.16.0.1", "address"),
    ("E04", "||104.16.0.1^", "address"),
    ("E04", "2606:4700::1", "address"),
    ("E04", "32.4.3.2.1.rpz-ip CNAME .", "reserved_label"),
    ("E09", "../../etc/x", "url"),
    ("E09", "..\\..\\etc\\x", "bad_character"),
    ("E09", "CON", "single_label"),
    ("E09", "NUL.txt/x", "url"),
    ("E09", "a" * 255, "too_long"),
    ("E09", ".".join(["a" * 63] * 4), "too_long"),
]


@pytest.mark.parametrize(("case", "text", "reason"), REFUSED)
def test_no_hostile_line_reaches_a_file(
    case: str, text: str, reason: str, settings: Settings, protected: Protected
) -> None:
    """Counted with its reason; every format is byte for byte what it is without the line."""
    made = compile_lists([("list", [text, "good.lab.org"])], protected=protected)
    good = block_list([Entry(parse_name("good.lab.org"), sources=("list",))])
    assert [one.reason for one in made.rejects] == [reason], case
    assert made.blocklist == good
    for known in FORMATS.values():
        assert list(known.save(made.blocklist, settings)) == list(known.save(good, settings)), case


# ---------------------------------------------------------------- E05: one name in many spellings

SPELLINGS = {
    "evil.lab.org": ["EVIL.lab.org.", "evil.lab.org", "Evil.Lab.Org", "0.0.0.0 EVIL.LAB.ORG", "ｅｖｉｌ.lab.org"],
    "xn--fsqu00a.xn--fiqs8s": ["例子.中国", "xn--fsqu00a.xn--fiqs8s", "XN--FSQU00A.xn--fiqs8s.",
                               "例子。中国", "||例子.中国^"],
}  # fmt: skip
ENGINES = [*(("rpz", engine) for engine in ("bind", "unbound", "recursor", "kresd")), ("dnsmasq", "dnsmasq")]


@pytest.mark.parametrize(("name", "engine"), ENGINES, ids=[engine for _, engine in ENGINES])
def test_e05_many_spellings_are_one_entry_that_every_engine_loads(
    name: str, engine: str, settings: Settings, tmp_path: Path, upstream: int
) -> None:
    lines = [spelling for spellings in SPELLINGS.values() for spelling in spellings]
    made = compile_lists([("list", lines)]).blocklist
    assert [entry.name for entry in made] == sorted(SPELLINGS)
    folder = tmp_path / "list"
    folder.mkdir()
    for above in (folder, tmp_path, tmp_path.parent, tmp_path.parent.parent):
        above.chmod(0o755)
    path = folder / f"list{FORMATS[name].extension}"
    path.write_bytes(b"".join(FORMATS[name].save(made, settings)))
    with consumers.resolver(engine, upstream, [(name, path)]) as ask:
        assert {ask(one) for one in SPELLINGS} == {"NXDOMAIN"}
        assert ask("free.lab.org") == consumers.OPEN


# ---------------------------------------------------------------- E08: objects come one by one


def many(count: int) -> BlockList:
    names = [Name(f"n{at:06}.lab.org") for at in range(count)]
    return BlockList.of_columns(names, array("I", [0]) * count, [Terms(Reach.HOST, "H01", "", ("one",))])


def peak_octets(pieces: Callable[[], Iterable[bytes]]) -> tuple[int, int]:
    """(octets of the file, octets held at most while it was made)"""
    tracemalloc.start()
    size = sum(map(len, pieces()))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return size, peak


@pytest.mark.parametrize(
    "known", [FORMATS[name] for name in ("stix", "misp", "jsonl")], ids=lambda one: one.name
)
def test_e08_objects_are_written_one_by_one(known: Format, settings: Settings) -> None:
    blocklist = many(10_000)
    list(known.save(BlockList(), settings))
    size, peak = peak_octets(lambda: known.save(blocklist, settings))
    assert size > 1_000_000
    assert peak < 800_000, "what is held does not grow with the list"
    _, whole = peak_octets(lambda: list(known.save(blocklist, settings)))
    assert whole > 800_000, "the control: held whole it is more"


# ---------------------------------------------------------------- E09: a name is no path

PATHS = [
    "con.lab.org",
    "nul.org",
    "aux.h.org",
    "_.org",
    "xn--fsqu00a.xn--fiqs8s",
    f"{'.'.join(['a' * 61] * 4)}.org",
]


@pytest.mark.parametrize("name", PATHS)
def test_e09_no_name_is_the_name_of_a_file(name: str, key: Key, tmp_path: Path, entries: Make) -> None:
    formats = ["rpz", "stix", "xlsx"]
    for folder, listed in (("it", name), ("other", "other.lab.org")):
        publish(entries(listed), tmp_path / folder, formats, now=NOW, key=key)
    it, other = (sorted(str(path.relative_to(tmp_path / folder)) for path in (tmp_path / folder).rglob("*"))
                 for folder in ("it", "other"))  # fmt: skip
    assert it == other
    assert len(it) > len(formats)


@pytest.mark.parametrize("name", ["../../etc/x", "/etc/x", "CON", "a" * 255])
def test_e09_a_path_in_place_of_a_name_writes_nothing_anywhere(name: str, key: Key, tmp_path: Path) -> None:
    """Also when it did not come through the door of names."""
    folder = tmp_path / "a" / "b" / "out"
    with pytest.raises(GuardTripped, match="grammar"):
        publish(BlockList([Entry(Name(name), Reach.HOST)]), folder, ["rpz", "csv"], now=NOW, key=key)
    files = {path.parent for path in tmp_path.rglob("*") if path.is_file() and path.suffix != ".pub"}
    assert files == {tmp_path, folder / ".publisher"}, "the key, and the publisher's own files"


# ---------------------------------------------------------------- E10: none, one, very many


def test_e10_nothing_is_refused_and_one_entry_is_a_list(key: Key, tmp_path: Path, entries: Make) -> None:
    with pytest.raises(GuardTripped, match="empty"):
        publish(BlockList(), tmp_path / "none", list(FORMATS), now=NOW, key=key)
    with pytest.raises(GuardTripped, match="empty"):
        publish(entries(), tmp_path / "none", list(FORMATS), now=NOW, key=key)
    assert publish(entries("one.lab.org"), tmp_path / "one", ["rpz", "csv"], now=NOW, key=key).entries == 1


def peak_mb(lines: int, folder: Path) -> float:
    """Resident memory of the largest process that makes a zone of so many different names."""
    source, zone = folder / "in.txt", folder / "out.rpz"
    with source.open("w") as file:
        file.writelines(f"n{at * 7919 % lines:07}.lab{at % 97}.org\n" for at in range(lines))
    command = [sys.executable, "-m", "blocklists", "compile", "--no-protect", str(source), "-o", str(zone)]
    process = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0
    with zone.open("rb") as file:
        assert sum(b" CNAME ." in line for line in file) == 2 * lines
    return usage.ru_maxrss / 1024


def test_e10_memory_for_many_entries_is_bounded(tmp_path: Path) -> None:
    """250 octets an entry at most, of which the name itself is 66 in Python; 180 were measured."""
    few, many_of_them = peak_mb(1, tmp_path), peak_mb(150_000, tmp_path)
    assert (many_of_them - few) * 2**20 / 150_000 < 250


@pytest.mark.soak
def test_e10_memory_for_five_million_entries_is_bounded(tmp_path: Path) -> None:
    few, many_of_them = peak_mb(1, tmp_path), peak_mb(5_000_000, tmp_path)
    assert (many_of_them - few) * 2**20 / 5_000_000 < 250
