# Needs Python 3.11 or later and make; everything else goes into .venv.

PYTHON ?= python3
ARGS ?=
VENV := .venv/bin/python
# Where compiled modules are not kept, each process of the tests compiles all of them: 9 s.
test: export PYTHONDONTWRITEBYTECODE :=
# One process more than there are cores: many tests wait, for servers or for killed processes.
CORES = --numprocesses $$($(VENV) -c 'import os; print(min(os.cpu_count(), 3) + 1)') --dist worksteal

.PHONY: help demo serve worker test lint schema bench bench-feed bench-workers bench-pages

help: ## Say what there is
	@grep -E '^[a-z-]+: .*## ' Makefile | sed 's/:.*## /\t/' | expand -t 10

demo: export DEBUG := true
demo: export DATA_DIR := $(or $(DATA_DIR),data/demo)
demo: .venv/installed ## Fill a database, save a session over HTTP, and serve it on PORT (8000)
	@$(VENV) manage.py demo

serve: .venv/installed ## Start the server as in production; it is set up by the environment
	$(VENV) manage.py migrate --noinput
	$(VENV) manage.py check_demo_accounts
	@# Stops if the store's configuration is wrong; a store that does not answer is a warning.
	$(VENV) manage.py check_store
	@# Copies that died with the last server are finished once their leases have run out.
	$(VENV) manage.py resume_copies --wait & \
	exec env MALLOC_ARENA_MAX=$${MALLOC_ARENA_MAX:-2} $(VENV) -m gunicorn joip.wsgi

worker: .venv/installed-workers ## Copy media for the server, where COPY_IN=workers; any number may run
	$(VENV) manage.py migrate --noinput
	exec $(VENV) manage.py worker

test: .venv/installed-dev ## Run all tests, on SQLite and files, on PostgreSQL and S3, and in a browser; ARGS for pytest
	$(VENV) -m pytest --on embedded $(CORES) $(ARGS)
	$(VENV) -m pytest --on servers $(CORES) $(ARGS)
	@# In one process: each keeps a browser with several of its own busy, and three were hardly
	@# quicker, while pages lost races against keys. 5 means that ARGS pick none of these.
	$(VENV) -m pytest tests/browser --on embedded $(ARGS) || [ $$? -eq 5 ]
	$(VENV) -m pytest tests/browser --on servers $(ARGS) || [ $$? -eq 5 ]

lint: .venv/installed-dev ## Check style, imports, types, migrations and production settings
	$(VENV) -m ruff check .
	$(VENV) -m ruff format --check .
	.venv/bin/lint-imports
	@# With HSTS, which `check --deploy` asks for and JOIP leaves to whoever owns the domain.
	@scratch=$$(mktemp -d) && trap 'rm -rf "$$scratch"' EXIT && \
	export DEBUG=false HTTPS=true ALLOWED_HOSTS=example.org DATA_DIR="$$scratch" && \
	export HSTS_SECONDS=31536000 HSTS_INCLUDE_SUBDOMAINS=true HSTS_PRELOAD=true && \
	export SECRET_KEY=$$($(VENV) -c 'import secrets; print(secrets.token_urlsafe(50))') && \
	.venv/bin/mypy && \
	$(VENV) manage.py makemigrations --check --dry-run && \
	$(VENV) manage.py check --deploy --fail-level WARNING

schema: export DEBUG := true
schema: .venv/installed ## Write docs/openapi.yaml, which describes the API
	$(VENV) manage.py spectacular --validate --fail-on-warn --file docs/openapi.yaml

bench: .venv/installed-dev ## Measure saving against other ways to copy, what others wait meanwhile, and pages of libraries
	$(VENV) -m bench.save
	$(VENV) -m bench.tools
	$(VENV) -m bench.others
	$(VENV) -m bench.library

bench-feed: .venv/installed-dev ## Measure the feed among a million shares; ARGS="SHARES SAVES" for less
	$(VENV) -m bench.feed $(ARGS)

bench-workers: .venv/installed-dev ## Measure copies in workers; ARGS="SAVES" for fewer than 1000
	$(VENV) -m bench.workers $(ARGS)

bench-pages: .venv/installed-dev ## Measure pages in a browser: bytes, requests, layout shift, times
	$(VENV) -m bench.pages

.venv/installed: requirements.txt
	@command -v $(PYTHON) >/dev/null || { \
	echo "$(PYTHON) is missing. Install Python 3.11 or later, or name one: make PYTHON=/path/to/python3"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	echo "JOIP needs Python 3.11 or later, not $$($(PYTHON) --version 2>&1). Name one: make PYTHON=python3.11"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' || { \
	echo "$(PYTHON) cannot make virtual environments. On Debian and Ubuntu: apt install python3-venv"; exit 1; }
	@echo "Installing into .venv"
	@$(PYTHON) -m venv .venv
	@$(VENV) -m pip install --quiet --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

.venv/installed-workers: .venv/installed requirements-workers.txt
	@$(VENV) -m pip install --quiet --quiet --disable-pip-version-check -r requirements-workers.txt
	@touch $@

.venv/installed-dev: .venv/installed requirements-dev.txt requirements-workers.txt
	@echo "Installing what the tests need into .venv"
	@$(VENV) -m pip install --quiet --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@
