"""Kill a run while it is at work, run it again, and hold what it left against an undisturbed one.

    python -m benchmarks.kills [--kills 100] [--cases 300]   # kills that struck; those that came too late are told too

A child process reads a ZGW installation and a partner's files, stores and links them, and says what it is at. When an
undisturbed run took each part is measured first; then half of the kills (kill -9) fall at a random moment of the
whole, half at a random moment of the part that was struck least. A kill counts where the child was still at work.
After each few kills one run goes undisturbed, on the first night and on a second with changes, and all rows of
store, ZGW copy, links, coded log and of what is kept for the next reading are compared; nothing may lie about. The
moments come from a seed.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.killed_run import PHASES
from benchmarks.killed_world import KEY, SECRET, Content, World, content, world

NIGHTS = 2
BETWEEN = "between two parts"


@dataclass(frozen=True)
class Part:
    """How long a part took, the how manieth of its name; seconds since the run began."""

    phase: str
    turn: int
    began: float
    seconds: float


@dataclass(frozen=True)
class Moment:
    """When to kill: so many seconds after the run began, or after a part of it did."""

    seconds: float
    phase: str = ""
    turn: int = 0


@dataclass
class Struck:
    """Kills: asked, and those that struck by the part that the run was at."""

    asked: int = 0
    at: Counter[str] = field(default_factory=Counter)
    total: int = 0


def child(mapping: Path, store: Path) -> subprocess.Popen[str]:
    """Start a run in a process of its own; return once its libraries are loaded."""
    root = Path(__file__).resolve().parents[1]
    paths = os.pathsep.join(filter(None, [str(root), os.environ.get("PYTHONPATH", "")]))
    env = os.environ | {"PYTHONPATH": paths, "ZAAKSTROOM_KEY": KEY, "ZGW_SECRET": SECRET}
    asked = [sys.executable, "-W", "ignore", "-m", "benchmarks.killed_run", str(mapping), str(store)]
    process = subprocess.Popen(asked, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if process.stdout is None or process.stdout.readline() != "begun\n":
        raise RuntimeError(process.communicate()[1])
    return process


def undisturbed(mapping: Path, store: Path) -> list[Part]:
    """Run to the end; return how long each part took, and the whole under an empty name."""
    process, begun = child(mapping, store), time.monotonic()
    assert process.stdout is not None
    parts, open_parts, turns = [], {}, Counter[str]()
    for line in process.stdout:
        at, (sign, phase) = time.monotonic() - begun, (line[0], line[1:].strip())
        if sign == "+":
            open_parts[phase] = at
        elif sign == "-" and phase in open_parts:
            parts.append(Part(phase, turns[phase], open_parts[phase], at - open_parts.pop(phase)))
            turns[phase] += 1
    said = process.communicate()[1]
    if process.returncode:
        raise RuntimeError(said)
    return [*parts, Part("", 0, 0.0, time.monotonic() - begun)]


def killed(mapping: Path, store: Path, moment: Moment) -> str | None:
    """Kill a run at a moment; return the part that it was at, None where it had ended."""
    process, seen, turn = child(mapping, store), [], 0
    assert process.stdout is not None
    while moment.phase and turn <= moment.turn and (line := process.stdout.readline()):
        seen.append(line)
        turn += line == f"+{moment.phase}\n"
    time.sleep(moment.seconds)
    process.send_signal(signal.SIGKILL)
    rest, _ = process.communicate()
    if process.returncode != -signal.SIGKILL or "ended\n" in rest:
        return None
    return _at(seen + rest.splitlines(keepends=True))


def _at(lines: list[str]) -> str:
    """Return the innermost part that had begun and not ended."""
    begun: list[str] = []
    for line in (each.strip() for each in lines):
        if line.startswith("+"):
            begun.append(line[1:])
        elif line[1:] in begun:
            begun.reverse()
            begun.remove(line[1:])
            begun.reverse()
    return begun[-1] if begun else BETWEEN


def moment_in(parts: list[Part], chance: random.Random, phase: str = "") -> Moment:
    """Choose a random moment of a part, or of the whole run."""
    part = chance.choice([p for p in parts if p.phase == phase] or parts)
    return Moment(chance.uniform(0, part.seconds), part.phase, part.turn)


@dataclass
class Kills:
    """Kills in a world, on one store after the other."""

    world: World
    work: Path
    chance: random.Random
    struck: Struck = field(default_factory=Struck)
    wanted: list[Content] = field(default_factory=list)
    parts: list[list[Part]] = field(default_factory=list)

    def measure(self) -> None:
        """Do the nights undisturbed: how long each part takes, and what they leave."""
        for night in range(NIGHTS):
            self.world.night(night)
            self.parts.append(undisturbed(self.world.mapping, self.work / "plain"))
            self.wanted.append(content(self.world.mapping, self.work / "plain"))
        again = undisturbed(self.world.mapping, self.work / "plain")  # where there is nothing left to do
        self.parts.append(again)

    def trial(self, kills: int) -> None:
        """Kill a few times in each night of one new store, end each night undisturbed, and compare."""
        store = self.work / "killed"
        shutil.rmtree(store, ignore_errors=True)
        for night in range(NIGHTS):
            self.world.night(night)
            for n in range(kills):
                self._kill(store, self.parts[night if n == 0 else NIGHTS])
            undisturbed(self.world.mapping, store)
            found = content(self.world.mapping, store)
            wrong = [name for name, rows in self.wanted[night].items() if found[name] != rows]
            if wrong:
                raise AssertionError(f"not as undisturbed after kills: {', '.join(wrong)}")

    def _kill(self, store: Path, parts: list[Part]) -> None:
        is_anywhere = self.struck.asked % 2 == 0
        phase = "" if is_anywhere else min(PHASES, key=lambda each: (self.struck.at[each], self.chance.random()))
        at = killed(self.world.mapping, store, moment_in(parts, self.chance, phase))
        self.struck.asked += 1
        self.struck.total += at is not None
        self.struck.at.update([at] if at else [])


def main() -> None:
    """Do it so many times and say what came of it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=100, help="that strike while the run is at work")
    parser.add_argument("--cases", type=int, default=300)
    parser.add_argument("--together", type=int, default=4, help="kills a night on one store before it is compared")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as work, world(Path(work), given.cases) as served:
        kills = Kills(served, Path(work), random.Random(given.seed))
        kills.measure()
        while kills.struck.total < given.kills:
            kills.trial(given.together)
            sys.stderr.write(f"{kills.struck.asked} kills, {kills.struck.total} struck, identical\n")
    rows = sum(map(len, kills.wanted[-1].values()))
    told, at = kills.struck, dict(kills.struck.at.most_common())
    sys.stdout.write(
        f"{told.total} of {told.asked} kills struck while at work; {rows} rows identical; law held\n{at}\n"
    )


if __name__ == "__main__":
    main()
