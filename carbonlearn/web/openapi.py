"""The published description of the operations that a phone or another system calls (OpenAPI 3.1)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from flask import Flask

from carbonlearn import __version__
from carbonlearn.web.guard import access_of

View = TypeVar("View", bound=Callable[..., Any])
ATTRIBUTE = "carbonlearn_operation"

ERROR_SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["code", "message", "facts"],
            "properties": {
                "code": {"type": "string", "description": "stable"},
                "message": {"type": "string", "description": "in the reader's language"},
                "facts": {"type": "object"},
            },
        }
    },
}


@dataclass(frozen=True)
class Operation:
    """One operation as described to the outside. ``body`` and ``answer`` are JSON Schemas; ``form`` says the body is a form."""

    id: str
    summary: str
    body: Mapping[str, Any] | None
    answer: Mapping[str, Any] | None
    form: bool
    errors: tuple[str, ...]
    method: str | None


def operation(
    operation_id: str,
    summary: str,
    *,
    body: Mapping[str, Any] | None = None,
    answer: Mapping[str, Any] | None = None,
    form: bool = False,
    errors: tuple[str, ...] = (),
    method: str | None = None,
) -> Callable[[View], View]:
    """Describe the view to the outside. ``method`` picks one where a view serves several."""

    def describe(view: View) -> View:
        setattr(view, ATTRIBUTE, Operation(operation_id, summary, body, answer, form, errors, method))
        return view

    return describe


def operation_of(view: Callable[..., Any]) -> Operation | None:
    return getattr(view, ATTRIBUTE, None)


def description(app: Flask, server: str) -> dict[str, Any]:
    """The whole document, made from the routes themselves."""
    paths: dict[str, dict[str, Any]] = {}
    for rule in app.url_map.iter_rules():
        view = app.view_functions[rule.endpoint]
        found = operation_of(view)
        if found is None:
            continue
        path = re.sub(r"<(?:[^:<>]+:)?([^<>]+)>", r"{\1}", rule.rule)
        methods = sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
        for method in [found.method] if found.method else methods:
            paths.setdefault(path, {})[method.lower()] = _entry(found, view, sorted(rule.arguments))
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "carbonlearn",
            "version": __version__,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": server}],
        "paths": dict(sorted(paths.items())),
        "components": {
            "schemas": {"Error": ERROR_SCHEMA},
            "securitySchemes": {
                "session": {"type": "apiKey", "in": "cookie", "name": "carbonlearn"},
                "csrf": {"type": "apiKey", "in": "header", "name": "X-CSRFToken"},
            },
        },
    }


def _entry(found: Operation, view: Callable[..., Any], arguments: list[str]) -> dict[str, Any]:
    access = access_of(view)
    permission = access.permission if access else None
    entry: dict[str, Any] = {
        "operationId": found.id,
        "summary": found.summary,
        "x-permission": str(permission) if permission else "public",
        "security": [] if permission is None else [{"session": [], "csrf": []}],
        "responses": {"200": {"description": "done"}, "default": _error_response(found.errors)},
    }
    if arguments:
        entry["parameters"] = [
            {"name": a, "in": "path", "required": True, "schema": {"type": "string"}} for a in arguments
        ]
    if found.body is not None:
        kind = "application/x-www-form-urlencoded" if found.form else "application/json"
        entry["requestBody"] = {"required": True, "content": {kind: {"schema": found.body}}}
    if found.answer is not None:
        entry["responses"]["200"]["content"] = {"application/json": {"schema": found.answer}}
    return entry


def _error_response(errors: tuple[str, ...]) -> dict[str, Any]:
    return {
        "description": "refused; codes: " + (", ".join(errors) or "see the error schema"),
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}},
    }
