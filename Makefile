# Meedoen. Nodig op deze machine: Python 3.11 of nieuwer, en make.

VENV := .venv
# Compiled modules are kept: without them every command and every journey would compile anew.
unexport PYTHONDONTWRITEBYTECODE
BIN := $(VENV)/bin
# Any of these may be the one that is new enough; PYTHON=... chooses another.
PYTHONS := $(PYTHON) python3 python3.14 python3.13 python3.12 python3.11 python
PYTEST_ARGS ?=

# The environment counts when its set-up ended well, in this very folder, with a Python that still runs.
READY := $(shell test "$$(cat $(VENV)/.ready 2>/dev/null)" = "$(CURDIR)" && $(BIN)/python -c '' 2>/dev/null && echo yes)

.DEFAULT_GOAL := help
.PHONY: help setup demo test test-faults test-many check lint types imports bench lock clean always

help: ## Toon deze lijst
	@grep -E '^[a-z-]+:.*## ' $(firstword $(MAKEFILE_LIST)) | sed -E 's/^([a-z-]+):.*## /\1|/' | \
	while IFS='|' read -r name text; do printf '  make %-11s %s\n' "$$name" "$$text"; done

setup: $(VENV)/.ready ## Maak de omgeving in .venv, of herstel haar
	@echo "De omgeving in $(VENV) is klaar."

demo: $(VENV)/.ready ## Start alles op deze machine, met fictieve bewoners; stoppen met Ctrl-C
	@$(BIN)/meedoen dev

test: $(VENV)/.ready ## Voer de tests uit
	$(BIN)/python -m pytest -n 2 --dist worksteal -m "not faults" $(PYTEST_ARGS)

test-faults: $(VENV)/.ready ## Sla servers neer en zet reservekopieën terug, en kijk of er niets vergeten is
	MEEDOEN_SEQUENCES=500 $(BIN)/python -m pytest -n 2 --dist worksteal -m "faults or many" -rP --show-capture=stdout $(PYTEST_ARGS)

test-many: $(VENV)/.ready ## Gooi tienduizend willekeurige levens op elke route (een kwartier tot twintig minuten)
	MEEDOEN_SEQUENCES=10000 $(BIN)/python -m pytest -n 2 --dist worksteal -m many --timeout=7200 $(PYTEST_ARGS)

check: lint types imports ## Controleer stijl, typen en de richting van imports

lint: $(VENV)/.ready ## Controleer de stijl van de code
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.ready ## Controleer de typen
	$(BIN)/mypy --strict

imports: $(VENV)/.ready ## Controleer welk deel welk ander deel gebruikt
	$(BIN)/lint-imports

bench: $(VENV)/.ready ## Meet hoe snel klantroutes lopen op deze machine
	$(BIN)/python -m tests.bench

lock: ## Leg de versies van alle afhankelijkheden opnieuw vast (nodig: uv)
	@command -v uv >/dev/null || { echo "Het programma uv ontbreekt. Installeer uv en probeer het opnieuw."; exit 2; }
	echo 'setuptools>=77' | uv pip compile $(LOCKING) --all-extras -o requirements.lock pyproject.toml -
	echo 'setuptools>=77' | uv pip compile $(LOCKING) -c requirements.lock -o requirements-production.lock pyproject.toml -

LOCKING := --quiet --universal --python-version 3.11 --generate-hashes --no-header \
	--no-annotate $(if $(UPGRADE),--upgrade)

clean: ## Verwijder de omgeving en alles wat gereedschap heeft achtergelaten; de demo blijft bewaard
	rm -rf $(VENV) build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -not -path './.git/*' -prune -exec rm -rf {} +

# A set-up that was cut off is made anew from the start: a half-installed package looks like a whole one.
ifneq ($(READY),yes)
$(VENV)/.ready: always
endif
$(VENV)/.ready: requirements.lock pyproject.toml
	@rm -f $@
ifneq ($(READY),yes)
	@found=; for python in $(PYTHONS); do \
	  if "$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then found=$$python; break; fi; \
	done; \
	if [ -z "$$found" ]; then \
	  echo "Er is geen Python 3.11 of nieuwer gevonden. Installeer die, of wijs hem aan: make setup PYTHON=/pad/naar/python3"; \
	  exit 2; \
	fi; \
	if ! "$$found" -c 'import ensurepip, venv' 2>/dev/null; then \
	  echo "Bij $$found ontbreekt het onderdeel venv. Installeer het (op Debian en Ubuntu: het pakket python3-venv) en probeer het opnieuw."; \
	  exit 2; \
	fi; \
	echo "De omgeving wordt gemaakt met $$("$$found" --version). Dit duurt een minuut of twee."; \
	"$$found" -m venv --clear $(VENV)
endif
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@printf '%s\n' "$(CURDIR)" > $@

always:
