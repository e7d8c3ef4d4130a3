# Everything that is done by command. `make` alone lists it.
# PYTHON makes the environment; everything else uses the environment.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
LOCK := constraints.txt
COURSE := .binder/requirements.txt
TEST_LOCK := tests/requirements.txt
NOTEBOOKS := $(sort $(wildcard notebooks/*.ipynb))
WORKERS ?= auto
# One more than there are cores, where nothing else is asked for: tests of real processes wait most of their time.
UNIT_WORKERS ?= $(if $(filter auto,$(WORKERS)),$(shell echo $$(($$(getconf _NPROCESSORS_ONLN) + 1))),$(WORKERS))

# Tests never see the reader's own progress.
export DSCOURSE_PROGRESS := $(CURDIR)/.pytest_cache/no-progress
# Compiled once, and not by each worker, kernel and node again, also where the environment says otherwise.
export PYTHONDONTWRITEBYTECODE :=

.DEFAULT_GOAL := help
.PHONY: help venv lab test test-pythons test-browser test-class test-lite check check-code check-docs environments notebooks generate reference site lite bench soak mutants lock clean

help:  ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 16

venv: $(STAMP)  ## make .venv and install both locks

# Warnings of pip that tell a reader nothing stay away; errors do not.
PIP_INSTALL = $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-warn-script-location \
    $$($(BIN)/python -m pip install --help | grep -o -- '--root-user-action' | sed 's/$$/=ignore/;q')

$(STAMP): $(LOCK) $(COURSE) $(TEST_LOCK) pyproject.toml
	@.ci/environment $(VENV) $(PYTHON)
	@echo "Installing the course and what its tests need: about 1.2 GB on disk, a few minutes the first time …"
	@$(PIP_INSTALL) -r $(COURSE) -r $(TEST_LOCK)
	@touch $@

# The types of the browser's modules, and JupyterHub's proxy. Node.js is a part of the environment.
JAVASCRIPT := tests/javascript
PYODIDE := website/lite
NPM := PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/npm --silent --prefix $(JAVASCRIPT)

$(JAVASCRIPT)/node_modules/.installed: $(STAMP) $(JAVASCRIPT)/package-lock.json
	$(NPM) ci --no-audit --no-fund
	touch $@

# FOLDER is the reader's copy; dscourse lab says where it is.
FOLDER ?=

lab: $(VENV)/.lab  ## open your own copy of the course in JupyterLab
	@env -u DSCOURSE_PROGRESS $(BIN)/python -m dscourse lab $(if $(FOLDER),"$(FOLDER)")

$(VENV)/.lab: $(LOCK) $(COURSE) pyproject.toml
	@.ci/environment $(VENV) $(PYTHON)
	@echo "Installing JupyterLab and the packages of the course: about 600 MB on disk, one to three minutes the first time …"
	@$(PIP_INSTALL) -r $(COURSE)
	@touch $@

# Every cell runs twice, under the first Python.
TWICE := -p tests.notebooks.twice

test: $(STAMP)  ## unit tests and every notebook, strictly
	rm -rf $(DSCOURSE_PROGRESS)
	$(BIN)/python -m pytest -q -p no:nbval -n $(UNIT_WORKERS) --dist loadscope --ignore tests/browser --ignore tests/classroom $(CHOSEN) tests
	$(BIN)/python -m pytest -q -n $(UNIT_WORKERS) --dist loadscope -p no:cacheprovider \
	    -p tests.notebooks.kernels -p tests.notebooks.pictures $(TWICE) --nbval --nbval-current-env --nbval-cell-timeout 60 --nbval-sanitize-with tests/notebooks/nbval.cfg $(NOTEBOOKS)

OTHERS = .ci/pythons --but $$($(BIN)/python -c 'import sys; print("%d.%d" % sys.version_info[:2])')

# Traces are the same under every Python, as golden traces and tests of determinism show there too:
# the long sweeps of seeds, schedules, mutants and planted answers, and what is marked as long, run once,
# and a test with many cases runs three of them (tests/few_cases.py).
test-pythons: environments  ## unit tests and notebooks under every other supported Python
	set -e; $(OTHERS) | while read -r version python; do \
	    echo "Python $$version: $$python"; \
	    $(MAKE) test PYTHON="$$python" VENV=".venv-$$version" TWICE= \
	        CHOSEN="-p tests.few_cases -m 'not once' -k 'not seeds and not schedule and not mutant and not random and not planted_right and not planted_wrong'" </dev/null; \
	done

environments: $(STAMP)  ## the environments of every other supported Python
	set -e; $(OTHERS) | while read -r version python; do \
	    $(MAKE) venv PYTHON="$$python" VENV=".venv-$$version" </dev/null; \
	done

test-browser: $(STAMP) $(PYODIDE)/node_modules/.installed  ## every notebook and every control in a real browser
	$(BIN)/python -m pytest -q -n $(WORKERS) --dist loadscope tests/browser

test-class: $(STAMP) $(JAVASCRIPT)/node_modules/.installed  ## the course as a class uses it: nbgrader, and a real JupyterHub
	$(BIN)/python -m pytest -q -n $(WORKERS) --dist loadscope tests/classroom

# Chapters that need nothing from the network, or go on without it, each from its first cell to its last.
test-lite: $(PYODIDE)/node_modules/.installed  ## eight whole chapters in the edition for the browser, offline
	DSCOURSE_LITE=all $(BIN)/python -m pytest -q -rP tests/browser/test_lite.py

check: check-code check-docs  ## format, lint, types, docs, notebooks and generated files

check-code: $(STAMP) $(JAVASCRIPT)/node_modules/.installed  ## format, lint and types alone
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(NPM) run check

check-docs: $(STAMP)  ## docs, notebooks and generated files alone
	$(BIN)/python -m dscourse.course check
	$(BIN)/python -m pytest -q --doctest-modules dscourse tests/test_floors.py tests/test_docs.py

notebooks: $(STAMP)  ## execute all notebooks again and normalise them
	$(BIN)/python -m dscourse.course generate
	$(BIN)/python -m dscourse.course execute $(NOTEBOOKS)

generate: $(STAMP)  ## write the glossary, the index and the links between chapters
	$(BIN)/python -m dscourse.course generate

reference: $(STAMP)  ## write the API reference, from the docstrings, to build/reference
	$(BIN)/python -m pdoc --docformat restructuredtext --no-show-source -o build/reference dscourse

# Pyodide's core comes from npm; DISTRIBUTION is a folder with its other packages, which else come from a CDN.
DISTRIBUTION ?=

$(PYODIDE)/node_modules/.installed: $(STAMP) $(PYODIDE)/package-lock.json
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/npm --silent --prefix $(PYODIDE) ci --no-audit --no-fund
	touch $@

lite: $(PYODIDE)/node_modules/.installed  ## build the edition for the browser, and the website around it
	$(BIN)/python -m website.lite $(if $(DISTRIBUTION),--distribution "$(DISTRIBUTION)")
	$(BIN)/python -m website

site: $(STAMP)  ## build the website, offline, into build/site
	$(BIN)/python -m website

bench: $(STAMP)  ## speed against peers, as ratios
	$(BIN)/python -m benchmarks

# SEEDS is a number or a span, as in 2000-4000: a long soak can be done in parts. The seeds of protocols are judged on
# all cores, or on the Dask cluster that DASK_SCHEDULER_ADDRESS names. Answers and solutions are judged each in a process
# of its own, with the reader's limits.
SEEDS ?= 10000
soak: $(STAMP)  ## ten thousand faulted seeds per protocol, then every random history, the longest explorations and all planted answers and solutions
	$(BIN)/python -m tests.soak $(SEEDS)
	DSCOURSE_SEEDS=$(SEEDS) $(BIN)/python -m pytest -q --timeout 0 -n $(WORKERS) --ignore tests/browser --ignore tests/classroom \
	    --ignore tests/notebooks -k 'not seeds' tests
	DSCOURSE_SEEDS=$(SEEDS) $(BIN)/python -m pytest -q --timeout 0 -n $(WORKERS) \
	    tests/notebooks/test_exercises.py tests/notebooks/test_planted_right.py tests/notebooks/test_planted_wrong.py

MUTANTS ?= 300
mutants: $(STAMP)  ## random one-line changes, and which of them no test notices
	$(BIN)/python -m tests.mutants --count $(MUTANTS) --jobs 2 \
	    dscourse/protocols dscourse/checkers dscourse/explore dscourse/sim

UV_COMPILE := $(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 \
    --no-header --no-annotate --no-emit-index-url --no-emit-find-links pyproject.toml

lock: $(STAMP)  ## choose the newest versions that fit pyproject.toml and write both locks
	$(UV_COMPILE) --extra lab -o $(LOCK)
	$(UV_COMPILE) --extra lab --extra test --extra classroom --extra cluster --extra lite --extra site --constraints $(LOCK) -o $(TEST_LOCK).all
	grep -vxFf $(LOCK) $(TEST_LOCK).all > $(TEST_LOCK)
	rm $(TEST_LOCK).all

clean:  ## remove the environment and what tools left behind
	rm -rf $(VENV) .venv-3.* $(JAVASCRIPT)/node_modules $(PYODIDE)/node_modules build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis tests/browser/artifacts
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
