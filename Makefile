# The same verbs by hand and in CI. Each sets the checkout up first: `.venv/` from requirements.lock,
# then fusion itself, editable. Needs make and a Python of 3.11 or later; nothing is installed outside.
#
#   make demo    the 9/11 scenario through the real service          ARGS="--keep"
#   make serve   the embedded service                                ARGS="--port 8080"
#   make test    every test                                          ARGS="tests/domain -x"
#   make check   lint, format, types, imports, files that must agree
#   make bench   every path beside its bare loop                     ARGS="--quick"
#   make soak    the laws on many random worlds                      ARGS="--worlds 20000"
#   make crash   deaths of a service under load, counted             ARGS="--cycles 320"
#   make hostile hostile requests to every operation, counted         ARGS="--examples 200"
#   make fuzz    pairs of worlds, compared byte for byte            ARGS="--pairs 1000 --http 100"
#   make lock    new pins, after a change of dependencies in pyproject.toml
#   make clean   takes .venv/ and every cache away

PYTHON ?= python3
ARGS   ?=
BIN    := .venv/bin

.DEFAULT_GOAL := help
.PHONY: help demo serve test check bench soak fuzz crash hostile lock clean

help:
	@sed -n 's/^#   //p' Makefile

demo: .venv/installed
	@$(BIN)/fusion demo $(ARGS)

serve: .venv/installed
	@$(BIN)/fusion serve $(ARGS)

# A file of tests goes to one core whole, since its tests share what they started.
test: .venv/installed
	@$(BIN)/python -m pytest --numprocesses auto --dist loadfile $(ARGS)

check: .venv/installed
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/fusion schemas --check
	$(BIN)/fusion patterns check
	$(BIN)/python -m tests.lengths

bench: .venv/installed
	@$(BIN)/python -m tests.benchmarks $(ARGS)

soak: .venv/installed
	@$(BIN)/python -m tests.laws $(ARGS)

crash: .venv/installed
	@$(BIN)/python -m tests.crash $(ARGS)

hostile: .venv/installed
	@$(BIN)/python -m tests.hostile $(ARGS)

fuzz: .venv/installed
	@$(BIN)/python -m tests.noninterference $(ARGS)

lock: .venv/installed
	$(BIN)/uv pip compile --quiet pyproject.toml --group dev --universal --fork-strategy fewest \
	    --python-version 3.11 --generate-hashes --no-emit-index-url --no-config \
	    --custom-compile-command "make lock" --output-file requirements.lock $(ARGS)

clean:
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

# Two stamps, so that a second run costs nothing: a changed lock brings the packages into line, a
# changed pyproject.toml only installs fusion again.
.venv/installed: .venv/locked pyproject.toml
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $@

# pip brings uv alone, held to the hashes that the lock has for it; uv brings the rest (in a fifth of
# the time that pip takes), trusting the machine's certificates, which know a proxy of the house, or
# else its own.
SYNC = $(BIN)/uv pip sync --quiet --python $(BIN)/python --require-hashes requirements.lock

.venv/locked: requirements.lock
	@command -v $(PYTHON) >/dev/null || { echo "fusion needs Python 3.11 or later, and there is no '$(PYTHON)' here: make PYTHON=/path/to/python3" >&2; exit 2; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "fusion needs Python 3.11 or later; '$(PYTHON)' is `$(PYTHON) -V 2>&1`: make PYTHON=python3.12" >&2; exit 2; }
	@test -x $(BIN)/uv || echo "setting up .venv, once"
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv || { rm -rf .venv; echo "'$(PYTHON)' has no venv module (on Debian: apt-get install python3-venv)" >&2; exit 2; }
	@sed -n '/^uv==/,/# via/p' requirements.lock > .venv/uv.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps --requirement .venv/uv.lock
	@$(SYNC) --system-certs 2>/dev/null || $(SYNC)
	@touch $@
