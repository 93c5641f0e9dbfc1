"""The audit chain: what was done, by whom, when, linked so that a change is noticed."""
