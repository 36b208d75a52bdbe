"""The proof of a release: what real programs do with a file decides, not what a checker says of it."""

from __future__ import annotations

from pathlib import Path

import consumers
import pytest
from editions import publish

from blocklists.formats import FORMATS
from blocklists.guards import Terms
from blocklists.lists import BlockList, Entry, Reach, block_list
from blocklists.names import Name, parse_name
from blocklists.protect import load_protected
from blocklists.signature import make_key
from blocklists.staging import ProofFailed, Rendered
from blocklists.suffixes import load_suffixes
from domainscan.proof import ENGINES, NOBODY, PROGRAMS, installed, prove, prover, trying

NOW = "2026-11-23T14:00:00Z"
TERMS = Terms(garden=("192.0.2.80",), blocked_by="https://desk.lab.org/", sinkhole="192.0.2.53:5300")
LIST = block_list(
    [
        Entry(parse_name("tree.lab.org")),
        Entry(parse_name("_tree.lab.org")),
        Entry(parse_name("例子.中国")),
        Entry(parse_name("single.lab.org"), Reach.HOST),
        Entry(parse_name("apex.lab.org"), Reach.WWW),
    ]
)
OPEN = tuple(map(Name, ("example.com", "xevil.lab.org")))
HEAD = "$TTL 300\n@ SOA localhost. hostmaster.localhost. 1 3600 900 2592000 300\n@ NS localhost.\n"
GOOD = HEAD + "evil.lab.org CNAME .\n*.evil.lab.org CNAME .\n"


@pytest.fixture(params=sorted(ENGINES))
def engine(request: pytest.FixtureRequest) -> str:
    made = ENGINES[request.param]
    consumers.need(made.program, made.package)
    return str(request.param)


def test_every_file_is_proven_by_all_the_programs_it_is_for(tmp_path: Path) -> None:
    for engine in ENGINES.values():
        consumers.need(engine.program, engine.package)
    protected = load_protected((), load_suffixes(), NOW, 400)
    made = publish(
        LIST,
        tmp_path / "out",
        tuple(FORMATS),
        now=NOW,
        key=make_key(tmp_path / "key"),
        terms=TERMS,
        protected=protected,
        prove=prover(),
    )
    assert {file.format for file in made.files} == set(FORMATS)
    for file in made.files:
        wanted = f"proven by {', '.join(PROGRAMS[file.format])} (" if file.format in PROGRAMS else NOBODY
        assert file.proof.startswith(wanted), file.format


def zone(tmp_path: Path, text: str) -> Rendered:
    path = tmp_path / "list.rpz"
    path.write_text(text, "utf-8")
    return Rendered("rpz", path, (Name("evil.lab.org"), Name("below.evil.lab.org")), OPEN)


def tried(file: Rendered, engine: str) -> str:
    """What is wrong with it in this program."""
    try:
        prove([file], {engine: installed()[engine]})
    except ProofFailed as error:
        return str(error)
    return ""


# Which of bind, kresd, recursor, unbound find it. With the others the file does what the good one does.
ZONES = [
    (GOOD, "", "the control"),
    (HEAD, "bind kresd recursor unbound", "a name that is missing"),
    (
        GOOD + "example.com CNAME .\n",
        "bind kresd recursor unbound",
        "a canary that is blocked: incidents 1, 10",
    ),
    (GOOD + "*.com CNAME .\n", "bind kresd recursor unbound", "a record that is too broad: incident 1"),
    (GOOD + "bad.lab.org. CNAME .\n", "unbound", "a trailing dot: incident 13, Unbound refuses the zone"),
    (GOOD + f"{'a' * 64}.org CNAME .\n", "bind recursor unbound", "a label of 64 octets: incident 13"),
    (GOOD[:-9], "bind kresd recursor unbound", "a file that is cut off"),
    (GOOD + "evil.lab.org CNAME rpz-passthru.\n", "bind kresd recursor", "an exemption that came in"),
]


@pytest.mark.parametrize("which", ["bind", "kresd", "recursor", "unbound"])
@pytest.mark.parametrize(("text", "found_by", "why"), ZONES, ids=[row[2] for row in ZONES])
def test_a_zone_that_a_resolver_takes_otherwise_fails(
    text: str, found_by: str, why: str, which: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    consumers.need(ENGINES[which].program, ENGINES[which].package)
    monkeypatch.setattr(trying, "SETTLE_SECONDS", 0.5)
    monkeypatch.setattr(trying, "START_SECONDS", 5.0)
    said = tried(zone(tmp_path, text), which)
    assert bool(said) == (which in found_by.split()), (why, said)
    assert not said or said.startswith(f"rpz: {which} ")


WRONG: dict[str, tuple[str, str]] = {
    "bind": ("bind", ".bind.conf"),
    "unbound": ("unbound", ".unbound.conf"),
    "recursor": ("powerdns", ".pdns.lua"),
    "kresd": ("knot", ".kresd.lua"),
    "dnsmasq": ("dnsmasq", ".dnsmasq.conf"),
    "squid": ("squid", ".squid.acl"),
    "nginx": ("nginx", ".nginx.conf"),
}


@pytest.mark.parametrize("fault", ["one too few", "one too many", "garbage"])
def test_a_file_that_a_program_takes_otherwise_fails(
    fault: str, engine: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trying, "SETTLE_SECONDS", 0.5)
    monkeypatch.setattr(trying, "START_SECONDS", 5.0)
    name, extension = WRONG[engine]
    lists: dict[str, tuple[str, ...]] = {
        "one too few": ("evil.lab.org",),
        "one too many": ("evil.lab.org", "more.lab.org", "example.com"),
        "garbage": ("evil.lab.org", "more.lab.org"),
    }
    path = tmp_path / f"list{extension}"

    def write(names: tuple[str, ...]) -> Rendered:
        from blocklists.formats import Settings

        settings = Settings(1, NOW, blocked_by="https://desk.lab.org/", sinkhole="192.0.2.53")
        blocklist: BlockList = block_list(Entry(parse_name(one)) for one in names)
        path.write_bytes(b"".join(FORMATS[name].save(blocklist, settings)))
        return Rendered(name, path, (Name("evil.lab.org"), Name("more.lab.org")), OPEN)

    assert tried(write(("evil.lab.org", "more.lab.org")), engine) == "", "the control"
    file = write(lists[fault])
    if fault == "garbage":
        path.write_bytes(path.read_bytes() + b'\n}} %% nonsense "\n' if engine != "squid" else b"/" * 20)
    assert tried(file, engine).startswith(f"{name}: {engine} ")


def test_a_program_that_is_not_installed_proves_nothing_and_that_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trying, "installed", dict)
    words = prove([zone(tmp_path, GOOD)], {})
    assert words == {"rpz": "not proven by bind, unbound, recursor, kresd: not installed"}


def test_every_format_with_a_program_is_one_of_ours(engine: str) -> None:
    assert set(PROGRAMS) < set(FORMATS)
    assert any(engine in engines for engines in PROGRAMS.values())
