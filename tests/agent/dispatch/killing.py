"""Real processes, ended at a moment nobody chose."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from pathlib import Path

_BEGIN = "import sys, pathlib; from datetime import datetime, UTC\n"
_READY = "print('ready', flush=True)\n"


class Killable:
    """A script that is run again and again, and killed after it has said that it is ready.

    ``given`` is what it needs loaded; ``work`` finds its arguments as ``words``. How long it
    takes is measured once, on ``words`` of the first call, and bounds the moments.
    """

    def __init__(self, given: str, work: str, seed: int) -> None:
        self._source = f"{_BEGIN}{given}\nwords = sys.argv[1:]\n{_READY}{work}\n"
        self._random = random.Random(seed)
        self._lasts_s = 0.0

    def measure(self, *words: Path) -> None:
        """Let it end once."""
        with self._started(*words) as process:
            began = time.monotonic()
            assert process.wait() == 0
            self._lasts_s = time.monotonic() - began

    def kill(self, *words: Path) -> bool:
        """Start it, kill it; whether it was still at work.

        What was measured on a busy machine is too long on a calm one, and is shortened.
        """
        with self._started(*words) as process:
            time.sleep(self._random.uniform(0, self._lasts_s))
            process.kill()
            if process.wait() != 0:
                return True
        self._lasts_s *= 0.7
        return False

    def _started(self, *words: Path) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            [sys.executable, "-c", self._source, *map(str, words)], stdout=subprocess.PIPE
        )
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        return process
