"""Rows for tests, made by the same services that the program uses."""
