"""What an uploaded file really is: found by reading the file itself, in a process of its own, never by its name or by what was claimed."""
