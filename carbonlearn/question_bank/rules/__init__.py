"""The pure rules of the item bank: what an item must be before it may be used, and who may approve it."""
