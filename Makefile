# Everything from nothing: `make run` serves the demonstration, `make test` gives the verdict.
SHELL := /bin/sh
.DEFAULT_GOAL := help
VENV := .venv
PY := $(VENV)/bin/python
FIND_PYTHON = for p in python3.13 python3.12 python3.11 python3; do \
	if $$p -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then echo $$p; exit 0; fi; \
	done; echo "Python 3.11 or newer is needed, with its venv module (Debian: python3-venv)" >&2; exit 1

.PHONY: help run test check openapi bench soak clean

help: ## List what there is
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

$(VENV)/bin/python:
	@base=$$($(FIND_PYTHON)) && { $$base -m venv $(VENV) || { rm -rf $(VENV); exit 1; }; }

$(VENV)/.embedded: requirements/embedded.lock | $(VENV)/bin/python
	@$(PY) -m pip install -q --disable-pip-version-check --require-hashes -r requirements/embedded.lock
	@$(PY) -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.dev: requirements/dev.lock $(VENV)/.embedded
	@$(PY) -m pip install -q --disable-pip-version-check --require-hashes -r requirements/dev.lock
	@touch $@

run: $(VENV)/.embedded ## Serve the demonstration on port 8000 (RHANNU_PORT), from nothing; Ctrl-C stops everything
	@$(PY) -m api.cli run

test: $(VENV)/.dev ## Give the verdict: all tests, on a real PostgreSQL
	@$(PY) -m pytest -n 2 --dist loadfile -q -m "not soak" --show-capture=no

check: $(VENV)/.dev ## Lint, types, contracts, image and cluster files
	@$(VENV)/bin/ruff check .
	@$(VENV)/bin/ruff format --check -q .
	@$(VENV)/bin/lint-imports
	@$(VENV)/bin/mypy
	@$(VENV)/bin/basedpyright
	@PYTHON="$$PWD/$(PY)" sh k8s/lint.sh

openapi: $(VENV)/.dev ## Write openapi/ anew
	@$(PY) -m api.cli openapi

bench: $(VENV)/.dev ## Ratios of the flag check against a bare handler, taken in one run (needs wrk)
	@$(PY) -m bench.flag_check

soak: $(VENV)/.dev ## Large counts, an hour at most
	@$(PY) -m pytest -q -m soak -s

clean: ## Remove what was installed and made here
	@rm -rf $(VENV) .venv-infra .rhannu .mypy_cache .ruff_cache build
