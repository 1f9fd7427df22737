"""The built-in chain: a seeded simulator of household help (Wmo), whose truth is known."""
