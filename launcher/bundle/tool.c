/*
 * A child process and a pipe: see bundle/tool.h.
 */
#include "bundle/tool.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>

#include "base/buf.h"
#include "base/fd.h"
#include "base/mem.h"

#define CHUNK 4096

/* The environment of the tools: its own search path, and words that can be parsed. */
static int make_environment(char **ret_path, struct gl_err *err)
{
	const char *path = getenv("PATH");

	if (asprintf(ret_path, "PATH=%s", path ? path : "/usr/bin:/bin") >= 0)
		return 0;
	*ret_path = NULL;
	return gl_err_sys(err, ENOMEM, "cannot start a program");
}

static int set_descriptors(posix_spawn_file_actions_t *actions, int out)
{
	int r = posix_spawn_file_actions_addopen(actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);

	if (!r)
		r = posix_spawn_file_actions_adddup2(actions, out, STDOUT_FILENO);
	if (!r)
		r = posix_spawn_file_actions_addopen(actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
	return r;
}

/* Returns 0, 1: there is no such program, or -errno. */
static int start(const char *const argv[], int out, pid_t *ret_pid, struct gl_err *err)
{
	gl_autofree char *path = NULL;
	char locale[] = "LC_ALL=C", **words;
	posix_spawn_file_actions_t actions;
	int r = make_environment(&path, err);

	if (r)
		return r;
	r = posix_spawn_file_actions_init(&actions);
	if (r)
		return gl_err_sys(err, r, "cannot start '%s'", argv[0]);
	/* POSIX has the words as char *const: they are not changed. */
	memcpy(&words, &argv, sizeof(words));
	r = set_descriptors(&actions, out);
	if (!r)
		r = posix_spawnp(ret_pid, argv[0], &actions, NULL, words, (char *[]){locale, path, NULL});
	posix_spawn_file_actions_destroy(&actions);
	if (r == ENOMEM || r == EAGAIN)
		return gl_err_sys(err, r, "cannot start '%s'", argv[0]);
	return r ? 1 : 0;
}

static long long now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

/* Everything up to the end, in time.  Returns 0, 1: too much or too late, or -errno. */
static int read_answer(int fd, struct gl_buf *answer)
{
	long long end = now_ms() + GL_TOOL_MAX_SECONDS * 1000LL, left;
	struct pollfd poll_fd = {.fd = fd, .events = POLLIN};
	char bytes[CHUNK];
	ssize_t n;

	for (;;) {
		left = end - now_ms();
		n = left > 0 ? poll(&poll_fd, 1, (int)left) : 0;
		if (n == 0)
			return 1;
		if (n > 0)
			n = read(fd, bytes, sizeof(bytes));
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : 0;
		gl_buf_put(answer, bytes, (size_t)n);
		if (gl_buf_error(answer))
			return gl_buf_error(answer) == ENOMEM ? -ENOMEM : 1;
	}
}

static void end(pid_t pid, bool kill_it)
{
	if (kill_it)
		kill(pid, SIGKILL);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		continue;
}

int gl_tool_ask(const char *const argv[], char **ret, struct gl_err *err)
{
	gl_autobuf struct gl_buf answer = {.limit = GL_TOOL_MAX_BYTES};
	gl_autoclose int in = -1, out = -1;
	int ends[2], r;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC))
		return gl_err_sys(err, errno, "cannot start '%s'", argv[0]);
	in = ends[0];
	out = ends[1];
	r = start(argv, out, &pid, err);
	if (r)
		return r;
	gl_fd_close(&out);
	r = read_answer(in, &answer);
	end(pid, r != 0);
	if (r)
		return r < 0 ? gl_err_sys(err, -r, "cannot read what '%s' says", argv[0]) : 1;
	*ret = gl_buf_take(&answer);
	return *ret ? 0 : gl_err_sys(err, ENOMEM, "cannot read what '%s' says", argv[0]);
}
