"""Edges: one library or service per file. Errors of a library become ours here."""
