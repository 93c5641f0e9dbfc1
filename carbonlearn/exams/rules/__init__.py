"""The pure rules of exams: facts in, decisions out; no database, no clock."""
