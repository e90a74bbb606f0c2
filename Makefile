# A thin front end for scripts/ and Meson. CC is honoured; `make help` lists the targets.

PREFIX = /usr/local
DESTDIR =
VIDEO =
ARGS =

ort = build-deps/lib/libonnxruntime.so.1
privlib = $(DESTDIR)$(PREFIX)/lib/mien

all:
	@scripts/setup.sh check
	@scripts/build.sh build

help:
	@echo 'make            build build/mien; report missing packages, install nothing'
	@echo 'make setup      install what a build needs: packages and ONNX Runtime'
	@echo 'make demo       set up, build and analyse a rendered clip; make demo VIDEO=FILE: your video'
	@echo 'make check      set up, build once and run the tests (6 minutes on two cores)'
	@echo 'make test       the same in five builds: gcc, clang, minimal, address and thread sanitizers'
	@echo 'make test-slurm run batches in a Slurm of its own (root, Debian)'
	@echo 'make site       make the documentation site, build-site/html'
	@echo 'make format     format all C files'
	@echo 'make bench      measure the speed: make bench ARGS="..."'
	@echo 'make train      train the built-in models (hours; needs python3 and the assets)'
	@echo 'make install    PREFIX=/usr/local DESTDIR='
	@echo 'make uninstall  remove the last install, with the same variables'
	@echo 'make clean      remove the builds; make distclean: also the downloads'

setup:
	@scripts/setup.sh build

check:
	@scripts/setup.sh test
	@scripts/test.sh gcc

test:
	@scripts/setup.sh test
	@scripts/test.sh

# needs root: Slurm's own daemons on this machine
test-slurm: all
	@scripts/test_slurm.sh build

demo: setup
	@scripts/build.sh build
	@scripts/demo.sh "$(VIDEO)"

site:
	@scripts/site/build.sh

format:
	@scripts/format.sh

train: setup
	@scripts/build.sh build-research -Dresearch=true
	@BUILD=build-research research/training/train.sh $(ARGS)

bench: all
	@build/mien bench $(ARGS)

install: all
	@meson setup --reconfigure build --prefix="$(PREFIX)" >build/setup.txt || \
	    { cat build/setup.txt; exit 1; }
	@scripts/build.sh build
	@DESTDIR="$(DESTDIR)" meson install -C build --quiet --no-rebuild
	@if [ -e $(ort) ]; then \
	    install -d "$(privlib)" && install -m 644 $(ort) "$(privlib)/" && \
	    install -m 644 third_party/onnxruntime/LICENSE "$(privlib)/LICENSE.onnxruntime"; \
	fi

uninstall:
	@rm -f "$(privlib)/$(notdir $(ort))" "$(privlib)/LICENSE.onnxruntime"
	@rmdir "$(privlib)" 2>/dev/null || true
	@ninja -C build uninstall >/dev/null

clean:
	@rm -rf $(filter-out build-deps,$(wildcard build build-*))

distclean: clean
	@rm -rf build-deps demo-out

.PHONY: all help setup check test test-slurm demo site format train bench install uninstall clean distclean
