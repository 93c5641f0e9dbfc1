"""The pure rules of marking: facts in, decisions out; no database, no clock."""
