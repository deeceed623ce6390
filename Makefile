# Needs Python 3.11 or newer and nothing else. `make` lists what there is.

SHELL := /bin/sh
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
SOURCES := liveroom loadtests tests scripts
# Processes for tests that do not measure time; one more than small machines have cores, as many wait for a server.
WORKERS ?= 3
# Seconds for one test of the long runs, which repeat for minutes what `make test` does once.
LONG_S := 1800

.DEFAULT_GOAL := help
.PHONY: help run test check format lock bench loadtest fuzz crash chaos turn docs clean

help: ## List the commands
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{ printf "  make %-8s %s\n", $$1, $$2 }'

run: $(VENV)/.runtime ## Serve a demo room on http://127.0.0.1:8000
	@$(BIN)/liveroom demo

# A hundred processes of the tests load what the first has compiled.
test fuzz: export PYTHONDONTWRITEBYTECODE :=
test: $(VENV)/.dev ## Run all tests, those in the browser included; T=path runs a part
	@sh scripts/browser.sh $(BIN)/python
ifdef T
	@$(BIN)/python -m pytest $(T)
else
	@sh scripts/tests.sh $(BIN)/python $(WORKERS)
endif

check: $(VENV)/.dev ## Format, lint, types, import rules, house rules
	@echo "· format"       && $(BIN)/ruff format --check --quiet --output-format concise $(SOURCES) || { echo "  make format puts it right" >&2; exit 1; }
	@echo "· lint"         && $(BIN)/ruff check --quiet $(SOURCES)
	@echo "· types"        && $(BIN)/mypy --strict --no-error-summary liveroom loadtests
	@echo "· imports"      && $(BIN)/lint-imports --no-logo
	@echo "· house rules"  && $(BIN)/python scripts/house_rules.py

format: $(VENV)/.dev ## Format the code and fix what can be fixed
	@$(BIN)/ruff format --quiet $(SOURCES)
	@$(BIN)/ruff check --fix --quiet $(SOURCES)

bench: $(VENV)/.runtime ## Measure the fan-out, with the peers, on two cores
	@$(BIN)/liveroom bench fanout --viewers 1000 --rate 300 --seconds 20 --peers

loadtest: $(VENV)/.loadtest ## Load a server started here, and say whether it holds the 600 ms; PROFILE=slo
	@$(BIN)/liveroom loadtest --profile $(or $(PROFILE),ci)

turn: $(VENV)/.dev ## Send media through a real coturn on this machine; installs it where it can
	@sh scripts/coturn.sh
	@$(BIN)/python -m pytest -q tests/turn/relay.py

docs: $(VENV)/.runtime ## Write the generated pages and interface documents anew
	@$(BIN)/python -m liveroom.server.handbook .

crash: $(VENV)/.dev ## Kill servers in storms of claims and gifts, twenty times; SEED= repeats a run, ROUNDS= its length
	@CRASH_SEED=$(SEED) CRASH_ROUNDS=$(or $(ROUNDS),20) $(BIN)/python -m pytest --timeout $(LONG_S) tests/crash

fuzz: $(VENV)/.dev ## Let the property tests look for new cases, in three rounds; ROUNDS= more or fewer
	@for round in $$(seq $(or $(ROUNDS),3)); do \
		FUZZ=1 $(BIN)/python -m pytest -q -n $(WORKERS) --dist loadfile --no-loadscope-reorder -m "hypothesis and not alone" || exit 1; \
	done

chaos: $(VENV)/.dev ## Cut and kill two nodes under load, and check what 60 viewers heard; SEED= repeats a run
	@CHAOS=full CHAOS_SEED=$(SEED) $(BIN)/python -m pytest --timeout $(LONG_S) -s tests/chaos

lock: $(VENV)/.dev ## Resolve the dependencies anew and write requirements/
	@sh scripts/lock.sh $(BIN)/uv

clean: ## Remove the environment and everything that was built
	@rm -rf $(VENV) build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache
	@rm -rf loadtests/peers/node_modules
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "liveroom needs Python 3.11 or newer, $(PYTHON) is older or missing; try: make PYTHON=python3.12" >&2; exit 1; }
	@echo "· virtual environment in $(VENV)"
	@$(PYTHON) -m venv $(VENV) || \
		{ rm -rf $(VENV); echo "the module venv is missing; on Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; }

$(VENV)/.runtime: requirements/runtime.txt pyproject.toml | $(VENV)/bin/python
	@echo "· dependencies (pinned and hashed)"
	@$(PIP) install --require-hashes -r requirements/runtime.txt
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.loadtest: requirements/loadtest.txt $(VENV)/.runtime
	@echo "· the load generator (pinned and hashed)"
	@$(PIP) install --require-hashes -r requirements/loadtest.txt
	@touch $@

$(VENV)/.dev: requirements/dev.txt $(VENV)/.runtime
	@echo "· tools for tests and checks (pinned and hashed)"
	@$(PIP) install --require-hashes -r requirements/dev.txt
	@touch $@
