"""categories: the closed list of harms, with the campaign classes and the provisions that belong to each."""

from __future__ import annotations

from typing import Annotated, Any, Final

import typer

from domainscan.assess import BadPack, Basis, Pack, pack_in_force
from domainscan.cli import common
from domainscan.model import CATEGORIES, category_id

UNCHECKED: Final = "check before quoting"


def categories(
    context: typer.Context,
    category: Annotated[str, typer.Argument(help="One category, H01 to H15; all without it.")] = "",
    json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """Show the categories of harm: severity, campaign classes, and the law a measure may rest on.

    A provision that nobody of the desk has compared with the official text says "check before quoting".

    \b
    Examples:
      domainscan categories
      domainscan categories H09
    """
    wanted = category_id(category)
    if wanted and wanted not in CATEGORIES:
        common.fail(f"{category}: no such category; there are {', '.join(CATEGORIES)}")
    try:
        pack = pack_in_force(common.whole_settings(context).config.packs)
    except BadPack as error:
        common.fail(str(error), common.STORE)
    described = {one: _described(one, pack) for one in CATEGORIES if wanted in ("", one)}
    if json:
        common.emit_json(described)
        return
    for one, facts in described.items():
        _print(one, facts)


def _described(category: str, pack: Pack) -> dict[str, Any]:
    harm, severity, text_only = CATEGORIES[category]
    return {
        "harm": harm,
        "severity": severity,
        "text_only": text_only,
        "campaigns": [
            {"id": one.id, "title": one.title, "title_zh": one.title_zh, "source": one.source}
            for one in pack.campaigns
            if category in one.categories
        ],
        "legal_basis": [_basis(one) for one in pack.bases if one.category == category],
    }


def _basis(one: Basis) -> dict[str, str]:
    return {
        "law": one.law,
        "law_zh": one.law_zh,
        "provision": one.provision,
        "about": one.about,
        "confirmed": one.confirmed or UNCHECKED,
    }


def _print(category: str, facts: dict[str, Any]) -> None:
    media = ", text only" if facts["text_only"] else ""
    common.say_lines(f"{category}  {facts['harm']} ({facts['severity']}{media})")
    for one in facts["campaigns"]:
        common.say_lines(f"  campaign {one['id']}: {one['title']} ({one['title_zh']})")
    for one in facts["legal_basis"]:
        confirmed = one["confirmed"]
        said = UNCHECKED if confirmed == UNCHECKED else f"confirmed {confirmed}"
        common.say_lines(f"  {one['law']} ({one['law_zh']}), {one['provision']}: {one['about']} [{said}]")
