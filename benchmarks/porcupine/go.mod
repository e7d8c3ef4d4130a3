module dscourse/benchmarks/porcupine

go 1.19

require github.com/anishathalye/porcupine v0.1.4
