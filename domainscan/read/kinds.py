"""The kinds of Chinese registration numbers: what each is, where a person looks it up, whose it is."""

from __future__ import annotations

from typing import Final

from domainscan.model import Record

WELL_FORMED: Final = "well_formed"
MALFORMED: Final = "malformed"
KINDS: Final[dict[str, tuple[str, str]]] = {
    # kind: (what it is, where a person looks it up; a captcha stands before most, which no machine should pass)
    "icp": ("ICP备案", "https://beian.miit.gov.cn/"),
    "icp_licence": ("ICP许可证", "https://dxzhgl.miit.gov.cn/"),
    "telecom_licence": ("增值电信业务经营许可证", "https://dxzhgl.miit.gov.cn/"),
    "public_security": ("公安联网备案", "https://beian.mps.gov.cn/"),
    "algorithm_filing": ("算法备案", "https://beian.cac.gov.cn/"),
    "generative_filing": ("生成式人工智能服务备案", "https://www.cac.gov.cn/"),
    "generative_registration": ("生成式人工智能应用登记（上线编号）", "https://www.cac.gov.cn/"),
    "provider_code": ("AIGC服务提供者编码", ""),
    "credit_code": ("统一社会信用代码", "https://www.gsxt.gov.cn/"),
}
SITE_BOUND: Final = frozenset(
    (
        *("icp", "icp_licence", "telecom_licence", "public_security"),
        *("generative_registration", "provider_code", "credit_code"),
    )
)


class Identifier(Record, frozen=True):
    """One registration number. `value` is its normal spelling, `detail` what it says or what is wrong."""

    kind: str  # a key of KINDS
    value: str
    state: str  # well_formed | malformed
    detail: str = ""

    @property
    def base(self) -> str:
        """What all sites of its holder share; see `base_number`."""
        return base_number(self.kind, self.value)


def base_number(kind: str, value: str) -> str:
    """A number without the site's or app's suffix, and a public-security number without its province.

    `沪ICP备20259901号-6` -> `沪ICP备20259901号`: the subject's number, which all its sites share.
    """
    if kind == "icp":
        return value.partition("号")[0] + "号"
    if kind == "public_security":
        return value[value.find("公") :]
    return value.removeprefix("合字")  # pages set it before licences for several provinces, tables do not
