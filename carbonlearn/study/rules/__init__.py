"""The pure rules of study: facts in, decisions out; no database, no clock."""
