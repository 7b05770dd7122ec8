"""Latency, memory and disk beside peers, on an archive of any size: `python -m benchmarks.latency --help`."""
