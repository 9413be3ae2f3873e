/*
 * The cause of a death: kernel facts first, words only where they agree.
 */
#include <signal.h>

#include "report/cause.h"
#include "report/fingerprint.h"
#include "report/text.h"
#include "tests/lib/unit.h"
#include "tests/unit/report/kit.h"

static const struct ending {
	const char *fixture; /* NULL: not captured */
	const char *program;
	bool by_signal;
	int status;
	bool filtered;
	int forwarded;
	enum gl_code code;
	enum gl_phase phase;
	bool has_panic, speaks;
} endings[] = {
	/* the program's words and an end that agrees */
	{"1.27-var-nilmap", "app", false, 2, true, 0, GL_CODE_INIT_PANIC, GL_PHASE_INIT, true, true},
	{"1.15-main-panic", "app", false, 2, true, 0, GL_CODE_PANIC, GL_PHASE_MAIN, true, false},
	{"1.27-main-goroutine", "app", false, 2, false, 0, GL_CODE_PANIC, GL_PHASE_UNKNOWN, true, false},
	{"1.27-var-nilderef-none", "app", false, 2, false, 0, GL_CODE_PANIC, GL_PHASE_UNKNOWN, true, false},
	{"1.19-init-deadlock", "app", false, 2, false, 0, GL_CODE_FATAL_ERROR, GL_PHASE_INIT, true, true},
	{"1.27-main-deadlock", "app", false, 2, false, 0, GL_CODE_FATAL_ERROR, GL_PHASE_MAIN, true, false},
	{"1.27-newosproc", "app", false, 2, false, 0, GL_CODE_RUNTIME_START_FAILED, GL_PHASE_RUNTIME, true,
	 true},
	{"1.27-pthread", "app", false, 2, false, 0, GL_CODE_RUNTIME_START_FAILED, GL_PHASE_RUNTIME, true,
	 true},
	{"1.27-cgo-init", "app", false, 2, false, 0, GL_CODE_INIT_SIGNAL, GL_PHASE_INIT, true, true},
	{"1.19-var-nilderef-crash", "app", true, SIGABRT, true, 0, GL_CODE_INIT_PANIC, GL_PHASE_INIT, true,
	 true},
	{"loader-glibc-library", "./app", false, 127, false, 0, GL_CODE_LOADER_FAILED, GL_PHASE_LOADER, false,
	 true},
	{"loader-glibc-version", "/cgoapp", false, 1, false, 0, GL_CODE_LOADER_FAILED, GL_PHASE_LOADER, false,
	 true},
	{"loader-musl-library", "/mapp", false, 127, false, 0, GL_CODE_LOADER_FAILED, GL_PHASE_LOADER, false,
	 true},
	/* words and an end that does not agree: recovered, or forged */
	{"1.27-var-nilmap", "app", false, 0, false, 0, GL_CODE_NONE, GL_PHASE_UNKNOWN, false, false},
	{"1.27-var-nilmap", "app", false, 1, false, 0, GL_CODE_NONE, GL_PHASE_UNKNOWN, false, false},
	{"1.27-var-nilmap", "app", true, SIGKILL, false, 0, GL_CODE_KILLED_BY_SIGNAL, GL_PHASE_UNKNOWN, false,
	 true},
	{"loader-glibc-library", "./app", false, 1, false, 0, GL_CODE_NONE, GL_PHASE_UNKNOWN, false, false},
	{"loader-glibc-library", "/bin/sh", false, 127, false, 0, GL_CODE_NONE, GL_PHASE_UNKNOWN, false,
	 false},
	/* SIGQUIT's dump is an answer, not a death to explain */
	{"1.27-main-quit", "app", false, 2, false, SIGQUIT, GL_CODE_NONE, GL_PHASE_MAIN, true, false},
	/* signals */
	{NULL, "app", true, SIGSEGV, true, 0, GL_CODE_KILLED_BY_SIGNAL, GL_PHASE_UNKNOWN, false, true},
	{NULL, "app", true, SIGKILL, true, 0, GL_CODE_KILLED_BY_SIGNAL, GL_PHASE_UNKNOWN, false, true},
	{NULL, "app", true, SIGUSR1, true, SIGUSR1, GL_CODE_KILLED_BY_SIGNAL, GL_PHASE_UNKNOWN, false, true},
	{NULL, "app", true, SIGINT, true, 0, GL_CODE_NONE, GL_PHASE_UNKNOWN, false, false},
	{NULL, "app", true, SIGTERM, true, SIGTERM, GL_CODE_NONE, GL_PHASE_UNKNOWN, false, false},
	{NULL, "app", true, SIGHUP, true, 0, GL_CODE_NONE, GL_PHASE_UNKNOWN, false, false},
	{NULL, "app", true, SIGPIPE, true, 0, GL_CODE_NONE, GL_PHASE_UNKNOWN, false, false},
	{NULL, "app", true, SIGQUIT, true, 0, GL_CODE_NONE, GL_PHASE_UNKNOWN, false, false},
	/* SIGSYS is the policy's only if there is one, and nobody sent it */
	{NULL, "app", true, SIGSYS, true, 0, GL_CODE_KILLED_BY_POLICY, GL_PHASE_UNKNOWN, false, true},
	{NULL, "app", true, SIGSYS, false, 0, GL_CODE_KILLED_BY_SIGNAL, GL_PHASE_UNKNOWN, false, true},
	{NULL, "app", true, SIGSYS, true, SIGSYS, GL_CODE_KILLED_BY_SIGNAL, GL_PHASE_UNKNOWN, false, true},
	{"1.27-main-panic", "app", true, SIGSYS, true, 0, GL_CODE_KILLED_BY_POLICY, GL_PHASE_UNKNOWN, false,
	 true},
	/* its own will */
	{NULL, "app", false, 0, true, 0, GL_CODE_NONE, GL_PHASE_UNKNOWN, false, false},
	{NULL, "app", false, 2, true, 0, GL_CODE_NONE, GL_PHASE_UNKNOWN, false, false},
	{NULL, "app", false, 127, true, 0, GL_CODE_NONE, GL_PHASE_UNKNOWN, false, false},
};

/* Decides an ending; the text is gone afterwards, as in a run it may be. */
static void decide(const struct ending *e, struct gl_findings *list, struct gl_cause *cause)
{
	struct gl_death death = {
		.by_signal = e->by_signal, .status = e->status, .forwarded.signo = e->forwarded};
	struct gl_evidence evidence = {.death = &death, .filtered = e->filtered, .program = e->program};
	struct gl_err err = GL_ERR_INIT;
	struct kit_text kit = {.record = NULL};
	char *bytes = NULL;
	size_t len;

	if (e->fixture) {
		bytes = kit_fixture(e->fixture, &len);
		kit = kit_text(bytes, len);
		evidence.text = &kit.text;
	}
	ck_assert_msg(gl_cause_decide(&evidence, list, cause, &err) == 0, "%s", err.msg);
	kit_text_done(&kit);
	free(bytes);
}

START_TEST(decides)
{
	const struct ending *e = &endings[_i];
	struct gl_findings list = GL_FINDINGS_INIT;
	struct gl_cause cause = GL_CAUSE_INIT;

	decide(e, &list, &cause);
	ck_assert_msg(cause.code == e->code, "row %d: %s", _i,
		      cause.code ? gl_code_info(cause.code)->code : "none");
	ck_assert_msg(cause.phase == e->phase, "row %d: %s", _i, gl_phase_name(cause.phase));
	ck_assert_int_eq(cause.has_panic, e->has_panic);
	ck_assert_int_eq(gl_cause_speaks(&cause), e->speaks);
	ck_assert_ptr_eq(cause.finding, gl_findings_find(&list, e->code));
	ck_assert_uint_eq(list.count, e->code == GL_CODE_NONE ? 0 : 1);
	gl_cause_done(&cause);
	gl_findings_done(&list);
}
END_TEST

static const struct block {
	struct ending ending;
	const char *text;
} blocks[] = {
	{{"1.27-var-nilmap", "app", false, 2, true, 0, GL_CODE_INIT_PANIC, GL_PHASE_INIT, true, true},
	 "golaunch: error[GL6001]: panic in the init of example.com/app/conf: assignment to entry in nil map\n"
	 "  where    example.com/app/deaths.(*store).put deaths.go:18 <- deaths.fill.func8 deaths.go:90 <- deaths.Die "
	 "deaths.go:72 <- conf.check conf.go:19 <- conf.load conf.go:13 <- ...\n"
	 "  init     example.com/app/conf.init conf.go:9\n"
	 "  fix      move what can fail out of init into main, where it can be reported\n"
	 "  more     golaunch explain GL6001\n"},
	{{"1.19-init-reother", "app", false, 2, true, 0, GL_CODE_INIT_PANIC, GL_PHASE_INIT, true, true},
	 "golaunch: error[GL6001]: panic in the init of main: first\n"
	 "  where    example.com/app/deaths.repanicOther deaths.go:32 <- deaths.Die deaths.go:72 <- main.init.0 main.go:12\n"
	 "  init     main.init.0 main.go:12\n"
	 "  then     re:first\n"
	 "  fix      move what can fail out of init into main, where it can be reported\n"
	 "  more     golaunch explain GL6001\n"},
	{{"1.27-main-goroutine", "app", false, 2, true, 0, GL_CODE_PANIC, GL_PHASE_UNKNOWN, true, true},
	 "golaunch: error[GL6101]: panic: in a goroutine\n"
	 "  where    example.com/app/deaths.inGoroutine.func1 deaths.go:56\n"
	 "  in       goroutine 6 [running], started by example.com/app/deaths.inGoroutine deaths.go:56\n"
	 "  more     golaunch explain GL6101\n"},
	{{"1.19-newosproc", "app", false, 2, true, 0, GL_CODE_RUNTIME_START_FAILED, GL_PHASE_RUNTIME, true,
	  true},
	 "golaunch: error[GL6005]: fatal error while the Go runtime started: newosproc\n"
	 "  runtime  runtime: failed to create new OS thread (have 2 already; errno=11)\n"
	 "  fix      raise the limit on processes: ulimit -u, pids.max, TasksMax=\n"
	 "  more     golaunch explain GL6005\n"},
	{{"1.27-main-esc", "app", false, 2, true, 0, GL_CODE_PANIC, GL_PHASE_MAIN, true, true},
	 "golaunch: error[GL6101]: panic: \\x1b[31mred\xef\xbf\xbd\xef\xbf\xbd\n"
	 "  where    example.com/app/deaths.fill.func21 deaths.go:108 <- deaths.Die deaths.go:72 <- main.main main.go:17\n"
	 "  more     golaunch explain GL6101\n"},
	{{"loader-glibc-version", "/cgoapp", false, 1, true, 0, GL_CODE_LOADER_FAILED, GL_PHASE_LOADER, true,
	  true},
	 "golaunch: error[GL6004]: the dynamic loader gave up: /lib/x86_64-linux-gnu/libc.so.6: version `GLIBC_2.32' not "
	 "found (required by /cgoapp)\n"
	 "  and      /lib/x86_64-linux-gnu/libc.so.6: version `GLIBC_2.34' not found (required by /cgoapp)\n"
	 "  fix      golaunch check PROGRAM lists all that is missing, and what helps\n"
	 "  more     golaunch explain GL6004\n"},
	{{NULL, "app", true, SIGKILL, true, 0, GL_CODE_KILLED_BY_SIGNAL, GL_PHASE_UNKNOWN, false, true},
	 "golaunch: error[GL6103]: killed by SIGKILL\n"
	 "  fix      look at memory limits and at who stops it: dmesg, kubectl describe pod\n"
	 "  more     golaunch explain GL6103\n"},
	{{"loader-glibc-symbol", "other", true, SIGSYS, true, 0, GL_CODE_KILLED_BY_POLICY, GL_PHASE_UNKNOWN,
	  false, true},
	 "golaunch: error[GL5102]: killed by golaunch's policy\n"
	 "  call     unknown: the kernel does not say which\n"
	 "  stderr   ./app: symbol lookup error: ./app: undefined symbol: answer\n"
	 "  fix      find the call (strace -f, or the audit log) and allow it in the policy\n"
	 "  more     golaunch explain GL5102\n"},
};

START_TEST(says_it)
{
	struct gl_findings list = GL_FINDINGS_INIT;
	struct gl_cause cause = GL_CAUSE_INIT;
	struct gl_buf b = GL_BUF_INIT;

	decide(&blocks[_i].ending, &list, &cause);
	gl_report_text(&b, &cause, "golaunch: ", false);
	ck_assert_str_eq(gl_buf_text(&b), blocks[_i].text);
	gl_buf_done(&b);
	gl_cause_done(&cause);
	gl_findings_done(&list);
}
END_TEST

/* runtime/asm_amd64.s says this and exits with status 1, before anything else of Go runs. */
START_TEST(cpu_level_needs_its_status)
{
	static const char words[] =
		"This program can only be run on AMD64 processors with v3 microarchitecture support.\n";
	struct kit_text kit = kit_text(words, sizeof(words) - 1);

	for (int status = 0; status < 3; status++) {
		struct gl_death death = {.status = status};
		struct gl_evidence evidence = {.death = &death, .program = "app", .text = &kit.text};
		struct gl_findings list = GL_FINDINGS_INIT;
		struct gl_cause cause = GL_CAUSE_INIT;
		struct gl_err err = GL_ERR_INIT;

		ck_assert_int_eq(gl_cause_decide(&evidence, &list, &cause, &err), 0);
		ck_assert_int_eq(cause.code, status == 1 ? GL_CODE_CPU_LEVEL_TOO_LOW : GL_CODE_NONE);
		ck_assert_int_eq(cause.phase, status == 1 ? GL_PHASE_RUNTIME : GL_PHASE_UNKNOWN);
		gl_cause_done(&cause);
		gl_findings_done(&list);
	}
	kit_text_done(&kit);
}
END_TEST

/* A wrapper written in Go reached its main and executed the program, whose init panicked unwatched. */
START_TEST(words_of_a_successor)
{
	static const struct {
		const char *name;
		enum gl_code code;
		enum gl_phase phase;
	} rows[] = {
		{"1.27-var-nilmap", GL_CODE_INIT_PANIC, GL_PHASE_INIT},
		{"1.15-main-panic", GL_CODE_PANIC, GL_PHASE_MAIN},
		{"1.27-newosproc", GL_CODE_FATAL_ERROR, GL_PHASE_MAIN},
	};

	for (size_t i = 0; i < GL_ARRAY_SIZE(rows); i++) {
		size_t len;
		char *bytes = kit_fixture(rows[i].name, &len);
		struct kit_text kit = kit_text(bytes, len);
		struct gl_death death = {.status = 2};
		struct gl_evidence evidence = {
			.death = &death, .program = "app", .text = &kit.text, .phase = GL_PHASE_MAIN};
		struct gl_findings list = GL_FINDINGS_INIT;
		struct gl_cause cause = GL_CAUSE_INIT;
		struct gl_err err = GL_ERR_INIT;

		ck_assert_int_eq(gl_cause_decide(&evidence, &list, &cause, &err), 0);
		ck_assert_msg(cause.code == rows[i].code && cause.phase == rows[i].phase, "%s: %d, %s",
			      rows[i].name, (int)cause.code, gl_phase_name(cause.phase));
		gl_cause_done(&cause);
		gl_findings_done(&list);
		kit_text_done(&kit);
		free(bytes);
	}
}
END_TEST

START_TEST(says_who_sent_the_signal)
{
	struct gl_death death = {.by_signal = true,
				 .status = SIGUSR1,
				 .core = true,
				 .forwarded = {.signo = SIGUSR1, .code = SI_USER, .pid = 42, .uid = 7}};
	struct gl_evidence evidence = {.death = &death, .program = "app"};
	struct gl_findings list = GL_FINDINGS_INIT;
	struct gl_cause cause = GL_CAUSE_INIT;
	struct gl_err err = GL_ERR_INIT;
	struct gl_buf b = GL_BUF_INIT;

	ck_assert_int_eq(gl_cause_decide(&evidence, &list, &cause, &err), 0);
	gl_report_text(&b, &cause, "", false);
	ck_assert_str_eq(gl_buf_text(&b), "error[GL6103]: killed by SIGUSR1, core dumped\n"
					  "  sent     to golaunch, which passed it on\n"
					  "  by       pid 42, uid 7\n"
					  "  more     golaunch explain GL6103\n");
	gl_buf_done(&b);
	gl_cause_done(&cause);
	gl_findings_done(&list);
}
END_TEST

START_TEST(termination_text_has_the_cause_first)
{
	static const struct ending ending = {"1.19-main-lines", "app",	       false, 2,    true, 0,
					     GL_CODE_PANIC,	GL_PHASE_MAIN, true,  false};
	struct gl_findings list = GL_FINDINGS_INIT;
	struct gl_cause cause = GL_CAUSE_INIT;
	struct gl_buf b = GL_BUF_INIT;

	gl_report_termination_text(&b, &cause, NULL);
	ck_assert_str_eq(gl_buf_text(&b), "");
	decide(&ending, &list, &cause);
	gl_report_termination_text(&b, &cause, NULL);
	ck_assert_str_eq(
		gl_buf_text(&b),
		"error[GL6101]: panic: line1\\x0aline2\\x0a\\x0aline4\n"
		"  where    example.com/app/deaths.fill.func2 deaths.go:84 <- deaths.Die deaths.go:72 <- main.main "
		"main.go:17\n"
		"  more     golaunch explain GL6101\n"
		"\nline1\nline2\n\nline4\n"
		"\nexample.com/app/deaths.fill.func2 deaths.go:84\n"
		"example.com/app/deaths.Die deaths.go:72\n"
		"main.main main.go:17\n");
	gl_buf_done(&b);
	gl_cause_done(&cause);
	gl_findings_done(&list);
}
END_TEST

START_TEST(outcomes)
{
	struct gl_death death = {.by_signal = true, .status = SIGSEGV, .core = true};
	struct gl_outcome outcome = gl_outcome_of_death(&death);

	ck_assert_int_eq(outcome.kind, GL_OUTCOME_SIGNAL);
	ck_assert_int_eq(outcome.signal, SIGSEGV);
	ck_assert(outcome.core);
	death = (struct gl_death){.status = 3};
	outcome = gl_outcome_of_death(&death);
	ck_assert_int_eq(outcome.kind, GL_OUTCOME_EXIT);
	ck_assert_int_eq(outcome.status, 3);
	for (int kind = 0; kind < GL_OUTCOME_KIND_MAX; kind++)
		ck_assert_ptr_nonnull(gl_outcome_kind_name((enum gl_outcome_kind)kind));
	for (int kind = 0; kind < GL_PANIC_KIND_MAX; kind++)
		ck_assert_ptr_nonnull(gl_panic_kind_name((enum gl_panic_kind)kind));
}
END_TEST

static void fingerprint(const struct ending *e, char ret[GL_FINGERPRINT_SIZE])
{
	struct gl_death death = {.by_signal = e->by_signal, .status = e->status};
	struct gl_outcome outcome = gl_outcome_of_death(&death);
	struct gl_findings list = GL_FINDINGS_INIT;
	struct gl_cause cause = GL_CAUSE_INIT;

	decide(e, &list, &cause);
	gl_fingerprint(&outcome, &cause, ret);
	gl_cause_done(&cause);
	gl_findings_done(&list);
}

/* The same death in two releases of Go is the same; another function, another end is another. */
START_TEST(fingerprints)
{
	static const struct ending deaths[] = {
		{"1.15-var-nilmap", "app", false, 2, true, 0, GL_CODE_INIT_PANIC, GL_PHASE_INIT, true, true},
		{"1.27-var-nilmap", "app", false, 2, true, 0, GL_CODE_INIT_PANIC, GL_PHASE_INIT, true, true},
		{"1.27-init-nilmap", "app", false, 2, true, 0, GL_CODE_INIT_PANIC, GL_PHASE_INIT, true, true},
		{NULL, "app", false, 2, true, 0, GL_CODE_NONE, GL_PHASE_UNKNOWN, false, false},
		{NULL, "app", true, 2, true, 0, GL_CODE_NONE, GL_PHASE_UNKNOWN, false, false},
		{NULL, "app", false, 0, true, 0, GL_CODE_NONE, GL_PHASE_UNKNOWN, false, false},
	};
	char prints[GL_ARRAY_SIZE(deaths)][GL_FINGERPRINT_SIZE];

	for (size_t i = 0; i < GL_ARRAY_SIZE(deaths); i++) {
		fingerprint(&deaths[i], prints[i]);
		ck_assert_uint_eq(strlen(prints[i]), GL_FINGERPRINT_SIZE - 1);
	}
	ck_assert_str_eq(prints[0], prints[1]);
	for (size_t i = 1; i < GL_ARRAY_SIZE(deaths); i++)
		for (size_t j = i + 1; j < GL_ARRAY_SIZE(deaths); j++)
			ck_assert_str_ne(prints[i], prints[j]);
}
END_TEST

/* A SIGKILL is golaunch's only if its listener sent one to the program. */
START_TEST(kill_by_the_listener)
{
	static struct gl_denials denials;
	struct gl_denial_judge judge = GL_DENIAL_JUDGE_INIT;
	struct gl_death death = {.by_signal = true, .status = SIGKILL};
	struct gl_evidence evidence = {
		.death = &death, .filtered = true, .program = "app", .denials = &denials, .judge = &judge};

	denials.items[0] = (struct gl_denial){.name = "keyctl", .text = "keyctl(0)", .killed = true};
	denials.count = 1;
	for (int killed = 0; killed < 3; killed++) {
		struct gl_findings list = GL_FINDINGS_INIT;
		struct gl_cause cause = GL_CAUSE_INIT;
		struct gl_err err = GL_ERR_INIT;

		denials.killed_program = killed > 0;
		denials.killer = killed > 1 ? &denials.items[0] : NULL;
		ck_assert_int_eq(gl_cause_decide(&evidence, &list, &cause, &err), 0);
		ck_assert_int_eq(cause.code, killed ? GL_CODE_KILLED_BY_POLICY : GL_CODE_KILLED_BY_SIGNAL);
		ck_assert_int_eq(killed > 1, strstr(cause.finding->message, "keyctl()") != NULL);
		gl_cause_done(&cause);
		gl_findings_done(&list);
	}
	gl_denial_judge_done(&judge);
}
END_TEST

static Suite *cause_suite(void)
{
	Suite *suite = suite_create("cause");
	TCase *tcase = tcase_create("cause");

	tcase_add_loop_test(tcase, decides, 0, GL_ARRAY_SIZE(endings));
	tcase_add_loop_test(tcase, says_it, 0, GL_ARRAY_SIZE(blocks));
	tcase_add_test(tcase, kill_by_the_listener);
	tcase_add_test(tcase, cpu_level_needs_its_status);
	tcase_add_test(tcase, words_of_a_successor);
	tcase_add_test(tcase, says_who_sent_the_signal);
	tcase_add_test(tcase, termination_text_has_the_cause_first);
	tcase_add_test(tcase, outcomes);
	tcase_add_test(tcase, fingerprints);
	suite_add_tcase(suite, tcase);
	return suite;
}

int main(void)
{
	return gl_unit_main(cause_suite());
}
