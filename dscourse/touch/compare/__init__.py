"""Two runs under one plan: both pictures in one stretch of time, and the first event at which they differ."""
