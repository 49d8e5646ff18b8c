# `make run` and `make test` need nothing first: the first of them makes .venv.
# PYTHON=python3.12 chooses another Python; FRESH=1 makes `run` forget what it kept in VAR_DIR.

PYTHON ?= python3
BIN := .venv/bin
# Named after this folder, because a moved .venv must be made again.
HERE := $(shell pwd | cksum | cut -d' ' -f1)
READY := .venv/ready-$(HERE)
READY_DEV := .venv/ready-dev-$(HERE)
CHECKS := lint format types imports

export PYTHON
# Images set this, and then every process compiles everything anew, for seconds.
unexport PYTHONDONTWRITEBYTECODE
export PYTHONPATH := $(CURDIR):$(CURDIR)/miniprogram-api

.PHONY: simulate drill-simulation run test test-browser check lint format types imports lock demo-pay bench
.DEFAULT_GOAL := run

run: $(READY)
	@exec $(BIN)/python -m backend.cli run

# What the browser stories need is fetched while mypy computes.
test: $(READY_DEV)
	@$(MAKE) --no-print-directory -k -j5 --output-sync=target $(CHECKS) browser
	@$(BIN)/python -m pytest -n 2 --maxschedchunk 1
	@exec $(BIN)/python -m pytest tests/browser -m essential -n 2 --maxschedchunk 1

# All stories in a real Chromium, for minutes; make test plays the essential ones. Fetches what it needs.
test-browser: browser
	@exec $(BIN)/python -m pytest tests/browser -m browser --durations=10

# Plants a fault in each page and sees the story it names fail; writes its table to docs/drills.md.
.PHONY: drill-pages
drill-pages: browser
	@exec $(BIN)/python -m tests.browser.bites

check: $(READY_DEV)
	@exec $(MAKE) --no-print-directory -k -j4 --output-sync=target $(CHECKS)

demo-pay: $(READY)
	@exec $(BIN)/python -m sandbox.demo_pay

# SEEDS=n FROM=k; the first seed that breaks a promise is shrunk and told.
simulate: $(READY_DEV)
	@exec $(BIN)/python -m tests.simulation --seeds $(or $(SEEDS),100) --from $(or $(FROM),0)

# Goes on where it stopped; writes its result and the table of planted bugs to docs/drills.md.
drill-simulation: $(READY_DEV)
	@$(BIN)/python -m tests.simulation.drill --seeds $(or $(SEEDS),100000)
	@exec $(BIN)/python -m tests.simulation.bites

lock: $(READY_DEV)
	@exec scripts/lock

.PHONY: browser
browser: $(READY_DEV)
	@scripts/browser

lint: $(READY_DEV)
	@$(BIN)/python -m ruff check

format: $(READY_DEV)
	@$(BIN)/python -m ruff format --check

types: $(READY_DEV)
	@$(BIN)/python -m mypy

imports: $(READY_DEV)
	@$(BIN)/lint-imports

$(READY): requirements.txt pyproject.toml
	@scripts/bootstrap requirements.txt
	@touch $@

$(READY_DEV): requirements-dev.txt $(READY)
	@scripts/bootstrap requirements-dev.txt
	@touch $@

# PAYMENTS and SEED choose how many and which; the result is appended to docs/drills.md.
.PHONY: drill-chaos
drill-chaos: $(READY_DEV)
	@exec $(BIN)/python -m tests.chaos.drill --payments $(or $(PAYMENTS),5000) --seed $(or $(SEED),1)

# ROWS=callback,balance measures only these; without it all of docs/benchmarks.md.
bench: $(READY_DEV)
	@exec $(BIN)/python -m bench --rows "$(ROWS)"
