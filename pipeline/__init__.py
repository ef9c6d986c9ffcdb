"""Laiyuan (来源): training data whose every document shows where it came from and why it may be used."""
