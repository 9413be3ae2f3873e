/*
 * Kills a launcher (SIGKILL) at random moments of a start, and looks at what that
 * does to the program it was starting.
 *
 *	killed ROUNDS WORDS COMMAND [ARG...]
 *
 * The moments lie between COMMAND's start and its usual end, which is measured again
 * and again: what else the machine does must not move them all to one side of the
 * start.  We are a subreaper:
 * the program becomes our child, so how it ends is known.  It must die of SIGKILL
 * without a word, or run on to its own good end; all it says must begin with WORDS.
 *
 * Prints "rounds N alone N with N on N over N wrong N left N": how many launchers
 * were killed with no program there (before its execve, or after its end), with
 * theirs, with theirs running on, and how many had ended before; rounds that went
 * otherwise (the first are told on stderr); processes that still ran after
 * PATIENCE_MS.  The exit status is 0 if the last two are 0.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MEASURED    9 /* starts, to learn how long one takes */
#define REMEASURED  5 /* rounds after which one of them is taken anew */
#define PATIENCE_MS 10000
#define TOLD_MAX    5
#define NOT_STARTED 125 /* golaunch's child, when it sees before execve that its parent is gone */

static struct {
	long rounds, alone, with, on, over, wrong, left;
} sum;

struct round {
	pid_t launcher;
	int output; /* the reading end of what it and the program say */
	bool killed;
	int launcher_status;
	int killed_orphans; /* by SIGKILL */
	int good_orphans;   /* exit status 0 */
	int other_orphans;
	char how[64]; /* the last one of those */
	char said[4096];
};

static double now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static void give_up(const char *what)
{
	perror(what);
	exit(125);
}

static void sleep_us(double us)
{
	long ns = (long)(us * 1e3);
	struct timespec time = {.tv_sec = ns / 1000000000, .tv_nsec = ns % 1000000000};

	nanosleep(&time, NULL);
}

static void launch(struct round *round, char **argv)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		give_up("killed: pipe");
	round->launcher = fork();
	if (round->launcher < 0)
		give_up("killed: fork");
	if (round->launcher == 0) {
		dup2(open("/dev/null", O_RDONLY), STDIN_FILENO);
		dup2(ends[1], STDOUT_FILENO);
		dup2(ends[1], STDERR_FILENO);
		execv(argv[0], argv);
		_exit(127);
	}
	close(ends[1]);
	round->output = ends[0];
}

static void note_orphan(struct round *round, int status)
{
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) {
		round->killed_orphans++;
	} else if (status == 0) {
		round->good_orphans++;
	} else if (!WIFEXITED(status) || WEXITSTATUS(status) != NOT_STARTED) {
		round->other_orphans++;
		snprintf(round->how, sizeof(round->how), "wait status %#x", (unsigned)status);
	}
}

/* Waits for the launcher and for whoever it left to us. */
static void collect(struct round *round)
{
	double until = now_us() + PATIENCE_MS * 1e3;
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) >= 0 && now_us() < until) {
		if (pid == 0) {
			sleep_us(100);
		} else if (pid == round->launcher) {
			round->launcher_status = status;
		} else {
			note_orphan(round, status);
		}
	}
	if (pid < 0 && errno == ECHILD)
		return;
	sum.left++;
	fprintf(stderr, "killed: processes are left running\n");
	exit(1); /* they would be taken for the next round's */
}

static void listen_to(struct round *round)
{
	size_t len = 0;
	ssize_t n;

	while (len < sizeof(round->said) - 1 &&
	       (n = read(round->output, round->said + len, sizeof(round->said) - 1 - len)) > 0)
		len += (size_t)n;
	round->said[len] = '\0';
	close(round->output);
}

/* The counter for what happened, or that of what must not happen. */
static long *judge(const struct round *round, const char *words)
{
	bool spoke = round->said[0] != '\0';
	int orphans = round->killed_orphans + round->good_orphans + round->other_orphans;

	if ((spoke && strncmp(round->said, words, strlen(words)) != 0) || round->other_orphans > 0)
		return &sum.wrong;
	if (!WIFSIGNALED(round->launcher_status))
		return round->launcher_status == 0 && spoke && orphans == 0 ? &sum.over : &sum.wrong;
	/* What spoke may be a child that the program forked. */
	if (round->killed_orphans > 0)
		return !spoke || orphans > 1 ? &sum.with : &sum.wrong;
	if (orphans == 0)
		return &sum.alone;
	return spoke ? &sum.on : &sum.wrong;
}

/* One start, killed after that time; or not, for a negative one. */
static void start(char **argv, double after_us, const char *words)
{
	struct round round = {.killed = after_us >= 0};
	long *counter;

	launch(&round, argv);
	if (round.killed) {
		sleep_us(after_us);
		kill(round.launcher, SIGKILL);
	}
	collect(&round);
	listen_to(&round);
	if (!round.killed)
		return;
	counter = judge(&round, words);
	++*counter;
	if (counter == &sum.wrong && sum.wrong <= TOLD_MAX)
		fprintf(stderr,
			"killed: after %.0f us: launcher %#x, orphans: %d killed, %d good, %d other, %s: %s\n",
			after_us, (unsigned)round.launcher_status, round.killed_orphans, round.good_orphans,
			round.other_orphans, round.how, round.said);
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double start_us(char **argv, const char *words)
{
	double began = now_us();

	start(argv, -1, words);
	return now_us() - began;
}

static double median(const double *times)
{
	double sorted[MEASURED];

	memcpy(sorted, times, sizeof(sorted));
	qsort(sorted, MEASURED, sizeof(sorted[0]), compare);
	return sorted[MEASURED / 2];
}

/* How long a start takes in this round: the median of the latest that were measured. */
static double usual_us(char **argv, const char *words)
{
	static double took[MEASURED];
	static size_t next;

	for (size_t i = 0; sum.rounds == 0 && i < MEASURED; i++)
		took[i] = start_us(argv, words);
	if (sum.rounds % REMEASURED == 0)
		took[next++ % MEASURED] = start_us(argv, words);
	return median(took);
}

static double random_part(void)
{
	uint32_t value;

	if (getrandom(&value, sizeof(value), 0) != sizeof(value))
		give_up("killed: getrandom");
	return (double)value / 4294967296.0;
}

int main(int argc, char **argv)
{
	if (argc < 4 || prctl(PR_SET_CHILD_SUBREAPER, 1) < 0) {
		fprintf(stderr, "usage: killed ROUNDS WORDS COMMAND [ARG...]\n");
		return 125;
	}
	for (long rounds = strtol(argv[1], NULL, 10); sum.rounds < rounds; sum.rounds++)
		start(argv + 3, random_part() * usual_us(argv + 3, argv[2]), argv[2]);
	printf("rounds %ld alone %ld with %ld on %ld over %ld wrong %ld left %ld\n", sum.rounds, sum.alone,
	       sum.with, sum.on, sum.over, sum.wrong, sum.left);
	return sum.wrong || sum.left;
}
