"""`show --replay`: what came of judging again, for people."""

from __future__ import annotations

from domainscan.cli import common
from domainscan.model import Assessment
from domainscan.scan.replay import Replay, replay
from domainscan.store import Store


def replayed_of(store: Store, settings: common.Settings, assessment: Assessment | None) -> Replay:
    """The judgement replayed. Ends the program with exit 2 where there is none."""
    if assessment is None:
        common.fail("there is no judgement to replay")
    return replay(store, assessment, settings.suffixes(), settings.config.net.max_body_bytes)


def print_replay(replayed: Replay) -> None:
    first = replayed.first_difference
    if replayed.identical:
        said = "the same, byte by byte"
    elif first is not None:
        said = f"not the same: {first.what}"
    else:
        said = "cannot be told: not everything it rested on was kept"
    print()
    common.say_lines(f"replay: {said}")
    for step in replayed.steps:
        common.say(f"  {step.what:<12}{step.state:<9}{step.detail}", 23)
