"""Makes the digest of FHIR R4 that the validator reads, from HL7's own packages.

Source: npm packages `hl7.fhir.r4.examples` 4.0.1 (its StructureDefinitions are those of the standard) and
`hl7.fhir.r4.expansions` 4.0.1 (value sets spelt out), both by HL7 and CC0-1.0.

    npm pack hl7.fhir.r4.examples@4.0.1 && npm pack hl7.fhir.r4.expansions@4.0.1   # unpack each into a folder
    python3 bench/fhir_digest.py EXAMPLES/package EXPANSIONS/package > crates/timeline/src/shape/fhir/r4.tsv
"""

import json
import sys
from pathlib import Path

RESOURCES = """AllergyIntolerance Bundle CarePlan Claim Condition Coverage Device DeviceUseStatement DiagnosticReport
DocumentReference Encounter ExplanationOfBenefit ImagingStudy Immunization Location Medication MedicationAdministration
MedicationRequest MedicationStatement Observation Organization Patient Practitioner Procedure ServiceRequest Specimen
SupplyDelivery""".split()
MOST_CODES = 400
PRIMITIVES = set()


def definition(folder, name):
    return json.loads((folder / f"StructureDefinition-{name}.json").read_text())


def kind_of(code):
    return "string" if code.startswith("http://hl7.org/fhirpath/") else code


def codes_of(folder, url):
    """The codes of a value set, or none where there are too many to spell out."""
    name = url.split("|")[0].rsplit("/", 1)[1]
    path = folder / f"ValueSet-{name}.json"
    if not path.exists():
        return name, []
    contains = json.loads(path.read_text()).get("expansion", {}).get("contains", [])
    codes, waiting = [], list(contains)
    while waiting:
        entry = waiting.pop(0)
        if "code" in entry and not entry.get("abstract"):
            codes.append(entry["code"])
        waiting.extend(entry.get("contains", []))
    return name, sorted(set(codes)) if len(codes) <= MOST_CODES else []


def main():
    examples, expansions = Path(sys.argv[1]), Path(sys.argv[2])
    waiting, seen, sets = list(RESOURCES), set(), {}
    lines = []
    while waiting:
        name = waiting.pop(0)
        if name in seen:
            continue
        seen.add(name)
        about = definition(examples, name)
        if about["kind"] == "primitive-type":
            PRIMITIVES.add(name)
            continue
        if about["kind"] == "resource" and name not in RESOURCES:
            continue
        # A specialised quantity has the elements of what it specialises.
        rows = {}
        for element in about["snapshot"]["element"]:
            parts = element["path"].split(".")
            if len(parts) == 1 or ":" in element["id"]:
                continue
            owner, last = ".".join(parts[:-1]), parts[-1]
            if owner.split(".")[0] != name:
                owner = ".".join([name] + owner.split(".")[1:])
            if "contentReference" in element:
                types = [element["contentReference"].split("#")[1]]
            else:
                types = [kind_of(entry["code"]) for entry in element.get("type", [])]
            if owner in RESOURCES and last == "id":
                # The definitions call ids of resources texts; section 2.24 of the standard says what they are.
                types = ["id"]
            if types in (["BackboneElement"], ["Element"]):
                types = [f"{owner}.{last}"]
            binding = element.get("binding", {})
            bound = "-"
            if binding.get("strength") == "required" and set(types) <= {"code", "CodeableConcept", "Coding"}:
                bound, codes = codes_of(expansions, binding["valueSet"])
                if codes:
                    sets[bound] = codes
                else:
                    bound = "-"
            rows.setdefault(owner, []).append((last, element["min"], element["max"], ",".join(types), bound))
            waiting.extend(entry for entry in types if "." not in entry)
        for owner in sorted(rows):
            lines.append((owner, rows[owner]))
    print("# Elements of FHIR R4 (4.0.1): owner, then its elements with min, max, types and required value set.")
    print("# Made by bench/fhir_digest.py from hl7.fhir.r4.examples and hl7.fhir.r4.expansions 4.0.1. HL7 FHIR is CC0-1.0.")
    for owner, rows in sorted(lines):
        print(f"T\t{owner}")
        for row in rows:
            print("\t".join(map(str, row)))
    for name in sorted(PRIMITIVES):
        print(f"P\t{name}")
    for name in sorted(sets):
        print("\t".join(["V", name, *sets[name]]))


main()
