"""Measurements of the parts and of the whole, repeatable by `make bench`; docs/performance.md explains them."""
