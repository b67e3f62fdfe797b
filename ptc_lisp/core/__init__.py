"""The core language that both front ends lower to: nodes, walking them, and the way back to source text."""
