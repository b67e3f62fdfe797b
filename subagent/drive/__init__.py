"""Performs the effects that the loop asks for. Holds no agent policy."""
