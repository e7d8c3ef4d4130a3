"""Textbook versions, each shown to fail in its chapter; the repaired protocol has the same file name one level up."""
