"""Shell: read, apply, check, write, record. Each flow is a few steps over stages and adapters."""
