/*
 * What a launch costs: runs each variant N times, interleaved, so that what
 * the machine does besides hits all alike, and prints medians side by side.
 *
 *	launch N NAME "COMMAND ARG..." [NAME "COMMAND ARG..."]...
 *
 * The first variant is the measure for the others.  Time is from before fork
 * to after wait.  What the programs print on standard output goes to /dev/null.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define VARIANTS_MAX 16
#define ARGS_MAX     32

struct variant {
	const char *name;
	char *argv[ARGS_MAX + 1];
	double *micros;
};

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static int quiet; /* /dev/null */

static double run_once(const struct variant *v)
{
	double begin = now();
	pid_t pid = vfork();
	int status;

	if (pid == 0) {
		dup2(quiet, STDOUT_FILENO);
		execv(v->argv[0], v->argv);
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid || status != 0) {
		fprintf(stderr, "launch: '%s' failed\n", v->name);
		exit(1);
	}
	return now() - begin;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void split(char *command, char **argv)
{
	int argc = 0;

	for (char *word; argc < ARGS_MAX && (word = strsep(&command, " "));)
		argv[argc++] = word;
	argv[argc] = NULL;
}

static void print_table(struct variant *variants, int count, int runs)
{
	double base = 0;

	printf("%-28s %10s %10s %10s %8s\n", "launch (us)", "median", "p10", "added", "ratio");
	for (int i = 0; i < count; i++) {
		double *sorted = variants[i].micros, median;

		qsort(sorted, (size_t)runs, sizeof(*sorted), by_value);
		median = sorted[runs / 2];
		if (i == 0)
			base = median;
		printf("%-28s %10.1f %10.1f %10.1f %8.2f\n", variants[i].name, median, sorted[runs / 10],
		       median - base, median / base);
	}
}

int main(int argc, char **argv)
{
	struct variant variants[VARIANTS_MAX];
	int count = (argc - 2) / 2, runs = argc > 1 ? (int)strtol(argv[1], NULL, 10) : 0;

	if (runs < 1 || count < 1 || count > VARIANTS_MAX || argc % 2) {
		fprintf(stderr, "usage: launch N NAME \"COMMAND ARG...\"...\n");
		return 125;
	}
	quiet = open("/dev/null", O_WRONLY | O_CLOEXEC);
	for (int i = 0; i < count; i++) {
		variants[i].name = argv[2 + 2 * i];
		split(argv[3 + 2 * i], variants[i].argv);
		variants[i].micros = calloc((size_t)runs, sizeof(double));
		run_once(&variants[i]); /* warm */
	}
	for (int run = 0; run < runs; run++)
		for (int i = 0; i < count; i++)
			variants[i].micros[run] = run_once(&variants[i]);
	print_table(variants, count, runs);
	return 0;
}
