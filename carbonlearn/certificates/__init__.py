"""Signed certificates, what happened to them later, and the public check."""
