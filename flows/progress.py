"""How far a run is, as a progress artifact and a log line of its Prefect flow run."""

from __future__ import annotations

from prefect.artifacts import create_progress_artifact, update_progress_artifact
from prefect.logging import get_run_logger

STAGES = ("extract", "store", "quality", "ledger", "findings", "discovery", "overlay", "publish")
"""What the plain functions name as they begin, in order."""


class ProgressArtifact:
    """Told the name of each stage as it begins; an unknown name is logged and moves nothing."""

    def __init__(self) -> None:
        """Create the artifact; only within a flow run."""
        self._artifact = create_progress_artifact(0.0, key="zaakstroom-progress", description="Mining run")

    def __call__(self, what: str) -> None:
        """Say that a stage begins."""
        get_run_logger().info(what)
        if what in STAGES:
            update_progress_artifact(self._artifact, progress=100.0 * STAGES.index(what) / len(STAGES))

    def finish(self) -> None:
        """Say that everything is done."""
        update_progress_artifact(self._artifact, progress=100.0)
