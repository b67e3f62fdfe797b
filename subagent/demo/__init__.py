"""The demo of `ptc demo`: real tables, questions about them, and prepared replies."""
