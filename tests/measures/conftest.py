"""A desk with two people, names they have visited, and what they decided about them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from typer.testing import CliRunner, Result

from blocklists.suffixes import Suffixes, load_suffixes
from domainscan.cli import app, common
from domainscan.lab.carriers import Carrier, available_engine, start_carrier
from domainscan.lab.internet import Lab, serve_in_thread
from domainscan.model import (
    Answers,
    Assessment,
    Certificate,
    Decision,
    Hop,
    Judgement,
    Lookup,
    Name,
    Observation,
    Page,
    Reach,
    Registration,
    content_digest,
    observation_id,
)
from domainscan.store import Store, open_store
from domainscan.store.audit import record_event
from domainscan.store.decisions import decide, end_decision, insert_decision, load_decision
from domainscan.store.findings import seal
from domainscan.store.people import add_person
from domainscan.store.scans import ScanItem, begin_scan, plan_items, planned, record_shard

NOW = "2026-11-23T15:00:00Z"


def make_observation(name: str, *addresses: str, scan: str = "s", **fields: Any) -> Observation:
    """A visit that the first address answered."""
    places = addresses or ("192.0.2.10",)
    url = f"https://{name}/"
    made = Observation(
        id=observation_id(scan, name, ""),
        scan=scan,
        name=Name(name),
        url="",
        at=NOW,
        status="observed",
        resolution=(Lookup("A", Answers(places)),),
        hops=(Hop(url, places[0], 200),),
        page=Page(url=url, http_status=200, title=f"Title of {name}", text_digest="sha256:text"),
        certificate=Certificate("CN=x", "CN=y", NOW, NOW, names=(name,), names_total=1),
        registration=Registration(Name(name), registrar="Lab Registrar One"),
    )
    return replace(made, **fields)


def make_decision(**fields: Any) -> Decision:
    """An approved block of one host that has long to go."""
    about = {
        "id": 1, "name": Name("alpha.example"), "measure": "block", "reach": Reach.HOST, "category": "H01",
        "reason": "offers the harm at /", "expires": "2027-02-21", "proposer": "lin", "proposed_at": NOW,
        "state": "approved", "approver": "wei", "decided_at": NOW,
    }  # fmt: skip
    return Decision(**about | fields)


class Office:
    """A store with two people, and the moves that tests begin with."""

    def __init__(self, store: Store) -> None:
        self.store, self.now = store, NOW
        roles = {"lin": "reviewer", "wei": "approver"}
        self.tokens = {one: str(add_person(store, one, role, None, NOW)) for one, role in roles.items()}
        self.scans = 0

    def visit(self, name: str, *addresses: str, **fields: Any) -> Assessment:
        """A recorded visit and its judgement."""
        self.scans += 1
        scan = begin_scan(self.store, spec="{}", digest=f"d{self.scans}", now=NOW)
        plan_items(self.store, scan, [ScanItem(0, name, name, "", 0, "argument", "")])
        planned(self.store, scan)
        seen = make_observation(name, *addresses, scan=scan, **fields)
        judged = Assessment(
            f"a{seen.id}", seen.id, seen.name, NOW, "p", "sha256:p", "sha256:c",
            (Judgement("H01", "critical", "high", 9.0, ("page", "name"), ()),), (), content_digest(seen),
        )  # fmt: skip
        record_shard(self.store, scan, [seal(0, seen, judged)], [], NOW)
        return judged

    def decide(self, name: str, measure: str = "block", reach: Reach = Reach.HOST, **fields: Any) -> Decision:
        """A decision of two people on a name, visited before; `visit` are the addresses of that visit."""
        judged = self.visit(name, *fields.pop("visit", ()), **fields.pop("seen", {}))
        asked = make_decision(
            name=Name(name), measure=measure, reach=reach, state="proposed", assessment=judged.id, **fields
        )
        made = insert_decision(self.store, asked)
        assert decide(self.store, made.id, "approved", "wei", self.now)
        return self._log("wei", "decision.approve", made.id)

    def lift(self, decision: Decision, reason: str = "the operator removed the offer") -> None:
        assert end_decision(self.store, decision.id, "lifted", "lin", reason, self.now)
        self._log("lin", "decision.lift", decision.id)

    def _log(self, actor: str, action: str, number: int) -> Decision:
        """The decision as it is now, with the row of the log that the desk would have written."""
        made = load_decision(self.store, number)
        words = ("measure", "reach", "category", "reason", "expires", "proposer", "state", "assessment")
        detail = {"decision": number} | {word: str(getattr(made, word)) for word in words}
        record_event(self.store, actor, action, made.name, detail, self.now)
        return made


PROVIDERS = {"east": "cut-403", "south": "cut-302", "west": "cut-reset"}
PLACES = (  # name, provider, behaviour
    ("one", "east", "page"),
    ("shop.one", "east", "page"),
    ("two", "south", "page"),
    ("three", "west", "page"),
    ("quiet", "east", "page"),
    ("wild", "east", "wildcard"),
    ("gone", "east", "dead"),
    ("plain", "east", "http-only"),
)


def sites() -> str:
    lines = [
        f'[[provider]]\nkey = "{key}"\nname = "{key}"\nfingerprint = "{sign}"'
        for key, sign in PROVIDERS.items()
    ]
    lines += [
        f'[[site]]\nname = "{name}.lab"\nprovider = "{provider}"\nbehaviour = "{behaviour}"\n'
        'pages = { "/" = "p.html" }'
        for name, provider, behaviour in PLACES
    ]
    return "\n".join(lines)


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    folder = tmp_path_factory.mktemp("sites")
    (folder / "sites.toml").write_text(sites(), "utf-8")
    (folder / "p.html").write_text("<!doctype html><title>Page</title><p>A page.", "utf-8")
    with serve_in_thread([folder], tmp_path_factory.mktemp("lab")) as running:
        yield running


@pytest.fixture(params=sorted({available_engine(), "lab"}))
def carrier(request: pytest.FixtureRequest, lab: Lab, tmp_path: Path) -> Iterator[Carrier]:
    """A resolver that enforces the zones it is given: the lab's own, and the most real one installed."""
    with start_carrier(
        request.param, None, "rpz", lab.resolvers[0], "127.77.0.61:0", tmp_path / "c"
    ) as running:
        yield running


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(tmp_path / "home") as opened:
        yield opened


@pytest.fixture
def office(store: Store) -> Office:
    return Office(store)


@pytest.fixture
def observation() -> Callable[..., Observation]:
    return make_observation


@pytest.fixture
def decision() -> Callable[..., Decision]:
    return make_decision


@pytest.fixture(scope="session")
def suffixes() -> Suffixes:
    return load_suffixes(("lab", "pages.lab"))


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The program's clock: `clock[0] = ...` sets it."""
    times = [NOW]
    monkeypatch.setattr(common.Settings, "now", lambda self: times[0])
    return times


@pytest.fixture
def wait(office: Any, clock: list[str]) -> Callable[[float], None]:
    """Moves the desk's clock on."""

    def move(minutes: float) -> None:
        moment = datetime.fromisoformat(clock[0]) + timedelta(minutes=minutes)
        office.now = clock[0] = moment.strftime("%Y-%m-%dT%H:%M:%SZ")

    return move


@pytest.fixture
def config_text(request: pytest.FixtureRequest) -> str:
    """The config.toml that the programs of a test module read: its CONFIG."""
    return str(request.module.CONFIG)


@pytest.fixture
def run(
    office: Office, tmp_path: Path, clock: list[str], config_text: str, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Result]:
    """`domainscan` in this test's home; a code other than the wanted one fails with what was printed."""
    config = tmp_path / "config.toml"
    config.write_text(config_text, "utf-8")
    monkeypatch.delenv("DOMAINSCAN_TOKEN", raising=False)

    def call(*words: str, code: int = 0, token: str = "") -> Result:
        words = ("--config", str(config), "--home", str(office.store.home), *words)
        result = CliRunner().invoke(app, words, env={"DOMAINSCAN_TOKEN": token} if token else None)
        assert result.exit_code == code, (result.stderr, result.output, result.exception)
        return result

    return call
