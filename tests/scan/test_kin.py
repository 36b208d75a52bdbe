"""Kin from end to end: a mirror is known on its first visit, proposed by the source `kin`, and shown with its case."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from time import sleep
from typing import Any

import pytest

from domainscan.lab.internet import Lab, serve_in_thread
from domainscan.model import Decision, Name, Reach
from domainscan.read.likeness import icon_hash
from domainscan.store import open_store
from domainscan.store.decisions import decide, insert_decision

ICON = b"\x00\x00\x01\x00" + bytes(range(256))
PLAN = "<div><h3>Plan {n}</h3><p>What is in plan number {n}, week by week.</p><a href='/p{n}'>More</a></div>"
CARDS = "".join(PLAN.format(n=n) for n in range(9))
SCRIPT = '<script>gtag("config", "G-QH12QH34QH")</script><link rel="icon" href="/i.ico">'
OFFER = "<h1>Nudify any photo of anyone</h1><p>Remove clothes from a photo of any woman. 5 credits. Upload now.</p>"
MOVED = "<p>Backup domain: quiet-three.lab, and for the rest see quiet-four.lab</p>"
EVASIVE = (
    "<h1>The picture tool</h1><p>You know what it does, and so do those who came.</p><p>Ask for the list.</p>"
)
OTHER = (
    "<h1>A bakery</h1><p>Bread, cakes and coffee from six in the morning.</p>" + "<p>Fresh rolls.</p>" * 30
)


def kit(words: str, contact: str = "https://t.me/quiet_club") -> str:
    body = f"{words}{CARDS}<a href='{contact}'>Write to us</a>"
    return f"<!doctype html><html lang='en'><head><title>t</title>{SCRIPT}</head><body>{body}</body></html>"


PAGES = {
    "quiet-one.lab": kit(OFFER + MOVED),  # decided against
    "quiet-two.lab": kit(EVASIVE),  # its mirror, in words that no offer matches
    "template.lab": kit(EVASIVE, "/contact"),  # the account and the kit, another contact
    "quiet-three.lab": kit(OTHER),  # announced by it
    "bakery.lab": f"<html><head>{SCRIPT}</head><body>{OTHER}</body></html>",  # one shared account, another kit
    "unrelated.lab": f"<html><body>{OTHER}</body></html>",
}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    folder = tmp_path_factory.mktemp("sites")
    (folder / "i.ico").write_bytes(ICON)
    tables = []
    for name, body in PAGES.items():
        (folder / f"{name}.html").write_text(body)
        pages = f'{{ "/" = "{name}.html", "/i.ico" = "i.ico" }}'
        tables.append(f'[[site]]\nname = "{name}"\npages = {pages}\n')
    (folder / "sites.toml").write_text("\n".join(tables))
    with serve_in_thread((folder,), tmp_path_factory.mktemp("lab")) as lab:
        yield lab


class Story:
    """The program in a home of its own: a site is scanned and decided against, then its neighbours are first seen."""

    def __init__(self, world: Lab, folder: Path) -> None:
        self.home, self._config = folder / "home", folder / "config.toml"
        self._config.write_text(world.config_text(), "utf-8")

    def tell(self) -> Story:
        self.first = self.scan("quiet-one.lab", "unrelated.lab")
        self.decide("quiet-one.lab")
        self.then = self.scan("quiet-two.lab", "template.lab", "bakery.lab", "unrelated.lab")
        return self

    def run(self, *words: str, **environment: str) -> str:
        command = [
            sys.executable,
            "-m",
            "domainscan",
            "--config",
            str(self._config),
            "--home",
            str(self.home),
            *words,
        ]
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=120, check=False, env=os.environ | environment
        )
        assert done.returncode in (0, 3), done.stderr
        return done.stdout

    def scan(self, *words: str, **environment: str) -> dict[str, dict[str, Any]]:
        return {
            one["name"]: one
            for one in map(json.loads, self.run("scan", *words, "--jsonl", **environment).splitlines())
        }

    def decide(self, name: str) -> None:
        at = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        with open_store(self.home) as store:
            for person, role in (("rita", "reviewer"), ("bob", "approver")):
                store.db.execute(
                    "INSERT INTO people (id, role, state, added) VALUES (?, ?, 'active', ?)",
                    (person, role, at),
                )
            judged = store.value("SELECT assessment FROM latest WHERE name = ?", name)
            proposal = Decision(0, Name(name), "block", Reach.HOST, "H01", "seen", "2099-01-01", "rita", at,
                                "proposed", assessment=judged)  # fmt: skip
            assert decide(store, insert_decision(store, proposal).id, "approved", "bob", at)
        sleep(1.1)  # times in the store are whole seconds: what follows is later


@pytest.fixture(scope="module")
def story(world: Lab, tmp_path_factory: pytest.TempPathFactory) -> Story:
    return Story(world, tmp_path_factory.mktemp("story")).tell()


def kin_rules(record: dict[str, Any]) -> dict[str, list[str]]:
    found = (rule for one in record["categories"].values() for rule in one["rules"])
    return {rule["rule"]: rule["evidence"] for rule in found if rule["kind"] == "kin"}


def test_the_original_is_flagged_for_itself_and_its_icon_is_hashed(story: Story) -> None:
    seen = story.first["quiet-one.lab"]
    assert seen["flagged"]
    assert kin_rules(seen) == {}
    assert (seen["icon"]["hash"], seen["icon"]["size"]) == (icon_hash(ICON), len(ICON))
    assert story.first["unrelated.lab"]["icon"] == {"type": "failure", "status": "not_run", "detail": ""}


def test_a_mirror_in_other_words_is_flagged_on_its_first_visit_and_says_whose_kin_it_is(story: Story) -> None:
    seen = story.then["quiet-two.lab"]
    (told,) = kin_rules(seen)["H01-K2"]
    assert told.startswith(
        "quiet-one.lab (H01): analytics:google:G-QH12QH34QH, contact:telegram:quiet_club, shape64"
    )
    assert seen["categories"]["H01"]["confidence"] == "medium"
    assert seen["categories"]["H01"]["kinds"] == ["kin"]
    assert seen["flagged"]


def test_account_and_kit_are_shown_and_flag_nobody_whose_page_offers_nothing(story: Story) -> None:
    seen = story.then["template.lab"]
    assert kin_rules(seen).keys() == {"ANY-K1", "H01-K1"}
    assert seen["categories"]["H01"]["confidence"] == "low"
    assert not seen["flagged"]


def test_who_was_seen_before_the_case_was_decided_is_its_kin_when_his_unchanged_page_is_seen_again(
    world: Lab, tmp_path: Path
) -> None:
    story = Story(world, tmp_path)
    before = story.scan("quiet-one.lab", "quiet-two.lab")
    assert kin_rules(before["quiet-two.lab"]) == {}
    story.decide("quiet-one.lab")
    after = story.scan("quiet-two.lab")
    assert after["quiet-two.lab"]["page"]["received"], "its page was not read again"
    assert "H01-K2" in kin_rules(after["quiet-two.lab"])


@pytest.mark.parametrize("name", ["bakery.lab", "unrelated.lab"])
def test_one_shared_account_or_nothing_shared_flags_nobody(story: Story, name: str) -> None:
    assert not story.then[name]["flagged"]
    assert kin_rules(story.then[name]) == {}


def test_show_lists_kin_with_what_is_shared(story: Story) -> None:
    document = json.loads(story.run("show", "quiet-two.lab", "--json"))
    nearest = document["kin"][0]
    assert (nearest["name"], nearest["weight"], nearest["decided"]) == ("quiet-one.lab", 2.5, True)
    assert "bakery.lab" in [one["name"] for one in document["kin"]]
    text = story.run("show", "quiet-two.lab")
    assert "kin: names that show the same" in text
    assert (
        "2.5 quiet-one.lab (decided: H01): analytics:google:G-QH12QH34QH, contact:telegram:quiet_club, shape64"
        in text
    )


def test_the_source_kin_proposes_what_the_case_announces_and_says_why(story: Story) -> None:
    found = story.scan("--source", "kin")
    assert sorted(found) == ["quiet-four.lab", "quiet-three.lab"], "the mirror was looked at since"
    assert found["quiet-three.lab"]["source"] == "kin"
    told = found["quiet-three.lab"]["detail"]
    assert told == "kin of quiet-one.lab (H01): announced on its page, backup domain"
    assert story.scan("--source", "kin") == {}, "now they were looked at"


@pytest.mark.parametrize(
    ("wanted", "flagged_one", "other"),
    [("none", "not_run", "not_run"), ("all", icon_hash(ICON), "not_applicable")],
)
def test_whose_icons_are_fetched_is_the_desks_choice(
    story: Story, wanted: str, flagged_one: str, other: str
) -> None:
    """unrelated.lab names no icon, and has none at the usual place: asked for only where all are."""
    seen = story.scan("quiet-one.lab", "unrelated.lab", DOMAINSCAN_NET_FAVICONS=wanted)
    icons = {name: record["icon"].get("hash", record["icon"].get("status")) for name, record in seen.items()}
    assert icons == {"quiet-one.lab": flagged_one, "unrelated.lab": other}
