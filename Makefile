# Two commands: `make run` and `make test`. Each does its own set-up; beside `make` they need Python 3.11 or later
# with its venv module. Neither asks a question, and both are quick the second time.

SHELL := /bin/sh
VENV := .venv
BIN := $(VENV)/bin
PO := $(wildcard carbonlearn/locale/*/LC_MESSAGES/*.po)
MO := $(PO:.po=.mo)
WORKERS ?= 2
CHECKERS := $(sort $(wildcard tools/check_*.py))

.PHONY: run test check bench lock clean messages browser help
.DELETE_ON_ERROR:

run: $(VENV)/.stamp-run $(MO)  ## set up, migrate, seed the demonstration base on first start, serve
	@exec $(BIN)/carbonlearn serve --demo

test: $(VENV)/.stamp-dev $(MO) browser  ## set up and run every test, on SQLite and on PostgreSQL
	@$(BIN)/python -m pytest --engine=both --numprocesses=$(WORKERS) --dist=worksteal $(PYTEST_ARGS)

check: $(VENV)/.stamp-dev  ## lint, format, types, layers, templates, content
	$(BIN)/ruff check --output-format=concise .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	@if [ -d templates ]; then echo "$(BIN)/djlint templates --lint"; $(BIN)/djlint templates --lint --quiet; fi
	@set -e; for checker in $(CHECKERS); do echo "$(BIN)/python $$checker"; $(BIN)/python "$$checker"; done

bench: $(VENV)/.stamp-dev $(MO) browser  ## the benchmarks, one JSON line each
	@$(BIN)/python -m bench

lock:  ## make both requirements files anew from pyproject.toml
	@sh tools/lock.sh

messages: $(VENV)/.stamp-run  ## collect the texts anew, then compile the translations
	@sh tools/messages.sh
	@$(BIN)/pybabel --quiet compile --directory=carbonlearn/locale

clean:  ## remove what set-up and tests made; the data folder stays
	rm -rf $(VENV) .tools .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis screenshots bench-results
	rm -f $(MO)
	find carbonlearn tests tools migrations -name __pycache__ -type d -prune -exec rm -rf {} +

help:  ## this list
	@sed -n 's/^\([a-z]*\):.*##  *\(.*\)/\1\t\2/p' Makefile

browser: $(VENV)/.stamp-dev
	@$(BIN)/python tools/ensure_browser.py

$(VENV)/.stamp-run: requirements.txt tools/set_up.sh
	@sh tools/set_up.sh requirements.txt $@

$(VENV)/.stamp-dev: requirements-dev.txt tools/set_up.sh
	@sh tools/set_up.sh requirements-dev.txt $@

%.mo: %.po | $(VENV)/.stamp-run
	@$(BIN)/pybabel --quiet compile --input-file=$< --output-file=$@
