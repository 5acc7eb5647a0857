# Handrail's commands. `make` alone lists them.

.DEFAULT_GOAL := help
.PHONY: lab test check build new bench clean lock help

ARGS =
LESSON =
PHASES =
NEWEST =
COLD =
export PIP_ARGS

# The Python that makes .venv: what answers to python3 if the course is tested with it, or else the best there is.
SUITABLE = import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))
PYTHON ?= $(or $(shell for name in python3 python3.13 python3.12 python3.11; do \
    "$$name" -c '$(SUITABLE)' 2>/dev/null && echo "$$name" && break; done),python3)

FOUND = command -v "$(PYTHON)" >/dev/null || { echo "There is no $(PYTHON) here. \
    Install Python 3.11 or newer, or name it: make lab PYTHON=/path/to/python3" >&2; exit 1; }
CHOSEN = $(filter command environment,$(origin PYTHON))
OPTIONS = $(if $(NEWEST),--newest) $(if $(CHOSEN),--this-python)
ENVIRONMENT = $(FOUND); "$(PYTHON)" -I src/handrail/environment.py $(OPTIONS)
HANDRAIL = .venv/bin/python -m handrail

lab: ## open JupyterLab on the start page (PHASES=1,2 installs less; ARGS="--no-browser --port=8899")
	@$(ENVIRONMENT) --phases "$(PHASES)"
	@$(HANDRAIL) lab $(ARGS)

test: ## prove the course (ARGS="-k numpy_arrays" proves a part; COLD=1 starts each kernel anew)
	@$(ENVIRONMENT) --phases "$(or $(PHASES),all)" --dev
	@$(if $(COLD),HANDRAIL_COLD=1) $(HANDRAIL) test $(ARGS)

check: ## format, lint and types, in seconds
	@$(ENVIRONMENT) --phases "$(PHASES)" --dev
	@.venv/bin/python -m ruff format --check .
	@.venv/bin/python -m ruff check .
	@.venv/bin/python -m mypy

build: ## generate every notebook from its written source
	@$(ENVIRONMENT) --phases "$(PHASES)" --dev
	@$(HANDRAIL) build $(ARGS)

new: ## write a new lesson's files: make new LESSON=01_fundamentals/06_cleaning_data
	@test -n "$(LESSON)" || { echo "Which lesson? Such as: make new LESSON=01_fundamentals/06_cleaning_data" >&2; exit 2; }
	@$(ENVIRONMENT) --phases "$(PHASES)" --dev
	@$(HANDRAIL) new "$(LESSON)" $(ARGS)

bench: ## measure what the design promises: checks, import, tests
	@$(ENVIRONMENT) --phases "$(or $(PHASES),all)" --dev
	@$(HANDRAIL) bench $(ARGS)

lock: ## write requirements.lock anew (PIP_ARGS="-c constraints.txt" chooses versions)
	@$(ENVIRONMENT) --phases "$(PHASES)" --dev
	@.venv/bin/python .ci/lock.py $$PIP_ARGS

clean: ## remove what tools left behind; keeps .venv, and work/ with your answers and progress
	@find . \( -path ./.venv -o -path ./work -o -path ./.git \) -prune -o -type d \
	    \( -name __pycache__ -o -name .ipynb_checkpoints -o -name .hypothesis -o -name .mypy_cache \
	    -o -name .pytest_cache -o -name .ruff_cache \) -prune -exec rm -rf {} +
	@rm -rf build dist reports .cache .proof .coverage .coverage.*
	@echo "Removed caches and reports. Kept: .venv (remove it with: rm -r .venv) and work/ (your answers and progress)."

help: ## list the commands
	@echo "make <command>"
	@sed -n 's/^\([a-z]*\): ## /\1\t/p' Makefile | while IFS="$$(printf '\t')" read -r name text; do \
	    printf '  %-7s %s\n' "$$name" "$$text"; done
	@echo "PYTHON=python3.13 makes .venv with that Python; PIP_ARGS='...' goes to pip; NEWEST=1 ignores requirements.lock."
