/*
 * What versions of Landlock's interface can do for a policy, and rulesets on
 * real processes; the latter are left out where the kernel has no Landlock.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "sandbox/landlock.h"
#include "sandbox/landlock_paths.h"
#include "tests/lib/unit.h"

#define NOT_RUN	  200
#define PORTS_ALL (GL_LANDLOCK_BIND_TCP | GL_LANDLOCK_CONNECT_TCP)
#ifndef IPPROTO_MPTCP
#define IPPROTO_MPTCP 262
#endif

static void read_policy(const char *lines, struct gl_policy *policy)
{
	struct gl_err err = GL_ERR_INIT;
	gl_autofree char *text = NULL;

	ck_assert_int_gt(asprintf(&text, "default allow\n%s", lines), 0);
	ck_assert_msg(gl_policy_parse(gl_machine_calls(), "test.policy", text, NULL, NULL, policy, &err) == 0,
		      "%s", err.msg);
}

START_TEST(versions_only_add)
{
	struct gl_landlock_rights before = gl_landlock_known(0);

	ck_assert_uint_eq(before.files | before.ports, 0);
	ck_assert_uint_eq(gl_landlock_known(-ENOSYS).files, 0);
	for (int version = 1; version < 12; version++) {
		struct gl_landlock_rights now = gl_landlock_known(version);

		ck_assert_uint_eq(before.files & ~now.files, 0);
		ck_assert_uint_eq(before.ports & ~now.ports, 0);
		before = now;
	}
	ck_assert_uint_eq(before.files, 0xffff);
	ck_assert_uint_eq(before.ports, PORTS_ALL);
}
END_TEST

/* include/uapi/linux/landlock.h of the kernels named */
START_TEST(what_versions_know)
{
	static const struct {
		int version;
		uint64_t files, ports;
	} rows[] = {
		{1, 0x1fff, 0}, {2, 0x3fff, 0}, {3, 0x7fff, 0}, {4, 0x7fff, 3},
		{5, 0xffff, 3}, {6, 0xffff, 3}, {7, 0xffff, 3},
	};

	for (size_t i = 0; i < GL_ARRAY_SIZE(rows); i++) {
		ck_assert_uint_eq(gl_landlock_known(rows[i].version).files, rows[i].files);
		ck_assert_uint_eq(gl_landlock_known(rows[i].version).ports, rows[i].ports);
	}
}
END_TEST

START_TEST(what_kinds_allow)
{
	uint64_t read = gl_landlock_of_kind(GL_POLICY_READ).files;
	uint64_t write = gl_landlock_of_kind(GL_POLICY_WRITE).files;

	ck_assert_uint_eq(read & write, 0);
	ck_assert_uint_eq(write & (GL_LANDLOCK_MAKE_CHAR | GL_LANDLOCK_MAKE_BLOCK), 0);
	ck_assert_uint_eq(gl_landlock_of_kind(GL_POLICY_EXECUTE).files,
			  GL_LANDLOCK_EXECUTE | GL_LANDLOCK_READ_FILE);
	ck_assert_uint_eq(gl_landlock_of_kind(GL_POLICY_BIND).ports, GL_LANDLOCK_BIND_TCP);
	ck_assert_uint_eq(gl_landlock_of_kind(GL_POLICY_CONNECT).ports, GL_LANDLOCK_CONNECT_TCP);
	ck_assert_uint_eq(gl_landlock_of_kind(GL_POLICY_LIMIT).files, 0);
	ck_assert_uint_eq(gl_landlock_of_kind(GL_POLICY_LIMIT).ports, 0);
}
END_TEST

static const struct settled {
	const char *lines;
	int version, result;
	uint64_t files, ports;
	const char *said; /* in the error, or in the note; NULL: neither */
} settled[] = {
	{"limit nofile 10\n", -ENOSYS, 0, 0, 0, NULL},
	{"read /a\n", 7, 0, 0xffff, 0, NULL},
	{"write /a\n", 3, 0, 0x7fff, 0, NULL},
	{"execute /a\n", 4, 0, 0x7fff, 0, NULL},
	{"bind 80\n", 7, 0, 0, GL_LANDLOCK_BIND_TCP, NULL},
	{"connect 80\n", 7, 0, 0, GL_LANDLOCK_CONNECT_TCP, NULL},
	{"connect 80\nbind 1\nread /\n", 7, 0, 0xffff, PORTS_ALL, NULL},
	{"read /a\n", -ENOSYS, -ENOSYS, 0, 0, "test.policy:2:6: Landlock is unavailable here (Function not"},
	{"read /a\n", -EOPNOTSUPP, -ENOSYS, 0, 0, "unavailable here (Operation not supported)"},
	{"read /a\n", 2, -ENOSYS, 0, 0, "(version 2) cannot keep files from being truncated, Linux 6.2 can"},
	{"bind 80\n", 3, -ENOSYS, 0, 0, "(version 3) cannot restrict ports, Linux 6.7 can"},
	{"read /a\nconnect 80\n", 3, -ENOSYS, 0, 0, "test.policy:3:"},
	{"read /a optional\n", -ENOSYS, 0, 0, 0, "unavailable here"},
	{"read /a optional\n", 1, 0, 0x1fff, 0, "cannot keep files from being truncated"},
	{"read /a optional\nwrite /b\n", 1, -ENOSYS, 0, 0, "test.policy:3:"},
	{"read /a\nconnect 80 optional\n", 3, 0, 0x7fff, 0, "cannot restrict ports"},
	{"read /a optional\nconnect 80 optional\n", 7, 0, 0xffff, GL_LANDLOCK_CONNECT_TCP, NULL},
};

START_TEST(settling)
{
	const struct settled *row = &settled[_i];
	gl_autopolicy struct gl_policy policy = GL_POLICY_INIT;
	struct gl_landlock_rights handled = {0, 0};
	char note[GL_LANDLOCK_MAX_NOTE] = "";
	struct gl_err err = GL_ERR_INIT;

	read_policy(row->lines, &policy);
	ck_assert_int_eq(gl_landlock_settle(&policy, row->version, &handled, note, &err), row->result);
	ck_assert_uint_eq(handled.files, row->files);
	ck_assert_uint_eq(handled.ports, row->ports);
	if (row->said)
		ck_assert_msg(strstr(row->result ? err.msg : note, row->said), "%s|%s", err.msg, note);
	else
		ck_assert_str_eq(note, "");
}
END_TEST

START_TEST(default_paths)
{
	for (size_t i = 0; i < gl_landlock_path_count; i++) {
		const struct gl_landlock_path *path = &gl_landlock_paths[i];

		ck_assert_int_eq(path->path[0], '/');
		ck_assert_ptr_nonnull(path->why);
		ck_assert_uint_eq(path->rights & GL_LANDLOCK_EXECUTE, 0);
		if (path->rights & GL_LANDLOCK_WRITE_FILE)
			ck_assert_int_eq(strncmp(path->path, "/dev/", 5), 0);
		for (size_t j = 0; j < i; j++)
			ck_assert_str_ne(path->path, gl_landlock_paths[j].path);
	}
}
END_TEST

START_TEST(unavailable_and_optional_is_nothing)
{
	gl_autopolicy struct gl_policy policy = GL_POLICY_INIT;
	const struct gl_landlock_request request = {.policy = &policy, .version = -EOPNOTSUPP};
	gl_autolandlock struct gl_landlock landlock = GL_LANDLOCK_INIT;
	struct gl_err err = GL_ERR_INIT;

	read_policy("read /nowhere optional\nbind 1 optional\n", &policy);
	ck_assert(gl_landlock_wanted(&policy));
	ck_assert_int_eq(gl_landlock_build(&request, &landlock, &err), 0);
	ck_assert_int_eq(landlock.ruleset, -1);
	ck_assert_ptr_null(landlock.filter);
	ck_assert_str_ne(landlock.note, "");
	ck_assert_int_eq(gl_landlock_apply(&landlock), 0);
}
END_TEST

START_TEST(nothing_wanted)
{
	gl_autopolicy struct gl_policy policy = GL_POLICY_INIT;

	read_policy("limit nofile 10\nuser nobody\n", &policy);
	ck_assert(!gl_landlock_wanted(&policy));
}
END_TEST

/* --- on this kernel ----------------------------------------------------------------------- */

static const struct build_error {
	const char *lines;
	int result;
	const char *said;
} build_errors[] = {
	{"read /nowhere\n", -ENOENT, "test.policy:2:6: cannot open '/nowhere': No such file"},
	{"read /etc\nwrite /etc/passwd/x\n", -ENOTDIR, "test.policy:3:7: cannot open"},
	{"bind 1-5000\n", -E2BIG, "test.policy:2:6: more than 4096 ports"},
	{"bind 0-4095\nconnect 1\n", -E2BIG, "test.policy:3:9: more than 4096 ports"},
	{"bind 0-65535\n", -E2BIG, "more than 4096 ports"},
	{"read /nowhere optional\nbind 0-4095\n", 0, NULL},
};

START_TEST(building)
{
	const struct build_error *row = &build_errors[_i];
	gl_autopolicy struct gl_policy policy = GL_POLICY_INIT;
	const struct gl_landlock_request request = {.policy = &policy, .version = gl_landlock_version()};
	gl_autolandlock struct gl_landlock landlock = GL_LANDLOCK_INIT;
	struct gl_err err = GL_ERR_INIT;

	read_policy(row->lines, &policy);
	ck_assert_msg(gl_landlock_build(&request, &landlock, &err) == row->result, "%s", err.msg);
	if (row->said)
		ck_assert_msg(strstr(err.msg, row->said), "%s", err.msg);
	else
		ck_assert_uint_eq(landlock.port_count, 4096);
}
END_TEST

static void become(const char *lines)
{
	struct gl_policy policy = GL_POLICY_INIT;
	const struct gl_landlock_request request = {.policy = &policy, .version = gl_landlock_version()};
	struct gl_landlock landlock = GL_LANDLOCK_INIT;
	struct gl_err err = GL_ERR_INIT;

	read_policy(lines, &policy);
	if (gl_landlock_build(&request, &landlock, &err) < 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	    gl_landlock_apply(&landlock) < 0)
		_exit(NOT_RUN);
}

static int try_open(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC, 0600);

	if (fd < 0)
		return errno;
	close(fd);
	return 0;
}

static int try_read(void)
{
	return try_open("/etc/shadow", O_RDONLY);
}

static int try_self(void)
{
	return try_open("/proc/self/status", O_RDONLY);
}

static int try_null(void)
{
	return try_open("/dev/null", O_RDWR);
}

static int try_make(void)
{
	char path[] = "/tmp/golaunch-landlock.XXXXXX";
	int fd = mkstemp(path);

	if (fd < 0)
		return errno;
	close(fd);
	return unlink(path) < 0 ? errno : 0;
}

static int try_execute(void)
{
	execl("/bin/true", "true", (char *)NULL);
	return errno;
}

static int try_connect_by(int protocol, const char *message)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(1)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, protocol), r;

	if (fd < 0)
		return errno;
	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	r = message ? (int)sendto(fd, message, 1, MSG_FASTOPEN, (struct sockaddr *)&at, sizeof(at))
		    : connect(fd, (struct sockaddr *)&at, sizeof(at));
	return r < 0 ? errno : 0;
}

static int try_connect(void)
{
	return try_connect_by(0, NULL);
}

static int try_mptcp(void)
{
	return try_connect_by(IPPROTO_MPTCP, NULL);
}

static int try_fast_open(void)
{
	return try_connect_by(0, "x");
}

static int try_bind(void)
{
	struct sockaddr_in at = {.sin_family = AF_INET};

	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return bind(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), (struct sockaddr *)&at, sizeof(at)) < 0
		       ? errno
		       : 0;
}

/* Nobody listens on port 1: what is allowed to connect is refused by the other side. */
static const struct attempt {
	const char *lines;
	int (*attempt)(void);
	int answer;
} attempts[] = {
	{"read /usr\n", try_read, EACCES},
	{"read /etc\n", try_read, 0},
	{"read /\n", try_make, EACCES},
	{"write /tmp\n", try_make, EACCES}, /* mkstemp opens for reading too */
	{"read /tmp\nwrite /tmp\n", try_make, 0},
	{"read /usr\n", try_self, 0},
	{"read /usr\n", try_null, 0},
	{"read /\n", try_execute, EACCES},
	{"execute /bin/true\n", try_execute, 0},
	{"bind 1\n", try_read, 0},
	{"connect 2\n", try_connect, EACCES},
	{"connect 1\n", try_connect, ECONNREFUSED},
	{"bind 1\n", try_connect, ECONNREFUSED},
	{"read /\n", try_connect, ECONNREFUSED},
	{"connect 2\n", try_mptcp, EPROTONOSUPPORT},
	{"connect 2\n", try_fast_open, EOPNOTSUPP},
	{"bind 1\n", try_bind, EACCES},
	{"bind 0\n", try_bind, 0},
	{"connect 1\n", try_bind, 0},
};

START_TEST(restricted)
{
	const struct attempt *row = &attempts[_i];
	pid_t pid = fork();
	int status;

	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		become(row->lines);
		_exit(row->attempt());
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == row->answer, "%s: status %#x, not %s",
		      row->lines, (unsigned)status, strerror(row->answer));
}
END_TEST

int main(void)
{
	Suite *s = suite_create("landlock");
	TCase *c = tcase_create("landlock");

	tcase_add_test(c, versions_only_add);
	tcase_add_test(c, what_versions_know);
	tcase_add_test(c, what_kinds_allow);
	tcase_add_loop_test(c, settling, 0, GL_ARRAY_SIZE(settled));
	tcase_add_test(c, default_paths);
	tcase_add_test(c, unavailable_and_optional_is_nothing);
	tcase_add_test(c, nothing_wanted);
	if (gl_landlock_version() >= 4) {
		tcase_add_loop_test(c, building, 0, GL_ARRAY_SIZE(build_errors));
		tcase_add_loop_test(c, restricted, 0, GL_ARRAY_SIZE(attempts));
	}
	suite_add_tcase(s, c);
	return gl_unit_main(s);
}
