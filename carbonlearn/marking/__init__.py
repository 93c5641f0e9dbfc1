"""Marks that are only ever added, and the results folded from them."""
