/*
 * Who is to blame for a call: rows of functions; and what is mapped where, in this
 * very process.
 */
#include "proc/caller.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/macros.h"
#include "proc/mapping.h"
#include "tests/lib/unit.h"

static const struct {
	const char *function, *file;
	bool carrier;
} rows[] = {
	{"runtime.goexit", "/go/src/runtime/asm_amd64.s", true},
	{"runtime/internal/syscall.Syscall6", "/go/src/runtime/internal/syscall/asm_linux_amd64.s", true},
	{"internal/runtime/syscall/linux.Syscall6", "", true},
	{"internal/poll.(*FD).Write", "", true},
	{"syscall.Mount", "", true},
	{"syscall.(*SysProcAttr).x", "", true},
	{"golang.org/x/sys/unix.Mount", "/root/go/pkg/mod/golang.org/x/sys@v0.1.0/unix/x.go", true},
	{"vendor/golang.org/x/sys/cpu.init", "", true},
	{"os.(*File).Chmod", "", true},
	{"os/exec.(*Cmd).Start", "", true},
	{"net.(*sysDialer).dialTCP", "", true},
	{"main._Cfunc_probe", "_cgo_gotypes.go", true},
	{"main.probe", "/src/main.go", false},
	{"main.main", "_cgo_gotypes.go.go", false},
	{"example.com/os.Remove", "", false},
	{"example.com/app/runtime.Start", "", false},
	{"runtimes.Start", "", false},
	{"oslo.Start", "", false},
	{"net/http.(*Server).Serve", "", false},
	{"golang.org/x/sysinfo.Get", "", false},
	{"golang.org/x/net/internal/socket.Listen", "", false},
	{"github.com/cilium/ebpf/internal/sys.ObjGet", "", false},
	{"gopkg.in/yaml%2ev3.Unmarshal", "", false},
	{"main.call[go.shape.struct { os.File }]", "", false},
	{"", "", false},
};

START_TEST(blames)
{
	ck_assert_msg(gl_caller_is_carrier(rows[_i].function, rows[_i].file) == rows[_i].carrier, "'%s'",
		      rows[_i].function);
}
END_TEST

START_TEST(finds_mappings)
{
	struct gl_mapping mapping;
	char exe[4096];
	ssize_t n = readlink("/proc/self/exe", exe, sizeof(exe) - 1);
	void *anonymous;

	ck_assert_int_gt(n, 0);
	exe[n] = '\0';
	ck_assert_int_eq(gl_mapping_find(getpid(), (uintptr_t)&gl_mapping_find, &mapping), 0);
	ck_assert_str_eq(mapping.path, exe);
	ck_assert(mapping.executable);
	anonymous = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ck_assert_ptr_ne(anonymous, MAP_FAILED);
	ck_assert_int_eq(gl_mapping_find(getpid(), (uintptr_t)anonymous, &mapping), 0);
	ck_assert_str_eq(mapping.path, "");
	ck_assert(!mapping.executable);
	ck_assert_int_eq(gl_mapping_find(getpid(), 16, &mapping), 1);
	munmap(anonymous, 4096);
	ck_assert_int_lt(gl_mapping_find(0x7ffffff0, 16, &mapping), 0);
}
END_TEST

/* So many that the text of the mappings comes in several pieces. */
START_TEST(finds_the_last_of_many)
{
	enum { PIECES = 2000, STEP = 21 };
	char *many = mmap(NULL, PIECES * 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct gl_mapping mapping;

	ck_assert_ptr_ne(many, MAP_FAILED);
	for (size_t i = 0; i < PIECES; i += 2)
		ck_assert_int_eq(mprotect(many + i * 4096, 4096, PROT_NONE), 0);
	/* Each look reads from the start: all of them would take seconds. */
	for (size_t i = (PIECES - 1) % STEP; i < PIECES; i += STEP) {
		uintptr_t address = (uintptr_t)many + i * 4096;

		ck_assert_int_eq(gl_mapping_find(getpid(), address + 5, &mapping), 0);
		ck_assert_uint_le(mapping.start, address);
		ck_assert_uint_gt(mapping.end, address);
	}
	munmap(many, PIECES * 4096);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("caller");
	TCase *all = tcase_create("all");

	tcase_add_loop_test(all, blames, 0, (int)GL_ARRAY_SIZE(rows));
	tcase_add_test(all, finds_mappings);
	tcase_add_test(all, finds_the_last_of_many);
	suite_add_tcase(suite, all);
	return gl_unit_main(suite);
}
