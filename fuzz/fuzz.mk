# The fuzz targets, and tests of what is unsafe: with assertions, under AddressSanitizer, and under Miri.
# All but `make test-checked` need a nightly Rust.
# docs/testing.md says what they cover.

.PHONY: fuzz test-asan test-checked miri has-nightly has-cargo-fuzz has-libpython has-libasan has-miri

NIGHTLY ?= nightly
CARGO_NIGHTLY := cargo +$(NIGHTLY)
# What the interpreter leaves at its end is not ours; with malloc, a sanitizer sees each object. Where there
# is no memory, that is for the caller to see, as ever.
WATCHED := ASAN_OPTIONS=detect_leaks=0:allocator_may_return_null=1 PYTHONMALLOC=malloc

SECONDS ?= 60
TARGETS ?= split oracle limits completion deltas
seeds = $(if $(filter oracle,$(1)),documents,streams)
LIBPYTHON := import os; from sysconfig import get_config_var as var; \
	print(var("LIBDIR")); os.stat(os.path.join(var("LIBDIR"), var("LDLIBRARY")))
PACKAGES := import sysconfig; print(sysconfig.get_path("purelib"))

# A target that finds something ends it, and says where the input lies.
fuzz: has-cargo-fuzz has-libpython
	@$(with_python) $(CARGO_NIGHTLY) fuzz build --features python
	@mkdir -p $(TARGETS:%=fuzz/corpus/%)
	@$(foreach each,$(TARGETS),$(call fuzz_one,$(each)) &&) echo "fuzz: no findings"

fuzz_one = echo "fuzz: $(1), $(SECONDS) s" && \
	LD_LIBRARY_PATH="$$($(PY) -c '$(LIBPYTHON)'):$$LD_LIBRARY_PATH" \
	PYTHONPATH="$$($(PY) -c '$(PACKAGES)')" $(WATCHED) $(with_python) \
	$(CARGO_NIGHTLY) fuzz run --features python $(1) \
		fuzz/corpus/$(1) fuzz/seeds/$(call seeds,$(1)) -- -dict=fuzz/json.dict -max_len=1024 \
		-max_total_time=$(SECONDS) -timeout=60 -rss_limit_mb=4096 -verbosity=0 -print_final_stats=1

has-nightly: | has-rust
	@$(CARGO_NIGHTLY) --version >/dev/null 2>&1 || \
		$(call fail,a nightly Rust is missing: rustup toolchain install $(NIGHTLY))

has-cargo-fuzz: has-nightly
	@command -v c++ >/dev/null || $(call fail,c++ is missing: libFuzzer needs it: apt install g++)
	@cargo fuzz --version >/dev/null 2>&1 || cargo install --locked --quiet cargo-fuzz

has-libpython: $(INSTALLED)
	@$(PY) -c '$(LIBPYTHON)' >/dev/null 2>&1 || \
		$(call fail,a Python with its library is missing: apt install libpython3-dev)

# The extension and its tests under AddressSanitizer, with checks of overflow. TESTS=... runs others.
ASAN_LIBRARY = $(shell cc -print-file-name=libasan.so)
TESTS ?= $(wildcard tests/test_shortcuts*.py tests/test_faults*.py) $(patsubst %,tests/test_%.py, \
	prefix_table values_held growing deltas options errors loads documents items laws models model_keys \
	model_validation model_ends model_fail_fast model_refusals model_turns model_made model_parts) \
	tests/model_table
# The package in $(1)/python, with the extension that was built in $(1)/cargo.
place = rm -rf $(1)/python && mkdir -p $(1)/python && cp -r python/partialjson $(1)/python/ && \
	rm -f $(1)/python/partialjson/*.so && \
	cp $(1)/cargo/$(2)debug/libpartialjson.so $(1)/python/partialjson/_partialjson.so

test-asan: has-nightly has-libasan $(INSTALLED)
	$(with_python) RUSTFLAGS=-Zsanitizer=address CARGO_PROFILE_DEV_OPT_LEVEL=1 \
		$(CARGO_NIGHTLY) build --locked --quiet --features python --target-dir target/asan/cargo \
		--target "$$(rustc -vV | sed -n 's/^host: //p')"
	$(call place,target/asan,*/)
	LD_PRELOAD="$(ASAN_LIBRARY)" PYTHONPATH=target/asan/python $(WATCHED) $(RUN) pytest $(TESTS)

test-checked: has-rust $(INSTALLED)
	$(with_python) CARGO_PROFILE_DEV_OPT_LEVEL=1 \
		cargo build --locked --quiet --features python --target-dir target/checked/cargo
	$(call place,target/checked)
	PYTHONPATH=target/checked/python $(RUN) pytest $(TESTS)

has-libasan:
	@test -e "$(ASAN_LIBRARY)" || $(call fail,libasan is missing: apt install gcc)

# Few cases, and none whose documents regular expressions make: Miri is some thousand times slower.
MIRI_TESTS := scan:: a_clone the_least the_default_depth --skip text_is

# As on this machine, and as on ARM, for which Miri takes no other machine.
miri: has-miri
	for each in "$$(rustc -vV | sed -n 's/^host: //p')" $(ARM); do \
		MIRIFLAGS=-Zmiri-disable-isolation PROPTEST_CASES=16 $(CARGO_NIGHTLY) miri test --locked \
			--quiet --target-dir target/miri --target $$each --lib --test laws -- $(MIRI_TESTS) || exit; \
	done

has-miri: has-nightly
	@$(CARGO_NIGHTLY) miri --version >/dev/null 2>&1 || \
		$(call fail,Miri is missing: rustup component add --toolchain $(NIGHTLY) miri rust-src)
