/*
 * System calls in words: each kind of argument, memory that ends or lies, calls of
 * other machines.
 */
#include "proc/call.h"

#include <fcntl.h>
#include <linux/audit.h>
#include <linux/bpf.h>
#include <linux/futex.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>

#include "tests/lib/unit.h"

#define MEMORY UINT64_C(0x10000)
#define SIZE   512
#define GRAIN  16 /* memory ends with a page, so never within so many bytes */

#define X86_64 AUDIT_ARCH_X86_64

/* The process: so many bytes at MEMORY. */
struct process {
	unsigned char bytes[SIZE];
	size_t size;
};

static int read_memory(void *arg, uint64_t address, void *bytes, size_t len)
{
	const struct process *p = arg;
	uint64_t at = address - MEMORY;

	if (at >= p->size || len > p->size - at)
		return -1;
	memcpy(bytes, p->bytes + at, len);
	return 0;
}

static void describe(void *arg, int fd, struct gl_buf *b)
{
	(void)arg;
	if (fd == 5)
		gl_buf_puts(b, "pipe");
}

static struct gl_call_source source_of(struct process *p)
{
	return (struct gl_call_source){.read = read_memory, .describe = describe, .arg = p};
}

/* A call with what lies at MEMORY. */
struct row {
	uint32_t arch;
	const char *name; /* of the number, for x86-64; NULL: number */
	uint64_t number;
	uint64_t arguments[GL_CALL_ARGUMENTS];
	const void *memory;
	size_t size;
	const char *text, *object;
};

#define AT(offset)    (MEMORY + (offset))
#define TEXT(literal) (literal), sizeof(literal)
#define NUMBER(call)  X86_64, #call, SYS_##call
#define FDCWD	      ((uint32_t)AT_FDCWD)

static const struct sockaddr_in inet = {.sin_family = AF_INET, .sin_port = 0x3815, .sin_addr = {0x0500000a}};
static const struct sockaddr_in6 inet6 = {
	.sin6_family = AF_INET6, .sin6_port = 0x5000, .sin6_addr = {{{[15] = 1}}}};
static const struct sockaddr_un path = {.sun_family = AF_UNIX, .sun_path = "/run/\033x"};
static const struct sockaddr_un abstract = {.sun_family = AF_UNIX, .sun_path = "\0name"};
static const unsigned short packet = AF_PACKET, strange = 777;
static const uint64_t netlink[2] = {AF_NETLINK};
static const uint64_t second_and_half[2] = {1, 500000000};
static const uint32_t narrow_time[2] = {3, 0};
static const uint64_t message[2 + 2] = {AT(16), sizeof(inet), UINT64_C(0x0500000a38150002), 0};
static const uint64_t polled[2] = {5 | UINT64_C(1) << 32, 6 | UINT64_C(1) << 32};
static const uint64_t clone_args[1] = {CLONE_NEWUSER | CLONE_VFORK};
static const uint64_t arguments[] = {AT(24), AT(24), 0, 0x6f6c6c6568};

static const struct row rows[] = {
	{NUMBER(connect), {3, AT(0), 16}, &inet, sizeof(inet), "connect(3, 10.0.0.5:5432)", "10.0.0.5:5432"},
	{NUMBER(connect), {5, AT(0), 28}, &inet6, sizeof(inet6), "connect(5 <pipe>, [::1]:80)", "[::1]:80"},
	{NUMBER(connect), {3, AT(0), 110}, &path, sizeof(path), "connect(3, unix:/run/\\x1bx)", NULL},
	{NUMBER(connect), {3, AT(0), 7}, &abstract, sizeof(abstract), "connect(3, unix:@name)", NULL},
	{NUMBER(connect), {3, AT(0), 2}, &abstract, sizeof(abstract), "connect(3, unix:)", NULL},
	{NUMBER(bind), {3, AT(0), 12}, netlink, sizeof(netlink), "bind(3, netlink:0)", NULL},
	{NUMBER(bind), {3, AT(0), 2}, &packet, sizeof(packet), "bind(3, AF_PACKET)", NULL},
	{NUMBER(bind), {3, AT(0), 2}, &strange, sizeof(strange), "bind(3, 0x309)", NULL},
	{NUMBER(connect), {3, AT(0), 4}, &inet, sizeof(inet), "connect(3, AF_INET)", NULL},
	{NUMBER(connect), {3, AT(0), 1}, &inet, sizeof(inet), "connect(3, ...)", "..."},
	{NUMBER(connect), {3, AT(8), 16}, &inet, sizeof(inet), "connect(3, ...)", NULL},
	{NUMBER(connect), {3, 0, 16}, NULL, 0, "connect(3, NULL)", NULL},
	{NUMBER(connect), {3, AT(0), UINT64_MAX}, &inet, sizeof(inet), "connect(3, ...)", NULL},
	{NUMBER(sendmsg),
	 {3, AT(0), MSG_DONTWAIT},
	 message,
	 sizeof(message),
	 "sendmsg(3, 10.0.0.5:5432, MSG_DONTWAIT)",
	 NULL},
	{NUMBER(openat),
	 {FDCWD, AT(0), O_CLOEXEC, 0644},
	 TEXT("/a\nb"),
	 "openat(AT_FDCWD, \"/a\\x0ab\", O_RDONLY|O_CLOEXEC)",
	 "/a\\x0ab"},
	{NUMBER(openat),
	 {5, AT(0), O_WRONLY | O_CREAT | O_TRUNC, 0644},
	 TEXT("x"),
	 "openat(5 <pipe>, \"x\", O_WRONLY|O_CREAT|O_TRUNC, 0644)",
	 "x"},
	{NUMBER(openat),
	 {FDCWD, 0x7000, 0x8000, 0},
	 NULL,
	 0,
	 "openat(AT_FDCWD, ..., O_RDONLY|O_LARGEFILE)",
	 "..."},
	/* no NUL before the end of memory */
	{NUMBER(chdir), {AT(0)}, "/abcdefghijklmno", GRAIN, "chdir(\"/abcdefghijklmno\"...)", NULL},
	{NUMBER(read), {5, AT(0), 16}, NULL, 0, "read(5 <pipe>, ..., 16)", "pipe"},
	{NUMBER(write), {1, AT(0), 5}, TEXT("hello"), "write(1, \"hello\", 5)", ""},
	{NUMBER(write), {UINT64_MAX, AT(0), 5}, NULL, 0, "write(-1, ..., 5)", ""},
	{NUMBER(flock), {5, 2 | 4}, NULL, 0, "flock(5 <pipe>, LOCK_EX|LOCK_NB)", NULL},
	{NUMBER(socket),
	 {AF_INET, SOCK_STREAM | SOCK_CLOEXEC, IPPROTO_TCP},
	 NULL,
	 0,
	 "socket(AF_INET, SOCK_STREAM|SOCK_CLOEXEC, IPPROTO_TCP)",
	 ""},
	{NUMBER(socket), {77, 12, 0}, NULL, 0, "socket(0x4d, 0xc, IPPROTO_IP)", NULL},
	{NUMBER(bpf), {BPF_PROG_LOAD, AT(0), 144}, NULL, 0, "bpf(BPF_PROG_LOAD, ..., 144)", NULL},
	{NUMBER(ptrace), {16, 7, 0, 0}, NULL, 0, "ptrace(PTRACE_ATTACH, 7, 0, 0)", NULL},
	{NUMBER(prctl), {PR_SET_NO_NEW_PRIVS, 1}, NULL, 0, "prctl(PR_SET_NO_NEW_PRIVS, 0x1, 0, 0, 0)", NULL},
	{NUMBER(unshare), {CLONE_NEWUSER | CLONE_NEWNS}, NULL, 0, "unshare(CLONE_NEWNS|CLONE_NEWUSER)", NULL},
	{NUMBER(clone),
	 {CLONE_VM | SIGCHLD},
	 NULL,
	 0,
	 "clone(SIGCHLD|CLONE_VM, NULL, NULL, NULL, NULL)",
	 NULL},
	{NUMBER(clone3),
	 {AT(0), 88},
	 clone_args,
	 sizeof(clone_args),
	 "clone3({CLONE_VFORK|CLONE_NEWUSER, ...}, 88)",
	 NULL},
	{NUMBER(mmap),
	 {0, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, UINT64_MAX, 0},
	 NULL,
	 0,
	 "mmap(0, 4096, PROT_READ|PROT_EXEC, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)",
	 NULL},
	{NUMBER(mprotect), {4096, 4096, 0}, NULL, 0, "mprotect(0x1000, 4096, PROT_NONE)", NULL},
	{NUMBER(mount),
	 {AT(0), AT(0), 0, MS_BIND | MS_REC, 0},
	 TEXT("/a"),
	 "mount(\"/a\", \"/a\", NULL, MS_BIND|MS_REC, NULL)",
	 NULL},
	{NUMBER(ioctl), {0, 0x5412, AT(0)}, NULL, 0, "ioctl(0, TIOCSTI, 0x10000)", NULL},
	{NUMBER(ioctl), {0, 0xc0045877, 0}, NULL, 0, "ioctl(0, 0xc0045877, 0)", NULL},
	{NUMBER(kill), {UINT32_MAX, SIGTERM}, NULL, 0, "kill(-1, SIGTERM)", NULL},
	{NUMBER(kill), {1, 900}, NULL, 0, "kill(1, 900)", NULL},
	{NUMBER(nanosleep),
	 {AT(0), 0},
	 second_and_half,
	 sizeof(second_and_half),
	 "nanosleep(1.5 s, NULL)",
	 NULL},
	{NUMBER(futex),
	 {AT(0), FUTEX_WAIT_PRIVATE, 2, AT(0)},
	 second_and_half,
	 sizeof(second_and_half),
	 "futex(..., FUTEX_WAIT|FUTEX_PRIVATE_FLAG, 2, 1.5 s)",
	 ""},
	{NUMBER(futex),
	 {AT(0), FUTEX_WAKE_PRIVATE, 1, AT(0)},
	 second_and_half,
	 sizeof(second_and_half),
	 "futex(..., FUTEX_WAKE|FUTEX_PRIVATE_FLAG, 1)",
	 NULL},
	{NUMBER(poll), {AT(0), 2, UINT32_MAX}, polled, sizeof(polled), "poll([5 <pipe>, 6], 2, -1)", NULL},
	{NUMBER(poll),
	 {AT(0), UINT64_MAX, 0},
	 polled,
	 sizeof(polled),
	 "poll([5 <pipe>, 6, ...], 18446744073709551615, 0)",
	 NULL},
	{NUMBER(execve),
	 {AT(24), AT(0), 0},
	 arguments,
	 sizeof(arguments),
	 "execve(\"hello\", [\"hello\", \"hello\"])",
	 "hello"},
	{NUMBER(getppid), {1, 2}, NULL, 0, "getppid(0x1, 0x2, 0, 0, 0, 0)", ""},
	{X86_64, NULL, 99999, {0}, NULL, 0, "system call 99999(0, 0, 0, 0, 0, 0)", ""},
	{X86_64, NULL, UINT64_MAX, {0}, NULL, 0, "system call 18446744073709551615(0, 0, 0, 0, 0, 0)", ""},
	/* 32 bits: numbers of their own, and words of four bytes */
	{AUDIT_ARCH_I386,
	 NULL,
	 162,
	 {AT(0), UINT64_C(0xffffffff00000000)},
	 narrow_time,
	 sizeof(narrow_time),
	 "nanosleep(3 s, NULL)",
	 NULL},
	{AUDIT_ARCH_AARCH64,
	 NULL,
	 203,
	 {3, AT(0), 16},
	 &inet,
	 sizeof(inet),
	 "connect(3, 10.0.0.5:5432)",
	 "10.0.0.5:5432"},
};

START_TEST(tells)
{
	const struct row *row = &rows[_i];
	struct process p = {.size = (row->size + GRAIN - 1) / GRAIN * GRAIN};
	struct gl_call_source source = source_of(&p);
	struct gl_call call = {.arch = row->arch, .number = row->number};
	char text[GL_CALL_TEXT], object[GL_CALL_OBJECT];

	if (row->size)
		memcpy(p.bytes, row->memory, row->size);
	memcpy(call.arguments, row->arguments, sizeof(call.arguments));
	gl_call_text(&call, &source, text);
	ck_assert_str_eq(text, row->text);
	gl_call_object(&call, &source, object);
	if (row->object)
		ck_assert_str_eq(object, row->object);
}
END_TEST

/* Of every call, with every argument that leads into memory full of this: the text ends where its room does. */
static void check_bounded(unsigned char fill, size_t size, bool with_describe)
{
	struct process p = {.size = size};
	struct gl_call_source source = source_of(&p);
	char text[GL_CALL_TEXT + 8], object[GL_CALL_OBJECT + 8], name[GL_CALL_NAME + 8];

	memset(p.bytes, fill, sizeof(p.bytes));
	if (!with_describe)
		source.describe = NULL;
	for (uint64_t number = 0; number < 600; number++) {
		struct gl_call call = {.arch = X86_64, .number = number};

		for (unsigned i = 0; i < GL_CALL_ARGUMENTS; i++)
			call.arguments[i] = number % 2 ? AT(i) : AT(0) | UINT64_C(0xffffffff) << 32;
		memset(text, '#', sizeof(text));
		memset(object, '#', sizeof(object));
		memset(name, '#', sizeof(name));
		gl_call_text(&call, &source, text);
		gl_call_object(&call, &source, object);
		gl_call_name(call.arch, call.number, name);
		ck_assert_uint_lt(strnlen(text, GL_CALL_TEXT), GL_CALL_TEXT);
		ck_assert_uint_lt(strnlen(object, GL_CALL_OBJECT), GL_CALL_OBJECT);
		ck_assert_uint_lt(strnlen(name, GL_CALL_NAME), GL_CALL_NAME);
		ck_assert_mem_eq(text + GL_CALL_TEXT, "########", 8);
		ck_assert_mem_eq(object + GL_CALL_OBJECT, "########", 8);
		ck_assert_mem_eq(name + GL_CALL_NAME, "########", 8);
		ck_assert_int_eq(text[strlen(text) - 1], ')');
		for (const char *c = text; *c; c++)
			ck_assert((unsigned char)*c >= 0x20);
	}
}

START_TEST(is_bounded)
{
	static const unsigned char fills[] = {0, 1, 'a', '\033', 0x80, 0xff};

	for (size_t i = 0; i < sizeof(fills); i++)
		for (size_t size = 0; size <= SIZE; size += SIZE / 4 - 1)
			check_bounded(fills[i], size, i % 2);
}
END_TEST

/* What does not fit is cut between two arguments. */
START_TEST(cuts_between_arguments)
{
	struct process p = {.size = SIZE};
	struct gl_call_source source = source_of(&p);
	const struct gl_call call = {
		.arch = X86_64, .number = SYS_mount, .arguments = {AT(0), AT(1), AT(2), MS_BIND, 0}};
	char text[GL_CALL_TEXT];

	memset(p.bytes, 'x', SIZE);
	gl_call_text(&call, &source, text);
	ck_assert_str_eq(text + strlen(text) - 6, ", ...)");
	ck_assert_uint_gt(strlen(text), 300);
}
END_TEST

/* Nothing at all may be known of the process. */
START_TEST(does_without_memory)
{
	const struct gl_call_source nothing = {.read = NULL};
	const struct gl_call call = {.arch = X86_64, .number = SYS_openat, .arguments = {FDCWD, AT(0), 0, 0}};
	char text[GL_CALL_TEXT];

	gl_call_text(&call, &nothing, text);
	ck_assert_str_eq(text, "openat(AT_FDCWD, ..., O_RDONLY)");
}
END_TEST

int main(void)
{
	Suite *s = suite_create("call");
	TCase *c = tcase_create("all");

	tcase_add_loop_test(c, tells, 0, (int)(sizeof(rows) / sizeof(rows[0])));
	tcase_add_test(c, is_bounded);
	tcase_add_test(c, cuts_between_arguments);
	tcase_add_test(c, does_without_memory);
	tcase_set_timeout(c, 30);
	suite_add_tcase(s, c);
	return gl_unit_main(s);
}
