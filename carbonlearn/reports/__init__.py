"""What the records tell when they are read together: the health of the item bank."""
