"""Pure rules of the catalogue: what a programme file says, and how long a lesson really is."""
