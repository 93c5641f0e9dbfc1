"""The pure rules of accounts: facts in, decisions out; no database, no clock."""
