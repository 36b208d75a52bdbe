"""Numbers in footers as pages really write them: line breaks, icons, links that alone carry the number."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from domainscan.model import Page
from domainscan.read.identifiers import identifiers_of

MPS, OLD = (
    "https://beian.mps.gov.cn/#/query/webSearch?code=",
    "http://www.beian.gov.cn/portal/registerSystemInfo?recordcode=",
)
ICP, SECURITY = "沪ICP备20259901号-6", "沪公网安备31010400000018号"
FOOTERS = [
    # html, numbers found, reason
    (
        f'<p>© 2026 <a href="https://beian.miit.gov.cn/">{ICP}</a>'
        f'<a href="{MPS}31010400000018"><img src="ga.png">{SECURITY}</a>',
        [ICP, SECURITY],
        "as the offices ask for it: the link repeats what the text says",
    ),
    (f'<a href="{MPS}31010400000018"><img src="ga.png"></a>', ["公网安备31010400000018号"], "an icon only"),
    (f'<a href="{OLD}31010400000018"></a>', ["公网安备31010400000018号"], "the older look-up"),
    (f'<a href="{OLD}3101040000001"></a>', ["公网安备3101040000001号"], "one digit short in the link"),
    (
        f'{SECURITY}<a href="{MPS}11010400000018">look up</a>',
        [SECURITY, "公网安备11010400000018号"],
        "the link says another number",
    ),
    (f'<a href="{MPS}31010400000018" style="display:none">x</a>', [], "nobody sees this link"),
    ('<a href="https://evil.lab/beian.mps.gov.cn/?code=31010400000018">x</a>', [], "not the office's site"),
    ('<a href="http://[beian.mps.gov.cn/?code=31010400000018">x</a>', [], "no URL at all"),
    (
        '<a href="https://beian.miit.gov.cn/?k=%E6%B2%AAICP%E5%A4%8720259901%E5%8F%B7-6">filing</a>',
        [ICP],
        "the number in the query",
    ),
    ("<div>沪ICP备<br>20259901<br>号-6</div>", [ICP], "broken lines"),
    ("<li>沪ICP</li><li>备20259901号</li><li>-6</li>", [ICP], "one block each"),
    ("<span>沪</span><span>ICP备&nbsp;20259901&nbsp;号&#8211;6</span>", [ICP], "entities"),
    ("<p>Call 020-7946-0991. VAT GB 999 9999 73. Order 2026-0018-31010400000018.", [], "a foreign page"),
    (f'<img alt="{SECURITY}" src="ga.png">', [], "an alternative text is not what visitors read"),
]


@pytest.mark.parametrize(("html", "numbers", "why"), FOOTERS, ids=[row[2] for row in FOOTERS])
def test_numbers_of_a_footer(html: str, numbers: list[str], why: str, read: Callable[..., Page]) -> None:
    page = read(f"<html><body><h1>Harbour</h1><footer>{html}</footer></body></html>")
    assert [one.value for one in identifiers_of(page)] == numbers, why
