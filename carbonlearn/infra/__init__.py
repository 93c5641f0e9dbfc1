"""The machine room: knows the database and the outside, not HTTP."""
