/*
 * Names of constants, errno values, capabilities, limits and arguments.
 */
#include "policy/vocabulary.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/futex.h>
#include <linux/ptrace.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "tests/lib/unit.h"

/* As the headers of the machine that golaunch is built for have them. */
#define ROW(name)                                                                                            \
	{                                                                                                    \
#name, (uint32_t)(name)                                                                      \
	}
static const struct {
	const char *name;
	uint32_t value;
} headers[] = {
	ROW(AF_UNIX),
	ROW(AF_INET6),
	ROW(AF_VSOCK),
	ROW(AF_ALG),
	ROW(SOCK_STREAM),
	ROW(SOCK_NONBLOCK),
	ROW(IPPROTO_TCP),
	ROW(SOL_SOCKET),
	ROW(SO_REUSEPORT),
	ROW(MSG_NOSIGNAL),
	ROW(O_CREAT),
	ROW(O_DIRECTORY),
	ROW(O_DIRECT),
	ROW(O_NOFOLLOW),
	ROW(O_PATH),
	ROW(O_TMPFILE),
	ROW(O_CLOEXEC),
	ROW(AT_FDCWD),
	ROW(AT_EMPTY_PATH),
	ROW(S_IFMT),
	ROW(S_IFCHR),
	ROW(S_ISUID),
	ROW(F_ADD_SEALS),
	ROW(F_SETLKW),
	ROW(PROT_EXEC),
	ROW(MAP_ANONYMOUS),
	ROW(MAP_FIXED_NOREPLACE),
	ROW(MADV_HUGEPAGE),
	ROW(MFD_CLOEXEC),
	ROW(CLONE_NEWUSER),
	ROW(CLONE_THREAD),
	ROW(CLONE_NEWCGROUP),
	ROW(PR_SET_NAME),
	ROW(PR_SET_MM),
	ROW(PR_CAP_AMBIENT),
	ROW(TIOCSTI),
	ROW(TIOCLINUX),
	ROW(TIOCGWINSZ),
	ROW(FIONREAD),
	ROW(SIGKILL),
	ROW(SIGSYS),
	ROW(RLIMIT_NOFILE),
	ROW(CLOCK_BOOTTIME),
	ROW(WNOHANG),
	ROW(EPOLL_CTL_MOD),
	ROW(EFD_SEMAPHORE),
	ROW(GRND_NONBLOCK),
	ROW(MS_BIND),
	ROW(MNT_DETACH),
	ROW(ADDR_NO_RANDOMIZE),
	ROW(UNAME26),
	ROW(PTRACE_SEIZE),
	ROW(FUTEX_WAIT),
};

START_TEST(as_in_headers)
{
	const struct gl_constant *c =
		gl_vocabulary_constant(gl_machine_calls(), headers[_i].name, strlen(headers[_i].name));

	ck_assert_ptr_nonnull(c);
	ck_assert_uint_eq(c->value, headers[_i].value);
}
END_TEST

/* No name twice, so that a name means one thing; both machines have the same names. */
START_TEST(constants)
{
	const struct gl_machine_calls *m = &gl_machine_table[0];

	for (size_t i = 0; i < m->constant_count; i++) {
		ck_assert_ptr_eq(gl_vocabulary_constant(m, gl_constant_name(&m->constants[i]),
							strlen(gl_constant_name(&m->constants[i]))),
				 &m->constants[i]);
		for (size_t other = 1; other < gl_machine_table_count; other++)
			ck_assert_str_eq(gl_constant_name(&gl_machine_table[other].constants[i]),
					 gl_constant_name(&m->constants[i]));
	}
	ck_assert_ptr_nonnull(gl_vocabulary_constant(m, "AF_VSOCKX", 8)); /* the length counts, not the NUL */
	ck_assert_ptr_null(gl_vocabulary_constant(m, "AF_VSOC", 7));
	ck_assert_ptr_null(gl_vocabulary_constant(m, "", 0));
}
END_TEST

/* Every family that an argument takes has constants. */
START_TEST(families_exist)
{
	const struct gl_machine_calls *m = gl_machine_calls();

	for (size_t i = 0; i < m->argument_count; i++) {
		size_t families = *gl_argument_families(&m->arguments[i]) != '\0', found = 0;

		for (const char *at = gl_argument_families(&m->arguments[i]); *at; at++)
			families += *at == '+';
		for (size_t j = 0; j < m->constant_count; j++)
			found += (j == 0 || m->constants[j].family != m->constants[j - 1].family) &&
				 gl_vocabulary_takes(&m->arguments[i], gl_constant_family(&m->constants[j]));
		ck_assert_msg(found == families, "%s of %s", gl_argument_name(&m->arguments[i]),
			      m->calls[m->arguments[i].call].name);
	}
}
END_TEST

static const struct gl_argument *argument(const char *call, const char *name)
{
	const struct gl_machine_calls *m = gl_machine_calls();

	return gl_vocabulary_argument(m, gl_syscall_find(m, call, strlen(call)), name, strlen(name));
}

START_TEST(arguments)
{
	const struct gl_machine_calls *m = gl_machine_calls();
	uint16_t getpid = gl_syscall_find(m, "getpid", 6);

	ck_assert_uint_eq(argument("ioctl", "request")->index, 1);
	ck_assert_int_eq(argument("ioctl", "request")->kind, GL_ARGUMENT_NARROW);
	ck_assert_int_eq(argument("read", "count")->kind, GL_ARGUMENT_WIDE);
	ck_assert_int_eq(argument("read", "buf")->kind, GL_ARGUMENT_POINTER);
	ck_assert_int_eq(argument("chmod", "mode")->kind, GL_ARGUMENT_SHORT);
	ck_assert_uint_eq(argument("clone", "flags")->index, 0);
	ck_assert_ptr_null(argument("ioctl", "flags"));
	ck_assert_ptr_null(argument("getpid", "pid"));
	ck_assert_ptr_null(gl_vocabulary_arguments(m, getpid));
	ck_assert_ptr_null(gl_vocabulary_arguments(m, GL_CALL_NONE));
	ck_assert_str_eq(gl_argument_name(gl_vocabulary_argument_at(m, argument("read", "fd")->call, 2)),
			 "count");
	ck_assert_ptr_null(gl_vocabulary_argument_at(m, argument("read", "fd")->call, 3));
}
END_TEST

START_TEST(errnos)
{
	int errnum = 0;

	ck_assert(gl_vocabulary_errno("ENOSYS", 6, &errnum));
	ck_assert_int_eq(errnum, ENOSYS);
	ck_assert(gl_vocabulary_errno("EWOULDBLOCK", 11, &errnum));
	ck_assert_int_eq(errnum, EAGAIN);
	ck_assert(!gl_vocabulary_errno("enosys", 6, &errnum));
	/* Each errno has a name that means it. */
	for (int i = 1; i <= EHWPOISON; i++) {
		const char *name = gl_vocabulary_errno_name(i);

		if (i == 41 || i == 58) /* there are none of these numbers */
			ck_assert_ptr_null(name);
		else
			ck_assert(name && gl_vocabulary_errno(name, strlen(name), &errnum) && errnum == i);
	}
	ck_assert_ptr_null(gl_vocabulary_errno_name(0));
}
END_TEST

static bool capability(const char *name, unsigned *ret)
{
	return gl_vocabulary_capability(name, strlen(name), ret);
}

START_TEST(capabilities)
{
	char name[GL_CAPABILITY_NAME];
	unsigned n = 99;

	ck_assert(capability("SYS_ADMIN", &n));
	ck_assert_uint_eq(n, CAP_SYS_ADMIN);
	ck_assert(capability("cap_chown", &n));
	ck_assert_uint_eq(n, CAP_CHOWN);
	ck_assert(capability("Bpf", &n));
	ck_assert_uint_eq(n, CAP_BPF);
	ck_assert(!capability("", &n));
	ck_assert(!capability("CAP_", &n));
	ck_assert(!capability("SYS_ADMIN ", &n));
	ck_assert(
		!capability("SYS_ADMINSYS_ADMINSYS_ADMINSYS_ADMINSYS_ADMINSYS_ADMINSYS_ADMINSYS_ADMIN", &n));
	for (unsigned i = 0; i <= CAP_LAST_CAP; i++)
		ck_assert(gl_vocabulary_capability_name(i, name) && capability(name, &n) && n == i);
	ck_assert(!gl_vocabulary_capability_name(63, name));
	ck_assert(!gl_vocabulary_capability_name(64, name));
	ck_assert(gl_vocabulary_suggest_capability("cap_sys_admni", 13, name));
	ck_assert_str_eq(name, "SYS_ADMIN");
	ck_assert(!gl_vocabulary_suggest_capability("frobnicate", 10, name));
}
END_TEST

int main(void)
{
	Suite *s = suite_create("vocabulary");
	TCase *c = tcase_create("vocabulary");

	tcase_add_loop_test(c, as_in_headers, 0, (int)GL_ARRAY_SIZE(headers));
	tcase_add_test(c, constants);
	tcase_add_test(c, families_exist);
	tcase_add_test(c, arguments);
	tcase_add_test(c, errnos);
	tcase_add_test(c, capabilities);
	suite_add_tcase(s, c);
	return gl_unit_main(s);
}
