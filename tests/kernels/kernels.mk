# Older kernels: apart from "make check", for a kernel that runs on an emulated
# machine takes its time, and the emulator is a big package.

.PHONY: check-kernels run-kernels
check-kernels: $(BUILD)/deps-test.stamp
	@tools/deps.sh kernels || echo "tests: without the emulator the tests are skipped" >&2
	@$(MAKE) $(PARALLEL) test-programs prepare
	@tests/setup/prepare kernels
	@$(MAKE) --no-print-directory run-kernels
run-kernels: ; @GL_TEST_TIMEOUT=1800 $(RUN_TESTS) $(call SHELL_TESTS,kernels)
