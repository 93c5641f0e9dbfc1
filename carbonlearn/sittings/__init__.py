"""One candidate's one attempt at one paper: check-in, answers, hand-in."""
