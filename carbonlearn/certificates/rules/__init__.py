"""The pure rules of certificates: facts in, decisions out; no database, no clock."""
