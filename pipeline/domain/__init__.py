"""Nouns: frozen values, closed enums and Arrow schemas. Imports the standard library and pyarrow only."""
