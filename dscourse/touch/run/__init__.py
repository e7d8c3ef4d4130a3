"""The run that is touched, without any picture: gestures as values, their names, and their fate in a changed run."""
