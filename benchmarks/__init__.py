"""What the parts of a scan cost, in processor time: `python -m benchmarks.NAME` prints it."""
