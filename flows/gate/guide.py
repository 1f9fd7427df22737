"""Write docs/quality.md anew from the catalogue of measures."""

from __future__ import annotations

from pathlib import Path

from mining.quality_guide import guide

GUIDE = Path(__file__).resolve().parents[2] / "docs" / "quality.md"


if __name__ == "__main__":
    GUIDE.write_text(guide(), encoding="utf-8")
