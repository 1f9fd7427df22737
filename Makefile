# Everything is done in a virtual environment of its own, from the lock files. `make help` lists the targets.
PYTHON ?= python3
VENV ?= .venv
OUT ?= out/demo
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
LOCK := uv pip compile pyproject.toml --universal --python-version 3.11 --no-emit-index-url --no-header --quiet

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help venv demo test browser databases java check format lock schema bench clean

help: ## List the targets
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 10

venv: $(VENV)/.installed ## Make the virtual environment with what a run needs

demo: $(VENV)/.installed ## Simulate a chain and make its value stream map
	$(BIN)/zaakstroom demo --out $(OUT)

test: $(VENV)/.installed-dev browser databases java ## Install what the tests need and run all of them
	$(BIN)/python -m pytest -n auto --dist loadfile $(PYTEST_ARGS)

browser: $(VENV)/.installed-dev ## Find Chromium, or install it where that is possible
	$(BIN)/python -m tests.chromium

databases: $(VENV)/.installed-dev ## Find MariaDB, or install it where that is possible
	$(BIN)/python -m tests.mariadb

java: $(VENV)/.installed-dev ## Find Java 17 or 21 for Spark, or install it where that is possible
	$(BIN)/python -m tests.java

check: $(VENV)/.installed-dev ## Lint, format, types and import contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/.installed-dev ## Format the code
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

lock: $(VENV)/.installed-dev ## Compile the lock files from pyproject.toml
	$(BIN)/$(LOCK) --group build --output-file requirements.lock
	$(BIN)/$(LOCK) --group build --group dev --extra postgresql \
		--constraint requirements.lock --output-file requirements-dev.lock

schema: $(VENV)/.installed ## Write the JSON Schemas and the references in docs/ from the code
	$(BIN)/zaakstroom schema
	$(BIN)/python -m mappings.reference
	$(BIN)/python -m flows.gate.guide

bench: $(VENV)/.installed-dev ## Measure speed and memory on generated logs
	$(BIN)/python -m benchmarks

clean: ## Remove the virtual environment and what runs have written
	rm -rf $(VENV) out demo-data build *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache

# A virtual environment without pip is what Debian leaves behind where python3-venv is missing: the machine's own pip
# can fill it all the same.
$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' \
		|| { echo "zaakstroom needs Python 3.11, 3.12 or 3.13; name one: make $(MAKECMDGOALS) PYTHON=python3.11" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) >/dev/null 2>&1 || { \
		$(PYTHON) -m venv --clear --without-pip $(VENV) \
		&& $(PYTHON) -m pip --quiet --python $(VENV)/bin/python install pip; }

$(VENV)/.installed: requirements.lock pyproject.toml | $(VENV)/bin/python
	@echo "Installing what a run needs into $(VENV) (once, one to three minutes)"
	@$(PIP) install --quiet --requirement requirements.lock
	@$(PIP) install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.installed-dev: requirements-dev.lock $(VENV)/.installed
	@echo "Installing what the tests need into $(VENV) (once)"
	@$(PIP) install --quiet --requirement requirements-dev.lock
	@touch $@
