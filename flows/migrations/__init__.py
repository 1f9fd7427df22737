"""Alembic migrations of the run registry; applied when it is opened."""
