# `make run` and `make test` work on a fresh clone: they make the environment in .venv when it is missing or old.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip --disable-pip-version-check

# On all cores, which pip does not. Some packages bring files that are meant not to compile.
COMPILE_CODE = $(BIN)/python -m compileall -q -j 0 $(VENV)/lib handover_rules eval service >/dev/null 2>&1 || true

DATA := $(wildcard datasets/messages/*.jsonl)

.DEFAULT_GOAL := help
.PHONY: help install run test check gate bench generate models lock clean

help: ## List the targets.
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

install: $(VENV)/installed ## Install what the program needs into .venv.

run: $(VENV)/installed ## Start the webhook service (port 5001) and the workbench (port 8501).
	@$(BIN)/handover run

test: $(VENV)/installed-dev ## Run all tests.
	$(BIN)/python -m pytest -n 2

check: $(VENV)/installed-dev ## Lint, formatting and types of the code; the shipped rules, their layout and tests.
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/handover check rules --strict
	$(BIN)/handover fmt rules --check
	$(BIN)/handover test rules

gate: $(VENV)/installed ## Judge what the shipped rules decide by eval/gates.yaml.
	$(BIN)/handover gate

bench: $(VENV)/installed-dev ## Measure speed beside other rule engines; other messages with DATA=file.jsonl.
	$(BIN)/python -m tests.benchmarks.run $(DATA)

models: $(VENV)/installed-dev ## Train the shipped local models again, from datasets/.
	$(BIN)/handover train --data datasets --out rules/models/handover.json
	$(BIN)/handover train --data datasets --view strict --out rules/models/triage.json

COMPILE := $(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-annotate --no-header
generate: $(VENV)/installed-dev ## Write anew what is made from the code: the JSON Schema and the pages of reference.
	$(BIN)/handover schema > handover_rules/schema/ruleset.schema.json
	$(BIN)/handover schema --reference > docs/reference/grammar.md
	$(BIN)/python -m handover_rules.rulefile.catalogue docs/checks

lock: $(VENV)/installed-dev ## Resolve the lock files again after a change of pyproject.toml.
	$(COMPILE) --extra all --group build --group test --group lint --group bench pyproject.toml -o requirements-dev.lock
	$(COMPILE) --extra all --group build --constraint requirements-dev.lock pyproject.toml -o requirements.lock

clean: ## Remove the environment and everything that was made.
	rm -rf $(VENV) runs var .pytest_cache .mypy_cache .ruff_cache .hypothesis

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed; name one with make PYTHON=python3.12") if sys.version_info < (3, 11) else None'
	$(PYTHON) -m venv $(VENV)

$(VENV)/installed: requirements.lock pyproject.toml | $(VENV)/bin/python
	$(PIP) install --quiet --no-compile --require-hashes -r requirements.lock
	$(PIP) install --quiet --no-deps --no-build-isolation --editable .
	@$(COMPILE_CODE)
	@touch $@

$(VENV)/installed-dev: requirements-dev.lock $(VENV)/installed
	$(PIP) install --quiet --no-compile --require-hashes -r requirements-dev.lock
	@$(COMPILE_CODE)
	@touch $@
