"""No library that we stand on reports to its maker: Prefect and Great Expectations send usage data unless told not to.

Goes in: nothing. Comes out: the settings in the environment of this process, which every child process inherits.
Imported by `flows` before anything else, so that no library can be loaded without them.
"""

from __future__ import annotations

import os

SETTINGS = {
    # the Prefect server's heartbeat
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    # Prefect's client; Great Expectations and others read it as well
    "DO_NOT_TRACK": "1",
    "GX_ANALYTICS_ENABLED": "false",
    # what Great Expectations sends its usage data with
    "POSTHOG_DISABLED": "true",
}


def switch_off() -> None:
    """Set them whatever the environment said: a public body's data stays where it is."""
    os.environ.update(SETTINGS)


switch_off()
