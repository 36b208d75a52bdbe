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


def test_the_categories_of_a_recipient_may_be_written_small(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text('[[recipient]]\nid = "a"\ncategories = ["h01", "H15"]\n')
    assert load_config((file,), {}, {})[0].recipient[0].categories == ("H01", "H15")


BAD = [  # (table, line of the table, what the message says)
    ("net", 'resolvers = ["127.0.0.1:5353", "dns.example"]', "'dns.example' is no resolver"),
    ("net", 'resolvers = ["192.0.2.1:70000"]', "'192.0.2.1:70000' is no resolver"),
    ("net", 'resolvers = ["::1]:53"]', '"[::1]:53"'),
    ("net", 'allow = ["10.0.0.1/8"]', "host bits"),
    ("net", 'unpaced = ["everywhere"]', "'everywhere'"),
    ("net", "ports = [80, 0]", "0 is no port"),
    ("net", "ports = [65536]", "65536 is no port"),
    ("net", 'port_map = { "http" = 8080 }', "'http' is no port"),
    ("net", 'port_map = { "80" = 80800 }', "80800 is no port"),
    ("net", 'proxy = "http://proxy.example:3128"', "http://ADDRESS:PORT"),
    ("net", 'proxy = "socks5://192.0.2.1:1080"', "http://ADDRESS:PORT"),
    ("net", 'proxy = "http://192.0.2.1"', "http://ADDRESS:PORT"),
    ("net", 'proxy = "http://192.0.2.1:99999"', "http://ADDRESS:PORT"),
    ("net", 'bind_address = "eth0"', "'eth0'"),
    ("net", 'contact = "a\\r\\nHost: b"', "one line"),
    ("net", 'rdap = "rdap.example"', "'rdap.example'"),
    ("net", "concurrency = 0", "0 is out of range: use 1"),
    ("net", "dns_tries = 0", "0 is out of range: use 1"),
    ("net", "max_hops = -1", "-1 is out of range"),
    ("net", "max_body_bytes = 0", "0 is out of range"),
    ("net", "address_connections = 0", "0 is out of range"),
    ("net", "prefix_connections = 0", "0 is out of range"),
    ("net", "retry_after_cap_seconds = -1", "-1.0 is out of range: use 0"),
    ("net", "host_errors = -1", "-1 is out of range: use 0"),
    ("net", 'second_profile = "tablet"', "'tablet' is not one of mobile"),
    ("net", "deadline_seconds = 0", "is out of range"),
    ("net", "dns_timeout_seconds = inf", "inf is out of range"),
    ("net", "resolver_pause_seconds = nan", "nan is out of range"),
    ("net", "host_delay_seconds = -0.5", "-0.5 is out of range: use 0"),
    ("net", "visits_per_second = -1", "-1.0 is out of range: use 0"),
    ("net", 'trust = "/nowhere/ca.pem"', "/nowhere/ca.pem"),
    ("packs", 'folder = "/nowhere/packs"', "/nowhere/packs"),
    ("packs", 'brands = ["/nowhere/brands.toml"]', "/nowhere/brands.toml"),
    ("names", 'suffixes = ["co_op!"]', "'co_op!'"),
    ("names", 'suffixes = ["Pages.Lab."]', "write 'pages.lab'"),
    ("protect", 'names = ["127.0.0.1"]', "an address"),
    ("scan", "resume_days = 0", "0.0 is out of range: use 0.05 to 366"),
    ("scan", "resume_days = nan", "nan is out of range"),
    ("scan", 'resume_days = "7d"', "Expected `float`"),
    ("protect", "snapshot_max_age_days = -1", "is out of range"),
    ("review", "expiry_days = 0", "0 is out of range: use 1"),
    ("review", "max_expiry_days = 99999999999", "is out of range"),
    ("publish", "max_adds_ratio = 1.5", "1.5 is out of range: use 0 to 1"),
    ("publish", "max_removals_ratio = -0.1", "is out of range"),
    ("publish", "max_removals = -1", "is out of range"),
    ("publish", "manifest_days = 0", "is out of range"),
    ("publish", "ttl_seconds = -1", "is out of range"),
    ("publish", 'garden = ["why.example.org"]', "one host name with its trailing dot"),
    ("publish", 'blocked_by = "http://desk.example.org/"', "an https address"),
    ("publish", "empty_zone = 'a\"; };'", "a path of letters"),
    ("publish", 'sinkhole = "nowhere"', "an address, or address:port"),
    ("publish", 'primary = "not a host"', "'not a host'"),
    ("desk", "receipt_hours = 0", "is out of range"),
]
NEEDY = [
    ("rpz-garden", 'garden = ["192.0.2.80"]', "needs [publish] garden"),
    ("powerdns-forward", 'sinkhole = "192.0.2.80"', "needs [publish] sinkhole"),
]


@pytest.mark.parametrize(("name", "line", "said"), NEEDY)
def test_a_format_that_needs_a_value_is_refused_without_it(
    tmp_path: Path, name: str, line: str, said: str
) -> None:
    """Found at the export it would keep the lists of all recipients back, lifted names among them."""
    weak, strong = tmp_path / "weak.toml", tmp_path / "strong.toml"
    weak.write_text(f'[[recipient]]\nid = "carrier-a"\nformats = ["csv", "{name}"]\n')
    with pytest.raises(BadConfig) as error:
        load_config((weak,), {}, {})
    assert str(error.value).endswith(f"recipient carrier-a: `recipient.formats`: '{name}' {said}")
    strong.write_text(f"[publish]\n{line}\n")
    assert load_config((strong, weak), {}, {})[0].recipient[0].formats == ("csv", name), "from another file"


BAD_OF_MANY = [  # (table, key that names it, line of the second one)
    ("recipient", "id", 'resolvers = ["localhost"]', "'localhost' is no resolver"),
    ("recipient", "id", 'networks = ["192.0.2.0/99"]', "'192.0.2.0/99'"),
    ("recipient", "id", 'formats = ["rpz", "xls"]', "'xls' is not one of rpz, rpz-nodata,"),
    ("recipient", "id", 'formats = ["rpz-passthru"]', "rpz-passthru blocks nothing: name a format that does"),
    ("recipient", "id", 'language = "de"', "'de' is not one of zh-CN, en"),
    ("recipient", "id", 'measures = ["pillory"]', "'pillory' is not one of none, "),
    ("recipient", "id", 'kind = "butcher"', "'butcher' is not one of carrier, "),
    ("recipient", "id", 'suffixes = ["a b"]', "'a b'"),
    ("schedule", "name", "limit = -1", "-1 is out of range"),
]


@pytest.mark.parametrize(("table", "line", "said"), BAD)
def test_a_value_that_cannot_work_is_refused_with_key_line_and_way_out(
    tmp_path: Path, table: str, line: str, said: str
) -> None:
    file = tmp_path / "config.toml"
    file.write_text(
        f"[desk]\nname = 'x'\n\n[{table}]\n{line}\n" if table != "desk" else f"[desk]\n\n\n\n{line}\n"
    )
    with pytest.raises(BadConfig) as error:
        load_config((file,), {}, {})
    assert said in str(error.value)
    assert f"`{table}.{line.split(maxsplit=1)[0]}`" in str(error.value)
    assert "(line 5)" in str(error.value)


@pytest.mark.parametrize(("table", "naming", "line", "said"), BAD_OF_MANY)
def test_of_many_tables_the_one_to_blame_is_named(
    tmp_path: Path, table: str, naming: str, line: str, said: str
) -> None:
    file = tmp_path / "config.toml"
    more = 'sources = ["a"]\n' if table == "schedule" else ""
    good = {"formats": '["csv"]', "language": '"en"', "kind": '"carrier"', "limit": "1"}
    key = line.split(maxsplit=1)[0]
    first = f'[[{table}]]\n{naming} = "one"\n{key} = {good.get(key, "[]")}\n{more}'
    file.write_text(f'{first}\n[[{table}]]\n{naming} = "two"\n{more}{line}\n')
    with pytest.raises(BadConfig) as error:
        load_config((file,), {}, {})
    assert said in str(error.value)
    assert f"{table} two: `{table}.{key}`" in str(error.value)
    assert f"(line {len(file.read_text().splitlines())})" in str(error.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[[schedule]]\nname = "a"\nsources = ["x"]\n[[schedule]]\nname = "a"\nsources = ["x"]\n', "unique"),
        ('[[schedule]]\nname = "a"\nsources = []\n', "`schedule.sources`: name at least one: "),
        ('[[schedule]]\nname = "../a"\nsources = []\n', "'../a'"),
        ('[[recipient]]\nid = "a"\n[[recipient]]\nid = "a"\n', "line 4"),
        (
            '[[recipient]]\nid = "a"\nzone = "r.lab"\n[[recipient]]\nid = "b"\nzone = "r.lab"\n',
            "`recipient.zone`: 'r.lab' is there twice",
        ),
        (
            '[[recipient]]\nid = "a"\nzone = "now.r.lab"\n[[recipient]]\nid = "b"\nzone = "r.lab"\n',
            "`recipient.zone`: 'now.r.lab' is where 'r.lab' has what was decided last",
        ),
        (
            '[[recipient]]\nid = "a"\nzone = "r.lab"\n[[recipient]]\nid = "b"\nzone = "now.r.lab"\n',
            "give one of the two another name (line 6)",
        ),
    ],
)
def test_names_of_tables_are_plain_and_unique(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "config.toml"
    file.write_text(text)
    with pytest.raises(BadConfig) as error:
        load_config((file,), {}, {})
    assert said in str(error.value)


def test_a_zone_may_be_called_now_where_nobody_has_the_zone_below(tmp_path: Path) -> None:
    """The negative control: the name alone is no harm, nor is that of a zone below it."""
    file = tmp_path / "config.toml"
    file.write_text(
        '[[recipient]]\nid = "a"\nzone = "now.r.lab"\n[[recipient]]\nid = "b"\nzone = "x.r.lab"\n'
    )
    zones = [one.zone for one in load_config((file,), {}, {})[0].recipient]
    assert zones == ["now.r.lab", "x.r.lab"]


def test_what_works_is_let_through(tmp_path: Path) -> None:
    """The negative control of the table above: its neighbours are good."""
    (tmp_path / "ca.pem").write_text("x")
    file = tmp_path / "config.toml"
    file.write_text(
        f"""
[net]
resolvers = ["192.0.2.1", "192.0.2.1:5353", "[::1]:53", "2001:db8::1"]
allow = ["10.0.0.0/8", "127.0.0.2", "2001:db8::/32"]
port_map = {{ "80" = 8080 }}
proxy = "http://[2001:db8::1]:3128"
bind_address = "2001:db8::2"
rdap = "http://rdap.lab/"
trust = "{tmp_path / "ca.pem"}"
host_delay_seconds = 0
visits_per_second = 0
retry_after_cap_seconds = 0
host_errors = 0
second_profile = "mobile"
[packs]
folder = "{tmp_path}"
[names]
suffixes = ["lab", "pages.lab", "xn--p1ai", "*.many.lab"]
[protect]
names = ["例子.example", "Example.ORG."]
[publish]
max_adds_ratio = 1
[[recipient]]
id = "a"
formats = ["rpz", "hosts", "names", "csv"]
networks = ["192.0.2.1/24"]
measures = ["block"]
language = "en"
"""
    )
    assert load_config((file,), {}, {})[0].net.port_map == {"80": 8080}


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("DOMAINSCAN_NET_CONCURRENCY", "0", "0 is out of range"),
        ("DOMAINSCAN_NET_CONCURRENCY", "many", "'many'"),
        ("DOMAINSCAN_NET_CONCURRENCY", "3.5", "`net.concurrency`"),
        ("DOMAINSCAN_NET_RESOLVERS", "192.0.2.1", '["192.0.2.1"]'),
        ("DOMAINSCAN_NET_RESOLVERS", '["dns.example"]', "'dns.example' is no resolver"),
        ("DOMAINSCAN_NET_ROBOTS", "1", "`net.robots`"),
        ("DOMAINSCAN_NET_RESOLVRS", "[]", "no such key"),
        ("DOMAINSCAN_NETT_VANTAGE", "x", "no such key"),
        ("DOMAINSCAN_RECIPIENT_ID", "x", "no such key"),
        ("DOMAINSCAN_VERBOSE", "1", "no such key"),
    ],
)
def test_a_bad_variable_is_named(tmp_path: Path, variable: str, value: str, said: str) -> None:
    file = tmp_path / "config.toml"
    file.write_text("[net]\nconcurrency = 3\n")
    with pytest.raises(BadConfig, match=variable) as error:
        load_config((file,), {variable: value}, {})
    assert said in str(error.value)


def test_a_variable_is_read_as_its_key_wants_it() -> None:
    environment = {
        "DOMAINSCAN_NET_VANTAGE": "2026",
        "DOMAINSCAN_NET_ROBOTS": "false",
        "DOMAINSCAN_NET_RESOLVERS": '["192.0.2.1"]',
        "DOMAINSCAN_NET_DEADLINE_SECONDS": "3",
        "DOMAINSCAN_NET_PORT_MAP": '{ "80" = 8080 }',
        "DOMAINSCAN_DESK_NAME": "true",
        "DOMAINSCAN_TOKEN": "secret",
        "DOMAINSCAN_HOME": "/home",
        "DOMAINSCAN_CONFIG": "/config.toml",
    }
    config, origin = load_config((), environment, {})
    assert (config.net.vantage, config.desk.name) == ("2026", "true")
    assert (config.net.robots, config.net.deadline_seconds) == (False, 3.0)
    assert (config.net.resolvers, config.net.port_map) == (("192.0.2.1",), {"80": 8080})
    assert origin["net.vantage"] == "environment DOMAINSCAN_NET_VANTAGE"


def test_a_bad_flag_is_said_to_come_from_the_command_line() -> None:
    with pytest.raises(BadConfig, match=r"command line: `net\.max_hops`"):
        load_config((), {}, {"net.max_hops": 0})


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
