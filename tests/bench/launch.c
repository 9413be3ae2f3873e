/*
 * What a launch costs: runs each variant N times, interleaved, so that what
 * the machine does besides hits all alike, and prints medians side by side.
 *
 *	launch [-c] N NAME "COMMAND ARG..." [NAME "COMMAND ARG..."]...
 *
 * The first variant is the measure for the others.  Time is from before fork
 * to after wait.  What the programs print on standard output goes to /dev/null.
 *
 * Where the pages of a file lie in memory, and how large they are, is worth a few
 * hundredths of a launch, for as long as they stay there.  With -c the files of the
 * commands are replaced by copies of themselves every COPY_EVERY runs.
 */
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define VARIANTS_MAX 16
#define ARGS_MAX     32
#define COPY_EVERY   20

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

static _Noreturn void fail(const char *path)
{
	fprintf(stderr, "launch: cannot copy '%s'\n", path);
	exit(1);
}

/* In large pieces, as cp does. */
static void copy(const char *from, const char *to)
{
	static char bytes[1 << 20];
	int in = open(from, O_RDONLY | O_CLOEXEC);
	int out = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0755);
	ssize_t n;

	if (in < 0 || out < 0)
		fail(from);
	while ((n = read(in, bytes, sizeof(bytes))) != 0)
		if (n < 0 || write(out, bytes, (size_t)n) != n)
			fail(from);
	close(in);
	close(out);
}

static void renew(const struct variant *v)
{
	const char *path = v->argv[0];
	char fresh[PATH_MAX];

	snprintf(fresh, sizeof(fresh), "%s.fresh", path);
	copy(path, fresh);
	if (rename(fresh, path))
		fail(path);
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
		printf("%-28s %10.1f %10.1f %10.1f %8.3f\n", variants[i].name, median, sorted[runs / 10],
		       median - base, median / base);
	}
}

static void measure(struct variant *variants, int count, int runs, bool copies)
{
	for (int i = 0; i < count; i++)
		run_once(&variants[i]); /* warm */
	for (int run = 0; run < runs; run++) {
		for (int i = 0; copies && run % COPY_EVERY == 0 && i < count; i++)
			renew(&variants[i]);
		for (int i = 0; i < count; i++)
			variants[i].micros[run] = run_once(&variants[i]);
	}
}

int main(int argc, char **argv)
{
	struct variant variants[VARIANTS_MAX];
	bool copies = argc > 1 && !strcmp(argv[1], "-c");
	char **words = argv + 1 + copies; /* N, and what is measured */
	int count = (argc - 2 - copies) / 2, runs = argc > 1 + copies ? (int)strtol(words[0], NULL, 10) : 0;

	if (runs < 1 || count < 1 || count > VARIANTS_MAX || (argc - copies) % 2) {
		fprintf(stderr, "usage: launch [-c] N NAME \"COMMAND ARG...\"...\n");
		return 125;
	}
	quiet = open("/dev/null", O_WRONLY | O_CLOEXEC);
	for (int i = 0; i < count; i++) {
		variants[i].name = words[1 + 2 * i];
		split(words[2 + 2 * i], variants[i].argv);
		variants[i].micros = calloc((size_t)runs, sizeof(double));
	}
	measure(variants, count, runs, copies);
	print_table(variants, count, runs);
	return 0;
}
