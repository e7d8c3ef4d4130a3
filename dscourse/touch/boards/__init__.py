"""The boards: pictures of a state that changes by gestures, and the values that they change."""
