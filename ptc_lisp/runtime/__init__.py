"""Runs programs: core nodes become Python code, the machine runs it with budgets. Worker side only."""
