"""The explorer: a world played event by event, the tree of the states visited, and the search for violations."""
