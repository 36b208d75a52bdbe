"""A table of decisions: every row has its own outcome, and a bad row never stops a good one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from domainscan.config import Review
from domainscan.model import Decision, Person, Record
from domainscan.read import tables
from domainscan.review import rules
from domainscan.review.deciding import Proposal, approve, lift, propose, reject
from domainscan.review.rules import BadProposal, Refusals, ReviewError, nothing_against
from domainscan.store import Store
from domainscan.store.decisions import DecisionRefused, UnknownDecision
from domainscan.store.people import NotAllowed

COLUMNS: Final = ("action", "id", "name", "measure", "reach", "category", "reason", "expires")
CHINESE: Final = {  # the headings of a table that is written in Chinese
    **dict.fromkeys(("操作",), "action"),
    **dict.fromkeys(("编号", "决定编号"), "id"),
    **dict.fromkeys(("域名", "主机名"), "name"),
    **dict.fromkeys(("措施", "处置措施"), "measure"),
    **dict.fromkeys(("范围",), "reach"),
    **dict.fromkeys(("类别", "分类"), "category"),
    **dict.fromkeys(("理由", "原因"), "reason"),
    **dict.fromkeys(("到期", "到期日", "到期日期"), "expires"),
}
WORDS: Final = {  # the closed lists in Chinese, as README.zh-CN.md has them
    "action": {"提出": "propose", "批准": "approve", "驳回": "reject", "解除": "lift"},
    "measure": {
        "不采取措施": "none",
        "通知网站所有者": "notify-owner",
        "要求提供备案材料": "ask-documents",
        "要求补正标识": "label-fix",
        "移交": "escalate",
        "下架": "takedown",
        "取消接入": "cancel-access",
        "暂停解析": "suspend-name",
        "封堵": "block",
    },
    "reach": {"仅此主机": "host", "含www": "www", "含全部下级": "subtree"},
}
ACTIONS: Final = ("propose", "approve", "reject", "lift")


class BadTable(ReviewError):
    """The file is no table of decisions; nothing was done."""


class Outcome(Record, frozen=True):
    """What came of one row."""

    line: int
    action: str
    name: str
    decision: int  # 0: none was made or found
    done: bool
    message: str


class Terms(Record, frozen=True):
    """Under which terms a table is carried out; `action` is that of rows that name none."""

    now: str
    refusals: Refusals
    action: str = "propose"
    lasting: Refusals = nothing_against  # what nobody can open: asked of a proposal already
    limits: Review = Review()


def read_table(text: str) -> Iterator[tuple[int, dict[str, str]]]:
    """(the line it begins on, row) of a table with a heading. Raises BadTable for unknown columns."""
    try:
        heading, rows = tables.read_rows(text, {column: column for column in COLUMNS} | CHINESE)
        if heading.unknown or not {"name", "id"} & set(heading.columns):
            unknown = f"no column of decisions is called {tables.quoted(heading.unknown)}"
            raise BadTable(
                f"{unknown if heading.unknown else 'no column name or id'}: the heading takes {', '.join(COLUMNS)}"
                " (操作, 编号, 域名, 措施, 范围, 类别, 理由, 到期), separated by commas, semicolons or tabs"
            )
        for row in rows:
            yield row.line, row.cells | ({"surplus": heading.separator} if row.surplus else {})
    except tables.BadTable as error:
        raise BadTable(str(error)) from error


def from_table(
    store: Store, actor: Person, rows: Iterable[tuple[int, Mapping[str, str]]], terms: Terms
) -> Iterator[Outcome]:
    """One outcome per row, each row a transaction of its own."""
    for line, row in rows:
        cells = {key: _in_english(key, value.strip()) for key, value in row.items()}
        action = cells.get("action", "") or terms.action
        try:
            number, name, message = _carry_out(store, actor, action, cells, terms)
        except (ReviewError, NotAllowed, UnknownDecision, DecisionRefused) as error:
            number = int(cells["id"]) if rules.is_number(cells.get("id", "")) else 0
            yield Outcome(line, action, cells.get("name", ""), number, False, str(error))
        else:
            yield Outcome(line, action, name, number, True, message)


def _in_english(column: str, cell: str) -> str:
    return WORDS.get(column, {}).get("".join(cell.split()), cell)


def _carry_out(
    store: Store, actor: Person, action: str, cells: Mapping[str, str], terms: Terms
) -> tuple[int, str, str]:
    if "surplus" in cells:
        raise BadProposal(f"more cells than columns: a {cells['surplus']} in a reason needs quotes")
    if action == "propose":
        made = _propose(store, actor, cells, terms)
    elif action == "approve":
        made = approve(store, actor, _number(cells), refusals=terms.refusals, now=terms.now)
    elif action in ("reject", "lift"):
        step = reject if action == "reject" else lift
        made = step(store, actor, _number(cells), reason=cells.get("reason", ""), now=terms.now)
    else:
        raise BadProposal(f"{action!r} is no action: use one of {', '.join(ACTIONS)}")
    return made.id, made.name, f"{made.measure} of {made.name} is {made.state}"


def _propose(store: Store, actor: Person, cells: Mapping[str, str], terms: Terms) -> Decision:
    asked = Proposal(
        name=cells.get("name", ""),
        measure=cells.get("measure", ""),
        reach=cells.get("reach", "") or "host",
        category=cells.get("category", ""),
        reason=cells.get("reason", ""),
        expires=cells.get("expires", ""),
    )
    return propose(store, actor, asked, limits=terms.limits, refusals=terms.lasting, now=terms.now)


def _number(cells: Mapping[str, str]) -> int:
    text = cells.get("id", "")
    if not rules.is_number(text):
        raise BadProposal(f"{text[:40]!r} is no number of a decision")
    return int(text)
