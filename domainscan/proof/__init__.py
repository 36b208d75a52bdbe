"""The proof of a release: each list file is loaded into the programs it is for, as they are installed here, and asked.

A file is proven by a program that loads it, blocks names from all over it, and leaves the canaries and names beside
the listed ones open. A program that is not installed proves nothing, and that is said; one that fails, fails the
release. Syntax checks are not asked: `named-checkzone` takes a zone of `com`, `dnsmasq --test` takes `/#/`.
"""

from domainscan.proof.engines import ENGINES, PROGRAMS, installed
from domainscan.proof.trying import NOBODY, prove, prover

__all__ = ["ENGINES", "NOBODY", "PROGRAMS", "installed", "prove", "prover"]
