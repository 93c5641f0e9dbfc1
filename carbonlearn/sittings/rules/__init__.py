"""The pure rules of sittings: facts in, decisions out; no database, no clock."""
