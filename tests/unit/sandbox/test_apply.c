/*
 * Plans on real processes: what /proc/self/status says after execve, and what
 * calls answer under the filter.  What needs root is left out without it.
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "sandbox/plan.h"
#include "tests/lib/unit.h"

#define BIT(name) (UINT64_C(1) << CAP_##name)
#define NOT_RUN	  99
#define SOME_ID	  4242

/* What Docker gives a container's root by default. */
#define DOCKER_CAPS                                                                                          \
	"none,+CHOWN,+DAC_OVERRIDE,+FSETID,+FOWNER,+MKNOD,+NET_RAW,+SETGID,+SETUID,+SETFCAP,+SETPCAP,"       \
	"+NET_BIND_SERVICE,+SYS_CHROOT,+KILL,+AUDIT_WRITE"

static bool have_root(void)
{
	struct gl_err err = GL_ERR_INIT;
	struct gl_capsets sets;

	return geteuid() == 0 && gl_capsets_read(&sets, &err) == 0 && (sets.effective & BIT(SYS_ADMIN)) &&
	       (sets.effective & BIT(SETPCAP));
}

/* In a child: an ordinary user, whoever runs the tests. */
static void become_ordinary(void)
{
	if (geteuid() == 0 && (setgroups(0, NULL) < 0 || setresgid(SOME_ID, SOME_ID, SOME_ID) < 0 ||
			       setresuid(SOME_ID, SOME_ID, SOME_ID) < 0))
		_exit(NOT_RUN);
}

/* In a child: builds and applies; ends it on failure, naming the step in the exit status. */
static void become(const struct gl_plan_request *request)
{
	struct gl_plan_failure failure = {.step = GL_STEP_NONE};
	struct gl_process process = GL_PROCESS_INIT;
	struct gl_plan_notes notes = {.count = 0};
	struct gl_plan plan = GL_PLAN_INIT;
	struct gl_err err = GL_ERR_INIT;

	if (gl_process_read(&process, &err) < 0 ||
	    gl_plan_build(request, &process, &plan, &notes, &err) != 0) {
		fprintf(stderr, "# %s\n", err.msg);
		_exit(NOT_RUN);
	}
	if (gl_plan_apply(&plan, &failure) < 0) {
		fprintf(stderr, "# %s: %s\n", gl_step_name(failure.step), strerror(failure.errnum));
		_exit((int)failure.step);
	}
	gl_process_done(&process);
	gl_plan_done(&plan);
}

/* What "cat /proc/self/status" prints when the request was applied before it. */
static void status_after(const struct gl_plan_request *request, char *out, size_t size)
{
	int pipes[2], status;
	size_t len = 0;
	ssize_t n;
	pid_t pid;

	ck_assert_int_eq(pipe2(pipes, O_CLOEXEC), 0);
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		dup2(pipes[1], STDOUT_FILENO);
		become(request);
		execlp("cat", "cat", "/proc/self/status", (char *)NULL);
		_exit(NOT_RUN);
	}
	close(pipes[1]);
	while ((n = read(pipes[0], out + len, size - 1 - len)) > 0)
		len += (size_t)n;
	out[len] = '\0';
	close(pipes[0]);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
}

/* The value of a field, blanks as single ones. */
static const char *field(const char *status, const char *name, char *out, size_t size)
{
	const char *at = strstr(status, name);
	size_t n = 0;

	ck_assert_ptr_nonnull(at);
	for (at += strlen(name) + 1; *at && *at != '\n' && n < size - 1; at++) {
		bool blank = *at == '\t' || *at == ' ';

		if (!blank || (n > 0 && out[n - 1] != ' '))
			out[n++] = blank ? ' ' : *at;
	}
	while (n > 0 && out[n - 1] == ' ')
		n--;
	out[n] = '\0';
	return out;
}

static void check_field(const char *status, const char *name, const char *want)
{
	char value[256];

	ck_assert_msg(!strcmp(field(status, name, value, sizeof(value)), want), "%s is '%s', not '%s'", name,
		      value, want);
}

START_TEST(user_with_one_capability)
{
	const char *const limits[] = {"nofile=64:128", "nproc=500:600"};
	const struct gl_plan_request request = {
		.user = "4242:4243", .caps = "none,+NET_BIND_SERVICE", .limits = limits, .limit_count = 2};
	char status[8192];

	if (!have_root())
		return;
	status_after(&request, status, sizeof(status));
	check_field(status, "Uid:", "4242 4242 4242 4242");
	check_field(status, "Gid:", "4243 4243 4243 4243");
	check_field(status, "Groups:", "4243");
	check_field(status, "CapInh:", "0000000000000400");
	check_field(status, "CapPrm:", "0000000000000400");
	check_field(status, "CapEff:", "0000000000000400");
	check_field(status, "CapBnd:", "0000000000000400");
	check_field(status, "CapAmb:", "0000000000000400");
	check_field(status, "NoNewPrivs:", "0");
	check_field(status, "Seccomp:", "0");
}
END_TEST

START_TEST(root_without_capabilities)
{
	const struct gl_plan_request request = {.caps = "none", .preset = gl_preset_find("default")};
	char status[8192];

	if (!have_root())
		return;
	status_after(&request, status, sizeof(status));
	check_field(status, "Uid:", "0 0 0 0");
	check_field(status, "CapPrm:", "0000000000000000");
	check_field(status, "CapBnd:", "0000000000000000");
	check_field(status, "NoNewPrivs:", "1");
	check_field(status, "Seccomp:", "2");
}
END_TEST

START_TEST(root_keeps_its_privileges)
{
	const struct gl_plan_request request = {.preset = gl_preset_find("default")};
	char status[8192];

	if (!have_root())
		return;
	status_after(&request, status, sizeof(status));
	check_field(status, "NoNewPrivs:", "0");
	check_field(status, "Seccomp:", "2");
}
END_TEST

START_TEST(plain_user)
{
	const struct gl_plan_request request = {.user = "4242:4243", .preset = gl_preset_find("default")};
	char status[8192];

	if (!have_root())
		return;
	status_after(&request, status, sizeof(status));
	check_field(status, "CapPrm:", "0000000000000000");
	check_field(status, "NoNewPrivs:", "1");
	check_field(status, "Seccomp:", "2");
}
END_TEST

/* Calls with arguments that the kernel itself answers differently to, for root. */
static const struct {
	const char *name;
	long nr, a, b, c;
	int denied;
} calls[] = {
	{"mount", SYS_mount, 0, 0, 0, EPERM},
	{"bpf", SYS_bpf, -1, 0, 0, EPERM},
	{"kexec_load", SYS_kexec_load, 0, 999, 0, EPERM},
	{"keyctl", SYS_keyctl, -1, 0, 0, EPERM},
	{"userfaultfd", SYS_userfaultfd, -1, 0, 0, EPERM},
	{"io_uring_setup", SYS_io_uring_setup, 0, 0, 0, EPERM},
	{"unshare", SYS_unshare, 0, 0, 0, EPERM},
	{"setns", SYS_setns, -1, 0, 0, EPERM},
	{"clone3", SYS_clone3, 0, 0, 0, ENOSYS},
	{"clone", SYS_clone, 0x10000000 | 0x200 /* NEWUSER with FS: EINVAL */, 0, 0, EPERM},
	{"personality", SYS_personality, 0x0040000 /* ADDR_NO_RANDOMIZE */, 0, 0, EPERM},
	{"mseal", 462, 0, 0, -1, ENOSYS},
	{"x32 getpid", 0x40000000 | 39, 0, 0, 0, ENOSYS},
};

/* In a child: 0 if every call is denied; the place of the first that is not, from 1. */
static int try_calls(void)
{
	for (size_t i = 0; i < GL_ARRAY_SIZE(calls); i++) {
		errno = 0;
		if (syscall(calls[i].nr, calls[i].a, calls[i].b, calls[i].c, 0, 0) != -1 ||
		    errno != calls[i].denied)
			return (int)i + 1;
	}
	return 0;
}

static int in_child(int (*body)(void))
{
	pid_t pid = fork();
	int status;

	ck_assert_int_ge(pid, 0);
	if (pid == 0)
		_exit(body());
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

static int ordinary_user(void)
{
	const struct gl_plan_request request = {.preset = gl_preset_find("default")};

	become_ordinary();
	become(&request);
	return try_calls();
}

static int container_root(void)
{
	const struct gl_plan_request request = {.caps = DOCKER_CAPS, .preset = gl_preset_find("default")};

	become(&request);
	return try_calls();
}

START_TEST(denials_for_a_user)
{
	int r = in_child(ordinary_user);

	ck_assert_msg(r == 0, "not denied: %s", r > 0 && r < NOT_RUN ? calls[r - 1].name : "?");
}
END_TEST

START_TEST(denials_for_container_root)
{
	int r;

	if (!have_root())
		return;
	r = in_child(container_root);
	ck_assert_msg(r == 0, "not denied: %s", r > 0 && r < NOT_RUN ? calls[r - 1].name : "?");
}
END_TEST

#ifdef __x86_64__
#define I386_GETPID 20
#define I386_MOUNT  21

static long call_i386(long nr)
{
	long r;

	__asm__ volatile("int $0x80"
			 : "=a"(r)
			 : "a"(nr), "b"(0L), "c"(0L), "d"(0L), "S"(0L), "D"(0L)
			 : "memory", "r8", "r9", "r10", "r11");
	return (int)r;
}

/* 1 if the kernel runs 32-bit calls (it may lack them: then a signal ends the child). */
static int has_i386(void)
{
	return call_i386(I386_GETPID) == getpid();
}

/* Root's mount() with null pointers is EFAULT without the filter. */
static int mount_by_i386(void)
{
	const struct gl_plan_request request = {.preset = gl_preset_find("default")};

	become_ordinary();
	become(&request);
	return call_i386(I386_MOUNT) == -EPERM && call_i386(I386_GETPID) == getpid() ? 0 : 1;
}

START_TEST(denials_by_int_0x80)
{
	if (in_child(has_i386) == 1)
		ck_assert_int_eq(in_child(mount_by_i386), 0);
}
END_TEST
#endif

static int limit_above_the_hard_one(void)
{
	const char *const limits[] = {"nofile=2000000000"};
	const struct gl_plan_request request = {.limits = limits, .limit_count = 1};

	become_ordinary();
	become(&request);
	return 0;
}

START_TEST(failure_names_the_step)
{
	ck_assert_int_eq(in_child(limit_above_the_hard_one), GL_STEP_LIMITS);
}
END_TEST

static int bad_filter(bool asked)
{
	struct gl_plan_failure failure = {.step = GL_STEP_NONE};
	struct sock_filter nonsense[] = {{0xffff, 0, 0, 0}};
	const struct gl_plan plan = {
		.no_new_privs = true, .filter = nonsense, .filter_count = 1, .filter_asked = asked};
	int r = gl_plan_apply(&plan, &failure);

	if (asked)
		return r == -EINVAL && failure.step == GL_STEP_FILTER ? 0 : 1;
	return r == 0 && failure.filter_errnum == EINVAL ? 0 : 1;
}

static int bad_filter_asked(void)
{
	return bad_filter(true);
}

static int bad_filter_default(void)
{
	return bad_filter(false);
}

START_TEST(filter_that_cannot_be_loaded)
{
	ck_assert_int_eq(in_child(bad_filter_asked), 0);
	ck_assert_int_eq(in_child(bad_filter_default), 0);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("apply");
	TCase *c = tcase_create("apply");

	tcase_add_test(c, user_with_one_capability);
	tcase_add_test(c, root_without_capabilities);
	tcase_add_test(c, root_keeps_its_privileges);
	tcase_add_test(c, plain_user);
	tcase_add_test(c, denials_for_a_user);
	tcase_add_test(c, denials_for_container_root);
#ifdef __x86_64__
	tcase_add_test(c, denials_by_int_0x80);
#endif
	tcase_add_test(c, failure_names_the_step);
	tcase_add_test(c, filter_that_cannot_be_loaded);
	suite_add_tcase(s, c);
	return gl_unit_main(s);
}
