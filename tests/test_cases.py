"""show --at: the case as it stood then, and nothing that was not known yet."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from msgspec.structs import replace
from typer.testing import CliRunner

from domainscan.cli import app
from domainscan.model import (
    Assessment,
    Certificate,
    Check,
    Decision,
    Failure,
    Judgement,
    Name,
    Observation,
    Order,
    OrderItem,
    Page,
    Reach,
    Receipt,
)
from domainscan.store import decisions as rows
from domainscan.store import open_store
from domainscan.store.audit import record_event
from domainscan.store.cases import assign_case
from domainscan.store.checks import record_checks
from domainscan.store.findings import Finding, seal
from domainscan.store.orders import record_order, record_receipt
from domainscan.store.people import add_person, person_for_token
from domainscan.store.published import Published, record_published
from domainscan.store.reports import Report, record_reports
from domainscan.store.scans import ScanItem, begin_scan, plan_items, planned, record_shard

NAME = Name("alpha.lab")
NO_CERTIFICATE = Failure("not_run")
FIRST, SECOND, THIRD = "2026-11-01T10:00:00Z", "2026-11-02T10:00:00Z", "2026-11-05T10:00:00Z"
PROPOSED, APPROVED, APPEALED, CHECKED, LIFTED = (f"2026-11-03T{hour}:00:00Z" for hour in (10, 12, 13, 14, 16))

Show = Callable[..., Any]


def visit(
    scan: str, at: str, text: str, flagged: bool, certificate: Certificate | Failure = NO_CERTIFICATE
) -> Finding:
    page = Page(url="https://alpha.lab/", http_status=200, text=text, text_digest=f"sha256:{text}")
    seen = Observation(id=f"o-{at}", scan=scan, name=NAME, url="", at=at, status="observed", page=page,
                       certificate=certificate)  # fmt: skip
    judged = Assessment(
        id=f"a-{at}", observation=seen.id, name=NAME, at=at, pack="p", pack_digest="p", context_digest="c",
        content=f"sha256:{text}",
        judgements=(Judgement("H01", "critical", "high" if flagged else "low", 9.0, (), ()),), unknown=(),
    )  # fmt: skip
    return seal(1, seen, judged)


@pytest.fixture
def show(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Show:
    """`domainscan show alpha.lab` on a story: quiet, flagged, blocked, appealed, checked, lifted, gone quiet."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "none"))
    with open_store(tmp_path / "home") as store:
        for at, text, flagged in ((FIRST, "before", False), (SECOND, "offer", True), (THIRD, "sold", False)):
            scan = begin_scan(store, spec="{}", digest=at, now=at)
            plan_items(store, scan, [ScanItem(1, NAME, NAME, "", 0, "argument", "", "pending", "")])
            planned(store, scan)
            record_shard(store, scan, [visit(scan, at, text, flagged)], [], at)
        ann = person_for_token(store, str(add_person(store, "ann", "approver", None, FIRST)))
        add_person(store, "bob", "approver", ann, FIRST)
        asked = Decision(
            *(0, NAME, "block", Reach.HOST, "H01", "offers it", "2027-01-01", "ann", PROPOSED, ""),
            assessment=f"a-{SECOND}",
        )
        number = rows.insert_decision(store, asked).id
        assert rows.decide(store, number, "approved", "bob", APPROVED)
        rows.insert_appeal(store, NAME, number, "we sold it", "owner", APPEALED)
        record_checks(store, [Check("carrier-a", NAME, number, CHECKED, "full", "full")])
        assert rows.end_decision(store, number, "lifted", "ann", "sold", LIFTED)
        rows.close_appeals(store, [1], "upheld", "ann", "sold", LIFTED)
        assign_case(store, NAME, "bob")
        record_event(store, "ann", "case.assign", NAME, {"to": "bob"}, APPROVED)

    def run(*words: str) -> Result:
        return CliRunner().invoke(app, ["--home", str(tmp_path / "home"), "show", NAME, *words])

    return run


def at(show: Show, moment: str) -> Any:
    done = show("--json", *(["--at", moment] if moment else []))
    assert done.exit_code == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize(
    ("moment", "states", "checks", "visits", "flagged", "assigned", "appeal"),
    [
        ("2026-11-01", [], 0, 1, False, "", ""),
        ("2026-11-02", [], 0, 2, True, "", ""),
        ("2026-11-03T11:00:00Z", ["proposed"], 0, 2, True, "", ""),
        ("2026-11-03T12:30:00Z", ["approved"], 0, 2, True, "bob", ""),
        ("2026-11-03T13:30:00Z", ["approved"], 0, 2, True, "bob", "we sold it"),
        ("2026-11-03T15:00:00Z", ["approved"], 1, 2, True, "bob", "we sold it"),
        ("2026-11-03", ["lifted"], 1, 2, True, "bob", ""),
        ("2026-11-05", ["lifted"], 1, 3, False, "bob", ""),
        ("", ["lifted"], 1, 3, False, "bob", ""),  # the negative control: without --at everything is there
    ],
)
def test_a_case_is_shown_as_it_stood(
    show: Show, moment: str, states: list[str], checks: int, visits: int, flagged: bool, assigned: str, appeal: str
) -> None:  # fmt: skip
    found = at(show, moment)
    assert [one["state"] for one in found["decisions"]] == states
    assert [one["appeal"] for one in found["decisions"]] == [appeal] * len(states)
    assert (len(found["checks"]), len(found["visits"])) == (checks, visits)
    assert (found["flagged"], found["case"]["flagged"]) == (flagged, flagged)
    assert found["case"]["assigned"] == assigned
    assert found["case"]["visited"] == found["observation"]["at"] == (FIRST, SECOND, THIRD)[visits - 1]
    assert found["case"]["flagged_since"] == (SECOND if flagged else "")


def test_nothing_that_was_done_later_is_told(show: Show) -> None:
    (decision,) = at(show, "2026-11-03T11:00:00Z")["decisions"]
    assert (decision["approver"], decision["decided_at"], decision["ended_reason"]) == ("", "", "")
    text = show("--at", "2026-11-03T12:30:00Z").stdout
    assert "as of 2026-11-03T12:30:00Z" in text
    assert f"approved: offers it [ann proposed {PROPOSED}, bob decided {APPROVED}; expires 2027-01-01" in text
    assert "lifted" not in text
    assert "lifted" in show().stdout


def test_what_became_of_a_decision_is_told_below_it(show: Show, tmp_path: Path) -> None:
    with open_store(tmp_path / "home") as store:
        number = store.value("SELECT max(id) FROM decisions")
        for serial, names, when in ((1, (NAME,), CHECKED), (2, (), LIFTED)):
            record_published(store, Published("carrier-a", serial, "d", "/x", names, when))
        order = Order(
            *(1, "carrier-a", "draft", APPROVED, "bob"),
            items=(OrderItem("apply", number, NAME, Reach.HOST, "block", "H01", "2027-01-01"),),
        )
        record_order(store, order)
        record_order(store, replace(order, state="issued", issued_at=APPROVED, issued_by="bob", digest="d"))
        record_receipt(store, Receipt(1, "executed", CHECKED, "bob", "T-1"))
        record_checks(store, [Check("carrier-a", NAME, number, LIFTED, "lifted", "lifted")])
    rested = f"rests on assessment a-{SECOND}; lifted {LIFTED} by ann: sold]"
    below = (
        f"  appeal 1, {APPEALED}, by owner: we sold it [upheld {LIFTED} by ann: sold]",
        f"  carrier-a: on its list with release 1 of {CHECKED}, off it with 2 of {LIFTED}",
        f"  carrier-a: asked to apply by order 1, item 1, {APPROVED}: executed {CHECKED} (T-1)",
        f"  carrier-a: seen full {CHECKED}; lifted {LIFTED}",
    )
    lines = show().stdout.splitlines()
    decision = next(at for at, line in enumerate(lines) if line.startswith("decision "))
    assert lines[decision].endswith(rested)
    assert tuple(lines[decision + 1 : decision + 5]) == below
    then = show("--at", APPEALED).stdout.splitlines()[-2:]
    assert then == [
        f"  appeal 1, {APPEALED}, by owner: we sold it [open]",
        f"  carrier-a: asked to apply by order 1, item 1, {APPROVED}: no answer yet",
    ]
    found = at(show, "")
    assert [one["state"] for one in found["appeals"]] == ["upheld"]
    assert [(one["order"], one["status"]) for one in found["orders"]] == [(1, "executed")]
    assert found["lists"][0]["releases"][0]["off_serial"] == 2


def test_what_people_settled_no_longer_waits(show: Show, tmp_path: Path) -> None:
    proposed, approved = "2026-11-04T10:00:00Z", "2026-11-04T12:00:00Z"
    with open_store(tmp_path / "home") as store:
        asked = Decision(0, NAME, "none", Reach.HOST, "", "news", "", "ann", proposed, "")
        rows.decide(store, rows.insert_decision(store, asked).id, "approved", "bob", approved)
    assert at(show, "2026-11-04T11:00:00Z")["case"]["flagged_since"] == SECOND
    assert at(show, "2026-11-04T13:00:00Z")["case"]["flagged_since"] == ""


def test_what_changed_is_told_for_the_visit_shown(show: Show) -> None:
    assert at(show, "2026-11-01")["changes"] == ["this is the first visit"]
    assert at(show, "2026-11-02")["changes"] == ["the page's text changed", "H01 low became high"]


def test_visits_of_other_pages_are_no_change_of_this_one(program: Any) -> None:
    """The newest visit is compared with the last one of the same URL: a name has many, and each its own text."""
    name = "qingying-photo.lab"
    elsewhere = f"https://{name}/nowhere"
    told = []
    for candidate in (name, elsewhere, name):
        program.run("scan", candidate)
        told.append(program.json("show", name)["changes"])
        time.sleep(1.1)  # visits are told apart by the second
    assert told == [["this is the first visit"], [f"this is the first visit of {elsewhere}"], []]


def test_show_says_when_the_case_rests_on_another_visit_than_the_newest(program: Any) -> None:
    """The queue sends people to `show`, which had the newest visit alone: of a page where nothing is."""
    name = "qingying-photo.lab"
    program.run("scan", name)
    harm = program.json("show", name)
    assert harm["rests_on"] is None
    time.sleep(1.1)  # visits are told apart by the second
    program.run("scan", f"https://{name}/nowhere")
    case = program.json("show", name)
    at = max(harm["observation"]["at"], harm["assessment"]["made_at"])
    assert case["case"]["flagged"] and not case["flagged"]
    assert case["rests_on"] == {
        "at": at,
        "url": "",
        "observation": harm["observation"]["id"],
        "assessment": harm["assessment"]["id"],
        "categories": ["H01 high", "H08 medium", "H07 medium"],
    }
    shown = " ".join(program.run("show", name).stdout.split())
    assert (
        f"the case is flagged for another visit, {at} of the name alone: H01 high, H08 medium, H07 medium;"
        f" `domainscan show {name} --at {at}` has its reasons" in shown
    )
    assert program.json("show", name, "--at", at)["assessment"]["id"] == harm["assessment"]["id"]


def test_a_name_that_nobody_visited_needs_a_visit(show: Show, tmp_path: Path) -> None:
    done = CliRunner().invoke(
        app, ["--home", str(tmp_path / "home"), "show", "beta.lab", "--at", "2026-11-01"]
    )
    said = "error: beta.lab was never visited: `domainscan scan beta.lab` visits it\n"
    assert (done.exit_code, done.stderr) == (2, said)


GOOD = Certificate("alpha.lab", "the issuer", FIRST, FIRST)


@pytest.mark.parametrize(
    ("before", "after", "changes"),
    [
        (GOOD, replace(GOOD, problems=("untrusted",)), ["certificate: no problems became untrusted"]),
        (
            replace(GOOD, problems=("wrong_host", "expired")),
            GOOD,
            ["certificate: expired, wrong_host became no problems"],
        ),
        (GOOD, Failure("timeout"), ["certificate: no problems became timeout"]),
        (GOOD, replace(GOOD, not_before=SECOND), []),  # renewed, and trusted as before
        (NO_CERTIFICATE, NO_CERTIFICATE, []),
    ],
)
def test_a_certificate_that_lost_its_trust_is_among_what_changed(
    show: Show,
    tmp_path: Path,
    before: Certificate | Failure,
    after: Certificate | Failure,
    changes: list[str],
) -> None:
    with open_store(tmp_path / "home") as store:
        for moment, certificate in (("2026-11-06T10:00:00Z", before), ("2026-11-07T10:00:00Z", after)):
            scan = begin_scan(store, spec="{}", digest=moment, now=moment)
            plan_items(store, scan, [ScanItem(1, NAME, NAME, "", 0, "argument", "", "pending", "")])
            planned(store, scan)
            record_shard(store, scan, [visit(scan, moment, "sold", False, certificate)], [], moment)
    assert at(show, "")["changes"] == changes
    assert f"since the last visit: {'; '.join(changes) or 'nothing changed'}\n" in show().stdout


@pytest.mark.parametrize(
    ("moment", "visits"),
    [
        ("2026-11-02T10:00:00Z", 2),
        ("2026-11-02T10:00:00", 2),  # without a zone: UTC
        ("2026-11-02T18:00:00+08:00", 2),
        ("2026-11-02T17:59:59+08:00", 1),
        ("2026-11-02 10:00:00+00:00", 2),
        ("20261102", 2),  # a date means its end
    ],
)
def test_zones_and_dates_are_respected(show: Show, moment: str, visits: int) -> None:
    assert len(at(show, moment)["visits"]) == visits


@pytest.mark.parametrize(
    "moment",
    [
        *("yesterday", "2026-13-01", "2026-11-02T25:00:00Z", "0001-01-01T00:00:00+23:00"),
        "",  # an empty variable of a script: the case of today would be another answer
        "2026-W45",  # a week would be its Monday
    ],
)
def test_what_is_no_time_is_a_usage_error_with_an_example(show: Show, moment: str) -> None:
    done = show("--at", moment)
    assert done.exit_code == 2
    assert "2026-11-23T14:00:00Z" in done.stderr


def test_a_moment_to_come_is_told(show: Show) -> None:
    done = show("--at", "2999-01-01")
    assert done.exit_code == 0
    assert done.stderr == "2999-01-01T23:59:59Z is still to come: this is the case as it is now\n"
    assert show("--at", "2026-11-23").stderr == ""


def test_before_the_first_visit_there_is_no_case(show: Show) -> None:
    done = show("--at", "2026-10-31")
    assert done.exit_code == 2
    assert done.stderr == (
        f"error: alpha.lab was first visited {FIRST}, after 2026-10-31T23:59:59Z: "
        f"`domainscan show alpha.lab --at {FIRST}` shows it as it was then, `domainscan show alpha.lab` as it is now\n"
    )
    assert show("--at", FIRST).exit_code == show().exit_code == 0  # both ways out lead somewhere


def tip(at: str, text: str, name: Name = NAME) -> Report:
    return Report(0, name, "", "H01", text, "hotline", "+86 000", at)


def test_a_case_tells_what_was_reported_and_not_by_whom(show: Show, tmp_path: Path) -> None:
    """A thousand who say the same are one line. See it fail: leave out `tips_shown`."""
    tips = [tip(FIRST, f"text {n}") for n in range(7)] + [tip(THIRD, "it undresses")] * 1000
    tips.insert(7, tip(SECOND, "long " * 9_000))
    with open_store(tmp_path / "home") as store:
        record_reports(store, [*tips, tip(THIRD, "another site", Name("beta.lab"))])
    assert [one["text"] for one in at(show, "2026-11-01")["reports"]] == [
        f"text {n}" for n in (6, 5, 4, 3, 2, 1, 0)
    ]
    assert "+86" not in show().stdout + show("--json").stdout, "how to reach who reports stays with the desk"
    lines = show().stdout.splitlines()
    start = lines.index(f"reported 1,008 times, the first {FIRST}: by hotline 1,008; named: H01 1,008")
    assert lines[start + 1] == f"  {THIRD} hotline (1,000 times): it undresses"
    assert lines[start + 2] == f"  {SECOND} hotline: {'long ' * 80}…"
    assert lines[start + 6] == "  and 4 other texts: domainscan report list alpha.lab"


def test_a_name_that_was_reported_and_not_visited_says_so(show: Show, tmp_path: Path) -> None:
    with open_store(tmp_path / "home") as store:
        record_reports(store, [tip(THIRD, "seen", Name("beta.lab"))])
    done = CliRunner().invoke(app, ["--home", str(tmp_path / "home"), "show", "beta.lab"])
    assert done.stderr == (
        "error: beta.lab was never visited, and reported 1 time: `domainscan scan beta.lab` visits it\n"
    )


def test_a_tip_on_a_known_name_says_what_became_of_it(show: Show, tmp_path: Path) -> None:
    said = [
        CliRunner()
        .invoke(app, ["--home", str(tmp_path / "home"), "report", "add", name, "--text", "x"])
        .stderr
        for name in ("alpha.lab", "beta.lab")
    ]
    assert said == ["report 1 recorded for alpha.lab, so far: lifted\n", "report 2 recorded for beta.lab\n"]


def test_a_page_that_another_site_served_says_whom_to_scan(show: Show, tmp_path: Path) -> None:
    """What a short link leads to is not the short link's: it is no part of its judgement."""
    at_last = "2026-11-06T10:00:00Z"
    with open_store(tmp_path / "home") as store:
        scan = begin_scan(store, spec="{}", digest=at_last, now=at_last)
        plan_items(store, scan, [ScanItem(1, NAME, NAME, "", 0, "argument", "", "pending", "")])
        planned(store, scan)
        made = visit(scan, at_last, "elsewhere", False)
        seen = made.observation()
        assert isinstance(seen.page, Page)
        moved = replace(seen, page=replace(seen.page, url="https://offers.example/a"))
        record_shard(store, scan, [seal(1, moved, None)], [], at_last)
    assert at(show, "")["leads_to"] == "https://offers.example/a"
    assert "another site, not judged here: domainscan scan https://offers.example/a" in show().stdout
    assert at(show, THIRD)["leads_to"] == ""
