# Every target sets up .venv on its first run. PYTHON=/path/to/python3 picks the interpreter; ARGS="..." is passed on.
.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help demo test pythons lint types format reference lock bench compare clean
VENV := .venv/bin/python
PYTEST_WORKERS ?= auto

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' Makefile

demo: ## run the main job: questions about real flight data, answered by programs (no key needed)
	@.ci/setup run
	@.venv/bin/ptc demo $(ARGS)

test: ## run all tests
	@.ci/setup test
	@$(VENV) -m pytest -q -n $(PYTEST_WORKERS) $(ARGS)

pythons: ## run the tests that depend on the interpreter with each other Python that is found
	@.ci/setup test
	@.ci/pythons

lint: ## ruff: rules and formatting
	@.ci/setup dev
	@$(VENV) -m ruff check .
	@$(VENV) -m ruff format --check .

types: ## pyright, strict
	@.ci/setup dev
	@$(VENV) -m pyright

format: ## rewrite the sources in the project's format
	@.ci/setup dev
	@$(VENV) -m ruff check --fix-only .
	@$(VENV) -m ruff format .

reference: ## write docs/reference and prompts/reference.md anew from the declarations in the code
	@.ci/setup run
	@$(VENV) -m ptc_lisp.reference docs/reference prompts/reference.md

lock: ## resolve the dependencies anew and write requirements/*.txt
	@.ci/lock

bench: ## measure start-up and the first programs
	@.ci/setup run
	@$(VENV) benchmarks/startup.py

compare: ## measure ptc-lisp beside its peers, and write docs/benchmarks.md (ARGS=--install makes their environments)
	@.ci/setup run
	@$(VENV) benchmarks/compare/run.py $(ARGS)

clean: ## remove what the other targets made
	@rm -rf .venv .pytest_cache .ruff_cache .hypothesis build dist
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
