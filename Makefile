# `make run` and `make test` are all the set-up there is; `make help` lists the rest.
SHELL := /bin/bash
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
# The bundled encoder is a hundred times slower when BLAS threads fight over two busy cores.
export OPENBLAS_NUM_THREADS ?= 1
export OMP_NUM_THREADS ?= 1
export OMP_WAIT_POLICY ?= passive

.DEFAULT_GOAL := help
.PHONY: help run install install-dev assets test check format bench-search bench-suggest bench-index bench-index-scale bench-index-http bench-index-changes bench-index-real bench-request bench-import bench-encoding bench-coverage bench-fraud bench-ledger bench-merchant chaos chaos-power chaos-index constraints clean bench-generalise

help: ## Show what can be made
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

run: install ## Install, load the starter data of Anji, build the index and serve
	@exec $(BIN)/baicha serve --starter starter

install: $(VENV)/.installed assets ## Make .venv/bin/baicha, with the pages' assets

install-dev: install $(VENV)/.installed-dev ## Add what the tests and checks need

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' 2>/dev/null \
		|| { echo "Baicha needs Python 3.11 as '$(PYTHON)'; name another one: make PYTHON=/path/to/python3.11 run"; exit 1; }
	@# What a venv that failed leaves behind would be taken for a good one.
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); exit 1; }

$(VENV)/.installed: pyproject.toml constraints.txt scripts/install_torch.py | $(VENV)/bin/python
	@echo "Installing the packages (about 1.5 GB on disk, a few minutes; an interrupted install goes on where it was) ..."
	@$(BIN)/python scripts/install_torch.py
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e .
	@touch $@

$(VENV)/.installed-dev: pyproject.toml constraints.txt | $(VENV)/.installed
	@echo "Installing what the tests need ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $@

assets: $(VENV)/.installed
	@$(BIN)/python scripts/build_assets.py

test: install-dev check ## Run the checks and every test, on SQLite and PostgreSQL, in a browser too
	@$(BIN)/python scripts/find_chromium.py
	@$(BIN)/python -m pytest -n 2 --dist worksteal --cov --cov-report=term

check: install-dev ## Formatting, lint, types, and the arrows between the rooms
	@$(BIN)/ruff format --check --quiet . && $(BIN)/ruff check --quiet . && echo "ruff: clean"
	@$(BIN)/mypy
	@$(BIN)/lint-imports

format: install-dev ## Format, and mend what lint can mend
	@$(BIN)/ruff format . && $(BIN)/ruff check --fix .

bench-generalise: install-dev ## What the search loses when half of the ontology's synonyms are unknown
	@$(BIN)/python -m bench.generalise

bench-search: install-dev ## Relevance and milliseconds beside BM25, dense and their fusion
	@$(BIN)/python -m bench.search

bench-suggest: install-dev ## Milliseconds of a suggestion beside a scan of every name, at 2,549 and 100,000 listings
	@$(BIN)/python -m bench.suggest

bench-coverage: install-dev ## Whether the 95% intervals hold the truth, over a thousand light counties
	@$(BIN)/python -m bench.coverage
	@$(BIN)/python -m bench.full_counties

bench-ledger: install-dev ## Durable appends beside raw INSERTs of the same bytes, and over HTTP, on SQLite and PostgreSQL
	@$(BIN)/python -m bench.ledger
	@$(BIN)/python -m bench.ledger --http

bench-merchant: install-dev ## A merchant's month out of 10 million events, over HTTP (EVENTS=1000000 for a short run)
	@$(BIN)/python -m bench.merchant --events $${EVENTS:-10000000}

chaos: install-dev ## Kill appends and checkpoints at random moments: KILLS=300 make chaos
	@$(BIN)/python -m bench.chaos --kills $${KILLS:-300}

chaos-power: install-dev ## Cut the power below PostgreSQL, which loses what was not fsynced: CUTS=100 make chaos-power
	@$(BIN)/python -m tests.ledger.power_cut_loop --cuts $${CUTS:-100}

bench-fraud: install-dev ## What attacks on visits cost and gain, with the checks and without
	@$(BIN)/python -m bench.fraud

chaos-index: install-dev ## Kill builders and folds of the index at random moments, fill the disk at each write: KILLS=200 make chaos-index
	@$(BIN)/python -m tests.index.kill_loop $${KILLS:-200}
	@$(BIN)/python -m tests.index.full_disk
	@if [ "$$(id -u)" = 0 ]; then $(BIN)/python -m tests.index.full_disk tmpfs; else echo "not root: no disk was filled whole"; fi

bench-index: install-dev ## The index engine beside FAISS, LanceDB, pgvector and Milvus (ROWS=300000 for a short run)
	@$(BIN)/python -m bench.index

bench-index-scale: install-dev ## What a search costs from 10,000 to 4,000,000 rows in one byte (ROWS=10000,100000 for a short run)
	@$(BIN)/python -m bench.index_scale

bench-index-http: install-dev ## Whole requests on a million listings beside LanceDB's hybrid search (ROWS=100000 for a short run)
	@$(BIN)/python -m bench.index_http

bench-index-changes: install-dev ## What adding, changing and deleting a listing costs, and when it shows
	@$(BIN)/python -m bench.index_changes

bench-index-real: install-dev ## Recall without a place over real texts, under limits too (ROWS=50000 for a short run)
	@$(BIN)/python -m bench.index_real

bench-request: install-dev ## What a whole request costs, by what is asked, and the first one after a change (ROWS=3000 for a short run)
	@$(BIN)/python -m bench.request

bench-import: install-dev ## Import, build and open at scale, with the processor's seconds and the memory of each step (ROWS=1000000)
	@$(BIN)/python -m bench.import_scale $${ROWS:-100000}

bench-encoding: install-dev ## 100,000 new listings from their file to the first search (ROWS=20000 for a short run)
	@$(BIN)/python -m bench.encoding

constraints: ## Pin in constraints.txt what is installed now
	@$(BIN)/python -m pip freeze --exclude-editable | sed -E 's/^(torch==[0-9.]+)\+.*/\1/' >constraints.txt

clean: ## Remove the environment and built assets; the data folder stays
	@rm -rf $(VENV) api/pages/static api/pages/assets/node_modules .mypy_cache .ruff_cache .pytest_cache
