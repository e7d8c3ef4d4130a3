"""The protocols of the course, one per file; the textbook versions that fail are in `dscourse.protocols.textbook`."""
