/*
 * What the attempts of tests/live/bypass.sh share: each is made in a process of its
 * own, and told as one line.
 *
 *	NAME open		it worked
 *	NAME closed ERRNO	it was refused
 *	NAME killed SIGNAL	the process that tried is dead
 *	NAME lost		it ended without a word
 */
#pragma once

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define BYPASS_SECONDS 5

static inline long bypass_result(long result)
{
	return result < 0 ? -errno : result;
}

/* attempt(arg) returns -errno where it was refused, else it worked. */
static inline void bypass_make(const char *name, long (*attempt)(const void *arg), const void *arg)
{
	int pipe_fds[2], status = 0;
	long result = 0;
	pid_t pid;

	if (pipe(pipe_fds) < 0)
		_exit(125);
	pid = fork();
	if (pid == 0) {
		alarm(BYPASS_SECONDS);
		result = attempt(arg);
		_exit(write(pipe_fds[1], &result, sizeof(result)) != sizeof(result));
	}
	close(pipe_fds[1]);
	if (read(pipe_fds[0], &result, sizeof(result)) == sizeof(result)) {
		if (result >= 0)
			printf("%s open\n", name);
		else
			printf("%s closed %s\n", name, strerrorname_np((int)-result));
		waitpid(pid, &status, 0);
	} else if (pid > 0 && waitpid(pid, &status, 0) == pid && WIFSIGNALED(status)) {
		printf("%s killed %s\n", name, sigabbrev_np(WTERMSIG(status)));
	} else {
		printf("%s lost\n", name);
	}
	close(pipe_fds[0]);
	fflush(stdout);
}

/* A program of its own, and what it says of itself by its status: 0, it could. */
static inline long bypass_run(const char *path, const char *word)
{
	int status = 0;
	pid_t pid = fork();

	if (pid == 0) {
		execl(path, path, word, (char *)NULL);
		_exit(errno);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return -errno;
	if (WIFSIGNALED(status))
		kill(getpid(), WTERMSIG(status));
	return -WEXITSTATUS(status);
}
