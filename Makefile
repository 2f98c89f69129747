# Everything a person or CI types. `make help` lists it.
SHELL := /bin/bash
.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
RUN := $(VENV)/bin/python
# Packages that are installed only into this project's own environment.
PIP := $(RUN) -m pip install --quiet --disable-pip-version-check --require-hashes

.PHONY: help demo test check coverage lint format types imports words templates migrations blueprints blueprint-matrix policy lock screenshots benchmark memory faults soak kills explanations clean system-packages

help: ## This list
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  make %-17s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: $(VENV)/.demo ## The whole portal with the simulated AWS account, on http://127.0.0.1:8000 (PORT=8123, FIRST=0)
	@exec $(RUN) -m portal.demo

test: $(VENV)/.development system-packages ## The tests, on SQLite; those that touch the database on PostgreSQL, too
	$(RUN) -m pytest
	$(RUN) -m pytest -m slow_fault tests/faults tests/simulator
	$(RUN) -m tests.support.on_postgresql

check: lint words types imports migrations templates blueprints test ## What CI runs

lint: $(VENV)/.development node_modules/.installed ## ruff for Python, biome for JavaScript
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	node_modules/.bin/biome lint --error-on-warnings

coverage: $(VENV)/.development system-packages ## Lines that the quick tests reach, in Python and in JavaScript
	$(RUN) -m coverage run -m pytest -q tests/provisioner tests/portal
	$(RUN) -m coverage report --skip-covered --sort=cover
	$(RUN) -m tests.support.javascript_coverage

format: $(VENV)/.development ## Put the code into its format
	$(VENV)/bin/ruff check --fix .
	$(VENV)/bin/ruff format .
	terraform fmt -recursive terraform_modules
	terraform fmt -recursive examples

words: $(VENV)/.development ## Retired words and phrases, in code, templates and prose
	$(RUN) -m tests.language.retired_words

types: $(VENV)/.development ## mypy, strict
	$(VENV)/bin/mypy .

imports: $(VENV)/.development ## Who may import whom: portal -> provisioner -> provisioner.terraform
	$(VENV)/bin/lint-imports

migrations: $(VENV)/.development ## The models and their migrations agree; the settings hold
	$(RUN) manage.py makemigrations --check --dry-run
	$(RUN) manage.py check

templates: $(VENV)/.development ## Templates: linted, and every one compiles
	$(VENV)/bin/djlint portal/templates --lint
	$(RUN) -m pytest -q tests/portal/pages/test_templates_compile.py

blueprints: ## The blueprints' Terraform is in its format
	terraform fmt -check -recursive terraform_modules
	terraform fmt -check -recursive examples

blueprint-matrix: $(VENV)/.development ## Each size: create, change each input, destroy, sweep; one table (ARGS="--preset dev --knob nat")
	$(RUN) -m tests.terraform_modules.matrix $(ARGS)

policy: $(VENV)/.development $(VENV)/policy/.installed ## checkov on the plan of each production size, against the README's list
	$(RUN) -m tests.terraform_modules.policy $(VENV)/policy/bin/checkov

lock: $(VENV)/.development ## Resolve the dependencies again and lock them with hashes
	$(RUN) -m pip install --quiet uv
	for extras in "production:" "demo:--extra demo" "development:--extra demo --extra dev"; do \
	  $(VENV)/bin/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-emit-find-links \
	    --python-version 3.11 --custom-compile-command "make lock" $${extras#*:} \
	    pyproject.toml -o requirements/$${extras%%:*}.txt; done
	$(RUN) examples/fastapi_app/lock.py
	cp examples/fastapi_app/app/requirements.txt terraform_modules/three_tier/app/
	$(VENV)/bin/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-emit-find-links \
	  --python-version 3.11 --custom-compile-command "make lock" requirements/policy.in -o requirements/policy.txt

screenshots: $(VENV)/.development system-packages ## The README's pictures, from a real demo
	$(RUN) -m tests.end_to_end.screenshots

benchmark: $(VENV)/.development ## The portal beside bare Terraform; the first line; every page's server time; memory
	$(RUN) benchmarks/overhead.py
	$(RUN) benchmarks/overhead.py --blueprint fifty_at_work --rounds 8
	$(RUN) benchmarks/overhead.py --blueprint fifty --rounds 8
	$(RUN) benchmarks/first_line.py
	$(RUN) benchmarks/pages.py
	$(RUN) benchmarks/memory.py

memory: $(VENV)/.development ## What each idle process of a demo holds in memory (PSS), and all together
	$(RUN) benchmarks/memory.py

faults: $(VENV)/.development system-packages ## The sixty faults, with their protection and without it, each printed with its result
	$(RUN) -m tests.faults

kills: $(VENV)/.development system-packages ## The worker killed once in each of ten real three-tier applies (RUNS=10)
	$(RUN) -m tests.faults.kills --runs $(or $(RUNS),10)

explanations: $(VENV)/.development system-packages ## Every explained error, injected into a demo, on its run page
	$(RUN) -m pytest -m "slow_explanation or not slow_explanation" tests/provisioner/explanations tests/portal/explanations tests/end_to_end/test_explanations.py

soak: $(VENV)/.development system-packages ## Random faults over six environments; zeros at the end (MINUTES=30)
	$(RUN) -m tests.faults.soak --minutes $(or $(MINUTES),30)

system-packages:
	@tests/support/install_system_packages.sh

clean: ## Remove what make made, but not var/
	rm -rf $(VENV) node_modules .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Python 3.11 or later is needed: make PYTHON=python3.12 demo")'
	@# A half-made one has a python too, and would be taken for done.
	$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); exit 1; }

# The development environment holds all of the demo's, if it is not older than what is asked for.
$(VENV)/.demo: requirements/demo.txt | $(VENV)/bin/python
	@[ $(VENV)/.development -nt $< ] || { echo "Installing what the portal needs ..."; $(PIP) -r requirements/demo.txt; }
	@touch $@

$(VENV)/.development: requirements/development.txt | $(VENV)/bin/python
	@echo "Installing what the tests need ..."
	@$(PIP) -r requirements/development.txt
	@touch $@ $(VENV)/.demo

# The linter only: the pages need no build step.
node_modules/.installed: package.json package-lock.json | system-packages
	@echo "Installing the JavaScript linter ..."
	@npm ci --ignore-scripts --no-audit --no-fund --silent
	@touch $@

# An environment of its own: checkov pins versions of what the portal uses.
$(VENV)/policy/.installed: requirements/policy.txt | $(VENV)/bin/python
	$(PYTHON) -m venv $(VENV)/policy
	$(VENV)/policy/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/policy.txt
	@touch $@
