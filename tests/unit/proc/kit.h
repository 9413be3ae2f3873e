/*
 * What the tests of this layer share: a plan that changes nothing, a supervised
 * run of a command, and programs that the test binary is itself when it is
 * started as "test_x child:<name>".
 */
#pragma once

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/macros.h"
#include "proc/capture.h"
#include "proc/signals.h"
#include "proc/spawn.h"
#include "proc/supervise.h"

extern char **environ;

#define KIT_SELF "/proc/self/exe"

struct kit_program {
	const char *name; /* "child:<name>" */
	int (*run)(void);
};

/*
 * First thing in main(): if the test binary was started as one of these
 * programs, becomes it.  The table ends with a NULL name.
 */
static inline void kit_become(int argc, char **argv, const struct kit_program *programs)
{
	for (; argc > 1 && programs->name; programs++)
		if (!strcmp(argv[1], programs->name))
			exit(programs->run());
}

/* Everything for one run; change it between kit_init() and kit_start(). */
struct kit {
	struct gl_plan plan;
	struct gl_inherited_signals inherited;
	struct gl_spawn spawn;
	struct gl_supervise supervise;
	struct gl_plan_failure failure;
	struct gl_err err;
	struct gl_death death;
	void (*before_birth)(void); /* called when golaunch listens and there is no program yet */
};

static inline void kit_init(struct kit *kit, const char *const *argv)
{
	*kit = (struct kit){.plan = GL_PLAN_INIT, .spawn = GL_SPAWN_INIT};
	gl_signals_capture(&kit->inherited);
	kit->spawn.plan = &kit->plan;
	kit->spawn.signals = &kit->inherited;
	kit->spawn.path = argv[0];
	kit->spawn.argv = (char *const *)(uintptr_t)argv;
	kit->spawn.env = environ;
}

/* Spawns; returns gl_spawn_start()'s answer. */
static inline int kit_start(struct kit *kit)
{
	int r = gl_signals_open(&kit->supervise.signal_fd, &kit->err);

	ck_assert_int_eq(r, 0);
	kit->spawn.signal_fd = kit->supervise.signal_fd;
	if (kit->before_birth)
		kit->before_birth();
	if (kit->supervise.capture)
		kit->spawn.stderr_fd = gl_capture_write_end(kit->supervise.capture);
	r = gl_spawn_start(&kit->spawn, &kit->supervise.pid, &kit->failure, &kit->err);
	return r;
}

static inline void kit_finish(struct kit *kit)
{
	ck_assert_int_eq(gl_supervise_run(&kit->supervise, &kit->death, &kit->err), 0);
	close(kit->supervise.signal_fd);
}

static inline void kit_run(struct kit *kit)
{
	ck_assert_msg(kit_start(kit) == 0, "%s", kit->err.msg);
	kit_finish(kit);
}

/* Runs a shell command under supervision. */
static inline struct gl_death kit_shell(const char *command)
{
	const char *argv[] = {"/bin/sh", "-c", command, NULL};
	struct kit kit;

	kit_init(&kit, argv);
	kit_run(&kit);
	return kit.death;
}

/* Runs argv with standard output in buf. */
static inline void kit_output(struct kit *kit, const char *const *argv, char *buf, size_t size)
{
	int saved = fcntl(1, F_DUPFD_CLOEXEC, 100);
	size_t len = 0;
	ssize_t n;
	int ends[2];

	ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
	dup2(ends[1], 1);
	close(ends[1]);
	kit_init(kit, argv);
	kit_run(kit);
	dup3(saved, 1, 0);
	close(saved);
	while (len + 1 < size && (n = read(ends[0], buf + len, size - 1 - len)) > 0)
		len += (size_t)n;
	buf[len] = '\0';
	close(ends[0]);
}

/* Waits for pid; returns its wait status. */
static inline int kit_wait(pid_t pid, int options)
{
	int status = -1;
	pid_t got;

	do
		got = waitpid(pid, &status, options);
	while (got < 0 && errno == EINTR);
	ck_assert_int_eq(got, pid);
	return status;
}
