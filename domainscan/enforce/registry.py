"""What the registry and the DNS say of a name that a registrar was asked to suspend.

A name that does not resolve may be dead for other reasons: only the registry's hold shows a suspension.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from domainscan.enforce.carriers import Asker, Want
from domainscan.enforce.verdicts import Seen, Verdict, judge
from domainscan.model import Answers, Failure, Name, Registration
from domainscan.net.fetch import Fetcher
from domainscan.net.rdap import ask
from domainscan.read.rdap import read_registration

HOLDS: Final = ("client hold", "server hold")  # RFC 8056: EPP clientHold and serverHold as RDAP spells them


async def check_registry(
    wants: Sequence[Want], control: Asker, fetcher: Fetcher, service: str
) -> list[Verdict]:
    """One verdict per measure, in order. `service` is the RDAP service to ask; "" for the registry's own."""
    return [judge(want.wanted, (await _see(want.name, control, fetcher, service),)) for want in wants]


async def _see(name: Name, control: Asker, fetcher: Fetcher, service: str) -> Seen:
    found = await _registration(name, control, fetcher, service)
    resolves = any(isinstance(one, Answers) for one in await control.ask(name))
    state, detail = state_of(found, resolves)
    words = "resolves" if resolves else "does not resolve"
    return Seen("the registry", name, True, state, f"{detail}; {words}")


def state_of(found: Registration | Failure, resolves: bool) -> tuple[str, str]:
    """(state of a name, why): from the registry's answer, and whether the name resolves."""
    if isinstance(found, Failure):
        return "same" if resolves else "silent", f"registry: {found.status}"
    if holds := [one for one in found.statuses if one.casefold() in HOLDS]:
        return "mixed" if resolves else "blocked", ", ".join(holds)
    return "same" if resolves else "silent", "no hold"


async def _registration(name: Name, control: Asker, fetcher: Fetcher, service: str) -> Registration | Failure:
    answer = await ask(name, fetcher, control.resolver, service)
    if isinstance(answer, Failure):
        return answer
    source, data = answer
    return read_registration(data, domain=name, source=source)
