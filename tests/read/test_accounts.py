"""Accounts, bundles and tokens by which sites of the same people are told."""

from __future__ import annotations

import pytest

from domainscan.read.accounts import accounts_in, own_bundles, tokens_in, tokens_of

HM = "0123456789abcdef0123456789abcdef"
SCRIPTS = [
    (f'hm.src = "https://hm.baidu.com/hm.js?{HM}";', [f"baidu:{HM}"], "Baidu"),
    (f"https://hm.baidu.com/hm.gif?si={HM}&et=0", [f"baidu:{HM}"], "Baidu without scripts"),
    ("https://js.users.51.la/20811233.js", ["51la:20811233"], "51.la, the old one"),
    ('LA.init({id:"JlZb1RZrq3HqKGCw",ck:"JlZb1RZrq3HqKGCw"})', ["51la:JlZb1RZrq3HqKGCw"], "51.la, the new one"),
    ("https://s4.cnzz.com/z_stat.php?id=1279999999&web_id=1279999999", ["cnzz:1279999999"], "CNZZ"),
    ('document.write(unescape("%3Cscript src=\'https://s9.cnzz.com/z_stat.php%3Fid%3D1278888888%26show%3Dpic"))',
     ["cnzz:1278888888"], "CNZZ, escaped"),
    ("gtag('config', 'G-1A2B3C4D5E');", ["google:G-1A2B3C4D5E"], "Google, a property"),
    ("https://www.googletagmanager.com/gtag/js?id=G-1A2B3C4D5E", ["google:G-1A2B3C4D5E"], "its address"),
    ("ga('create', 'UA-98765432-3', 'auto')", ["google:UA-98765432"], "Google, the account of all its properties"),
    ("(window,document,'script','dataLayer','GTM-K7L8M9N')", ["google:GTM-K7L8M9N"], "Google, tags"),
    ("data-ad-client=ca-pub-1234567890987654", ["google:ca-pub-1234567890987654"], "Google, adverts"),
    ("fbq('init', '112233445566778');", ["meta:112233445566778"], "Meta"),
    ("ttq.load('C4A1B2C3D4E5F6G7H8I9');", ["tiktok:C4A1B2C3D4E5F6G7H8I9"], "TikTok"),
    ('(window, document, "clarity", "script", "k1l2m3n4o5");', ["clarity:k1l2m3n4o5"], "Clarity"),
    ("https://www.clarity.ms/tag/k1l2m3n4o5", ["clarity:k1l2m3n4o5"], "its address"),
    ('ym(61234567, "init", {clickmap:true})', ["yandex:61234567"], "Yandex"),
    ("h._hjSettings={hjid:2233445,hjsv:6}", ["hotjar:2233445"], "Hotjar"),
    ("""var u="//stats.quiet-harbour.example/"; _paq.push(['setTrackerUrl', u+'matomo.php']);
        _paq.push(['setSiteId', '7']);""", ["matomo:stats.quiet-harbour.example/7"], "Matomo: its host and number"),
    ("_paq.push(['setSiteId', '7']);", [], "a number without a host is everybody's"),
    ("ga('create', 'UA-XXXXX-Y', 'auto'); gtag('config', 'G-MEASUREMENT_ID')", [], "placeholders"),
    ("https://cdn.jsdelivr.net/npm/vue@3.4.21/dist/vue.global.prod.js", [], "a library of everybody's"),
    ("MSG-12345678 LONG-ABCDEFGH12 var x='PLUG-G-ABCDEFGH12x'", [], "letters inside other words"),
]  # fmt: skip


@pytest.mark.parametrize(("script", "expected", "why"), SCRIPTS, ids=[row[2] for row in SCRIPTS])
def test_analytics_accounts_are_read(script: str, expected: list[str], why: str) -> None:
    assert accounts_in(script) == expected


def test_no_page_has_more_than_twenty_accounts() -> None:
    assert len(accounts_in(" ".join(f"UA-{1000000 + n}-1" for n in range(100)))) == 20


BUNDLES = [
    ("https://a.lab/js/app.3f2a1b9c.js", True, "webpack"),
    ("https://a.lab/assets/index-BfG3d2aQ.js?v=1", True, "vite"),
    ("https://a.lab/static/main.3f2a1b9c.chunk.js", True, "a part of one"),
    ("https://a.lab/js/jquery.min.js", False, "a library without a hash"),
    ("https://a.lab/js/defaults.js", False, "eight letters of a word"),
    ("https://a.lab/js/jquery-3.7.1.js", False, "a version"),
    ("https://cdn.example/js/app.3f2a1b9c.js", False, "another host's: everybody's"),
]


@pytest.mark.parametrize(("url", "counts", "why"), BUNDLES, ids=[row[2] for row in BUNDLES])
def test_own_bundles_are_those_with_a_hash_in_their_name(url: str, counts: bool, why: str) -> None:
    name = url.rpartition("/")[2].partition("?")[0]
    assert own_bundles([url], "a.lab") == ([name] if counts else [])


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        ('"google-site-verification=abcDEF_123-xyz"', ["google-site-verification=abcDEF_123-xyz"]),
        ("baidu-site-verification=codeva-A1b2C3", ["baidu-site-verification=codeva-A1b2C3"]),
        ("MS=ms12345678", ["ms=ms12345678"]),
        ("yandex-verification: 0123456789abcdef", ["yandex-verification=0123456789abcdef"]),
        ("v=spf1 include:_spf.example -all", []),
        ("google-site-verification=", []),
    ],
)
def test_verification_tokens_of_records(record: str, expected: list[str]) -> None:
    assert tokens_in([record]) == expected


def test_verification_tokens_of_meta_elements() -> None:
    meta = (
        ("baidu-site-verification", "codeva-A1b2C3"),
        ("description", "codeva-A1b2C3"),
        ("msvalidate.01", "x"),
    )
    assert list(tokens_of(meta)) == ["baidu-site-verification=codeva-A1b2C3"]
