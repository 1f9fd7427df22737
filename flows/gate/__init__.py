"""The quality gate: Great Expectations judges what the engine measured; ok, warn or stop per source (DESIGN §7)."""
