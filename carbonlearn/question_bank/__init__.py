"""Items and their frozen versions, drafted by one person and approved by another."""
