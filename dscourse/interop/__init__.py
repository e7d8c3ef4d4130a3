"""Other tools' formats, in and out: EDN, Jepsen's histories, JSON, and ShiViz's logs."""
