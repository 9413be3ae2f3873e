/*
 * The table: see tests/lib/docker_table.h.
 *
 * A call whose answer hangs on its arguments has several, and all of them are
 * named: "allow|EPERM".  Answers are compared one by one, not as they are shown,
 * so that a call may be shown alike and still be marked as different.
 */
#include "tests/lib/docker_table.h"

#include <errno.h>

#include "policy/compile.h"
#include "policy/kernel.h"
#include "policy/preset.h"
#include "policy/group.h"
#include "policy/vocabulary.h"

#define MAX_ANSWERS 4
#define KERNEL	    GL_KERNEL(6, 1)
#define WIDTH	    16

/* What one side answers to a call, whatever its arguments. */
struct answers {
	uint32_t items[MAX_ANSWERS];
	size_t count;
};

/* With some capabilities. */
struct column {
	const char *name;
	uint64_t caps;
	struct gl_docker_side docker;
	struct gl_filter golaunch;
	struct answers docker_answers, golaunch_answers; /* to the call at hand */
};

struct table {
	const struct gl_docker_machine *machine;
	const struct gl_docker_differences *differences;
	struct column columns[2];
	struct column *column;	   /* the one that is asked */
	uint64_t reasons;	   /* by bit: why the call at hand is answered otherwise */
	bool differs, unexplained; /* is it; without a reason */
};

static bool prepare(struct table *t, const char *json, struct column *column)
{
	const struct gl_machine_calls *machine = gl_machine_calls_of(t->machine->name);
	const struct gl_preset_text *preset = gl_preset_text_find("default", strlen("default"));
	const struct gl_policy_facts facts = {column->caps, KERNEL};
	gl_autopolicy struct gl_policy policy = GL_POLICY_INIT;
	struct gl_err err = GL_ERR_INIT;
	int r = gl_policy_parse(machine, preset->name, preset->text, NULL, NULL, &policy, &err);

	if (r == 0)
		r = gl_policy_compile(&policy, GL_FILTER_PLAIN, &facts, &column->golaunch, &err);
	if (r < 0)
		fprintf(stderr, "%s\n", err.msg);
	return r == 0 && gl_docker_side(json, t->machine, 0, &facts, &column->docker);
}

static void add_answer(struct answers *answers, uint32_t answer)
{
	for (size_t i = 0; i < answers->count; i++)
		if (answers->items[i] == answer)
			return;
	if (answers->count == MAX_ANSWERS)
		abort();
	answers->items[answers->count++] = answer;
}

static void ask(void *arg, const struct seccomp_data *data)
{
	struct table *t = arg;
	const struct gl_filter *filter = &t->column->golaunch;
	uint32_t golaunch = gl_docker_run(filter->insns, filter->count, data);
	uint32_t docker = gl_docker_answer(&t->column->docker, data);
	size_t why;

	add_answer(&t->column->golaunch_answers, golaunch);
	add_answer(&t->column->docker_answers, docker);
	if (golaunch == docker)
		return;
	t->differs = true;
	why = gl_docker_difference_find(t->differences, data, golaunch, docker);
	if (why == t->differences->count)
		t->unexplained = true;
	else
		t->reasons |= UINT64_C(1) << why;
}

static void show_answer(uint32_t answer, char text[WIDTH])
{
	const char *name = gl_vocabulary_errno_name((int)(answer & SECCOMP_RET_DATA));

	if (answer == SECCOMP_RET_ALLOW)
		snprintf(text, WIDTH, "allow");
	else if ((answer & SECCOMP_RET_ACTION_FULL) == SECCOMP_RET_ERRNO && name)
		snprintf(text, WIDTH, "%s", name);
	else
		snprintf(text, WIDTH, "%08x", answer);
}

/* What is allowed first, then by number. */
static int compare_answers(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	if ((x == SECCOMP_RET_ALLOW) != (y == SECCOMP_RET_ALLOW))
		return x == SECCOMP_RET_ALLOW ? -1 : 1;
	return (x > y) - (x < y);
}

static void put_answers(struct answers *answers, int width, FILE *out)
{
	char all[MAX_ANSWERS * WIDTH] = "", one[WIDTH];
	size_t len = 0;

	qsort(answers->items, answers->count, sizeof(answers->items[0]), compare_answers);
	for (size_t i = 0; i < answers->count; i++) {
		show_answer(answers->items[i], one);
		len += (size_t)snprintf(all + len, sizeof(all) - len, "%s%s", i ? "|" : "", one);
	}
	fprintf(out, " %-*s", width, all);
}

static bool stops(const struct answers *answers)
{
	for (size_t i = 0; i < answers->count; i++)
		if (answers->items[i] == SECCOMP_RET_ALLOW)
			return false;
	return true;
}

static void count(const struct table *t, struct gl_docker_summary *sum)
{
	sum->calls++;
	sum->docker_stops += stops(&t->columns[1].docker_answers);
	sum->golaunch_stops += stops(&t->columns[1].golaunch_answers);
	sum->different += t->differs;
	sum->unexplained += t->unexplained;
}

static void put_call(struct table *t, const char *name, int number, FILE *out, struct gl_docker_summary *sum)
{
	t->reasons = 0;
	t->differs = t->unexplained = false;
	for (size_t i = 0; i < 2; i++) {
		t->column = &t->columns[i];
		t->column->docker_answers.count = t->column->golaunch_answers.count = 0;
		gl_docker_each_arguments(t->machine, 0, number, ask, t);
	}
	count(t, sum);
	fprintf(out, "%4d %-26s", number, name);
	for (size_t i = 0; i < 2; i++) {
		put_answers(&t->columns[i].docker_answers, WIDTH - 2, out);
		put_answers(&t->columns[i].golaunch_answers, i == 1 && !t->differs ? 0 : WIDTH - 2, out);
	}
	for (size_t i = 0; i < t->differences->count; i++)
		if (t->reasons >> i & 1)
			fprintf(out, " [%zu]", i + 1);
	fprintf(out, "%s\n", t->unexplained ? " UNEXPLAINED" : "");
}

static void put_head(const struct table *t, FILE *out)
{
	fprintf(out, "%s: what Docker 26's default profile and golaunch's preset \"default\" answer\n\n",
		t->machine->name);
	fprintf(out, "%-31s %-29s %s\n", "", t->columns[0].name, t->columns[1].name);
	fprintf(out, "%4s %-26s", "", "system call");
	for (size_t i = 0; i < 2; i++)
		fprintf(out, " %-14s %-14s", "Docker", "golaunch");
	fprintf(out, " why they differ\n");
}

static void put_foot(const struct table *t, const struct gl_docker_summary *sum, FILE *out)
{
	fprintf(out, "\n");
	for (size_t i = 0; i < t->differences->count; i++)
		fprintf(out, "[%zu] %s\n", i + 1, t->differences->items[i].reason);
	fprintf(out,
		"\n%zu calls; with Docker's capabilities Docker never allows %zu of them, golaunch %zu; "
		"%zu are answered otherwise\n",
		sum->calls, sum->docker_stops, sum->golaunch_stops, sum->different);
}

bool gl_docker_table(const char *json, const struct gl_docker_machine *machine,
		     const struct gl_docker_differences *differences, FILE *out,
		     struct gl_docker_summary *ret)
{
	struct table t = {.machine = machine,
			  .differences = differences,
			  .columns = {{.name = "no capabilities"},
				      {.name = "Docker's capabilities", .caps = GL_DOCKER_CAPS}}};
	const struct gl_machine_calls *calls = gl_machine_calls_of(machine->name);
	bool ok = prepare(&t, json, &t.columns[0]) && prepare(&t, json, &t.columns[1]);

	*ret = (struct gl_docker_summary){.calls = 0};
	if (ok)
		put_head(&t, out);
	for (size_t i = 0; ok && i < calls->abis[0].number_count; i++)
		put_call(&t, calls->calls[calls->abis[0].numbers[i].call].name,
			 calls->abis[0].numbers[i].number, out, ret);
	if (ok)
		put_foot(&t, ret, out);
	for (size_t i = 0; i < 2; i++) {
		gl_docker_done(&t.columns[i].docker.filter);
		gl_filter_done(&t.columns[i].golaunch);
	}
	return ok;
}
