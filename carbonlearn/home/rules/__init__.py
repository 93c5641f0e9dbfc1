"""The pure rules of the front page: what it says about the way to the exam."""
