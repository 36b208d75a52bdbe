"""config.toml: what is unknown is refused by name and line, and every value knows where it came from."""

from __future__ import annotations

from pathlib import Path

import pytest

from domainscan.config import BadConfig, as_lines, load_config


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[net]\nvantage = "x"\nresolvrs = []\n', "`resolvrs`"),
        ("[net]\nresolvrs = []\n", "line 2"),
        ("[nett]\n", "`nett`"),
        ('[[recipient]]\nid = "a"\nkind = "butcher"\n', "'butcher'"),
        ('[[recipient]]\nid = "A b"\n', "'A b'"),
        ('[[recipient]]\nid = "a"\n[[recipient]]\nid = "a"\n', "unique"),
        ("[net]\ndeadline_seconds = 'soon'\n", "net.deadline_seconds"),
        ("[net\n", "line 1"),
    ],
)
def test_a_bad_file_is_refused_with_the_key(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "config.toml"
    file.write_text(text)
    with pytest.raises(BadConfig, match=r"config\.toml") as error:
        load_config((file,), {}, {})
    assert said in str(error.value)


def test_the_nearest_word_counts(tmp_path: Path) -> None:
    near, far = tmp_path / "near.toml", tmp_path / "far.toml"
    near.write_text('[net]\nvantage = "near"\n')
    far.write_text('[net]\nvantage = "far"\nmax_hops = 3\ndns_tries = 2\n[publish]\nttl_seconds = 60\n')
    environment = {"DOMAINSCAN_NET_DNS_TRIES": "9", "DOMAINSCAN_TOKEN": "secret", "HOME": "/"}
    config, origin = load_config((near, far), environment, {"publish.ttl_seconds": 30})
    assert (config.net.vantage, config.net.max_hops) == ("near", 3)
    assert (config.net.dns_tries, config.publish.ttl_seconds) == (9, 30)
    assert origin["net.dns_tries"] == "environment DOMAINSCAN_NET_DNS_TRIES"
    assert origin["net.vantage"] == str(near)
    rows = {key: (value, where) for key, value, where in as_lines(config, origin)}
    assert rows["net.max_hops"] == ("3", str(far))
    assert rows["net.robots"] == ("true", "default")
    assert "secret" not in str(rows)


def test_the_shipped_example_is_a_valid_configuration() -> None:
    example = Path(__file__).resolve().parent.parent / "config.toml"
    config, _ = load_config((example,), {}, {})
    assert config.recipient
