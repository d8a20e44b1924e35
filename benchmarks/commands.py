"""Measure whole processes: --help, a named query, a full check. Run: python benchmarks/commands.py [RUNS]

Prints the median and spread of wall time in seconds, and each as a multiple of starting Python alone in the same run.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time

COMMANDS = {
    "python alone": ["-c", "pass"],
    "kgtools --help": ["-m", "kgtools", "--help"],
    "kgtools query incidents": ["-m", "kgtools", "query", "incidents"],
    "kgtools check": ["-m", "kgtools", "check"],
}


def seconds(arguments: list[str]) -> float:
    begun = time.perf_counter()
    subprocess.run([sys.executable, *arguments], capture_output=True, check=False)
    return time.perf_counter() - begun


def main() -> None:
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 7
    base = 0.0
    print("| command | median s | min–max s | times python alone |\n| --- | --- | --- | --- |")
    for name, arguments in COMMANDS.items():
        taken = [seconds(arguments) for _ in range(runs)]
        median = statistics.median(taken)
        base = base or median
        print(f"| {name} | {median:.2f} | {min(taken):.2f}–{max(taken):.2f} | {median / base:.0f} |")


if __name__ == "__main__":
    main()
