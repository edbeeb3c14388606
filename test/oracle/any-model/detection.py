"""AUROC of a guard's measures and how many images it calls foreign, from what `sureseg predict --json` and `guard check --json` print.

Usage: python detection.py HELD_OUT.json FOREIGN.json...
"""

import json
import sys
from pathlib import Path


def read(path):
    lines = [json.loads(line) for line in Path(path).read_text().splitlines() if line.startswith("{")]
    return [line for line in lines if "measure" in line]


def main(held_out, *foreign):
    familiar = read(held_out)
    print(f"false alarms {sum(line['foreign'] for line in familiar)} of {len(familiar)}")
    for path in foreign:
        found = read(path)
        above = sum((a["measure"] > b["measure"]) + 0.5 * (a["measure"] == b["measure"]) for a in found for b in familiar)
        caught = sum(line["foreign"] for line in found)
        print(f"{path}: AUROC {above / len(found) / len(familiar):.3f}, caught {caught} of {len(found)}")


main(*sys.argv[1:])
