"""The pure rules of enrolment: facts in, decisions out; no database, no clock."""
