"""Exam windows, who may sit, places in them, and the sealed papers."""
