"""Data structures that replicated protocols share: a log of numbered entries and a Merkle tree."""
