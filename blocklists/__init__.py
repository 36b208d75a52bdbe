"""blocklists: what a list is. No network, no database, no clock; usable without domainscan."""
