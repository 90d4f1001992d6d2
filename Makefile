# `make app` opens the app, `make test` runs every test, `make check` is the quick look before a commit.
PYTHON ?= python3
PORT ?= 8501
ADDRESS ?= localhost
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check -q

export STREAMLIT_BROWSER_GATHER_USAGE_STATS := false
export GRADIO_ANALYTICS_ENABLED := False
export HF_HUB_DISABLE_TELEMETRY := 1
export TOKENIZERS_PARALLELISM := false

.PHONY: app serve test check

app: .venv/.stamp
	@echo "DialAtlas opens on http://localhost:$(PORT) (stop it with Ctrl+C)"
	@$(BIN)/python -m streamlit run app.py --server.headless true --server.address $(ADDRESS) --server.port $(PORT)

# Pages, talk demo, API and tools in one process; FLAGS as `python -m engine serve --help` tells.
serve: .venv/.stamp
	@$(BIN)/python -m engine serve --host $(ADDRESS) --port $(PORT) $(FLAGS)

# Ray Serve has a process of its own: its threads outlive its shutdown, and would start Ray again under other tests.
test: .venv/.stamp
	$(BIN)/python -m pytest -q --ignore tests/slow/test_serve_ray.py
	$(BIN)/python -m pytest -q tests/slow/test_serve_ray.py

check: .venv/.stamp
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/python -m pytest -q tests/unit engine ui

# Made anew only where the requirements changed; the stamp is written last.
.venv/.stamp: requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
		echo "DialAtlas needs Python 3.11 or newer: install it, then run \`make PYTHON=python3.11 $(MAKECMDGOALS)\`."; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo "Installing what requirements.txt names into .venv (once; this takes a few minutes) ..."
	@$(PIP) install -r requirements.txt
	@touch $@
