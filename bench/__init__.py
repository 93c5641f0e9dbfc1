"""Benchmarks: ``make bench`` prints one JSON line each. Ratios to a floor measured in the same minute; no absolute promises."""
