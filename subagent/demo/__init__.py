"""The demo of `ptc demo`: real tables, questions about them, and the replies that were recorded for them."""
