"""The learner's front page, composed from the steps below it, and the page for those who have not signed in."""
