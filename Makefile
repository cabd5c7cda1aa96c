# Needs Python 3.11 or later and make, nothing else. What is installed goes to .venv, once; again when pyproject.toml
# changes. PYTHON=/path/to/python3 chooses another Python, TESTS='tests/config -k check' which tests run.

VENV := .venv
BIN := $(VENV)/bin
SHELL := /bin/bash
TESTS ?=
PYTHON ?=

help:  ## Say what there is
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' Makefile | expand -t 22

run: $(VENV)/installed-run  ## Start Penstock on 127.0.0.1:8080 in front of two small demo origins
	@exec $(BIN)/penstock demo

test: $(VENV)/installed-test  ## Run the tests, but for slow ones, the browser's and the scanner's
	@$(BIN)/python -m pytest -m "not browser and not slow and not sslyze" $(TESTS)

test-slow: $(VENV)/installed-test  ## Run the tests that move a gibibyte or take many seconds
	@$(BIN)/python -m pytest -m slow $(TESTS)

test-browser: $(VENV)/installed-test  ## Drive headless Chromium through the proxy (apt install chromium)
	@command -v chromium chromium-browser google-chrome google-chrome-stable >/dev/null || \
		{ echo "no Chromium here: apt install chromium" >&2; exit 1; }
	@$(BIN)/python -m pytest -m browser $(TESTS)

test-tls: $(VENV)/installed-test $(VENV)/sslyze/bin/sslyze  ## Let sslyze scan a listener's TLS
	@SSLYZE=$(CURDIR)/$(VENV)/sslyze/bin/sslyze $(BIN)/python -m pytest -m sslyze $(TESTS)

test-guests:  ## Run the tests of the WASM filters' own sources, natively (needs Rust)
	@filters/guests/build --test

guests:  ## Build filters/wasm again (see filters/guests/README.md)
	@filters/guests/build

lint: $(VENV)/installed-lint  ## ruff and mypy --strict
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

format: $(VENV)/installed-lint  ## Let ruff mend what it can
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

bench: $(VENV)/installed-bench  ## Measure beside nginx, HAProxy, Envoy, Varnish (apt install nginx haproxy varnish wrk)
	@exec $(BIN)/python -m bench

oracle: $(VENV)/installed-bench  ## Drive the same WASM guests through Envoy and Penstock, and compare
	@exec $(BIN)/python -m bench.oracle

conformance: $(VENV)/installed-bench  ## Run the public cache suite behind Penstock and other caches (needs Node.js and npm)
	@exec $(BIN)/python -m bench.cache_suite

conformance-waf: $(VENV)/installed-bench  ## Judge the firewall by CRS's own tests beside ModSecurity (CRS_TESTS=checkout RULES=crs3|crs4)
	@exec $(BIN)/python -m bench.waf --rules $(or $(RULES),crs3)

bench-waf: $(VENV)/installed-bench  ## Measure it beside nginx + ModSecurity (apt install libnginx-mod-http-modsecurity modsecurity-crs wrk)
	@exec $(BIN)/python -m bench.waf.cost $(foreach rules,$(or $(RULES),crs3),--rules $(rules))

soak: $(VENV)/installed-bench  ## Run everything for half an hour, and look for what grows (apt install redis-server; MINUTES=2 to try)
	@exec $(BIN)/python -m bench.soak --minutes $(or $(MINUTES),30)

nothing-dropped: $(VENV)/installed-bench  ## Reload, kill, upgrade and renew certificates under load, and count what fails
	@exec $(BIN)/python -m bench.soak --disturb

fuzz: $(VENV)/installed-test  ## Ten minutes of random configurations, PROXY headers and calls of the admin (MINUTES=1 to try)
	@exec $(BIN)/python -m bench.fuzz --minutes $(or $(MINUTES),10)

bench-workers: $(VENV)/installed-bench  ## Measure two workers beside one (apt install nginx wrk)
	@exec $(BIN)/python -m bench.two_workers --keep

bench-functions: $(VENV)/installed-bench  ## Measure edge functions: their cost, cold starts, memory, waits (apt install nginx redis-server wrk)
	@exec $(BIN)/python -m bench.functions

deploys-under-load: $(VENV)/installed-bench  ## Deploy and roll back a function a hundred times under load, and count what fails
	@exec $(BIN)/python -m bench.deploys

clean:  ## Remove all that was made, .venv too
	rm -rf $(VENV) build *.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.PHONY: help run test test-slow test-browser test-tls test-guests guests lint format bench oracle conformance conformance-waf bench-waf \
	soak nothing-dropped fuzz bench-workers bench-functions deploys-under-load clean

# -- what they need

install = @echo "installing what 'make $(1)' needs (once)" && \
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.$(2)' && touch $@

$(VENV)/installed-run: pyproject.toml $(BIN)/python
	$(call install,run)

$(VENV)/installed-test: pyproject.toml $(BIN)/python
	$(call install,test,[test])

$(VENV)/installed-lint: pyproject.toml $(BIN)/python
	$(call install,lint,[lint])

$(VENV)/installed-bench: pyproject.toml $(BIN)/python
	$(call install,bench,[bench])

# In an environment of its own, for it wants an older cryptography than Penstock gets.
$(VENV)/sslyze/bin/sslyze: $(BIN)/python
	@echo "installing sslyze (once)"
	@$(BIN)/python -m venv $(VENV)/sslyze
	@$(VENV)/sslyze/bin/python -m pip install --quiet --disable-pip-version-check 'sslyze>=6.3,<7'

# Remade where its Python is gone, for then this target's link leads nowhere; --clear takes the stamps along.
$(BIN)/python:
	@for python in $(or $(PYTHON),python3 python3.14 python3.13 python3.12 python3.11); do \
		"$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || continue; \
		echo "making $(VENV) with $$("$$python" --version)"; \
		"$$python" -m venv --clear $(VENV) && exit; \
		rm -rf $(VENV); \
		echo "Python's venv module is missing: on Debian and Ubuntu, apt install python3-venv" >&2; exit 1; \
	done; \
	echo "Penstock needs Python 3.11 or later; $(or $(PYTHON),python3) is $$($(or $(PYTHON),python3) --version 2>&1)" >&2; \
	echo "Name another: make PYTHON=/path/to/python3" >&2; exit 1
