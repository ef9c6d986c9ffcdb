# Everything happens in this folder: .venv (the environment), .build (uv), .demo (the demo project). No root is needed.
# The environment is made once, exactly as requirements.lock says, and again only when the lock or pyproject.toml changes.

PY := .venv/bin/python
READY := .venv/.ready
DEMO := .demo
AIRFLOW_PORT ?= 18081
# Label Studio, a server of its own environment: it asks for other versions than we do.
STUDIO := .studio
STUDIO_PORT ?= 18082
# Extra words for pytest: make test ARGS="tests/dags -x"
ARGS ?=
# Processes that run the tests; a file's tests stay together, because they share what is slow to make.
WORKERS ?= auto

# Quick tests first: a broken unit should not wait for the demo. Folders not named here run after them.
TEST_ORDER := unit laws contracts questions dags faults e2e
TEST_PATHS = $(wildcard $(addprefix tests/,$(TEST_ORDER))) \
  $(filter-out $(addprefix tests/,$(TEST_ORDER) __pycache__),$(patsubst %/,%,$(wildcard tests/*/))) $(wildcard tests/test_*.py)

# Without compiled bytecode every start of Airflow costs five seconds more.
unexport PYTHONDONTWRITEBYTECODE
export UV_COMPILE_BYTECODE := 1
export UV_PYTHON_DOWNLOADS := never
export UV_HTTP_TIMEOUT ?= 180

.PHONY: help demo demo-labeling studio test lint bench airflow env clean

help:
	@echo "make demo     the main job on the corpus in examples/: ingest, gate, publish, ask"
	@echo "make demo-labeling  a rule, people, a batch and its verification on Label Studio, with scripted annotators"
	@echo "make studio   Label Studio on http://127.0.0.1:$(STUDIO_PORT) with demo accounts, for trying out labeling"
	@echo "make test     all tests"
	@echo "make lint     ruff, mypy, import contracts"
	@echo "make airflow  the same DAGs with Airflow's pages on http://127.0.0.1:$(AIRFLOW_PORT)"
	@echo "make bench    figures, written to benchmarks/results"
	@echo "make clean    remove .venv, .build, .demo and $(STUDIO)"

demo: $(READY)
	@$(PY) examples/demo.py run --folder $(DEMO)

airflow: $(READY)
	@$(PY) examples/demo.py serve --folder $(DEMO) --port $(AIRFLOW_PORT)

demo-labeling: $(READY) $(STUDIO)/template/accounts.json
	@$(PY) examples/labeling_demo.py $(ARGS)

studio: $(READY) $(STUDIO)/template/accounts.json
	@$(PY) examples/studio.py --port $(STUDIO_PORT)

test: $(READY) $(STUDIO)/template/accounts.json
	$(PY) -m pytest $(if $(ARGS),$(ARGS),--numprocesses $(WORKERS) --dist loadfile $(TEST_PATHS))

lint: $(READY)
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	$(PY) -m mypy
	.venv/bin/lint-imports

bench: $(READY)
	$(PY) -m benchmarks $(ARGS)

env: $(READY)

clean:
	rm -rf .venv .build .demo $(STUDIO)

# The interpreter: PYTHON if given, else the first of these that is 3.11 or 3.12 (a pyenv shim may exist and not run).
define FIND_PYTHON
found=; \
for each in $(PYTHON) python3 python3.12 python3.11 python "$$HOME"/.pyenv/versions/3.11.*/bin/python "$$HOME"/.pyenv/versions/3.12.*/bin/python; do \
  if "$$each" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 12))' >/dev/null 2>&1; then found="$$each"; break; fi; \
done; \
if [ -z "$$found" ]; then \
  echo "Laiyuan needs Python 3.11 or 3.12: expected one as python3, python3.12 or python3.11, found none." >&2; \
  echo "Install one, or name it: make PYTHON=/path/to/python3.11" >&2; exit 1; \
fi
endef

# uv does not read pip's configuration, so that the index and certificate a user set for pip are handed over here.
define AS_PIP_IS_SET
pip_has() { .build/uv/bin/python -m pip config get "global.$$1" 2>/dev/null || true; }; \
index="$${PIP_INDEX_URL:-$$(pip_has index-url)}"; \
if [ -n "$$index" ] && [ -z "$${UV_DEFAULT_INDEX:-}" ]; then export UV_DEFAULT_INDEX="$$index"; fi; \
cert="$${PIP_CERT:-$$(pip_has cert)}"; \
if [ -n "$$cert" ] && [ -z "$${SSL_CERT_FILE:-}" ]; then export SSL_CERT_FILE="$$cert"; fi
endef

.build/uv/.ready: bootstrap.lock
	@$(FIND_PYTHON); echo "Making the environment with $$("$$found" --version) (once; a few minutes) ..."; \
	rm -rf .build/uv; \
	"$$found" -m venv .build/uv || { \
	  echo "$$found cannot make a virtual environment: install its venv module (Debian: python3-venv), or name another PYTHON." >&2; exit 1; }; \
	.build/uv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r bootstrap.lock
	@touch $@

# Where uv does not get through (a find-links folder, an index with a login that only pip knows), pip does the same, slower.
$(READY): requirements.lock pyproject.toml .build/uv/.ready
	@$(AS_PIP_IS_SET); \
	uv=.build/uv/bin/uv; \
	test -x $(PY) && $(PY) -c '' 2>/dev/null || $$uv venv --quiet --clear --python .build/uv/bin/python .venv; \
	$$uv pip sync --quiet --python $(PY) --require-hashes requirements.lock || { \
	  echo "uv could not install the lock; trying pip ..." >&2; \
	  .build/uv/bin/python -m pip --python $(PY) install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements.lock; }
	@.build/uv/bin/uv pip install --quiet --offline --python $(PY) --no-deps --no-build-isolation --editable .
	@touch $@

$(STUDIO)/env/.ready: studio.lock .build/uv/.ready
	@$(AS_PIP_IS_SET); \
	echo "Making Label Studio's environment (once; a minute or two) ..."; \
	uv=.build/uv/bin/uv; \
	rm -rf $(STUDIO)/env; \
	$$uv venv --quiet --clear --python .build/uv/bin/python $(STUDIO)/env; \
	$$uv pip sync --quiet --python $(STUDIO)/env/bin/python --require-hashes studio.lock || { \
	  echo "uv could not install the lock; trying pip ..." >&2; \
	  .build/uv/bin/python -m pip --python $(STUDIO)/env/bin/python install --quiet --disable-pip-version-check --no-deps --require-hashes -r studio.lock; }
	@touch $@

# The first start migrates the server's database; every later server starts from a copy of what it leaves.
$(STUDIO)/template/accounts.json: $(STUDIO)/env/.ready | $(READY)
	@echo "Migrating Label Studio's database (once; a minute or two) ..."; rm -rf $(STUDIO)/template
	@$(PY) examples/studio.py --only-template
	@touch $@
