"""The read-only web page, an entry point like the command line."""
