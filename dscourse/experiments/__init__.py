"""The experiments, one module per chapter: worlds, workloads and measurements, without widgets or pictures."""
