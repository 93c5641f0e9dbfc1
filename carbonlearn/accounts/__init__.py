"""People: accounts, bases, roles, sign-in, sessions that can be revoked."""
