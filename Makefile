# Each target sets up what it needs from Python alone, once; nothing is installed again until the lock changes.
PYTHON ?= python3
BIN := .venv/bin
.DEFAULT_GOAL := help

.PHONY: help install demo up down shell apply diagnose rollout test test-az test-faults test-bare test-cluster debian-cluster lint pages bench audit licenses format lock clean

help:  ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@echo "The commands have more options than make: $(BIN)/endpoint-ops --help"

install: .venv/.installed  ## .venv with everything, and the command .venv/bin/endpoint-ops

demo: .venv/.installed  ## Microsoft's guide once on this machine: ENDPOINT=, ONLINE_DEPLOYMENT=, REQUEST= take your own files
	@$(BIN)/endpoint-ops demo \
	  $(if $(ENDPOINT),--endpoint "$(ENDPOINT)") \
	  $(if $(ONLINE_DEPLOYMENT),--online-deployment "$(ONLINE_DEPLOYMENT)") \
	  $(if $(REQUEST),--request "$(REQUEST)")

up: .venv/.installed  ## start the local stack: emulator, Prefect server, worker, sample endpoint
	@$(BIN)/endpoint-ops up

down: .venv/.installed  ## stop the local stack; its state is kept in .local
	@$(BIN)/endpoint-ops down

shell: .venv/.installed  ## a subshell that talks to the local stack
	@$(BIN)/endpoint-ops shell

apply: .venv/.installed  ## write deployments, schedule, blocks and automations to your Prefect server
	@$(BIN)/endpoint-ops apply

# make's own exit status is 2 whenever a command's is not 0: scripts call endpoint-ops itself.
diagnose: .venv/.installed  ## what is wrong with endpoints, and the fix: SCOPE=, REQUEST=, OUTPUT=json, LONG=1, SCENARIO=name|list
	@$(BIN)/endpoint-ops diagnose \
	  $(if $(SCOPE),--scope "$(SCOPE)") \
	  $(if $(REQUEST),--request "$(REQUEST)") \
	  $(if $(OUTPUT),--output "$(OUTPUT)") \
	  $(if $(LONG),--long) \
	  $(if $(SCENARIO),--scenario "$(SCENARIO)")

rollout: .venv/.installed  ## play a redeployment on this machine: SCENARIO=name|list
	@$(BIN)/endpoint-ops rollout $(if $(SCENARIO),"$(SCENARIO)")

test: .venv/.installed  ## all tests, in two processes with an emulator and a Prefect server each
	@$(BIN)/python -m pytest --numprocesses 2 --dist loadfile

test-az: .venv/.installed .venv-az/.installed  ## the az commands of the guide, with the real az
	@AZ_CLI=$(CURDIR)/.venv-az/bin/az $(BIN)/python -m pytest tests/deployments/emulator/test_az_cli.py

test-faults: .venv/.installed  ## every kill and fault of the campaign, of which `make test` takes a sample
	@$(BIN)/python -m pytest --numprocesses 2 --dist loadfile -m "not cluster" tests/faults tests/flows/test_intake_killed.py \
	  tests/deployments/events/test_unsound_prefect.py

test-bare: .venv/.installed  ## the package alone, with the newest of what it declares, in an environment of its own
	@$(BIN)/python -m pytest -m bare tests/installation

test-cluster: .venv/.installed debian-cluster  ## PostgreSQL, Redis, two API replicas and two workers, some of which die
	@$(BIN)/python -m pytest -m cluster tests/cluster

# What the cluster stands on, from Debian's packages; installed where missing, which takes root.
debian-cluster:
	@ls /usr/lib/postgresql/*/bin/postgres /usr/bin/redis-server /usr/sbin/haproxy >/dev/null 2>&1 || \
	  { test "$$(id -u)" = 0 || { echo "Missing here: install postgresql, redis-server and haproxy with apt-get, as root."; exit 1; }; \
	    apt-get update -qq && DEBIAN_FRONTEND=noninteractive \
	    apt-get install -y -qq --no-install-recommends postgresql redis-server haproxy >/dev/null; }

lint: .venv/.installed  ## formatting, lint, strict types, who may import whom, dead code
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache
	@$(BIN)/vulture

format: .venv/.installed  ## format, and fix what lint can fix
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

pages: .venv/.installed  ## what is written from the code: tasks/checks/CHECKS.md and SCENARIOS.md, deployments/roles
	@$(BIN)/python -m tests.support.check_pages
	@$(BIN)/python -m tests.support.role_files

bench: .venv/.installed  ## ratios, measured side by side in one run
	@$(BIN)/python -m tests.bench

# Nothing is sent anywhere but to the package registry: pip-audit comes from it, and its advisories are read from it.
audit: .venv/.installed .venv-audit/.installed  ## known vulnerabilities of both locks; error 1: some, 3: no advisory database is reachable
	@$(BIN)/python -m deployments.release audit .venv-audit/bin/pip-audit

licenses: .venv/.installed  ## the packages of .venv, with their versions and licences
	@$(BIN)/python -m deployments.release licenses

# The image's lock has the versions that the tests run with.
COMPILE := uv pip compile --universal --generate-hashes --no-emit-index-url --python-version 3.11 --extra cluster --extra workers

lock:  ## both locks again, after a change of pyproject.toml; needs the network and uv
	$(COMPILE) --extra emulator --extra dev --output-file requirements.lock pyproject.toml
	$(COMPILE) --constraint requirements.lock --output-file requirements-production.lock pyproject.toml

.venv/.installed: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 14))' || \
	  { echo "Python 3.11 to 3.14 is needed; $(PYTHON) is $$($(PYTHON) -V). Name another one: make PYTHON=python3.12 …"; exit 1; }
	@echo "Setting up .venv from requirements.lock (once; about a minute) …"
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

# azure-cli pins what the project's own packages pin otherwise, so it lives in an environment of its own (700 MB).
.venv-az/.installed:
	@$(PYTHON) -m venv .venv-az
	@.venv-az/bin/python -m pip install --quiet --disable-pip-version-check azure-cli==2.91.*
	@touch $@

# pip-audit lives in an environment of its own: the project does not depend on it.
.venv-audit/.installed:
	@$(PYTHON) -m venv .venv-audit
	@.venv-audit/bin/python -m pip install --quiet --disable-pip-version-check 'pip-audit==2.*'
	@touch $@

clean:  ## remove .venv, caches and the state of the local stack
	rm -rf .venv .venv-az .venv-audit .local build *.egg-info .mypy_cache .ruff_cache .pytest_cache
