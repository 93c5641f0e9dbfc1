"""The installation itself: is it alive, is it ready, what does it offer to the outside, what did its jobs do."""
