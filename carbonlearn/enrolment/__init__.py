"""A person's place on a track, from the application to its end."""
