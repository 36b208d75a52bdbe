"""Every format in the programs that it is for: they load it, block what is listed, and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import consumers
import pytest

from blocklists.formats import FORMATS, Settings
from blocklists.lists import BlockList, Entry, Reach, block_list
from blocklists.names import Name, parse_name
from domainscan.proof import servers
from domainscan.proof.servers import pages

LONG = ".".join(("a" * 63, "b" * 63, "c" * 63, "d" * 57, "org"))  # 253 characters less the 2 of `*.`
LIST = block_list(
    [
        Entry(parse_name("tree.lab.org")),
        Entry(parse_name("_tree.lab.org")),
        Entry(parse_name("例子.中国")),
        Entry(parse_name("single.lab.org"), Reach.HOST),
        Entry(parse_name("_single.lab.org"), Reach.HOST),
        Entry(parse_name("below.single.lab.org")),
        Entry(parse_name("apex.lab.org"), Reach.WWW),
        Entry(parse_name("_x0041_.lab.org"), Reach.HOST),
        Entry(parse_name("123.lab.org"), Reach.HOST),
        Entry(parse_name(LONG)),
        Entry(parse_name(f"e{LONG[1:]}"), Reach.HOST),
    ]
)
QUESTIONS = [
    ("tree.lab.org", "a listed domain"),
    ("a.b.tree.lab.org", "and what lies below it"),
    ("TREE.lab.org", "in any case"),
    ("_tree.lab.org", "an underscore"),
    ("x._tree.lab.org", "and below it"),
    ("xn--fsqu00a.xn--fiqs8s", "an internationalised name"),
    ("a.xn--fsqu00a.xn--fiqs8s", "and below it"),
    ("single.lab.org", "a listed host"),
    ("SINGLE.lab.org", "in any case"),
    ("a.single.lab.org", "nothing below a host"),
    ("below.single.lab.org", "but what is listed itself"),
    ("a.below.single.lab.org", "with all below it"),
    ("_single.lab.org", "a host with an underscore"),
    ("asingle.lab.org", "which stands for no other character"),
    ("apex.lab.org", "a listed apex"),
    ("www.apex.lab.org", "and its www"),
    ("mail.apex.lab.org", "nothing else below it"),
    ("x.www.apex.lab.org", "nor below its www"),
    ("_x0041_.lab.org", "an escape of spreadsheets"),
    ("A.lab.org", "which is not taken for what it escapes"),
    ("123.lab.org", "digits"),
    (LONG, "the longest name"),
    (f"e{LONG[1:]}", "the longest host"),
    (f"f{LONG[1:]}", "its sibling"),
    ("lab.org", "the parent of listed names"),
    ("free.lab.org", "a sibling"),
    ("notree.lab.org", "a name that merely ends alike"),
    ("tree.lab.org.free.org", "a name that merely begins alike"),
    ("org", "a top-level domain"),
    ("example.com", "a stranger: the canary, and not under .test, which Unbound denies by itself"),
]
# format, program, its answers for: the name of a tree, below it, a single host
RESOLVING = [
    *(("rpz", engine, ("NXDOMAIN",) * 3) for engine in ("bind", "unbound", "recursor", "kresd")),
    *(("rpz-nodata", engine, ("NODATA",) * 3) for engine in ("bind", "unbound", "recursor", "kresd")),
    *(("rpz-garden", engine, ("203.0.113.80",) * 3) for engine in ("bind", "unbound", "recursor", "kresd")),
    ("unbound", "unbound", ("NXDOMAIN", "NXDOMAIN", "NODATA")),
    ("bind", "bind", ("NODATA", "NXDOMAIN", "")),
    ("powerdns", "recursor", ("NXDOMAIN",) * 3),
    ("powerdns-forward", "recursor", ("NXDOMAIN", "NXDOMAIN", "")),
    ("knot", "kresd", ("NXDOMAIN",) * 3),
    ("dnsmasq", "dnsmasq", ("NXDOMAIN", "NXDOMAIN", "0.0.0.0")),
    ("hosts", "dnsmasq", ("", "", "0.0.0.0")),
]
IDS = [f"{name}-{engine}" for name, engine, _ in RESOLVING]


@pytest.fixture(scope="module")
def denier() -> Iterator[int]:
    """The port of a server that denies every name."""
    with servers.names(denies=True) as port:
        yield port


@pytest.fixture
def made(
    tmp_path_factory: pytest.TempPathFactory, settings: Settings, denier: int
) -> Callable[[str, BlockList], Path]:
    """Writes a list as a file that every user of the machine can read."""
    folder = tmp_path_factory.mktemp("lists")
    for above in (folder, folder.parent, folder.parent.parent):
        above.chmod(0o755)
    empty = folder / "db.empty"
    empty.write_text(
        "@ 300 IN SOA localhost. root.localhost. 1 3600 900 2592000 300\n@ 300 IN NS localhost.\n"
    )
    local = replace(settings, empty_zone=str(empty), sinkhole=f"127.0.0.1:{denier}")

    def make(name: str, blocklist: BlockList) -> Path:
        path = folder / f"list{FORMATS[name].extension}"
        path.write_bytes(b"".join(FORMATS[name].save(blocklist, local)))
        path.chmod(0o644)
        return path

    return make


def expected(name: str, blocklist: BlockList, answers: tuple[str, str, str]) -> dict[str, str]:
    """Question -> answer, by what the format can say of the list."""
    fitted, _ = FORMATS[name].fit(blocklist)
    found = {}
    for question, _ in QUESTIONS:
        canonical = Name(question.lower())
        entry = fitted.covering(canonical)
        if entry is None:
            found[question] = consumers.OPEN
        elif entry.reach is not Reach.SUBTREE:
            found[question] = answers[2]
        else:
            found[question] = answers[0] if entry.name == canonical else answers[1]
    return found


def test_the_questions_are_about_both() -> None:
    answers = expected("wildcard", LIST, ("tree", "below", "host"))
    assert {one: list(answers.values()).count(one) for one in set(answers.values())} == {
        "tree": 6,
        "below": 4,
        "host": 8,
        consumers.OPEN: 12,
    }


@pytest.mark.parametrize(("name", "engine", "answers"), RESOLVING, ids=IDS)
def test_a_resolver_loads_the_file_and_blocks_exactly_what_it_says(
    name: str, engine: str, answers: tuple[str, str, str], made: Callable[..., Path], upstream: int
) -> None:
    with consumers.resolver(engine, upstream, [(name, made(name, LIST))]) as ask:
        wanted = expected(name, LIST, answers)
        if name == "rpz-garden":  # no address at a name that no host has: BIND refuses such a zone
            denied = [one for one, answer in wanted.items() if "_" in one and answer != consumers.OPEN]
            wanted |= dict.fromkeys(denied, "NXDOMAIN")
        assert {question: ask(question) for question, _ in QUESTIONS} == wanted


@pytest.mark.parametrize(("name", "engine", "answers"), RESOLVING, ids=IDS)
def test_a_file_of_nothing_loads_and_blocks_nothing(
    name: str, engine: str, answers: tuple[str, str, str], made: Callable[..., Path], upstream: int
) -> None:
    """Also the control of the test above: without entries its questions are answered."""
    del answers
    with consumers.resolver(engine, upstream, [(name, made(name, BlockList()))]) as ask:
        assert {ask(question) for question, _ in QUESTIONS} == {consumers.OPEN}


@pytest.mark.parametrize("engine", ["bind", "unbound", "recursor", "kresd"])
def test_a_zone_of_names_that_pass_wins_over_every_zone_behind_it(
    engine: str, made: Callable[..., Path], upstream: int
) -> None:
    passed = block_list(
        [Entry(parse_name("tree.lab.org"), Reach.HOST), Entry(parse_name("apex.lab.org"), Reach.SUBTREE)]
    )
    zones = [("rpz-passthru", made("rpz-passthru", passed)), ("rpz", made("rpz", LIST))]
    with consumers.resolver(engine, upstream, zones) as ask:
        assert ask("tree.lab.org") == consumers.OPEN, "a name that passes"
        assert ask("a.tree.lab.org") == "NXDOMAIN", "what lies below it passes only where it says so"
        assert ask("www.apex.lab.org") == consumers.OPEN, "as here"
        assert ask("single.lab.org") == "NXDOMAIN", "and everything else is blocked"


@pytest.mark.parametrize("engine", ["bind", "unbound", "recursor"])
def test_a_garden_may_be_a_host(engine: str, settings: Settings, tmp_path: Path, upstream: int) -> None:
    path = tmp_path / "garden"
    path.write_bytes(b"".join(FORMATS["rpz-garden"].save(LIST, replace(settings, garden=("why.desk.org.",)))))
    with consumers.resolver(engine, upstream, [("rpz-garden", path)]) as ask:
        for name in ("tree.lab.org", "a.tree.lab.org", "single.lab.org"):
            assert ask(name) == f"{consumers.OPEN} why.desk.org."
        assert ask("free.lab.org") == consumers.OPEN


def test_squid_denies_the_listed_hosts_and_fetches_the_others(made: Callable[..., Path]) -> None:
    with pages() as page_of:
        with consumers.squid(page_of, made("squid", LIST)) as ask:
            wanted = {
                question: "451" if answer == "blocked" else "200"
                for question, answer in expected("squid", LIST, ("blocked",) * 3).items()
            }
            assert {question: ask(question) for question, _ in QUESTIONS} == wanted
        with consumers.squid(page_of, made("squid", BlockList())) as ask:
            assert ask("tree.lab.org") == "200"


def test_nginx_answers_451_and_names_who_blocks(made: Callable[..., Path]) -> None:
    with consumers.nginx(made("nginx", LIST)) as ask:
        wanted = {
            question: '451 <https://desk.lab.org/why>; rel="blocked-by"' if answer == "blocked" else "200"
            for question, answer in expected("nginx", LIST, ("blocked",) * 3).items()
        }
        assert {question: ask(question) for question, _ in QUESTIONS} == wanted
    with consumers.nginx(made("nginx", BlockList())) as ask:
        assert ask("tree.lab.org") == "200"
