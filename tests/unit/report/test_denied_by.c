/*
 * Which call a complaint is about, who is named for it, and that the calls which an
 * outer filter is asked for do nothing and are not denied by the kernel itself.
 */
#include "report/denied_by.h"

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <sys/wait.h>

#include "policy/syscalls.h"
#include "tests/lib/unit.h"

#define ALL_CAPS   UINT64_MAX
#define WITHOUT(c) (UINT64_MAX & ~(UINT64_C(1) << (c)))

static bool parse(const char *said, struct gl_denied_words *ret)
{
	const struct gl_capture_text text = {.tail = said, .tail_len = strlen(said)};

	return gl_denied_words_parse(&text, ret);
}

static const struct {
	const char *said, *call, *subject;
	int errnum;
} lines[] = {
	{"listen tcp :80: bind: permission denied\n", "bind", "listen tcp :80", EACCES},
	{"2026/01/02 03:04:05 open /etc/x: permission denied", "openat", "/etc/x", EACCES},
	{"app: cannot open /etc/a b: Permission denied\r\n", "openat", "/etc/a b", EACCES},
	{"mount: operation not permitted\nexit status 1\n", "mount", "", EPERM},
	{"panic: mkdir /x: permission denied\n\ngoroutine 1 [running]:\n", "mkdirat", "/x", EACCES},
	{"a: open /1: permission denied\nb: open /2: permission denied\n", "openat", "/2", EACCES},
	{"fork/exec /bin/x: permission denied", "execve", "/bin/x", EACCES},
	/* a later line that is not understood takes nothing back */
	{"open /1: permission denied\nfrobnicate: permission denied\n", "openat", "/1", EACCES},
	{"reopen /1: permission denied\n", NULL, NULL, 0},
	{"permission denied\n", NULL, NULL, 0},
	{": permission denied", NULL, NULL, 0},
	{"open /1: no such file or directory\n", NULL, NULL, 0},
	{"", NULL, NULL, 0},
};

START_TEST(words)
{
	struct gl_denied_words w;

	ck_assert_int_eq(parse(lines[_i].said, &w), lines[_i].call != NULL);
	if (!lines[_i].call)
		return;
	ck_assert_str_eq(w.op->call, lines[_i].call);
	ck_assert_int_eq(w.errnum, lines[_i].errnum);
	ck_assert(gl_slice_equals(w.subject, lines[_i].subject));
}
END_TEST

static const struct {
	const char *said;
	struct gl_denied_facts facts;
	const char *by;
} verdicts[] = {
	{"listen tcp :80: bind: permission denied",
	 {.capabilities = WITHOUT(CAP_NET_BIND_SERVICE), .free_port = 1024},
	 "capability"},
	{"listen tcp :80: bind: permission denied", {.capabilities = ALL_CAPS, .free_port = 1024}, "unknown"},
	{"listen tcp :80: bind: permission denied", {.capabilities = 0, .free_port = 80}, "unknown"},
	{"listen tcp :8080: bind: permission denied", {.capabilities = 0, .free_port = 1024}, "unknown"},
	{"mount: operation not permitted", {.capabilities = WITHOUT(CAP_SYS_ADMIN)}, "capability"},
	/* the kernel asks the filter first */
	{"mount: operation not permitted",
	 {.capabilities = 0, .outer_filter = true, .outer = GL_OUTER_DENIES},
	 "outer-filter"},
	{"mount: operation not permitted",
	 {.capabilities = ALL_CAPS, .outer_filter = true, .outer = GL_OUTER_PASSES},
	 "unknown"},
	{"open /x: permission denied",
	 {.capabilities = ALL_CAPS, .confined = "docker-default (enforce)"},
	 "unknown"},
};

START_TEST(who)
{
	struct gl_findings list = GL_FINDINGS_INIT;
	const struct gl_finding *f;
	struct gl_denied_words w;

	ck_assert(parse(verdicts[_i].said, &w));
	f = gl_findings_add_denied(&list, &w, &verdicts[_i].facts);
	ck_assert_ptr_nonnull(f);
	ck_assert_str_eq(json_string_value(json_object_get(f->evidence, "denied_by")), verdicts[_i].by);
	gl_findings_done(&list);
}
END_TEST

/* -- asking -- */

static const char *const askable[] = {
	"bind: ",	"connect: ",	 "open /: ",   "mkdir /: ", "remove /: ", "unlinkat /: ",
	"truncate /: ", "fork/exec /: ", "socket: ",   "mount: ",   "unshare: ",  "setns: ",
	"chroot: ",	"chown /: ",	 "lchown /: ", "statx /: ",
};

static int ask_all(void)
{
	enum gl_outer_answer answers[GL_ARRAY_SIZE(askable)];
	const struct gl_machine_calls *m = gl_machine_calls();
	int numbers[GL_ARRAY_SIZE(askable)];
	struct gl_err err = GL_ERR_INIT;
	char said[64];

	for (size_t i = 0; i < GL_ARRAY_SIZE(askable); i++) {
		struct gl_denied_words w;
		uint16_t call;

		snprintf(said, sizeof(said), "%.*spermission denied", 40, askable[i]);
		if (!parse(said, &w) || !w.op->askable)
			return 100 + (int)i;
		call = gl_syscall_find(m, w.op->call, strlen(w.op->call));
		if (call == GL_CALL_NONE)
			return 100 + (int)i;
		numbers[i] = gl_syscall_number(&m->abis[0], call);
	}
	if (gl_probe_outer(numbers, GL_ARRAY_SIZE(askable), answers, &err) < 0)
		return 99;
	for (size_t i = 0; i < GL_ARRAY_SIZE(askable); i++)
		if (answers[i] != GL_OUTER_PASSES)
			return 1 + (int)i;
	return 0;
}

/* As root and as an ordinary user, without any filter. */
START_TEST(kernel_denies_none)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		if (_i && geteuid() == 0 && (setgroups(0, NULL) < 0 || setgid(4242) < 0 || setuid(4242) < 0))
			_exit(98);
		_exit(ask_all());
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_msg(status == 0, "exit status %d", WEXITSTATUS(status));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("denied_by");
	TCase *all = tcase_create("all");

	tcase_add_loop_test(all, words, 0, (int)GL_ARRAY_SIZE(lines));
	tcase_add_loop_test(all, who, 0, (int)GL_ARRAY_SIZE(verdicts));
	tcase_add_loop_test(all, kernel_denies_none, 0, 2);
	suite_add_tcase(suite, all);
	return gl_unit_main(suite);
}
