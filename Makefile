# Everything happens in a private .venv with an optimised build. Stamps in it say what is up to
# date, so that a second run goes straight to its job.
#
#   make demo           watch objects grow, streamed by a local server (or a real one: OPENAI_API_KEY)
#   make test           everything that must hold before a commit; pytest comes last
#   make test-long      the same laws, at length
#   make test-safe      the same tests without the shortcuts past CPython's API
#   make test-sdks      what needs SDKs that pin old versions of what others need
#   make test-pydantic  the tests of models, with Pydantics from the oldest to the newest
#   make test-versions  what relies on CPython, with each version of it that is here
#   make test-arm       the tests in Rust for ARM, emulated (Debian has what that takes)
#   make web            a page in which a report types itself (PORT=8000)
#   make test-web       the TypeScript client and that page, in a real browser
#   make fuzz           every fuzz target for SECONDS=60 (needs a nightly Rust, as do test-asan, miri)
#   make test-checked   the tests of the extension with all assertions, those of unsafe code, too
#   make test-asan      the same under AddressSanitizer
#   make miri           the unsafe code of the machine, and what calls it, under Miri
#   make lint           Rust and Python: lints, formatting, types, stubs
#   make lint-versions  the extension as it is for every CPython, which need not be there
#   make lint-platforms the same for other systems and processors (rustup target add ...)
#   make bench          how fast the wheel is, beside its peers (some 15 minutes)
#   make wheel          a wheel in dist/, compiled for the branches that its training takes (PGO)
#   make format         rewrite the sources as `make lint` wants them
#   make lock           pin the newest development requirements
#   make clean          remove what was built
#
# PYTHON=... chooses the interpreter that the .venv is made from.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
# The last lines of `make test` are pytest's.
.NOTPARALLEL:
.PHONY: help demo test test-safe test-long test-sdks test-pydantic test-versions test-arm bench wheel \
        lint lint-versions lint-platforms platforms format lock clean cargo-test cargo-lint python-lint python-types pytest has-rust \
        has-profdata has-arm

VENV := .venv
PY := $(VENV)/bin/python
# No script of the .venv is called by its name: those break when the checkout moves.
RUN := $(PY) -m
INSTALLED := $(VENV)/.installed
BUILT := $(VENV)/.built
# The peers are kept apart from what the tests run with. One has our import name and one pins an
# old jiter: these have environments of their own.
BENCH_PY := $(VENV)/bench/bin/python
PEERS := $(VENV)/.peers
OPTIMISED := $(VENV)/optimised
PEER_VENVS := bench bench-namesake bench-instructor
# Instructor and LiteLLM pin an old jiter and an old openai.
SDKS := $(VENV)/.sdks
# The oldest that pyproject.toml allows, and one between it and the newest, which is in the .venv.
PYDANTICS := 2.10.3 2.12.5

CANDIDATES := python3 python3.15 python3.14 python3.13 python3.12 python3.11 python3.10 python
IS_RECENT := import sys; sys.exit(sys.version_info < (3, 10))
PYTHON ?= $(shell for each in $(CANDIDATES); do \
	$$each -c '$(IS_RECENT)' >/dev/null 2>&1 && command -v $$each && break; done)
RUST_VERSION = $(shell sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml)

# Ends a recipe with one line instead of whatever the missing tool would have said.
fail = { echo "partialjson: $(1)" >&2; exit 1; }
# The extension is built against an interpreter; everything else in Rust knows none.
build_wheel = TRAINING_PATH="$$($(PY) -c 'import sysconfig; print(sysconfig.get_path("platlib"))')" \
	$(RUN) maturin build --release --locked --quiet --pgo --interpreter $(PY)
with_python = PYO3_PYTHON="$(CURDIR)/$(PY)"

help:
	@sed -n '/^#   make/s/^#   //p' Makefile

demo: $(BUILT)
	@$(RUN) examples.demo

test: cargo-test cargo-lint python-lint python-types pytest

lint: cargo-lint python-lint python-types

pytest: $(BUILT)
	$(RUN) pytest

test-safe: $(BUILT)
	PARTIALJSON_SAFE=1 $(RUN) pytest

test-long: $(BUILT)
	PARTIALJSON_LONG=1 $(RUN) pytest -m "long or not long"

# LiteLLM leaves connections open, for the interpreter to close when it ends.
test-sdks: $(BUILT) $(SDKS)
	PYTHONPATH=python $(VENV)/sdks/bin/python -m pytest -W ignore::ResourceWarning \
		-W ignore::pytest.PytestUnraisableExceptionWarning \
		tests/test_instructor.py tests/test_litellm.py tests/test_langchain.py \
		tests/test_sdk_examples.py

MODEL_TESTS = $(wildcard tests/test_partial*.py) $(wildcard tests/test_model*.py) tests/model_table
test-pydantic: $(BUILT) $(PYDANTICS:%=$(VENV)/pydantic-%/.installed)
	for each in $(PYDANTICS:%=$(VENV)/pydantic-%) $(VENV); do \
		PYTHONPATH=python $$each/bin/python -m pytest $(MODEL_TESTS) || exit; \
	done

# The extension knows how each version of CPython lays out its objects. VERSIONS are below.
VERSION_TESTS := $(wildcard tests/test_shortcuts*.py) \
	$(patsubst %,tests/test_%.py,growing values_held loads chunks laws import)
VERSION_NEEDS := pytest pytest-asyncio hypothesis typing-extensions
test-versions: $(INSTALLED)
	found=; for each in $(VERSIONS); do \
		python$$each -c "" 2>/dev/null || continue; \
		found=$$each; echo "for CPython $$each"; \
		home=$(VENV)/python-$$each; rm -rf $$home; \
		python$$each -m venv $$home && \
		$(RUN) maturin build --release --locked --quiet --interpreter $$home/bin/python \
			--out $$home && \
		$$home/bin/python -m pip install --quiet --disable-pip-version-check \
			-c requirements/dev.txt $(VERSION_NEEDS) && \
		$$home/bin/python -m pip install --quiet --disable-pip-version-check --no-deps \
			$$home/*.whl && \
		$$home/bin/python -m pytest $(VERSION_TESTS) || exit; \
	done; test -n "$$found" || $(call fail,none of these is here: $(VERSIONS))

# What is done to many bytes at once is another code there, which no other target compiles.
ARM := aarch64-unknown-linux-gnu
ARM_GCC := aarch64-linux-gnu-gcc
ARM_QEMU := qemu-aarch64
test-arm: | has-arm
	CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER=$(ARM_GCC) \
	CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_RUNNER="$(ARM_QEMU) -L /usr/aarch64-linux-gnu" \
		cargo test --locked --quiet --release --features count --target $(ARM)

# FILES=benches/bench_short.py runs a part of it; TURNS=1 RESULTS=.benchmarks shows in some minutes
# that all of it runs, with every peer, and leaves the published figures as they are.
FILES ?= benches
RESULTS ?= benches/results
bench: $(OPTIMISED)/.installed $(PEERS)
	@mkdir -p .benchmarks
	@PYTHONPATH=$(OPTIMISED) $(BENCH_PY) -m pytest -c benches/pytest.ini $(FILES) \
		--benchmark-json=$(CURDIR)/.benchmarks/latest.json
	@PYTHONPATH=$(OPTIMISED) $(BENCH_PY) -m benches.report .benchmarks/latest.json $(RESULTS)

wheel: $(INSTALLED) | has-profdata
	$(build_wheel) --out dist

cargo-test: | has-rust
	cargo test --locked --quiet --features count

# Nothing is linked where only lints are asked for; so there need not be a compiler for C++.
NO_FUZZER := CUSTOM_LIBFUZZER_PATH=none/libFuzzer.a
cargo-lint: $(INSTALLED)
	@cargo fmt --version >/dev/null 2>&1 && cargo clippy --version >/dev/null 2>&1 || \
		$(call fail,rustfmt or clippy is missing: rustup component add rustfmt clippy)
	cargo fmt --check
	cargo fmt --check --manifest-path fuzz/Cargo.toml
	cargo clippy --locked --quiet --all-targets --features count -- -D warnings
	$(with_python) cargo clippy --locked --quiet --features python -- -D warnings
	$(with_python) $(NO_FUZZER) cargo clippy --locked --quiet --features python \
		--manifest-path fuzz/Cargo.toml --target-dir target/fuzz -- -D warnings

# Lints the extension as it is for a $$version of CPython with pointers of $$bits, which need not be
# here. Everything else is the same for all.
lint_extension = mkdir -p target/versions; config=$(CURDIR)/target/versions/cpython-$$version.txt; \
	printf '%s\n' implementation=CPython shared=true abi3=false pointer_width=$$bits \
		version=$${version%t} build_flags=$$(echo $$version | sed -n s/.*t$$/Py_GIL_DISABLED/p) >$$config; \
	CARGO_TARGET_DIR=target/versions PYO3_CONFIG_FILE=$$config \
		cargo clippy --locked --quiet --lib --features python $$target -- -D warnings

# What PyO3 offers, and what is known of CPython, differs from version to version.
VERSIONS := 3.10 3.11 3.12 3.13 3.14 3.14t 3.15
lint-versions: | has-rust
	@bits=64; target=; for version in $(VERSIONS); do \
		echo "for CPython $$version"; $(lint_extension) || exit; \
	done

PLATFORMS := x86_64-pc-windows-msvc x86_64-apple-darwin aarch64-apple-darwin i686-unknown-linux-gnu
platforms:
	@echo $(PLATFORMS)

lint-platforms: | has-rust
	@version=3.14; for platform in $(PLATFORMS); do \
		echo "for $$platform"; target="--target $$platform"; \
		case $$platform in i686*) bits=32;; *) bits=64;; esac; \
		$(lint_extension) || exit; \
	done

python-lint: $(INSTALLED)
	$(RUN) ruff check --quiet
	$(RUN) ruff format --quiet --check

python-types: $(BUILT)
	$(RUN) mypy
	$(RUN) pyright
	$(RUN) mypy.stubtest partialjson._partialjson

format: $(INSTALLED)
	cargo fmt
	cargo fmt --manifest-path fuzz/Cargo.toml
	$(RUN) ruff check --quiet --fix
	$(RUN) ruff format --quiet

# uv pins for every Python and platform at once, which pip cannot.
compile = $(RUN) uv pip compile --quiet --universal --upgrade --no-annotate \
	--custom-compile-command "make lock"
lock: $(INSTALLED)
	$(RUN) pip install --quiet uv
	$(compile) --python-version 3.10 --output-file requirements/dev.txt requirements/dev.in
	$(compile) --python-version 3.10 --output-file requirements/sdks.txt requirements/sdks.in
	$(compile) --python-version 3.10 --output-file requirements/web.txt requirements/web.in
	for each in $(PEER_VENVS); do \
		$(compile) --python-version 3.11 --output-file requirements/$$each.txt \
			requirements/$$each.in || exit; \
	done

clean:
	rm -rf $(VENV) target build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .benchmarks
	rm -rf fuzz/target js/dist js/node_modules tests/web/screenshots
	rm -rf examples/web/page/dist examples/web/page/node_modules
	rm -f python/partialjson/_partialjson*.so
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

has-profdata: | has-rust
	@test -n "$(wildcard $(shell rustc --print sysroot)/lib/rustlib/*/bin/llvm-profdata)" || \
		$(call fail,llvm-profdata is missing: rustup component add llvm-tools)

has-arm: | has-rust
	@test -d "$$(rustc --print sysroot)/lib/rustlib/$(ARM)" || \
		$(call fail,Rust for ARM is missing: rustup target add $(ARM))
	@command -v $(ARM_GCC) >/dev/null && command -v $(ARM_QEMU) >/dev/null || \
		$(call fail,a linker for ARM or an emulator is missing: apt install gcc-aarch64-linux-gnu qemu-user)

has-rust:
	@command -v cargo >/dev/null || \
		$(call fail,cargo is missing: install Rust $(RUST_VERSION) or newer from https://rustup.rs)
	@have=$$(rustc --version | cut -d' ' -f2); \
	oldest=$$(printf '%s\n' "$$have" $(RUST_VERSION) | sort -V | head -n1); \
	test "$$oldest" = $(RUST_VERSION) || \
		$(call fail,Rust $(RUST_VERSION) or newer is needed and this is $$have: rustup update)
	@command -v cc >/dev/null || \
		$(call fail,cc is missing: Rust needs a C linker such as gcc)

# A .venv whose interpreter has gone is of no use, and neither are its stamps.
$(shell test -x $(PY) || rm -rf $(VENV))

$(PY):
	@test -n "$(PYTHON)" || $(call fail,Python 3.10 or newer is missing)
	@"$(PYTHON)" -c '$(IS_RECENT)' >/dev/null 2>&1 || \
		$(call fail,$(PYTHON) is not Python 3.10 or newer)
	@"$(PYTHON)" -c 'import ensurepip; import venv' >/dev/null 2>&1 || \
		$(call fail,the venv module of Python is missing: apt install python3-venv)
	"$(PYTHON)" -m venv $(VENV)

$(INSTALLED): requirements/dev.txt | has-rust $(PY)
	$(RUN) pip install --quiet --disable-pip-version-check -r requirements/dev.txt
	@touch $@

$(PEERS): $(PEER_VENVS:%=requirements/%.txt) | $(PY)
	@$(PY) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		$(call fail,two of the peers need Python 3.11 or newer: make clean; make bench PYTHON=...)
	for each in $(PEER_VENVS); do \
		$(PY) -m venv $(VENV)/$$each && \
		$(VENV)/$$each/bin/python -m pip install --quiet --disable-pip-version-check \
			-r requirements/$$each.txt || exit; \
	done
	@touch $@

$(SDKS): requirements/sdks.txt | $(PY)
	$(PY) -m venv $(VENV)/sdks
	$(VENV)/sdks/bin/python -m pip install --quiet --disable-pip-version-check -r requirements/sdks.txt
	@touch $@

$(VENV)/pydantic-%/.installed: requirements/pydantic.in requirements/dev.txt | $(PY)
	$(PY) -m venv $(@D)
	$(@D)/bin/python -m pip install --quiet --disable-pip-version-check \
		-c requirements/dev.txt -r requirements/pydantic.in
	$(@D)/bin/python -m pip install --quiet --disable-pip-version-check pydantic==$*
	@touch $@

TRAINING = $(addprefix benches/,training.py typed.py workloads.py words.py classics.py)
SOURCES = $(shell find src -name '*.rs') $(wildcard build.rs) Cargo.toml Cargo.lock pyproject.toml

$(BUILT): $(INSTALLED) $(SOURCES)
	VIRTUAL_ENV="$(CURDIR)/$(VENV)" PIP_QUIET=1 $(RUN) maturin develop --release --locked --quiet
	@touch $@

# What is measured is what a wheel holds.
$(OPTIMISED)/.installed: $(INSTALLED) $(SOURCES) $(TRAINING) $(wildcard python/partialjson/*.py) \
		| has-profdata
	rm -rf $(@D)
	$(build_wheel) --out $(@D)/wheel
	$(RUN) pip install --quiet --disable-pip-version-check --no-deps --target $(@D) $(@D)/wheel/*.whl
	@touch $@

include examples/web/web.mk
include fuzz/fuzz.mk
