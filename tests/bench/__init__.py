"""Benchmarks: ``python -m tests.bench``. Never part of the test suite."""
