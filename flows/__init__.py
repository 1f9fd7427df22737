"""Bring it in and hand it over: the shell around mappings and mining."""
