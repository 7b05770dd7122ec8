# Everything that contributors and CI run. Needs only make and Python 3.11 to 3.15. Start with `make help`.

VENV    := .venv
BIN     := $(VENV)/bin
# Each PYTHON= has its own stamp, so that changing it checks the environment again.
STAMP   := $(VENV)/.set-up$(subst /,_,$(PYTHON))

# --- the demo: the page in seeds/, then an invented newsroom ----
SEED    := seeds/000_3525abcd086fa521.txt
SEEN    := 2025-11-21T00:00:00Z
AS_OF   := 2025-11-22T00:00:00Z
GAZETTE := https://www.tarnmouth-gazette.example
CRAWLED := 2026-05-25T12:00:00Z
LATER   := 2026-05-25T13:00:00Z

# One process per core. The tests of a file stay together because they share fixtures.
IN_PARALLEL := -n auto --dist loadfile --no-loadscope-reorder

.DEFAULT_GOAL := help
.PHONY: help demo setup bench-setup cms-setup test test-slow test-attacks test-cms plugin docs examples lint constraints clean

help:  ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))
	@echo "  PYTHON=...        the interpreter to set up with, else the first of 3.13, 3.12, 3.11, 3.14, 3.15 that works"

# $(call run,arguments): print a command as one would type it, then run it.
run = @printf '\n$$ recsys %s\n' '$(1)' && $(BIN)/recsys $(1)

demo: $(STAMP)  ## recommend headlines for the page in seeds/, then for stories of an invented newsroom
	@echo "1. One saved page. Its lists carry no date; $(SEEN) is an estimate from their headlines."
	$(call run,ingest seeds/*.txt --observed-at $(SEEN))
	$(call run,recommend $(SEED) -k 3 --as-of $(AS_OF))
	@echo "The lists of the page are about other subjects, so nothing is recommended as related. What is popular:"
	$(call run,popular -k 3 --as-of $(AS_OF))
	@printf '\n2. An invented newspaper of sixty stories, read from the pages of its site.\n'
	@$(BIN)/python -m examples.newsrooms data/gazette
	$(call run,--store data/gazette.db ingest data/gazette --observed-at $(CRAWLED))
	$(call run,--store data/gazette.db recommend $(GAZETTE)/news/2026/05/04/harbour-wall-breached.html -k 5 --as-of $(LATER))
	@echo "The reasons for the first headline:"
	$(call run,--store data/gazette.db recommend $(GAZETTE)/news/2026/05/04/harbour-wall-breached.html -k 1 --as-of $(LATER) --explain)
	@echo "Next: README.md, or $(BIN)/recsys --help."

setup: $(STAMP)  ## create .venv, or update it after a change of pyproject.toml or constraints.txt

bench-setup: $(STAMP)  ## install what the benchmarks compare with (extra bench)
	@PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_INPUT=1 "$(BIN)/python" -m pip install --quiet \
	  --require-hashes -r benchmarks/constraints.txt
	@echo "Set up for the benchmarks: benchmarks/README.md lists them."

# The CMSs are heavy, so they are installed only for their tests.
CMS_STAMP := $(VENV)/.cms-set-up

cms-setup: $(CMS_STAMP)  ## install the Python CMSs for `make test-cms` (extras django and wagtail)

$(CMS_STAMP): $(STAMP) tests/cms/constraints.txt
	@PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_INPUT=1 "$(BIN)/python" -m pip install --quiet \
	  --require-hashes -r tests/cms/constraints.txt
	@touch "$@"

test: lint  ## lint, types, imports, and the tests that take seconds
	@$(BIN)/python -m pytest $(IN_PARALLEL) -m "not slow and not attack"

test-slow: $(STAMP)  ## the slow tests: browsers, killed processes, trainings, sessions in the documentation
	@$(BIN)/python -m pytest $(IN_PARALLEL) -m "slow and not attack"

# Not in parallel: they measure response times and processor time.
test-attacks: $(STAMP)  ## the tests that attack service, store and index; takes minutes
	@$(BIN)/python -m pytest -m attack

test-cms: $(CMS_STAMP)  ## the tests on a real WordPress and Wagtail; install what is missing (as root, on Debian)
	@$(BIN)/python -m pytest tests/cms/wagtail > $(VENV)/wagtail.log 2>&1 & beside=$$!; failed=; \
	$(BIN)/python -m pytest tests/cms/wordpress || failed=1; \
	wait $$beside || failed=1; cat $(VENV)/wagtail.log; [ -z "$$failed" ]

# Installed only for building the site, like the CMSs for their tests.
DOCS_STAMP := $(VENV)/.docs-set-up

$(DOCS_STAMP): $(STAMP) docs/constraints.txt
	@PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_INPUT=1 "$(BIN)/python" -m pip install --quiet \
	  --require-hashes -r docs/constraints.txt
	@touch "$@"

docs: $(DOCS_STAMP)  ## build the documentation site into site/; a broken link or anchor fails it
	@$(BIN)/zensical build --strict --clean
	@$(BIN)/python -m pytest --quiet tests/site
	@echo "Built: open site/index.html."

examples: $(STAMP)  ## run the notebooks in examples/ and store what they print
	@$(BIN)/python -m pytest --quiet tests/examples --refresh-documents

plugin: $(STAMP)  ## build the WordPress plugin: dist/recsys-related.zip
	@$(BIN)/python plugins/wordpress/package.py

lint: $(STAMP)
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --quiet --check . || { $(BIN)/ruff format --check .; exit 1; }
	@$(BIN)/mypy
	@$(BIN)/lint-imports > $(VENV)/lint-imports.log 2>&1 || { cat $(VENV)/lint-imports.log; exit 1; }
	@$(BIN)/python tests/project/prose.py
	@echo "ruff, mypy, the import contract, spelling and retired words: clean"

clean:  ## remove the environment and caches; keep data/ and models/
	@rm -rf $(VENV) .make build dist site .cache .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

# --- set-up ------------------------------------------------------------------------------------------------

# Fails and prints what is wrong with the interpreter that runs it. Written so that every Python can parse it.
define PROBE
import sys
version = ".".join(map(str, sys.version_info[:3]))
if not (3, 11) <= sys.version_info[:2] <= (3, 15):
    sys.exit("it is Python %s, needed is 3.11 to 3.15" % version)
try:
    import ensurepip, venv
except ImportError:
    sys.exit("it is Python %s without venv (on Debian: apt install python%d.%d-venv)" % ((version,) + sys.version_info[:2]))
endef
export PROBE

# Sets $python to the first candidate that starts and passes the probe. Being on the PATH is not enough: version
# managers put stubs there that only print an error.
define FIND_PYTHON
tried=''
python=''
for candidate in $(if $(PYTHON),"$(PYTHON)",python3.13 python3.12 python3.11 python3.14 python3.15 python3); do
  if why=$$("$$candidate" -c "$$PROBE" 2>&1); then python=$$candidate; break; fi
  case "$$why" in "it is Python"*) ;; *) why="not found, or it does not start" ;; esac
  tried="$$tried  $$candidate: $$why\n"
done
if [ -z "$$python" ]; then
  printf 'No suitable Python. Tried:\n%bInstall Python 3.11 to 3.15, or name one: make setup PYTHON=/path/to/python\n' "$$tried" >&2
  exit 1
fi
endef
export FIND_PYTHON

# Keeps an environment that works and has the version of PYTHON=, otherwise creates it again.
define MAKE_VENV
version='import sys; print("%d.%d" % sys.version_info[:2])'
have=''
if "$(BIN)/python" -m pip --version > /dev/null 2>&1 && "$(BIN)/python" -c "$$PROBE" 2> /dev/null; then
  have=$$("$(BIN)/python" -c "$$version")
fi
if [ -z "$$have" ] || [ -n "$(PYTHON)" ]; then
  eval "$$FIND_PYTHON"
  if [ "$$have" != "$$("$$python" -c "$$version")" ]; then "$$python" -m venv --clear "$(VENV)" || exit 1; fi
fi
endef
export MAKE_VENV

# Every file that pip installs must have its hash in constraints.txt. The project itself comes last, built with what
# was just installed.
define INSTALL
export PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_INPUT=1
"$(BIN)/python" -m pip install --require-hashes -r constraints.txt &&
"$(BIN)/python" -m pip install --no-deps --no-build-isolation -e . &&
"$(BIN)/python" -m pip check
endef
export INSTALL

$(STAMP): pyproject.toml constraints.txt
	@began=$$(date +%s); eval "$$MAKE_VENV"; \
	echo "Setting up $(VENV) with $$("$(BIN)/python" --version); the first time takes about a minute."; \
	sh -c "$$INSTALL" > "$(VENV)/set-up.log" 2>&1 || { \
	  grep -v '^Requirement already satisfied' "$(VENV)/set-up.log"; \
	  echo "Set-up failed, see above; the full log is $(VENV)/set-up.log." >&2; exit 1; }; \
	touch "$@"; echo "Set up in $$(($$(date +%s) - began)) s."

# --- constraints.txt ---------------------------------------------------------------------------------------

define CONSTRAINTS_HEADER
# Every package for running and developing the project: version and hashes, for Python 3.11 to 3.15 on
# Linux, macOS and Windows. Made from pyproject.toml (dependencies, the extra postgresql, the group dev):
#
#     make constraints              after a change of pyproject.toml; existing pins stay
#     make constraints UPGRADE=1    every package to its newest version
#
# One version serves all Pythons where possible (--fork-strategy fewest), so that figures agree between them.
endef
export CONSTRAINTS_HEADER

define BENCH_CONSTRAINTS_HEADER
# Every package for the benchmarks (dependencies and the extra bench): version and hashes, in the
# versions of constraints.txt wherever it has them. `make bench-setup` installs it, `make constraints` makes it.
endef
export BENCH_CONSTRAINTS_HEADER

define CMS_CONSTRAINTS_HEADER
# Every package for testing the Python CMSs (dependencies, the extras django and wagtail): version and
# hashes, in the versions of constraints.txt wherever it has them. `make cms-setup` installs it, `make constraints`
# makes it.
endef
export CMS_CONSTRAINTS_HEADER

define DOCS_CONSTRAINTS_HEADER
# Every package for building the documentation site (the extra docs): version and hashes, in the versions of
# constraints.txt wherever it has them. `make docs` installs it, `make constraints` makes it.
endef
export DOCS_CONSTRAINTS_HEADER

define IMAGE_CONSTRAINTS_HEADER
# Every package of the container image (dependencies and the extras serve, fast and postgresql): version and hashes,
# in the versions of constraints.txt. The Dockerfile installs it, `make constraints` makes it.
endef
export IMAGE_CONSTRAINTS_HEADER

define BUILD_CONSTRAINTS_HEADER
# What builds the project's own wheel for the container image: version and hashes, in the versions of
# constraints.txt. The Dockerfile installs it in its first stage, `make constraints` makes it.
endef
export BUILD_CONSTRAINTS_HEADER

UV := .make/uv/bin/uv
COMPILE := $(UV) --quiet pip compile pyproject.toml --universal --python-version 3.11 --fork-strategy fewest \
  --generate-hashes --no-annotate --no-header

constraints: $(UV)  ## bring every constraints.txt up to date with pyproject.toml (UPGRADE=1: newest versions)
	@cp constraints.txt .make/constraints.txt 2> /dev/null || true
	@cp benchmarks/constraints.txt .make/bench.txt 2> /dev/null || true
	@cp tests/cms/constraints.txt .make/cms.txt 2> /dev/null || true
	@cp docs/constraints.txt .make/docs.txt 2> /dev/null || true
	@$(COMPILE) --group dev --extra postgresql --extra serve --extra otel --extra crawl $(if $(UPGRADE),--upgrade) \
	  --output-file .make/constraints.txt > /dev/null
	@$(COMPILE) --extra bench --constraints .make/constraints.txt $(if $(UPGRADE),--upgrade) \
	  --output-file .make/bench.txt > /dev/null
	@$(COMPILE) --extra django --extra wagtail --constraints .make/constraints.txt $(if $(UPGRADE),--upgrade) \
	  --output-file .make/cms.txt > /dev/null
	@$(COMPILE) --extra docs --constraints .make/constraints.txt $(if $(UPGRADE),--upgrade) \
	  --output-file .make/docs.txt > /dev/null
	@$(COMPILE) --extra serve --extra fast --extra postgresql --constraints .make/constraints.txt \
	  --output-file .make/image.txt > /dev/null
	@sed -n 's/^requires = \["\(.*\)"\]$$/\1/p' pyproject.toml | $(subst pyproject.toml,-,$(COMPILE)) \
	  --constraints .make/constraints.txt --output-file .make/build.txt > /dev/null
	@{ echo "$$CONSTRAINTS_HEADER"; cat .make/constraints.txt; } > .make/constraints.new
	@{ echo "$$BENCH_CONSTRAINTS_HEADER"; cat .make/bench.txt; } > .make/bench.new
	@{ echo "$$CMS_CONSTRAINTS_HEADER"; cat .make/cms.txt; } > .make/cms.new
	@{ echo "$$DOCS_CONSTRAINTS_HEADER"; cat .make/docs.txt; } > .make/docs.new
	@{ echo "$$IMAGE_CONSTRAINTS_HEADER"; cat .make/image.txt; } > deploy/constraints.txt
	@{ echo "$$BUILD_CONSTRAINTS_HEADER"; cat .make/build.txt; } > deploy/build-constraints.txt
	@mv .make/constraints.new constraints.txt
	@mv .make/bench.new benchmarks/constraints.txt
	@mv .make/cms.new tests/cms/constraints.txt
	@mv .make/docs.new docs/constraints.txt
	@for made in constraints.txt deploy/constraints.txt benchmarks/constraints.txt tests/cms/constraints.txt \
	  docs/constraints.txt; do \
	  echo "$$made: $$(grep -c '==' "$$made") packages."; done; echo "Next: make test, then commit them."

# Only this target needs uv, which has 60 MB, so it gets its own environment.
$(UV):
	@mkdir -p .make
	@eval "$$FIND_PYTHON"; "$$python" -m venv .make/uv && .make/uv/bin/python -m pip install --quiet 'uv>=0.5'
