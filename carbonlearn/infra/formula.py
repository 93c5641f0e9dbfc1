"""A small part of LaTeX as a tree that a page can be set from: fractions, roots, indices, Greek letters, signs and words.

What it does not know it says so, and the formula is shown as it was typed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

Node = dict[str, Any]

SIGNS: Final = {
    "times": "×", "cdot": "·", "div": "÷", "pm": "±", "le": "≤", "leq": "≤", "ge": "≥", "geq": "≥", "ne": "≠", "neq": "≠",
    "approx": "≈", "sum": "∑", "prod": "∏", "infty": "∞", "to": "→", "rightarrow": "→", "partial": "∂", "in": "∈",
    "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ε", "varepsilon": "ε", "eta": "η", "theta": "θ", "kappa": "κ",
    "lambda": "λ", "mu": "μ", "pi": "π", "rho": "ρ", "sigma": "σ", "tau": "τ", "phi": "φ", "varphi": "φ", "psi": "ψ", "omega": "ω",
    "Gamma": "Γ", "Delta": "Δ", "Phi": "Φ", "Psi": "Ψ", "Sigma": "Σ", "Omega": "Ω",
    "%": "%", "{": "{", "}": "}", "_": "_", "&": "&", "#": "#", "$": "$", "ldots": "…", "dots": "…", "cdots": "…",
    ",": " ", ";": " ", ":": " ", " ": " ", "quad": " ", "qquad": " ", "!": "",
}  # fmt: skip
WORDS: Final = ("text", "mathrm", "mathit", "operatorname", "mathbf")
SPACED: Final = frozenset("=+−×÷±≤≥≠≈→∈<>")
DEEPEST: Final = 40  # nothing that is read is nested so far, and a page is not to be lost to what is
TOKEN: Final = re.compile(r"\\([A-Za-z]+|.)|([{}^_])|(\s+)|(.)", re.DOTALL)


class FormulaUnknown(ValueError):
    """The formula uses something that is not of the small part."""


def tree(source: str) -> Node:
    """The formula as nodes: row, t (with ``i`` for slanted letters), frac, sqrt, base with sub and sup. Raises FormulaUnknown."""
    reader = _Reader(source)
    found = reader.row()
    if reader.here is not None:
        raise FormulaUnknown(source)
    return found


def characters(node: Node) -> Iterator[str]:
    """Every text of a tree, in reading order."""
    for value in node.values():
        if isinstance(value, str):
            yield value
        for part in value if isinstance(value, list) else [value]:
            if isinstance(part, dict):
                yield from characters(part)


class _Reader:
    def __init__(self, source: str) -> None:
        self.tokens = [
            ("\\" + found[1]) if found[1] else (found[2] or found[4])
            for found in TOKEN.finditer(source)
            if not found[3]
        ]
        self.raw = source
        self.at = 0
        self.depth = 0

    @property
    def here(self) -> str | None:
        return self.tokens[self.at] if self.at < len(self.tokens) else None

    def take(self) -> str:
        if self.here is None:
            raise FormulaUnknown(self.raw)
        self.at += 1
        return self.tokens[self.at - 1]

    def row(self) -> Node:
        self.depth += 1
        if self.depth > DEEPEST:
            raise FormulaUnknown(self.raw)
        parts: list[Node] = []
        while self.here is not None and self.here != "}":
            parts.append(self._indexed(self.atom()))
        self.depth -= 1
        return {"row": parts}

    def _indexed(self, base: Node) -> Node:
        marks: Node = {}
        while self.here in ("^", "_"):
            name = "sup" if self.take() == "^" else "sub"
            if name in marks:
                raise FormulaUnknown(self.raw)
            marks[name] = self.atom()
        return {"base": base, **marks} if marks else base

    def atom(self) -> Node:
        sign = self.take()
        if sign == "{":
            found = self.row()
            self._close()
            return found
        if sign in ("}", "^", "_"):
            raise FormulaUnknown(self.raw)
        self.depth += 1
        if self.depth > DEEPEST:
            raise FormulaUnknown(self.raw)
        found = self._command(sign[1:]) if sign.startswith("\\") else self._character(sign)
        self.depth -= 1
        return found

    def _command(self, name: str) -> Node:
        if name in ("frac", "dfrac", "tfrac"):
            return {"frac": [self.atom(), self.atom()]}
        if name == "sqrt":
            return {"sqrt": self.atom()}
        if name in WORDS:
            return {"t": "".join(characters(self.atom()))}
        if name in ("left", "right"):
            return {"t": self.take().replace(".", "")}
        if name not in SIGNS:
            raise FormulaUnknown(self.raw)
        return self._character(SIGNS[name])

    def _character(self, sign: str) -> Node:
        sign = {"-": "−", "*": "∗"}.get(sign, sign)
        if sign in SPACED or sign == "−":
            return {"t": f" {sign} "} if sign in SPACED and sign != "−" else {"t": sign}
        return {"t": sign, "i": True} if sign.isascii() and sign.isalpha() else {"t": sign}

    def _close(self) -> None:
        if self.take() != "}":
            raise FormulaUnknown(self.raw)
