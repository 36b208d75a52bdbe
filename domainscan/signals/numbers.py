"""The registration numbers of a page, each with its standing: what official lists and the history say of it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final

from msgspec.structs import replace

from domainscan.model import Failure, History, Observation, Page, Record
from domainscan.read.codes import PROVINCES
from domainscan.read.kinds import MALFORMED, SITE_BOUND, WELL_FORMED, Identifier
from domainscan.read.near import places_of
from domainscan.read.registers import VALID, About, Listed
from domainscan.signals.context import Context, once

VERIFIED: Final = "verified"
MISMATCH: Final = "owner_mismatch"
STATES: Final[dict[str, str]] = {
    "absent": "a service for the mainland shows no number",
    MALFORMED: "no number of this kind is written so",
    WELL_FORMED: "its form is right; whose it is, nobody looked up",
    VERIFIED: "an official list has it, for this site or for the owner that the page names",
    MISMATCH: "a list gives it to somebody else, or another registrable domain showed it",
    "cancelled": "an official list says that it was cancelled",
    "expired": "an official list says that it has expired",
}
FILED: Final = (
    "icp",
    "icp_licence",
    "telecom_licence",
    "public_security",
    "algorithm_filing",
    "generative_filing",
    "generative_registration",
)
_OPERATOR_REACH: Final = 60  # characters around a copyright line in which the operator is named
_OPERATOR_PLACES: Final = 50  # of such lines, at most
_OPERATOR_SIGNS: Final = (
    "©",
    "版权所有",
    "opyright",
    "主办单位",
    "运营主体",
    "运营单位",
    "公司名称",
    "主体名称",
)
_COMPANY: Final = re.compile(
    r"[\u4e00-\u9fff（）()·]{2,30}(?:有限责任公司|有限公司|股份公司|研究院|研究所|大学|委员会|事务所)"
)
_BLANKS: Final = re.compile(r"\s+")


class Standing(Record, frozen=True):
    """A number, its state, and what that rests on. `register`: a list says so, not the history alone."""

    identifier: Identifier
    state: str  # a key of STATES
    remark: str
    register: bool = False
    borrowed: bool = False  # a filed model's number on a service of somebody whom the list does not name
    unlisted: bool = False  # older than a complete list that lacks it

    def __str__(self) -> str:
        said = f": {self.remark}" if self.remark else ""
        return f"{self.identifier.kind} {self.identifier.value} {self.state.replace('_', ' ')}{said}"

    @property
    def fit(self) -> bool:
        """Whether the number speaks for the site as far as anybody knows."""
        doubted = self.borrowed or self.unlisted or (self.state == MISMATCH and self.register)
        return not doubted and self.state in (WELL_FORMED, VERIFIED, MISMATCH)


@once
def standings(observation: Observation, context: Context) -> tuple[Standing, ...] | Failure:
    """Each registration number of the candidate's own page, with its standing by the registers of the pack alone."""
    page = context.page(observation)
    if isinstance(page, Failure):
        return page
    found = context.vocabulary.read(page).identifiers
    mine = context.suffixes.registrable(observation.name) or observation.name
    return tuple(_standing(one, page, mine, context) for one in found)


def _standing(one: Identifier, page: Page, mine: str, context: Context) -> Standing:
    if one.state == MALFORMED:
        return Standing(one, MALFORMED, one.detail)
    rows = context.vocabulary.registers.find(one.kind, one.value)
    if rows:
        return _listed(one, rows, page, mine, context)
    holding = context.vocabulary.registers.holding(one.kind)
    remark = f"in no list ({holding[0]})" if holding else ""
    return Standing(
        one, WELL_FORMED, remark, unlisted=any(about.complete and _older(one, about) for about in holding)
    )


def questioned(observation: Observation, context: Context) -> tuple[Standing, ...] | Failure:
    """As `standings`, with what the history asks: who else showed a number that no list gives to this site."""
    found = standings(observation, context)
    if isinstance(found, Failure):
        return found
    mine = context.suffixes.registrable(observation.name) or observation.name
    return tuple(_questioned(one, mine, context.history) for one in found)


def _questioned(one: Standing, mine: str, history: History) -> Standing:
    number = one.identifier
    if one.state != WELL_FORMED or number.kind not in SITE_BOUND:
        return one
    elsewhere = [domain for base, domain in history.owners if base == number.base and domain != mine]
    if not elsewhere:
        return one
    also = f"also on {', '.join(elsewhere[:4])}: one operator may own several domains"
    return replace(one, state=MISMATCH, remark="; ".join(filter(None, (also, one.remark))))


def _older(one: Identifier, about: About) -> bool:
    """Whether a number bears a date, and the list was made after it."""
    stamp = one.value.rpartition("-")[2][:8]
    return one.kind.startswith("generative_") and stamp < about.date.replace("-", "")


def _listed(
    one: Identifier, rows: Sequence[tuple[About, Listed]], page: Page, mine: str, context: Context
) -> Standing:
    """The standing of a number whose subject the newest list has, with the rows of all its sites."""
    about = rows[0][0]
    meant = [row for _, row in rows if one.value in (one.base, row.number) or row.number == one.base]
    alive = [row for row in meant if row.status == VALID]
    if not meant:
        return Standing(one, WELL_FORMED, f"{about} has its subject, with other sites than this one")
    if not alive:
        return Standing(one, meant[0].status, f"says {about}", register=True)
    names = sorted({name for row in alive for name in row.domain.split()})
    owners = sorted({row.owner for row in alive if _is_company(row.owner)})
    bound = bool(names) and one.kind in SITE_BOUND
    own = any((context.suffixes.registrable(name) or name) == mine for name in names)
    if own or (not bound and (_names_any(page, owners) or not any(row.owner for row in alive))):
        return Standing(one, VERIFIED, f"verified by {about}", register=True)
    holder = " and ".join(filter(None, (", ".join(owners[:2]), ", ".join(names[:3])))) or "a person"
    if bound or (owners and one.kind in SITE_BOUND and operators(page.text)):
        return Standing(one, MISMATCH, f"{about} gives it to {holder}", register=True)
    remark = f"{about} has it for {holder}, not named here"
    return Standing(one, WELL_FORMED, remark, borrowed=one.kind not in SITE_BOUND)


def _is_company(owner: str) -> bool:
    """Whether an owner is an organisation: a person's name is neither looked for nor repeated."""
    return len(owner) >= 5


def _names_any(page: Page, owners: Iterable[str]) -> bool:
    text = _folded(f"{page.title}{page.description}{page.text}")
    return any(_folded(owner) in text for owner in owners)


def operators(text: str) -> list[str]:
    """The companies named beside a copyright mark or a label of the operator."""
    found: dict[str, None] = {}
    for at in places_of(text, *_OPERATOR_SIGNS)[:_OPERATOR_PLACES]:
        near = text[max(0, at - _OPERATOR_REACH) : at + _OPERATOR_REACH]
        found.update(dict.fromkeys(one[0] for one in _COMPANY.finditer(near)))
    return list(found)


def _folded(text: str) -> str:
    """Without blanks, and with one form of brackets: how tables and pages write the same company."""
    return _BLANKS.sub("", text).replace("（", "(").replace("）", ")").lower()


def area_remark(found: Iterable[Identifier]) -> str:
    """Where the ICP number's province and the public-security number's area differ; "" when they agree.

    A company may move, and a branch may file elsewhere: this is a remark, and no rule reads it.
    """
    good = [one for one in found if one.state == WELL_FORMED]
    filed = {one.value[0]: PROVINCES.get(one.value[0], "") for one in good if one.kind == "icp"}
    areas = sorted({one.base[4:6] for one in good if one.kind == "public_security"})
    if not filed or not areas or set(filed.values()) & set(areas):
        return ""
    return f"ICP number of {', '.join(sorted(filed))}, public-security number of area {', '.join(areas)}"
