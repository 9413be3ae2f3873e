/*
 * Launches a command many times and looks at every end.
 *
 *	many N STATUS COMMAND [ARG...]
 *
 * Two run at a time.  STATUS is what a shell would show (128+N for a signal).
 * We are a subreaper: what a launch leaves behind becomes our child, so "left
 * behind" is counted, not guessed.  Prints "runs N wrong N left N"; the exit
 * status is 0 if both are 0.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define AT_A_TIME 2

static pid_t launched[AT_A_TIME];

static void launch(int slot, char **argv)
{
	pid_t pid = fork();

	if (pid < 0) {
		perror("many: fork");
		exit(125);
	}
	if (pid == 0) {
		int null = open("/dev/null", O_RDWR);

		dup2(null, STDIN_FILENO);
		dup2(null, STDOUT_FILENO);
		execv(argv[0], argv);
		_exit(127);
	}
	launched[slot] = pid;
}

static int slot_of(pid_t pid)
{
	for (int i = 0; i < AT_A_TIME; i++)
		if (launched[i] == pid)
			return i;
	return -1;
}

int main(int argc, char **argv)
{
	long total, started = 0, ended = 0, wrong = 0, left = 0;
	int want, status;

	if (argc < 4 || prctl(PR_SET_CHILD_SUBREAPER, 1) < 0) {
		fprintf(stderr, "usage: many N STATUS COMMAND [ARG...]\n");
		return 125;
	}
	total = strtol(argv[1], NULL, 10);
	want = (int)strtol(argv[2], NULL, 10);
	for (int i = 0; i < AT_A_TIME && started < total; i++, started++)
		launch(i, argv + 3);
	while (ended < total) {
		pid_t pid = waitpid(-1, &status, 0);
		int slot = slot_of(pid);

		if (slot < 0) {
			left++;
			continue;
		}
		status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
		if (status != want && ++wrong <= 3)
			fprintf(stderr, "many: run %ld: status %d\n", ended, status);
		ended++;
		launched[slot] = 0;
		if (started++ < total)
			launch(slot, argv + 3);
	}
	/* Whoever is still there was left behind by a launch that ended. */
	while (waitpid(-1, NULL, 0) > 0)
		left++;
	printf("runs %ld wrong %ld left %ld\n", total, wrong, left);
	return wrong || left;
}
