"""The pure rules of practice: facts in, decisions out; no database, no clock, no randomness."""
