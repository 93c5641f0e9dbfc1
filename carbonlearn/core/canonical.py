"""One way to write a value as bytes, so that a hash or a signature made today can be checked by anyone later.

The result is JSON after RFC 8785 (keys in UTF-16 order, no spaces, UTF-8), restricted to what we sign: no floats at all, and
only integers that every JSON reader keeps exactly.
"""

from __future__ import annotations

from collections.abc import Mapping
from json.encoder import encode_basestring as _write_string

LARGEST_INTEGER = 2**53 - 1
WORDS = {None: "null", True: "true", False: "false"}


def canonical_json(value: object) -> bytes:
    """The canonical bytes of None, booleans, integers, strings, lists, tuples and mappings with string keys.

    Raises TypeError for any other type (floats, dates, sets: say how they are written first) and ValueError for an integer
    beyond 2**53 - 1 or a string that is no valid Unicode.
    """
    return _write(value).encode("utf-8")


def _write(value: object) -> str:
    if isinstance(value, str):
        return _write_string(str.__str__(value))
    if value is None or isinstance(value, bool):
        return WORDS[value]
    if isinstance(value, int):
        return _write_integer(value)
    if isinstance(value, Mapping):
        return _write_mapping(value)
    if isinstance(value, (list, tuple)):
        return "[" + ",".join(_write(element) for element in value) + "]"
    raise TypeError(f"no canonical form for {type(value).__name__}")


def _write_integer(value: int) -> str:
    if abs(value) > LARGEST_INTEGER:
        raise ValueError("an integer beyond 2**53 - 1 is not read alike everywhere; write it as a string")
    return str(int(value))


def _write_mapping(value: Mapping[object, object]) -> str:
    pairs: list[tuple[bytes, str]] = []
    for key, inner in value.items():
        if not isinstance(key, str):
            raise TypeError(f"a key must be a string, not {type(key).__name__}")
        pairs.append((key.encode("utf-16-be"), f"{_write_string(str.__str__(key))}:{_write(inner)}"))
    return "{" + ",".join(text for _, text in sorted(pairs)) + "}"
