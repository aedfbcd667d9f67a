# Each target sets up what it needs from Python alone, once; nothing is installed again until the lock changes.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: demo up down apply diagnose rollout install test test-az test-bare test-cluster debian-cluster lint bench format lock clean

demo: .venv/.installed  ## the whole guide on this machine: ENDPOINT=, ONLINE_DEPLOYMENT=, REQUEST= take your own files
	@$(BIN)/python -m deployments.local demo \
	  $(if $(ENDPOINT),--endpoint "$(ENDPOINT)") \
	  $(if $(ONLINE_DEPLOYMENT),--online-deployment "$(ONLINE_DEPLOYMENT)") \
	  $(if $(REQUEST),--request "$(REQUEST)")

up: .venv/.installed  ## the local stack: emulator, Prefect server and worker, everything deployed, a sample endpoint
	@$(BIN)/python -m deployments.up

down: .venv/.installed  ## end the local stack; its state stays in .local
	@$(BIN)/python -m deployments.up --down

apply: .venv/.installed  ## blocks, work pool, deployments, schedule and automations, as the variables ENDPOINT_OPS_* say
	@$(BIN)/python -m deployments.apply

# make's own exit status is 2 whenever a recipe's isn't 0; the command's own is 1 for not healthy, 2 for could not look.
diagnose: .venv/.installed  ## what is wrong with endpoints, and the fix: SCOPE=, REQUEST=, FORMAT=json, LONG=1, SCENARIO=name|list
	@$(BIN)/python -m deployments.diagnose \
	  $(if $(SCOPE),--scope "$(SCOPE)") \
	  $(if $(REQUEST),--request "$(REQUEST)") \
	  $(if $(FORMAT),--format "$(FORMAT)") \
	  $(if $(LONG),--long) \
	  $(if $(SCENARIO),--scenario "$(SCENARIO)")

# The command's own status is 0 promoted, 1 rolled back, 2 nothing changed, 3 not as promised.
rollout: .venv/.installed  ## a redeployment played on this machine, with a client that scores all the way: SCENARIO=name|list
	@$(BIN)/python -m deployments.rollout $(if $(SCENARIO),"$(SCENARIO)")

test: .venv/.installed  ## everything, in two processes with an emulator and a Prefect server each
	@$(BIN)/python -m pytest --numprocesses 2 --dist loadfile

test-az: .venv/.installed .venv-az/.installed  ## the az commands of the guide, with the real az
	@AZ_CLI=$(CURDIR)/.venv-az/bin/az $(BIN)/python -m pytest tests/emulator/test_az_cli.py

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

install: .venv/.installed  ## the environment .venv, from requirements.lock

lint: .venv/.installed
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache
	@$(BIN)/vulture

format: .venv/.installed
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

bench: .venv/.installed  ## ratios, measured side by side in one run
	@$(BIN)/python -m tests.bench

# After a change of pyproject.toml; needs the network and uv. The image's lock has the versions that the tests run with.
COMPILE := uv pip compile --universal --generate-hashes --no-emit-index-url --python-version 3.11 --extra cluster --extra workers

lock:
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

clean:
	rm -rf .venv .venv-az .local build *.egg-info .mypy_cache .ruff_cache .pytest_cache
