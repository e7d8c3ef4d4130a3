"""Stores whose operations are transactions over several keys, one file per way of isolating them."""
