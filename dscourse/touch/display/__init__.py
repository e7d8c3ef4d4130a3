"""The run as data for the browser: its picture in a window of time, its moments, and its handles."""
