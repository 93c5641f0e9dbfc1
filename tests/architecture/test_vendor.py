"""Files taken from other people's packages are the ones recorded, byte for byte."""

import hashlib
import json
from pathlib import Path

VENDOR = Path(__file__).resolve().parents[2] / "static" / "vendor"
RECORDS = json.loads((VENDOR / "vendor.json").read_text("utf-8"))


def test_every_vendored_file_has_its_recorded_hash() -> None:
    wrong = [
        name
        for record in RECORDS
        for name, digest in record["files"].items()
        if hashlib.sha256((VENDOR / name).read_bytes()).hexdigest() != digest
    ]
    assert wrong == []


def test_no_vendored_file_is_unrecorded() -> None:
    recorded = {name for record in RECORDS for name in record["files"]}
    present = {str(path.relative_to(VENDOR)) for path in VENDOR.rglob("*") if path.is_file()}
    assert present - {"vendor.json"} == recorded


def test_every_package_names_version_integrity_and_carries_its_licence() -> None:
    for record in RECORDS:
        assert record["version"] and record["integrity"].startswith("sha512-") and record["licence"]
        assert any(name.endswith("/LICENSE") for name in record["files"])
