"""A small internet on loopback: real DNS, HTTP, TLS and RDAP servers whose sites are data (TOML and HTML)."""
