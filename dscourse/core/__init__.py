"""What drivers need and readers need not see: dispatch, values, schedules, properties, verdicts."""
