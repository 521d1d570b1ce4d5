"""Do models of FHIR that others made read what verosim wrote?

    VEROSIM_FHIR_OUT=OUT cargo test -p verosim-timeline --lib -- --ignored writes_for_other_readers
    python3 -m venv VENV && VENV/bin/pip install fhir.resources==8.3.0
    VENV/bin/python bench/fhir_check.py OUT/round-ndjson OUT/round-bundles OUT/made-ndjson OUT/made-bundles

Reads every resource with `fhir.resources.R4B` and counts those that do not read; 0 is expected. Errors are told by type of
resource and place, never with a value. Exit status 1 when there is one.
"""

import json
import sys
from collections import Counter
from importlib import import_module
from pathlib import Path

from pydantic import ValidationError

CLASSES = {}


def class_of(name):
    if name not in CLASSES:
        CLASSES[name] = getattr(import_module(f"fhir.resources.R4B.{name.lower()}"), name)
    return CLASSES[name]


def resources(folder):
    for path in sorted(folder.iterdir()):
        if path.name == "manifest.json":
            continue
        for line in path.read_text().splitlines():
            resource = json.loads(line)
            if resource["resourceType"] == "Bundle":
                yield resource
                yield from (entry["resource"] for entry in resource["entry"])
            else:
                yield resource


def main():
    errors = 0
    for folder in map(Path, sys.argv[1:]):
        read, wrong, told = Counter(), Counter(), Counter()
        for resource in resources(folder):
            name = resource["resourceType"]
            read[name] += 1
            try:
                class_of(name).model_validate(resource)
            except ValidationError as error:
                wrong[name] += 1
                for one in error.errors():
                    place = ".".join(str(part) for part in one["loc"] if not isinstance(part, int))
                    told[f"{name}.{place}: {one['type']}"] += 1
        errors += sum(wrong.values())
        print(f"{folder.name}: {sum(read.values())} resources of {len(read)} types, {sum(wrong.values())} do not read")
        print("  " + ", ".join(f"{name} {count}" for name, count in sorted(read.items())))
        for line, count in sorted(told.items()):
            print(f"  {count} {line}")
    sys.exit(1 if errors else 0)


main()
