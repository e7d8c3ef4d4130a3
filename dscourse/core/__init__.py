"""The parts that drivers share and readers need not see: dispatch, values, schedules, properties, verdicts."""
