"""The loader: what a folder may say, and what it is told when it says something else."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest

from domainscan.lab.records import Records
from domainscan.lab.sites import SHIPPED, BadSite, load_sites
from domainscan.lab.world import Behaviour, Site

PAGE = 'pages = { "/" = "p.html" }'


def write(folder: Path, text: str) -> Path:
    (folder / "p.html").write_text("<p>page</p>", "utf-8")
    (folder / "sites.toml").write_text(text, "utf-8")
    return folder


def test_a_name_and_a_page_are_enough(tmp_path: Path) -> None:
    world = load_sites([write(tmp_path, f'[[site]]\nname = "a.lab"\n{PAGE}')])
    site = world.by_name["a.lab"]  # type: ignore[index]
    assert (site.role, site.expect, site.behaviour, site.status) == ("special", (), "page", "observed")
    assert (site.registered_days, site.certificate_days) == (400, 60)
    assert site.provider == world.providers[0].key
    assert world.address(site) == "127.77.1.10"


def test_unicode_and_upper_case_names_are_served_as_a_labels(tmp_path: Path) -> None:
    world = load_sites([write(tmp_path, f'[[site]]\nname = "中文.LAB"\n{PAGE}')])
    assert [site.name for site in world.sites] == ["xn--fiq228c.lab"]
    assert world.find("www.XN--FIQ228C.lab.") is world.sites[0]


@pytest.mark.parametrize(
    ("text", "key", "why"),
    [
        ("[[site]]\nname = 3", "name", "a type that the key does not have"),
        ('[[site]]\nname = "a.lab"\ncolour = "red"', "colour", "a key nobody knows"),
        ("[[site]]\npages = {}", "name", "no name at all"),
        ('[[site]]\nname = "a.test"\n' + PAGE, "name", "resolvers keep .test to themselves"),
        ('[[site]]\nname = "a..lab"\n' + PAGE, "name", "no host name"),
        ('[[site]]\nname = "a.lab"', "pages", "a page without a page"),
        ('[[site]]\nname = "a.lab"\nbehaviour = "sleepy"', "behaviour", "a behaviour nobody built"),
        ('[[site]]\nname = "a.lab"\nprovider = "none"\n' + PAGE, "provider", "a provider nobody defined"),
        ('[[site]]\nname = "a.lab"\nexpect = ["H99"]\n' + PAGE, "expect", "categories are a closed list"),
        ('[[site]]\nname = "a.lab"\nregistered_days = -1\n' + PAGE, "registered_days", "not yet registered"),
        ('[[site]]\nname = "a.lab"\nbehaviour = "redirect"', "target", "a redirect to nowhere"),
        ('[[site]]\nname = "a.lab"\nmirror_of = "b.lab"', "mirror_of", "a mirror of nothing"),
        (
            '[[site]]\nname = "a.lab"\npages = { "/" = "missing.html" }',
            "pages '/'",
            "a file that is not there",
        ),
        ('[[site]]\nname = "a.lab"\npages = { "x" = "p.html" }', "pages", "a path without its slash"),
        ('[[site]]\nname = "a.lab"\nrecords = { MX = ["mail"] }\n' + PAGE, "records.MX", "no preference"),
        ('[[site]]\nname = "a.lab"\nrecords = { A = ["1.2.3"] }\n' + PAGE, "records.A", "no address"),
        (
            f'[[site]]\nname = "a.lab"\n{PAGE}\n[[site]]\nname = "A.lab"\n{PAGE}',
            "site a.lab",
            "the same name twice",
        ),
        ('[[provider]]\nkey = "a b"\nname = "x"', "key", "a key that is no recipient id"),
        (
            '[[provider]]\nkey = "a"\nname = "x"\nkind = "idc"',
            "kind",
            "a kind that is not in the closed list",
        ),
        ('[[planet]]\nname = "a"', "planet", "a table nobody knows"),
        ('site = "a"', "site", "not a table"),
        ("site = [", "file", "no TOML"),
    ],
)
def test_a_bad_folder_is_refused_with_file_and_key(tmp_path: Path, text: str, key: str, why: str) -> None:
    with pytest.raises(BadSite) as caught:
        load_sites([write(tmp_path, text)])
    assert caught.value.file == tmp_path / "sites.toml", why
    assert caught.value.key.endswith(key), (caught.value.key, why)
    assert str(tmp_path / "sites.toml") in str(caught.value)


def test_a_page_outside_the_folder_is_refused_and_inside_it_is_served(tmp_path: Path) -> None:
    secret = tmp_path / "secret.html"
    secret.write_text("secret", "utf-8")
    folder = tmp_path / "sites"
    folder.mkdir()
    (folder / "link.html").symlink_to(secret)
    for outside in ("../secret.html", str(secret), "link.html"):
        with pytest.raises(BadSite, match="outside"):
            load_sites([write(folder, f'[[site]]\nname = "a.lab"\npages = {{ "/" = "{outside}" }}')])
    (folder / "link.html").unlink()
    (folder / "link.html").write_text("fine", "utf-8")
    world = load_sites([write(folder, '[[site]]\nname = "a.lab"\npages = { "/" = "link.html" }')])
    assert world.bodies[world.sites[0].name]["/"].content == b"fine"


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadSite, match="no such folder"):
        load_sites([tmp_path / "nowhere"])


def test_a_mirror_shows_the_pages_of_its_original(folder: Path) -> None:
    world = load_sites([folder])
    assert world.bodies[world.find("mirror.lab").name] == world.bodies[world.find("plain.lab").name]  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("host", "site", "why"),
    [
        ("plain.lab", "plain.lab", "its own name"),
        ("www.plain.lab", "plain.lab", "the www of a domain"),
        ("www.www.plain.lab", "", "only one www"),
        ("other.plain.lab", "", "no wildcard there"),
        ("a.b.wildcard.lab", "wildcard.lab", "anything below a wildcard"),
        ("www.user.pages.lab", "", "a lent name has no www"),
        ("pages.lab", "", "the platform itself is no site"),
        ("nobody.lab", "", "not in the world"),
    ],
)
def test_hosts_find_their_site(folder: Path, host: str, site: str, why: str) -> None:
    found = load_sites([folder]).find(host)
    assert (found.name if found else "") == site, why


def test_bulk_names_are_counted_from_one(folder: Path) -> None:
    world = load_sites([folder], bulk=3)
    numbers = [world.bulk_number(f"n{number:06}.bulk.lab") for number in range(5)]
    assert numbers == [0, 1, 2, 3, 0]
    assert world.bulk_number("n1.bulk.lab") == 0
    assert world.registrable("n000001.bulk.lab") == "n000001.bulk.lab"  # type: ignore[arg-type]


def test_the_shipped_sites_load_and_their_mainland_providers_know_each_fingerprint() -> None:
    world = load_sites([SHIPPED])
    mainland = {one.fingerprint for one in world.providers if one.kind == "provider"}
    assert mainland == {"cut-403", "cut-302", "cut-reset"}
    assert {site.status for site in world.sites} == {"observed", "dead", "failed"}


def test_the_manual_names_every_behaviour_and_every_key() -> None:
    manual = (Path(__file__).parents[2] / "docs" / "lab.md").read_text("utf-8")
    for behaviour in get_args(Behaviour):
        assert f"`{behaviour}`" in manual, behaviour
    for key in (*Site.__struct_fields__, *Records.__struct_fields__):
        assert f"{key} = " in manual, key
