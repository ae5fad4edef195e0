"""Benchmarks: figures are ratios to a bare baseline measured in the same run, because machines drift."""
