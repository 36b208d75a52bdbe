"""Append-only visits, and the slice of history that a judgement may use."""

from __future__ import annotations

import pytest

from blocklists.suffixes import load_suffixes
from domainscan.model import Visit, content_digest
from domainscan.store import StoreFailed
from domainscan.store.features import features_of
from domainscan.store.histories import histories, history
from domainscan.store.observations import (
    assessments,
    insert_features,
    latest,
    load_assessment,
    load_observation,
    observations,
)
from domainscan.store.packing import pack, unpack

MONDAY, TUESDAY, WEDNESDAY = (f"2026-11-{day}T12:00:00Z" for day in (23, 24, 25))
LONG = "an offered capability in a text of some length. " * 10


def test_a_visit_and_its_judgement_come_back_as_they_were(desk) -> None:
    seen, judged = desk.visit("alpha.lab", ("H01", "high"), ("H08", "medium"))
    assert load_observation(desk.store, seen.id) == seen
    assert load_assessment(desk.store, judged.id) == judged


def test_latest_is_the_newest_visit_whatever_its_url_and_can_be_asked_as_of_a_moment(desk) -> None:
    monday = desk.visit("alpha.lab", at=MONDAY)
    tuesday = desk.visit("alpha.lab", at=TUESDAY, url="https://alpha.lab/offer")
    late = desk.visit("alpha.lab", at="2026-11-22T00:00:00Z", url="https://alpha.lab/late")
    assert latest(desk.store, "alpha.lab") == tuesday
    assert latest(desk.store, "alpha.lab", MONDAY) == monday
    assert latest(desk.store, "alpha.lab", "2026-11-22T10:00:00Z") == late
    assert latest(desk.store, "alpha.lab", "2026-11-01T00:00:00Z") is None
    assert latest(desk.store, "beta.lab") is None


def test_visits_are_listed_oldest_first(desk) -> None:
    for at in (TUESDAY, MONDAY):
        desk.visit("alpha.lab", at=at)
    desk.visit("beta.lab")
    assert [one.at for one in observations(desk.store, "alpha.lab")] == [MONDAY, TUESDAY]
    assert [one.at for one in assessments(desk.store, "alpha.lab")] == [MONDAY, TUESDAY]


def test_history_holds_what_was_known_before_a_moment_and_nothing_later(desk) -> None:
    first, _ = desk.visit("alpha.lab", at=MONDAY, text=LONG)
    desk.visit("alpha.lab", at=TUESDAY, status="failed")
    known = history(desk.store, "alpha.lab", TUESDAY)
    assert known.visits == (Visit(MONDAY, "observed", content_digest(first), "ok"),)
    assert history(desk.store, "alpha.lab", MONDAY).visits == ()
    later = history(desk.store, "alpha.lab", WEDNESDAY)
    assert [(one.status, one.page) for one in later.visits] == [("observed", "ok"), ("failed", "timeout")]


def test_the_same_slice_has_the_same_digest_after_later_visits(desk) -> None:
    desk.visit("alpha.lab", at=MONDAY)
    before = history(desk.store, "alpha.lab", TUESDAY).digest()
    desk.visit("alpha.lab", at=WEDNESDAY)
    desk.visit("beta.lab", at=WEDNESDAY, text=LONG)
    assert history(desk.store, "alpha.lab", TUESDAY).digest() == before


def test_histories_of_many_names_are_those_of_each(desk) -> None:
    desk.visit("alpha.lab", at=MONDAY)
    both = histories(desk.store, ["alpha.lab", "beta.lab"], TUESDAY)
    assert both == {name: history(desk.store, name, TUESDAY) for name in ("alpha.lab", "beta.lab")}


def test_histories_asked_for_together_are_those_of_each_name_alone(desk) -> None:
    filed = LONG + "京ICP备2023012345号-1"
    for name in ("alpha.lab", "beta.lab"):
        for at in (MONDAY, TUESDAY):
            desk.visit(name, at=at, text=filed)
    desk.visit("gamma.lab", at=MONDAY, status="dead")
    names = ["beta.lab", "alpha.lab", "new.lab", "gamma.lab", "alpha.lab"]
    found = histories(desk.store, names, WEDNESDAY)
    assert list(found) == ["beta.lab", "alpha.lab", "new.lab", "gamma.lab"]
    assert [len(one.visits) for one in found.values()] == [2, 2, 0, 1]
    assert [len(one.owners) for one in found.values()] == [2, 2, 0, 0]
    assert found == {name: history(desk.store, name, WEDNESDAY) for name in found}


def test_a_history_holds_the_newest_hundred_visits_of_each_name(desk) -> None:
    for minute in range(102):
        for name in ("alpha.lab", "beta.lab"):
            desk.visit(name, at=f"2026-11-23T{10 + minute // 60}:{minute % 60:02}:00Z", status="dead")
    found = histories(desk.store, ["alpha.lab", "beta.lab"], TUESDAY)
    assert set(found) == {"alpha.lab", "beta.lab"}
    for one in found.values():
        assert len(one.visits) == 100
        assert (one.visits[0].at, one.visits[-1].at) == ("2026-11-23T10:02:00Z", "2026-11-23T11:41:00Z")


def test_owners_are_the_names_that_showed_the_same_registration_number(desk) -> None:
    filed = LONG + "京ICP备2023012345号-1"
    desk.visit("alpha.lab", at=MONDAY, text=filed)
    seen, _ = desk.visit("beta.lab", at=TUESDAY, text=filed)
    numbers = [value for kind, value in features_of(seen) if kind == "number"]
    assert len(numbers) == 1
    assert history(desk.store, "beta.lab", WEDNESDAY).owners == (
        (numbers[0], "alpha.lab"),
        (numbers[0], "beta.lab"),
    )
    assert history(desk.store, "new.lab", TUESDAY, seen).owners == ((numbers[0], "alpha.lab"),)
    assert history(desk.store, "new.lab", TUESDAY).owners == ()
    desk.visit("www.alpha.lab", at=TUESDAY, text=filed)
    folded = history(desk.store, "beta.lab", WEDNESDAY, suffixes=load_suffixes(["lab"])).owners
    assert folded == ((numbers[0], "alpha.lab"), (numbers[0], "beta.lab"))


def test_sites_of_one_subject_share_its_number_and_older_rows_count(desk) -> None:
    desk.visit("alpha.lab", at=MONDAY, text=LONG + "京ICP备2023012345号-1")
    with desk.store.writing():
        insert_features(desk.store, [("number", "京ICP备2023012345号-9A", "older.lab", MONDAY)])
        insert_features(desk.store, [("number", "京ICP备20230123456号-1", "another.lab", MONDAY)])
    seen, _ = desk.visit("beta.lab", at=TUESDAY, text=LONG + "京ICP备2023012345号-2")
    base = "京ICP备2023012345号"
    assert history(desk.store, "new.lab", TUESDAY, seen).owners == ((base, "alpha.lab"), (base, "older.lab"))


def test_the_number_of_a_model_that_many_services_show_makes_nobody_kin(observation) -> None:
    seen = observation("alpha.lab", text=LONG + "Beijing-LabModel-20260801 网信算备310104999900001260015号")
    assert [value for kind, value in features_of(seen) if kind == "number"] == []


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE {} SET name = 'victim.lab'",
        "DELETE FROM {}",
    ],
)
@pytest.mark.parametrize("table", ["observations", "assessments"])
def test_what_was_seen_and_judged_is_never_changed(desk, table: str, statement: str) -> None:
    desk.visit("alpha.lab")
    with pytest.raises(Exception, match="never"):
        desk.store.db.execute(statement.format(table))
    assert desk.store.value(f"SELECT name FROM {table}") == "alpha.lab"


def test_a_damaged_record_is_an_error_not_a_guess(observation) -> None:
    whole = pack(observation())
    with pytest.raises(StoreFailed, match="stored Observation is damaged"):
        unpack(whole[:-9], type(observation()))
