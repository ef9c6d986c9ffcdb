"""Figures of this machine, written as JSON and never asserted: a slow machine is not a broken product."""
