"""How well a model works through ptc-lisp: `python -m benchmarks.agents --help`."""
