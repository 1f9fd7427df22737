"""Measurements of speed and memory that anybody can repeat."""
