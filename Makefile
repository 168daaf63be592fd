# Everyday commands. `make build` compiles in place; the tests then run on the checkout.

PYTHON ?= python3
CC     ?= cc
BUILD  := build/c

# The core alone: as strict as the compilers allow, under sanitizers, with allocations that can fail and
# small tiles.
C_WARN := -Wall -Wextra -Wshadow -Wconversion -pedantic -Werror
C_SAN  := -fsanitize=address,undefined,float-cast-overflow -fno-sanitize-recover=all -fno-omit-frame-pointer
C_ALL  := -std=gnu11 -ffp-contract=off -O1 -g1 $(C_WARN) $(C_SAN) -Icsrc -DFG_MEM_FAULTS -DFG_TILE_MOST='((size_t)32)'
C_GUIDED := $(C_ALL) -O0 -Wno-pass-failed -fsanitize=fuzzer
C_RACE := -std=gnu11 -ffp-contract=off -O1 -g1 $(C_WARN) -fsanitize=thread -Icsrc -DFG_MEM_FAULTS \
          -DFG_TILE_MOST='((size_t)32)'
C_CORE := $(patsubst csrc/%.c,$(BUILD)/csrc/%.o,$(wildcard csrc/*.c))
C_GUIDED_CORE := $(patsubst csrc/%.c,$(BUILD)/guided/%.o,$(wildcard csrc/*.c))
C_TEST := $(patsubst tests/c/%.c,$(BUILD)/%,$(wildcard tests/c/*.c))
C_HEADS := $(wildcard csrc/*.h csrc/*.def)
C_DEPS := $(C_HEADS) $(wildcard tests/c/*.h)

# Other systems and processors, compiled only: big-endian, without vectors, with another C library. Zig has the
# headers of all of them. A loop that a processor has no vectors for is no mistake, nor is it that clang gives a
# comparison of vectors gcc's meaning on POWER, and says that it may not always.
ZIG     ?= $(PYTHON) -m ziglang
TARGETS := aarch64-macos x86_64-macos x86_64-windows-gnu aarch64-windows-gnu x86_64-linux-musl aarch64-linux-musl \
           aarch64-linux-gnu.2.28 riscv64-linux-gnu powerpc64le-linux-gnu s390x-linux-gnu
C_CROSS := -std=gnu11 -ffp-contract=off -O1 -g0 -Wall -Wextra -Werror -Wno-pass-failed \
           -Wno-deprecated-altivec-src-compat -Icsrc

# What depends on the instruction set. test_accuracy.py goes through all of them by itself.
OTHER_SETS := import fastgrad._core as c; print(*set(c.instruction_sets()) - {c.instruction_set()})
ISA_TESTS  := golden ops one_row kinks replay random_programs batches products transforms

.SECONDARY:
.PHONY: help build debug test test-isa watched parallel tsan c-tsan sanitize sanitize-short faults c-test fuzz \
        libfuzzer atheris mutate cross coverage generate lint types format bench dist clean always

help:
	@sed -n 's/^## //p' Makefile

## build     compile the extension in place
build:
	$(PYTHON) setup.py --quiet build_ext --inplace

## debug     the same with assertions, bounds checks and symbols
debug:
	FASTGRAD_DEBUG=1 $(PYTHON) setup.py --quiet build_ext --inplace

# python -m puts the current folder on sys.path: this tests the checkout, not an installed copy.
## test      build, then run the tests on the checkout
test: build
	$(PYTHON) -m pytest

# No build before: CI has PYTHON='python -P', which finds the installed package.
## test-isa  the tests of numbers again, with each other instruction set of this processor
test-isa:
	@set -e; sets=$$($(PYTHON) -c '$(OTHER_SETS)'); for isa in $$sets; do \
	    echo "FASTGRAD_ISA=$$isa"; \
	    FASTGRAD_ISA=$$isa $(PYTHON) -m pytest -q $(ISA_TESTS:%=tests/test_%.py); done

# Everything that watches in one build, in a folder of its own: the compiler's sanitizers, assertions, bounds
# checks, Cython's count of references (REFNANNY=0: without, twice as fast), allocations that fail on demand. What
# they find ends the process, and is in a file: pytest and its workers keep what processes print. Leaks are looked
# for in c-test: inside Python the interpreter's own would drown ours. SciPy throws exceptions of C++, which
# AddressSanitizer sees only if it finds their library at the start.
REFNANNY ?= 1
WATCHED  := build/watched
PRELOAD  := $(shell $(CC) -print-file-name=libasan.so) $(shell $(CC) -print-file-name=libstdc++.so.6)
REPORT   := $(CURDIR)/$(WATCHED)/report
WATCHING := LD_PRELOAD="$(PRELOAD)" PYTHONPATH=$(CURDIR)/$(WATCHED)/lib PYTHONMALLOC=malloc \
            ASAN_OPTIONS=detect_leaks=0:allocator_may_return_null=1:abort_on_error=1:log_path=$(REPORT) \
            UBSAN_OPTIONS=print_stacktrace=1:abort_on_error=1:log_path=$(REPORT) REFNANNY_REPORT=$(REPORT)
# What reaches most of the compiled code in little time.
SHORT    := gradmode hooks inplace backward create_graph structural scans linalg fft program batches sparse \
            damaged_programs fuzz_api refnanny
watched:
	FASTGRAD_BUILD=$(WATCHED) FASTGRAD_DEBUG=1 FASTGRAD_FAULTS=1 FASTGRAD_REFNANNY=$(REFNANNY) \
	    FASTGRAD_SANITIZE=address,undefined,float-cast-overflow \
	    $(PYTHON) setup.py --quiet build --build-base $(WATCHED) --build-lib $(WATCHED)/lib
	cp tools/refnanny.py $(WATCHED)/lib

# Tests that share no Tensor and do without mpmath, whose precision is that of all threads. No build before.
PARALLEL := backward branches broadcasting choosing create_graph grad gradmode hooks linear \
            products reductions replay scans shape softmax structural transforms vmap
## parallel  many tests, each in four threads at once (pip install pytest-run-parallel)
parallel:
	$(PYTHON) -m pytest -q -n 0 --parallel-threads=4 --iterations=2 $(PARALLEL:%=tests/test_%.py)

# CPython itself is not compiled for it: what is seen are races of what runs without the GIL.
## tsan      build with ThreadSanitizer, then run the tests of threads
tsan:
	FASTGRAD_SANITIZE=thread $(PYTHON) setup.py --quiet build_ext --inplace
	LD_PRELOAD=$$($(CC) -print-file-name=libtsan.so) TSAN_OPTIONS=halt_on_error=1:suppressions=tools/tsan.txt \
	    $(PYTHON) -m pytest -q -n 0 -s -k "not fork" \
	    tests/test_threads.py tests/test_record_threads.py tests/test_batch_threads.py

## sanitize  the tests, or those of TESTS="ops hooks", in a build that looks for mistakes in memory
sanitize: watched
	@rm -f $(REPORT).*
	@$(WATCHING) $(PYTHON) -P -m pytest $(TESTS:%=tests/test_%.py) || failed=1; \
	    cat $(REPORT).* 2> /dev/null && failed=1; test -z "$$failed"

## sanitize-short  those that reach most of the compiled code in two minutes, with the build
sanitize-short: TESTS := $(SHORT)
sanitize-short: sanitize

# With all of Python, NumPy and SciPy free to go on, so that only the core has no memory.
## faults    let each allocation of the core fail once, in that build
faults: TESTS := out_of_memory
faults: sanitize

## c-test    the C core's own tests, without Python, under sanitizers; with -j several at once
c-test: $(C_TEST:=.run)
	@test -n "$(C_TEST)" || { echo "tests/c holds no test"; exit 1; }

# Run each time. What a test says is shown in one piece, once it has ended.
$(BUILD)/%.run: $(BUILD)/% always
	@ASAN_OPTIONS=detect_leaks=1 UBSAN_OPTIONS=print_stacktrace=1 $< > $@ 2>&1 || { cat $@; exit 1; }
	@cat $@

# Threads that run programs and batches, and the core with its sanitizer: a race is an error.
C_TSAN := $(patsubst csrc/%.c,$(BUILD)/tsan/%.o,$(wildcard csrc/*.c))
## c-tsan    what threads share of the C core, under ThreadSanitizer
c-tsan: $(BUILD)/tsan/test_threads
	TSAN_OPTIONS=halt_on_error=1 $<

$(BUILD)/tsan/%.o: csrc/%.c $(C_DEPS)
	@mkdir -p $(@D)
	$(CC) $(C_RACE) -c $< -o $@

$(BUILD)/tsan/test_threads: tests/c/test_threads.c $(C_TSAN) $(C_DEPS)
	$(CC) $(C_RACE) $< $(C_TSAN) -lm -pthread -o $@

## fuzz      bytes as graphs and programs, for SECONDS=20 of a processor; any compiler
SECONDS ?= 20
fuzz: $(BUILD)/fuzz_graph
	$< tests/c/fuzz_graph.txt $(SECONDS)

## libfuzzer the same guided by coverage, with clang; what it finds is in build/c/found
libfuzzer: $(BUILD)/libfuzzer
	@mkdir -p $(BUILD)/found
	$(PYTHON) -c "for k, x in enumerate(open('tests/c/fuzz_graph.txt')): \
	    open('$(BUILD)/found/%d' % k, 'wb').write(bytes.fromhex(x))"
	$(BUILD)/libfuzzer -max_total_time=$(SECONDS) -max_len=300 -timeout=5 -artifact_prefix=$(BUILD)/found/ \
	    $(BUILD)/found

## atheris   public functions with odd arguments, guided by coverage (pip install atheris)
atheris:
	@mkdir -p $(BUILD)/called
	cd $(BUILD)/called && PYTHONPATH=$(CURDIR) $(PYTHON) $(CURDIR)/tests/fuzz_atheris.py $(SECONDS) .

$(BUILD)/guided/%.o: csrc/%.c $(C_HEADS)
	@mkdir -p $(@D)
	clang $(C_GUIDED) -c $< -o $@

$(BUILD)/libfuzzer: tests/c/fuzz_graph.c $(C_GUIDED_CORE) $(C_DEPS)
	clang $(C_GUIDED) -DFG_LIBFUZZER $(filter %.c %.o,$^) -lm -o $@

$(BUILD)/csrc/%.o: csrc/%.c $(C_HEADS)
	@mkdir -p $(@D)
	$(CC) $(C_ALL) -c $< -o $@

$(BUILD)/%: tests/c/%.c $(C_CORE) $(C_DEPS)
	@mkdir -p $(@D)
	$(CC) $(C_ALL) $< $(C_CORE) -lm -pthread -o $@

# FILES='csrc/fg_sweep.c fastgrad/_products.py'; the op table's formulas are in the tests: test_row_mutants.py.
## mutate    change FILES at N=50 places, one at a time; list what no test notices (pip install universalmutator)
N    ?= 50
SEED ?= 0
mutate: build
	$(PYTHON) tools/mutate.py $(FILES) --most $(N) --seed $(SEED)

## cross     the C core compiled for other systems and processors, with zig (pip install ziglang)
cross: $(foreach target,$(TARGETS) c11,$(patsubst csrc/%.c,$(BUILD)/$(target)/%.o,$(wildcard csrc/*.c)))

define CROSS_RULE
$(BUILD)/$(1)/%.o: csrc/%.c $$(C_HEADS)
	@mkdir -p $$(@D)
	$$(ZIG) cc -target $(1) $$(C_CROSS) -c $$< -o $$@
endef
$(foreach target,$(TARGETS),$(eval $(call CROSS_RULE,$(target))))

# As Microsoft's cl reads it: no extension, not even arrays of variable length.
$(BUILD)/c11/%.o: csrc/%.c $(C_HEADS)
	@mkdir -p $(@D)
	$(CC) -std=c11 -pedantic-errors -Wall -Wextra -Wvla -Werror -DFG_C11 -Icsrc -c $< -o $@

# In a copy, so that this checkout keeps its build. Tests that fail for being slow do not end it.
COVERED := build/coverage
GCOVR    = $(PYTHON) -m gcovr --root . --merge-lines --gcov-ignore-parse-errors=all \
           --gcov-ignore-errors=no_working_dir_found \
           --merge-mode-functions=merge-use-line-min --exclude-branches-by-pattern '.*\bassert\(' \
           --exclude-throw-branches --print-summary
## coverage  lines and branches of C and Python that the tests reach (pip install gcovr coverage)
coverage:
	rm -rf $(COVERED) && mkdir -p $(COVERED)
	git ls-files -co --exclude-standard | tar cf - -T - | tar xf - -C $(COVERED)
	cd $(COVERED) && FASTGRAD_COVERAGE=1 $(PYTHON) setup.py --quiet build_ext --inplace
	$(MAKE) -s -C $(COVERED) c-test C_SAN='-O0 -Wno-error --coverage'
	-cd $(COVERED) && PYTHONPATH=$(CURDIR)/$(COVERED) $(PYTHON) -m coverage run -m pytest -q $(TESTS)
	-$(MAKE) -s -C $(COVERED) test-isa
	cd $(COVERED) && $(GCOVR) --filter csrc/ build/c/csrc build/temp*/csrc --txt csrc.txt && cat csrc.txt
	cd $(COVERED) && $(PYTHON) -m coverage combine -q && $(PYTHON) -m coverage report

## generate  write the stub and the page of docs that follow from the op table
generate: build
	$(PYTHON) tools/generate.py

## lint      what CI checks about the sources
lint:
	$(PYTHON) -m ruff check
	$(PYTHON) -m ruff format --check
	$(PYTHON) -m mypy

# FROM is the folder to start in: CI has one without a fastgrad/ beside it, to look at what is installed.
FROM ?= .
## types     whether the stubs say what the modules have, and the type of each public name is known
types:
	cd $(FROM) && $(PYTHON) -m mypy.stubtest --ignore-missing-stub --ignore-disjoint-bases --ignore-positional-only \
	    --mypy-config-file $(CURDIR)/pyproject.toml --allowlist $(CURDIR)/tools/stubtest.txt fastgrad
	cd $(FROM) && PATH="$$($(PYTHON) -c 'import os, sys; print(os.path.dirname(sys.executable))'):$$PATH" \
	    pyright --verifytypes fastgrad --ignoreexternal

## format    lay out Python and C as the rest
format:
	$(PYTHON) -m ruff check --fix
	$(PYTHON) -m ruff format
	clang-format -i csrc/*.[ch] tests/c/*.[ch]

## bench     compare with the other engines that are installed
bench: build
	$(PYTHON) benchmarks/compare.py

## dist      sdist, and a wheel built from it
dist:
	$(PYTHON) -m build

## clean     remove everything that was built
clean:
	rm -rf build dist wheelhouse *.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis
	rm -f fastgrad/*.so fastgrad/*.pyd fastgrad/*.html
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
