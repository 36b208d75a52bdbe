# ruff: noqa: E501 - one incident per line reads better than a table broken into pieces
"""P01: fourteen incidents of the past, each replayed and stopped by the named guard alone.

Every other guard is switched off first; then that one as well, and the same list goes through: the negative control.
Addresses and names of those who were hit are replaced by documentation ones, but for the few that the shipped
never-list is about.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import consumers
import pytest
from editions import hold, publish, publish_held
from msgspec.structs import replace as changed

from blocklists import check as checking
from blocklists import holding, staging
from blocklists.approvals import Approval
from blocklists.formats import FORMATS
from blocklists.guards import CHECKS, GUARDS, GuardTripped, Terms
from blocklists.lists import BlockList, Entry, Reach
from blocklists.manifest import decode_manifest, encode_manifest
from blocklists.names import Name
from blocklists.protect import Protected, load_protected
from blocklists.signature import Key, make_key
from blocklists.staging import Rendered
from blocklists.suffixes import load_suffixes
from domainscan.enforce.verdicts import Seen, judge
from domainscan.proof import prover

NOW = "2026-11-23T14:00:00Z"
FORMAT = "rpz"


def raw(*names: str, reach: Reach = Reach.SUBTREE, expires: str = "") -> BlockList:
    """A list that nobody looked at: not even its names were parsed."""
    return BlockList(Entry(Name(name), reach, "", expires) for name in sorted(names))


def many(number: int, start: int = 0) -> list[str]:
    return [f"good{index:05}.lab.org" for index in range(start, start + number)]


class Stage:
    """A publisher whose guards can be switched off one by one."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch, protected: Protected) -> None:
        self.folder, self.patch, self.protected = folder / "out", monkeypatch, protected
        self.key: Key = make_key(folder / "desk.key")
        self.disabled: set[str] = set()

    def off(self, guard: str) -> None:
        self.disabled.add(guard)
        if guard in CHECKS:
            self.patch.setitem(CHECKS, guard, lambda draft: "")  # deleted and restored, it would stand last
        if guard == "delisted":
            self.patch.setattr(staging, "_check_gone", lambda *_: None)
        if guard == "parse_back":
            self.patch.setattr(staging, "same_names", lambda *_: True)
            self.patch.setitem(FORMATS, FORMAT, replace(FORMATS[FORMAT], read=lambda lines: BlockList()))
        if guard == "approval":
            self.patch.setattr(holding, "check_approval", lambda *_: None)
        if guard == "signature":
            self.patch.setattr(checking, "verify", lambda *_: "")

    def publish(
        self,
        blocklist: BlockList,
        gone: Sequence[str] = (),
        canaries: Sequence[str] = ("example.com", "www.wikipedia.org"),
        prove: Callable[[Sequence[Rendered]], Mapping[str, str]] | None = None,
    ) -> str:
        """Which guard stopped the list; "" when it is out."""
        try:
            made = publish(
                blocklist,
                self.folder,
                [FORMAT],
                now=NOW,
                key=self.key,
                terms=Terms(canaries=tuple(canaries)),
                delisted=frozenset(map(Name, gone)),
                protected=self.protected,
                prove=None if "proof" in self.disabled else prove,
            )
        except GuardTripped as error:
            return error.guard
        assert made.entries == len(blocklist)
        assert (self.folder / made.files[0].name).exists()
        return ""


Replay = Callable[[Stage], str]


def listed(*names: str, reach: Reach = Reach.SUBTREE, expires: str = "") -> Replay:
    """The names are on a first list."""
    return lambda stage: stage.publish(raw(*names, reach=reach, expires=expires))


def on_top_of(number: int, *names: str) -> Replay:
    """The names come to a list of so many."""
    return lambda stage: stage.publish(raw(*many(number))) or stage.publish(raw(*many(number), *names))


def left_of(number: int, left: int) -> Replay:
    """A list of so many shrinks."""
    return lambda stage: stage.publish(raw(*many(number))) or stage.publish(raw(*many(left)))


def dropped_into_the_folder(stage: Stage) -> str:
    """Somebody without the key puts a list of good sites, and a manifest for it, where consumers fetch."""
    stage.publish(raw("evil.lab.org"))
    path = stage.folder / "manifest.json"
    manifest = decode_manifest(path.read_bytes())
    zone = stage.folder / manifest.files[0].name
    zone.write_text(zone.read_text() + "good.lab.org CNAME .\n*.good.lab.org CNAME .\n")
    data = zone.read_bytes()
    file = changed(manifest.files[0], size=len(data), sha256=staging.sha256(data))
    path.write_bytes(encode_manifest(changed(manifest, files=(file,))))
    return "signature" if checking.check(stage.folder, stage.key.public, NOW) else ""


def approved_by_one(stage: Stage) -> str:
    """One person lays 8,000 names aside and approves them alone."""
    stage.publish(raw(*many(10)))
    held = hold(raw(*many(8_000)), stage.folder, [FORMAT], now=NOW, key=stage.key)
    word = Approval(held.digest, frozenset(("adds",)), "lin", "lin", "good sites", "2026-12-01T00:00:00Z")
    try:
        publish_held(stage.folder, word, now=NOW, key=stage.key)
    except GuardTripped as error:
        return error.guard
    return ""


def written(*lines: str) -> Replay:
    """The list is right, and the program that writes the file has a fault."""

    def replay(stage: Stage) -> str:
        good = FORMATS[FORMAT]

        def pieces(blocklist: BlockList, settings: object) -> Iterator[str]:
            yield from good.pieces(blocklist, settings)  # type: ignore[arg-type]
            yield "".join(f"{line}\n" for line in lines)

        stage.patch.setitem(FORMATS, FORMAT, replace(good, pieces=pieces))
        consumers.need("unbound", "unbound")
        return stage.publish(raw("evil.lab.org"), prove=prover(["unbound"]))

    return replay


def blocked_beside(stage: Stage) -> str:
    """The carrier blocks more than the order says; `verify` asks beside the listed name as well."""
    seen = [Seen("r1", Name("evil.lab.org"), True, "blocked")]
    if "verify" not in stage.disabled:
        seen.append(Seen("r1", Name("good.lab.org"), False, "blocked"))
    return "verify" if judge("full", seen).verdict == "over" else ""


def lifted(*names: str, gone: str) -> Replay:
    return lambda stage: stage.publish(raw(*names), gone=[gone])


INCIDENTS: list[tuple[int, str, str, Replay]] = [
    (1, "Safe Browsing 2009: `/` matched every address", "grammar", listed("/")),
    (1, "Safe Browsing 2009: an entry as broad as a top-level domain", "breadth", listed("com")),
    (1, "Safe Browsing 2009: an entry that blocks what must stay open", "canary", listed("com")),
    (2, "Denmark 2012: 8,000 good sites in one file", "adds", on_top_of(100, *many(8_000, 100))),
    (2, "Denmark 2012: search engines and networks among them", "protected", listed("google.com", "facebook.com")),
    (2, "Denmark 2012: the file lay in the folder, and carriers took it", "signature", dropped_into_the_folder),
    (2, "Denmark 2012: one person was enough", "approval", approved_by_one),
    (3, "IWF and an encyclopaedia 2008", "protected", listed("en.wikipedia.org", reach=Reach.HOST)),
    (3, "IWF and an encyclopaedia 2008: as a canary", "canary", listed("wikipedia.org")),
    (4, "Austria 2022: eleven addresses of a content network", "grammar", listed(*(f"192.0.2.{n}" for n in range(1, 12)))),
    (5, "Italy, February 2024: one address of a content network", "grammar", listed("198.51.100.7")),
    (6, "Italy, October 2024: a cloud's download host", "protected", listed("drive.usercontent.google.com")),
    (7, "Spain 2025: addresses by the thousand", "grammar", listed(*(f"203.0.113.{n}" for n in range(1, 200)))),
    (7, "Spain 2025: blocks that outlive the match", "expired", listed("match.lab.org", expires="2026-11-22")),
    (8, "Russia 2017: addresses that a listed name pointed at", "grammar", listed("evil.lab.org", "192.0.2.9")),
    (8, "Russia 2018: networks of millions", "grammar", listed("192.0.2.0/16")),
    (8, "Russia 2019: a listed name under a new owner", "expired", listed("sold.lab.org", expires="2026-11-23T13:59:59Z")),
    (9, "Korea 2019: a carrier blocked beyond the 895 ordered", "verify", blocked_beside),
    (10, "Malwarebytes 2022, Defender 2023: a search engine, a meeting service", "protected", listed("google.com", "zoom.us")),
    (10, "Malwarebytes 2022: as a canary", "canary", listed("example.com")),
    (11, "CrowdStrike 2024: the validator had a fault, so the file was never read", "parse_back", written("good.lab.org CNAME .")),
    (11, "CrowdStrike 2024: content is code, so it is run before it goes out", "proof", written("example.com CNAME .")),
    (12, "Quad9: a harmless name that was appealed and stayed listed", "delisted", lifted("harmless.lab.org", gone="harmless.lab.org")),
    (12, "Quad9: and by its parent", "delisted", lifted("lab.org", gone="harmless.lab.org")),
    (13, "URLhaus 2022: a trailing dot", "grammar", listed("evil.lab.org", "other.lab.org.")),
    (13, "URLhaus 2022: Unbound refused the whole zone, the checkers said OK", "proof", written("other.lab.org. CNAME .")),
    (13, "Unbound 1439: a record for the root", "proof", written(". CNAME .")),
    (14, "DNSBL, list the world: a wildcard answer", "grammar", listed("*")),
    (14, "DNSBL, list the world: everything there is", "canary", listed("com", "net", "org")),
    (14, "DNSBL, list the world: the wildcard as a canary sees it", "canary", listed("*")),
    (14, "DNSBL, its end: the list is empty from one day to the next", "empty", left_of(40, 0)),
    (14, "DNSBL, its end: most of it is gone", "removals", left_of(200, 60)),
]  # fmt: skip
EVERY = (*GUARDS, "signature", "verify")


@pytest.fixture(scope="module")
def never() -> Protected:
    return load_protected((), load_suffixes(), NOW, 400)


@pytest.fixture
def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, never: Protected) -> Stage:
    return Stage(tmp_path, monkeypatch, never)


def test_all_fourteen_are_here_and_every_guard_of_a_list_is_named() -> None:
    assert {row[0] for row in INCIDENTS} == set(range(1, 15))
    assert set(CHECKS) - {row[2] for row in INCIDENTS} == {"rolled_back"}, "which is about the way back"


each_incident = pytest.mark.parametrize(
    ("number", "what", "guard", "replay"), INCIDENTS, ids=[f"{r[0]}-{r[2]}" for r in INCIDENTS]
)


@each_incident
def test_an_incident_is_stopped_by_its_guard_alone(
    number: int, what: str, guard: str, replay: Replay, stage: Stage
) -> None:
    for other in EVERY:
        if other != guard:
            stage.off(other)
    assert replay(stage) == guard, (number, what)


@each_incident
def test_without_any_guard_it_goes_through(
    number: int, what: str, guard: str, replay: Replay, stage: Stage
) -> None:
    """The negative control."""
    for one in EVERY:
        stage.off(one)
    assert replay(stage) == "", (number, what)


@each_incident
def test_with_all_guards_it_is_stopped(
    number: int, what: str, guard: str, replay: Replay, stage: Stage
) -> None:
    assert replay(stage), (number, what)
