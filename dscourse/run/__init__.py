"""Protocols over real storage: the same classes as in the simulator."""
