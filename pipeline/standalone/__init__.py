"""Verifiers handed to auditors; they import nothing of this product."""
