/*
 * Exchanges two files for each other, again and again, until it is killed or its
 * parent has gone.
 *
 *	exchange A B
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <time.h>

#define MAX_PAUSE_NS 300000

int main(int argc, char **argv)
{
	if (argc != 3 || prctl(PR_SET_PDEATHSIG, SIGKILL) < 0) {
		fprintf(stderr, "usage: exchange A B\n");
		return 125;
	}
	for (;;) {
		const struct timespec pause = {.tv_nsec = rand() % MAX_PAUSE_NS};

		if (renameat2(AT_FDCWD, argv[1], AT_FDCWD, argv[2], RENAME_EXCHANGE) < 0) {
			perror("exchange");
			return 125;
		}
		nanosleep(&pause, NULL);
	}
}
