"""domainscan: from candidate domains to explained assessments, human decisions, lists and orders."""

__version__ = "0.1.0"
