"""Pure words and forms of the field; imports the standard library alone."""
