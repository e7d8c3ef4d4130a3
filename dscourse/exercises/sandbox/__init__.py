"""The sandbox of an answer: a copy of the process, and a budget of the learner's own lines."""
