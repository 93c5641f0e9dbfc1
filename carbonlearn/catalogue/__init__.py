"""Programmes, tracks, courses and lessons, with the version that was in force."""
