"""Where an answer runs: in a copy of the process, under a budget of the learner's own lines."""
