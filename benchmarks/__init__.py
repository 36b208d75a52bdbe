"""Benchmarks: what a unit of work costs, measured in CPU time; never run by the tests."""
