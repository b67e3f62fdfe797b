"""The agent as a pure state machine: definitions in, effects out. No I/O, no clock, no callables."""
