# Everything runs inside .venv, made from pyproject.toml.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: demo test soak bench lint clean

demo: .venv/ready
	$(BIN)/domainscan demo

test: .venv/ready lint
	$(BIN)/python -m pytest -m "not soak" -n auto --dist loadfile

soak: .venv/ready
	$(BIN)/python -m pytest -m soak

# Needs Debian's nsd, nginx-light, dnsperf and openssl, and npm for one peer. 40 minutes on two idle cores; PARTS="lookups loss" for some of it.
bench: .venv/bench
	$(BIN)/python -m benchmarks $(PARTS)

lint: .venv/ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

.venv/ready: pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Python 3.11 or newer is needed: make PYTHON=python3.11")'
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --editable ".[test]"
	touch $@

.venv/bench: .venv/ready
	$(BIN)/pip install --quiet --disable-pip-version-check --editable ".[bench]"
	touch $@

clean:
	rm -rf .venv build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
