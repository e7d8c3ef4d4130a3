"""The protocols of the course, one a file; the textbook versions that fail stand in `dscourse.protocols.textbook`."""
