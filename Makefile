# Needs CPython 3.11 or later, make and git; everything else is fetched, pinned by hash.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
# Installing is quiet and never asks; the version check of pip is of no use here.
PIP    := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-input

# The files with proofs: to look through all others for some takes each process 13 s.
PROOFS = $(shell grep -rl 'mark\.proof' tests --include='test_*.py')

# Where proofs write down what they found, for the table of docs/safety.md.
FIGURES := $(CURDIR)/build/figures

.PHONY: help demo test lint proof soak mutants personas safety bench docs pictures requirements clean

help: ## Show what there is to make
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 16

demo: $(VENV)/run ## Try the daily run on an invented year of calendars
	@$(BIN)/fika demo

test: $(VENV)/dev lint ## The checks and tests; a change must pass these and proof
	$(BIN)/python -m pytest -q -n 2 --dist worksteal

lint: $(VENV)/dev
	$(BIN)/ruff check --quiet .
	$(BIN)/ruff format --quiet --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

proof: $(VENV)/dev ## The long proofs: crash schedules, kills, malformed input
	$(BIN)/python -m tests.web.chromium
	FIKA_FIGURES=$(FIGURES)/proof $(BIN)/python -m pytest -q -n 3 --dist load --maxschedchunk 1 -m "proof and not soak" $(PROOFS)

soak: $(VENV)/dev ## The same for hours: 100,000 schedules, every pair of crashes, 1,000 kills and bombs
	FIKA_FIGURES=$(FIGURES)/soak $(BIN)/python -m pytest -q -n 2 -m soak
	FIKA_FIGURES=$(FIGURES)/soak $(BIN)/python -m tests.simulator soak
	FIKA_FIGURES=$(FIGURES)/soak $(BIN)/python -m tests.simulator pairs
	FIKA_FIGURES=$(FIGURES)/soak $(BIN)/python -m tests.proof.kills --kills 1000
	FIKA_FIGURES=$(FIGURES)/soak $(BIN)/python -m tests.proof.bombs --bombs 1000

mutants: $(VENV)/dev ## Does a test notice each small mistake in what sends? Takes hours
	FIKA_FIGURES=$(FIGURES)/mutants $(BIN)/python -m tests.mutants

personas: $(VENV)/dev ## Play four simulated years and write docs/personas.md
	$(BIN)/python -m tests.personas

safety: $(VENV)/dev ## Write the figures recorded so far into docs/safety.md
	$(BIN)/python docs/safety_table.py $(FIGURES)

bench: $(VENV)/bench ## Figures beside their peers, in one run
	$(BIN)/python benchmarks/run.py

docs: $(VENV)/dev ## Write the parts of docs/ that come from the code
	$(BIN)/python docs/generate.py

pictures: $(VENV)/dev ## Photograph the page in a browser for docs/
	FIKA_PICTURES=docs/pictures $(BIN)/python -m pytest -q -m proof -k accessible tests/web/test_browser.py

requirements: ## Pin every dependency anew (needs uv)
	cd requirements && for each in run dev bench; do \
	  uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	    --no-header --no-emit-index-url $$each.in -o $$each.txt || exit 1; done

clean: ## Remove what was set up here
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache build

$(BIN)/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Fika needs Python 3.11 or later; say which with: make PYTHON=python3.11")'
	$(PYTHON) -m venv $(VENV)

$(VENV)/run: $(BIN)/python requirements/run.txt pyproject.toml
	$(PIP) --require-hashes -r requirements/run.txt
	$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/dev: $(BIN)/python requirements/dev.txt pyproject.toml
	$(PIP) --require-hashes -r requirements/dev.txt
	$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/bench: $(VENV)/dev requirements/bench.txt
	$(PIP) --require-hashes -r requirements/bench.txt
	@touch $@
