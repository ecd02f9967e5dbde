# stepmark: `make help` lists what there is.
PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3; do \
	$$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' >/dev/null 2>&1 && echo $$p && break; done)
VENV ?= .venv
BIN := $(VENV)/bin
CORPUS ?= corpora/hard-days
FORMAT ?=
PLAN ?=
OUT ?= report
PYTEST_ARGS ?=

export PYTHONHASHSEED = 0
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help report test check check-code encoder lab fix lock nightly clean
.DEFAULT_GOAL := help

help:  ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

$(VENV)/.ready: requirements.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "stepmark needs Python 3.11, 3.12 or 3.13; none was found on PATH." >&2; exit 1; }
	@echo "Making the environment in $(VENV); the first time takes a minute or two." >&2
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	@$(BIN)/uv pip install --quiet --compile-bytecode --python $(BIN)/python -r requirements.lock
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps -e .
	@touch $@

report: $(VENV)/.ready  ## run the whole study on CORPUS (FORMAT, PLAN, OUT) and say where the HTML is
	@$(BIN)/stepmark report $(CORPUS) $(if $(FORMAT),--format $(FORMAT)) $(if $(PLAN),--plan $(PLAN)) --out $(OUT)

check-code: $(VENV)/.ready
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

test: check-code  ## lint, types, import contract, tests, doctests, notebooks
	$(BIN)/pytest $(PYTEST_ARGS)

check: test  ## everything that CI does

encoder: $(VENV)/.ready  ## install what encoders read with (PyTorch and a small language model)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c requirements.lock -r requirements-encoder.lock

lab: $(VENV)/.ready  ## open JupyterLab on the notebooks
	@$(BIN)/stepmark lab

fix: $(VENV)/.ready  ## tidy format and lint
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

nightly: $(VENV)/.ready  ## the long simulations
	$(BIN)/pytest -m nightly --timeout=0

lock: $(VENV)/.ready  ## pin the versions of all dependencies, without addresses
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --no-emit-index-url --no-emit-find-links --no-header \
		--extra postgres --extra voila --group test pyproject.toml -o requirements.lock

clean:  ## remove the environment and what the tools left
	rm -rf $(VENV) report .pytest_cache .mypy_cache .ruff_cache
