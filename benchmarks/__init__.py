"""Measurements of CPU and memory, each repeatable with one command: `python -m benchmarks.NAME`."""
