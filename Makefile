# A thin front for scripts/ and Meson. CC is honoured; `make help` lists the targets.

PREFIX = /usr/local
DESTDIR =
VIDEO =
ARGS =

ort = build-deps/lib/libonnxruntime.so.1
privlib = $(DESTDIR)$(PREFIX)/lib/mien

all: setup
	@scripts/build.sh build

help:
	@echo 'make            build build/mien, after installing what that needs'
	@echo 'make setup      only install what building needs'
	@echo 'make check      run the tests in this build'
	@echo 'make test       run them with gcc, clang and the sanitizers'
	@echo 'make demo       analyse a rendered clip, or your video: make demo VIDEO=FILE'
	@echo 'make train      train the built-in models anew (hours; needs python3 and the assets)'
	@echo 'make bench      measure the speed: make bench ARGS="..."'
	@echo 'make install    PREFIX=/usr/local DESTDIR='
	@echo 'make uninstall  undo the last install, with the same variables'
	@echo 'make clean      remove what was built; make distclean: also what was fetched'

setup:
	@scripts/setup.sh build

check: setup
	@scripts/test.sh gcc

test:
	@scripts/setup.sh test
	@scripts/test.sh

demo: all
	@scripts/demo.sh "$(VIDEO)"

train: all
	@research/training/train.sh $(ARGS)

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

.PHONY: all help setup check test demo train bench install uninstall clean distclean
