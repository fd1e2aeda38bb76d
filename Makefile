# The commands of this house. `make help` lists them.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.SUFFIXES:

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
REPEATS ?= 10
JOBS ?= 2
DEMO ?= demo-workspace
# Start-up is measured and felt: byte code is always compiled, whatever the environment says.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help demo test test-long check bench lock clean format docs

help: ## Show these commands
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

demo: $(VENV)/.run ## Make an environment and show the whole main job on bundled interviews
	@rm -rf $(DEMO)
	@$(BIN)/persona demo $(DEMO)

test: $(VENV)/.test check ## Check the house, then run every test
	@PERSONA_REPEATS=$(REPEATS) $(BIN)/python -m pytest -n $(JOBS) --dist loadgroup

test-long: $(VENV)/.test ## The long repeats: a hundred kills, ten thousand mutants
	@PERSONA_REPEATS=100 $(BIN)/python -m pytest -n $(JOBS) --dist loadgroup -m "long or not long"

check: $(VENV)/.test ## Style, types, layers and documentation
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python scripts/make_cli_reference.py --check
	@$(BIN)/python scripts/make_metrics_reference.py --check
	@$(BIN)/python scripts/make_schemas.py --check

format: $(VENV)/.test ## Put the code in its usual form
	@$(BIN)/ruff check --fix-only -q . ; $(BIN)/ruff format -q .

docs: $(VENV)/.test ## Write the generated pages again
	@$(BIN)/python scripts/make_cli_reference.py
	@$(BIN)/python scripts/make_metrics_reference.py
	@$(BIN)/python scripts/make_schemas.py

bench: $(VENV)/.test ## Measure what the documentation claims; results go to bench/results
	@for script in bench/bench_*.py; do echo "== $$script"; $(BIN)/python $$script || exit 1; done

lock: $(VENV)/.test ## Renew the hash-locked requirements
	@$(BIN)/uv pip compile -q --generate-hashes --universal --python-version 3.11 --no-header --no-emit-index-url \
		--no-emit-find-links --no-annotate --no-strip-extras -o requirements/run.txt pyproject.toml requirements/run.in
	@$(BIN)/uv pip compile -q --generate-hashes --universal --python-version 3.11 --no-header --no-emit-index-url \
		--no-emit-find-links --no-annotate --no-strip-extras -o requirements/test.txt pyproject.toml requirements/run.in requirements/test.in
	@$(BIN)/uv pip compile -q --generate-hashes --universal --python-version 3.11 --no-header --no-emit-index-url \
		--no-emit-find-links --no-annotate --no-strip-extras -o requirements/judges.txt requirements/judges.in

clean: ## Remove what these commands made
	@rm -rf $(VENV) $(DEMO) build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache

$(VENV)/.made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "persona needs Python 3.11 or newer; $(PYTHON) is $$($(PYTHON) --version 2>&1)"; \
		echo; echo "hint: make $(MAKECMDGOALS) PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { echo; echo "hint: on Debian, install the package python3-venv"; exit 1; }
	@touch $@

$(VENV)/.run: requirements/run.txt pyproject.toml $(VENV)/.made
	@echo "installing what the program needs" >&2
	@$(BIN)/python -m pip install -q --disable-pip-version-check --no-compile --require-hashes -r requirements/run.txt
	@$(BIN)/python -m pip install -q --disable-pip-version-check --no-compile --no-deps --no-build-isolation -e .
	@$(BIN)/python -m compileall -q -j 2 $(VENV)/lib src || true
	@touch $@

$(VENV)/.test: requirements/test.txt requirements/judges.txt $(VENV)/.run
	@echo "installing what the tests need" >&2
	@$(BIN)/python -m pip install -q --disable-pip-version-check --no-compile --require-hashes -r requirements/test.txt
	@$(PYTHON) -m venv $(VENV)/judges
	@$(VENV)/judges/bin/python -m pip install -q --disable-pip-version-check --no-compile --require-hashes -r requirements/judges.txt
	@$(BIN)/python -m compileall -q -j 2 $(VENV)/lib src || true
	@touch $@
