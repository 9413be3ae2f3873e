/*
 * Capture: real programs, with pipes, files, sockets and nothing as stderr.
 */
#include <pty.h>
#include <sys/socket.h>

#include "tests/lib/unit.h"
#include "tests/unit/proc/kit.h"

#define STREAM_LEN ((size_t)10 << 20)
#define NOBODY	   65534

/* FNV-1a over what passes: shows a lost, doubled or swapped byte. */
struct sum {
	uint64_t hash;
	size_t len;
};

static void sum_add(struct sum *sum, const char *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		sum->hash = (sum->hash ^ (unsigned char)bytes[i]) * 0x100000001b3u;
	sum->len += len;
}

static uint32_t next_random(uint32_t *state)
{
	*state = *state * 1664525u + 1013904223u;
	return *state >> 8;
}

/* The n-th piece of the stream that the program writes: 1 to 3000 bytes, token-sized ones most often. */
static size_t make_piece(uint32_t *state, char *piece)
{
	size_t len = 1 + next_random(state) % (next_random(state) % 16 ? 64 : 3000);

	for (size_t i = 0; i < len; i++)
		piece[i] = next_random(state) % 50 ? (char)('a' + next_random(state) % 26) : '\n';
	return len;
}

/* The program: writes STREAM_LEN bytes (or a little more) to stderr. */
static int child_stream(void)
{
	uint32_t state = 1;
	char piece[3000];

	for (size_t done = 0; done < STREAM_LEN;) {
		size_t len = make_piece(&state, piece);

		for (size_t at = 0; at < len;) {
			ssize_t n = write(2, piece + at, len - at);

			if (n < 0)
				return errno == EPIPE ? 2 : 3;
			at += (size_t)n;
		}
		done += len;
	}
	return 5;
}

static struct sum expected_sum(void)
{
	uint32_t state = 1;
	char piece[3000];
	struct sum sum = {.hash = 1};

	while (sum.len < STREAM_LEN)
		sum_add(&sum, piece, make_piece(&state, piece));
	return sum;
}

/* Reads fd to its end, slowly; the sum of what came. */
static struct sum read_slowly(int fd)
{
	static char bytes[100000];
	struct sum sum = {.hash = 1};
	ssize_t n;

	for (int i = 0; (n = read(fd, bytes, sizeof(bytes))) > 0; i++) {
		sum_add(&sum, bytes, (size_t)n);
		if (i % 32 == 0)
			usleep(1000);
	}
	return sum;
}

/* A process that reads fd slowly and reports whether it saw the whole stream. */
static pid_t start_reader(int fd, int other_end)
{
	pid_t pid = fork();

	if (pid == 0) {
		struct sum want = expected_sum();
		struct sum got;

		close(other_end);
		got = read_slowly(fd);
		_exit(got.len == want.len && got.hash == want.hash ? 0 : 1);
	}
	return pid;
}

static void capture_into(struct kit *kit, const char *const *argv, int target)
{
	kit_init(kit, argv);
	ck_assert_msg(gl_capture_open(target, &kit->supervise.capture, &kit->err) == 0, "%s", kit->err.msg);
}

static const char *const stream_argv[] = {KIT_SELF, "child:stream", NULL};

/* The program writes its stream with target as the real stderr; a reader at the other end must get all of it. */
static void check_stream(int ends[2])
{
	pid_t reader = start_reader(ends[0], ends[1]);
	struct gl_capture_text text;
	struct kit kit;
	int lost_errno;

	close(ends[0]);
	capture_into(&kit, stream_argv, ends[1]);
	close(ends[1]);
	kit_run(&kit);
	ck_assert_int_eq(kit.death.status, 5);
	gl_capture_text(kit.supervise.capture, &text);
	ck_assert_uint_eq(text.total, expected_sum().len);
	ck_assert_uint_eq(text.tail_len, GL_RECORD_TAIL);
	ck_assert_uint_eq(gl_capture_lost(kit.supervise.capture, &lost_errno), 0);
	gl_capture_free(kit.supervise.capture);
	ck_assert_int_eq(kit_wait(reader, 0), 0);
}

START_TEST(slow_pipe_loses_nothing)
{
	int ends[2];

	ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
	check_stream(ends);
}
END_TEST

/* A pipe that we may not open again: one write of PIPE_BUF per POLLOUT. */
START_TEST(slow_pipe_of_somebody_else_loses_nothing)
{
	int ends[2];

	ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
	ck_assert_int_eq(fchmod(ends[1], 0), 0);
	if (geteuid() == 0)
		ck_assert_int_eq(setresgid(NOBODY, NOBODY, NOBODY) | setresuid(NOBODY, NOBODY, NOBODY), 0);
	prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
	check_stream(ends);
}
END_TEST

START_TEST(slow_socket_loses_nothing)
{
	int ends[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
	check_stream(ends);
}
END_TEST

/* Somebody before us made it non-blocking. */
START_TEST(non_blocking_pipe_loses_nothing)
{
	int ends[2];

	ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
	ck_assert_int_eq(fcntl(ends[1], F_SETFL, O_NONBLOCK), 0);
	check_stream(ends);
}
END_TEST

/* Its flags are everybody's: they must be as they were. */
START_TEST(inherited_description_is_not_changed)
{
	static const char *const argv[] = {"/bin/sh", "-c", "echo x >&2", NULL};
	struct kit kit;
	int ends[2];

	ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
	capture_into(&kit, argv, ends[1]);
	kit_run(&kit);
	ck_assert_int_eq(fcntl(ends[1], F_GETFL) & O_NONBLOCK, 0);
	gl_capture_free(kit.supervise.capture);
}
END_TEST

START_TEST(file_gets_everything_behind_what_was_there)
{
	FILE *file = tmpfile();
	struct sum want = expected_sum();
	struct sum got;
	char first[6];
	struct kit kit;

	ck_assert_ptr_nonnull(file);
	ck_assert_int_eq(write(fileno(file), "before", 6), 6);
	capture_into(&kit, stream_argv, fileno(file));
	kit_run(&kit);
	gl_capture_free(kit.supervise.capture);
	lseek(fileno(file), 0, SEEK_SET);
	ck_assert_int_eq(read(fileno(file), first, 6), 6);
	ck_assert_mem_eq(first, "before", 6);
	got = read_slowly(fileno(file));
	ck_assert_uint_eq(got.len, want.len);
	ck_assert_uint_eq(got.hash, want.hash);
	fclose(file);
}
END_TEST

START_TEST(no_stderr_still_records)
{
	struct gl_capture_text text;
	struct kit kit;

	capture_into(&kit, stream_argv, -1);
	kit_run(&kit);
	ck_assert_int_eq(kit.death.status, 5);
	gl_capture_text(kit.supervise.capture, &text);
	ck_assert_uint_eq(text.total, expected_sum().len);
	gl_capture_free(kit.supervise.capture);
}
END_TEST

/* /dev/full: the program's write would fail with ENOSPC and it would go on. */
START_TEST(full_disk_costs_bytes_not_the_program)
{
	static const char *const argv[] = {"/bin/sh", "-c", "echo panic: x >&2; exit 4", NULL};
	int full = open("/dev/full", O_WRONLY | O_CLOEXEC);
	struct gl_capture_text text;
	struct kit kit;
	int lost_errno;

	capture_into(&kit, argv, full);
	kit_run(&kit);
	ck_assert_int_eq(kit.death.status, 4);
	ck_assert_uint_eq(gl_capture_lost(kit.supervise.capture, &lost_errno), 9);
	ck_assert_int_eq(lost_errno, ENOSPC);
	gl_capture_text(kit.supervise.capture, &text);
	ck_assert_uint_eq(text.mark_len, 9);
	gl_capture_free(kit.supervise.capture);
}
END_TEST

/* The reader of the real stderr has gone: SIGPIPE, as without golaunch. */
START_TEST(broken_stderr_breaks_the_program)
{
	static const char *const argv[] = {"/bin/sh", "-c", "while :; do echo x >&2; done", NULL};
	struct kit kit;
	int ends[2];

	ck_assert_int_eq(
		_i ? socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) : pipe2(ends, O_CLOEXEC), 0);
	close(ends[0]);
	capture_into(&kit, argv, ends[1]);
	kit_run(&kit);
	ck_assert(kit.death.by_signal);
	ck_assert_int_eq(kit.death.status, SIGPIPE);
	ck_assert_int_eq(kit.death.forwarded_count, 0); /* by its own write, not by ours */
	gl_capture_free(kit.supervise.capture);
}
END_TEST

/* Also its very first write, long after: no byte is taken that nobody will read. */
START_TEST(broken_stderr_breaks_the_first_write)
{
	static const char *const argv[] = {"/bin/sh", "-c", "sleep 0.2; echo x >&2; exit 6", NULL};
	struct kit kit;
	int ends[2];

	ck_assert_int_eq(
		_i ? socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) : pipe2(ends, O_CLOEXEC), 0);
	capture_into(&kit, argv, ends[1]);
	ck_assert_int_eq(kit_start(&kit), 0);
	close(ends[0]);
	kit_finish(&kit);
	ck_assert(kit.death.by_signal);
	ck_assert_int_eq(kit.death.status, SIGPIPE);
	gl_capture_free(kit.supervise.capture);
}
END_TEST

/* A program that never writes does not care. */
START_TEST(broken_stderr_is_quiet_otherwise)
{
	static const char *const argv[] = {"/bin/sh", "-c", "sleep 0.1; exit 6", NULL};
	struct kit kit;
	int ends[2];

	ck_assert_int_eq(pipe(ends), 0);
	close(ends[0]);
	capture_into(&kit, argv, ends[1]);
	kit_run(&kit);
	ck_assert_int_eq(kit.death.status, 6);
	ck_assert_uint_lt((uint64_t)kit.death.usage.ru_nvcsw, 1000);
	gl_capture_free(kit.supervise.capture);
}
END_TEST

static struct gl_capture *open_at(int target)
{
	struct gl_capture *capture;
	struct gl_err err;

	ck_assert_int_eq(gl_capture_open(target, &capture, &err), 0);
	return capture;
}

static void feed(struct gl_capture *capture, size_t len)
{
	char bytes[4096];

	memset(bytes, 'x', sizeof(bytes));
	for (size_t part; len > 0; len -= part) {
		part = GL_MIN(len, sizeof(bytes));
		ck_assert_int_eq(write(gl_capture_write_end(capture), bytes, part), (ssize_t)part);
	}
}

static size_t size_of(int fd)
{
	struct stat st;

	ck_assert_int_eq(fstat(fd, &st), 0);
	return (size_t)st.st_size;
}

START_TEST(a_file_takes_all_at_once)
{
	FILE *file = tmpfile();
	struct gl_capture *capture = open_at(fileno(file));

	ck_assert(gl_capture_drain(capture)); /* nothing is something */
	feed(capture, 300000);
	ck_assert(gl_capture_drain(capture));
	ck_assert_uint_eq(size_of(fileno(file)), 300000);
	gl_capture_free(capture);
	fclose(file);
}
END_TEST

START_TEST(a_full_pipe_takes_some)
{
	struct gl_capture *capture;
	char bytes[4096];
	size_t got = 0;
	ssize_t n;
	int ends[2];

	ck_assert_int_eq(pipe2(ends, O_CLOEXEC | O_NONBLOCK), 0);
	capture = open_at(ends[1]);
	feed(capture, 200000);
	ck_assert(!gl_capture_drain(capture));
	while ((n = read(ends[0], bytes, sizeof(bytes))) > 0)
		got += (size_t)n;
	ck_assert_uint_gt(got, 0);
	while (!gl_capture_drain(capture) || n > 0)
		while ((n = read(ends[0], bytes, sizeof(bytes))) > 0)
			got += (size_t)n;
	while ((n = read(ends[0], bytes, sizeof(bytes))) > 0)
		got += (size_t)n;
	ck_assert_uint_eq(got, 200000);
	gl_capture_free(capture);
}
END_TEST

START_TEST(a_reader_that_has_gone_takes_all)
{
	struct gl_capture *capture;
	int ends[2];

	signal(SIGPIPE, SIG_IGN);
	ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
	capture = open_at(ends[1]);
	close(ends[0]);
	feed(capture, 1000);
	ck_assert(gl_capture_drain(capture));
	gl_capture_free(capture);
}
END_TEST

/* One line goes on at once; what follows may wait, and for a moment only. */
START_TEST(lines_wait_a_moment_at_most)
{
	FILE *file = tmpfile();
	struct gl_capture *capture = open_at(fileno(file));
	struct pollfd polls[GL_CAPTURE_POLLS];

	ck_assert_int_eq(gl_capture_timeout(capture), -1);
	for (size_t i = 1; i <= 3; i++) {
		feed(capture, 100);
		gl_capture_want(capture, polls);
		poll(polls, GL_CAPTURE_POLLS, gl_capture_timeout(capture));
		gl_capture_step(capture, polls);
		ck_assert_uint_eq(size_of(fileno(file)), 100 * i);
		ck_assert_int_le(gl_capture_timeout(capture), GL_CAPTURE_REST_MS);
	}
	gl_capture_want(capture, polls);
	gl_capture_step(capture, polls);
	ck_assert_int_eq(gl_capture_timeout(capture), -1);
	gl_capture_free(capture);
	fclose(file);
}
END_TEST

START_TEST(files_are_known)
{
	FILE *file = tmpfile();
	struct gl_capture *capture = open_at(fileno(file));
	struct stat st;

	ck_assert_int_eq(fstat(fileno(file), &st), 0);
	ck_assert_uint_eq(gl_capture_target(capture)->ino, st.st_ino);
	ck_assert_uint_eq(gl_capture_target(capture)->dev, st.st_dev);
	ck_assert_int_eq(fstat(gl_capture_write_end(capture), &st), 0);
	ck_assert_uint_eq(gl_capture_pipe(capture)->ino, st.st_ino);
	gl_capture_free(capture);
	fclose(file);
}
END_TEST

/* What outlives the program must not keep golaunch. */
START_TEST(background_writer_does_not_hold_us)
{
	static const char *const argv[] = {
		"/bin/sh", "-c", "echo one >&2; while sleep 0.01; do echo x >&2; done & exit 3", NULL};
	struct gl_capture_text text;
	struct kit kit;

	capture_into(&kit, argv, -1);
	kit_run(&kit);
	ck_assert_int_eq(kit.death.status, 3);
	gl_capture_text(kit.supervise.capture, &text);
	ck_assert_mem_eq(text.head, "one\n", 4);
	gl_capture_free(kit.supervise.capture);
}
END_TEST

/* Nobody reads: the program's last words hold golaunch, and SIGTERM ends that. */
START_TEST(stuck_stderr_ends_with_a_signal)
{
	static const char *const argv[] = {"/bin/sh", "-c", "head -c 100000 /dev/zero >&2; exit 8", NULL};
	pid_t self = getpid();
	struct kit kit;
	int ends[2];
	pid_t killer;

	ck_assert_int_eq(pipe(ends), 0);
	capture_into(&kit, argv, ends[1]);
	ck_assert_int_eq(kit_start(&kit), 0);
	killer = fork();
	if (killer == 0) {
		sleep(1);
		kill(self, SIGTERM);
		_exit(0);
	}
	kit_finish(&kit);
	ck_assert_int_eq(kit.death.status, 8);
	ck_assert_int_eq(kit.death.forwarded_count, 0);
	gl_capture_free(kit.supervise.capture);
}
END_TEST

/* Its last words fill ring and pipes when it dies; the reader comes later. */
START_TEST(last_words_are_not_lost)
{
	static const char *const argv[] = {"/bin/sh", "-c", "head -c 350000 /dev/zero >&2; exit 8", NULL};
	struct kit kit;
	int ends[2];
	pid_t reader;

	ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
	reader = fork();
	if (reader == 0) {
		close(ends[1]);
		usleep(700000);
		_exit(read_slowly(ends[0]).len == 350000 ? 0 : 1);
	}
	close(ends[0]);
	capture_into(&kit, argv, ends[1]);
	close(ends[1]);
	kit_run(&kit);
	ck_assert_int_eq(kit.death.status, 8);
	gl_capture_free(kit.supervise.capture);
	ck_assert_int_eq(kit_wait(reader, 0), 0);
}
END_TEST

/* Tells the parent's loop: first the program, then, when it is dead, the stuck words. */
static void start_killer(void)
{
	pid_t parent = getpid();

	if (fork() == 0) {
		sleep(1);
		kill(parent, SIGTERM);
		sleep(1);
		kill(parent, SIGTERM);
		_exit(0);
	}
}

/* A terminal that takes nothing more (Ctrl-S, a dead window): golaunch must still hear signals. */
START_TEST(stuck_terminal_does_not_block_us)
{
	static const char *const argv[] = {"/bin/sh", "-c", "exec yes >&2", NULL};
	struct kit kit;
	int master, slave;

	ck_assert_int_eq(openpty(&master, &slave, NULL, NULL, NULL), 0);
	capture_into(&kit, argv, slave);
	ck_assert_int_eq(kit_start(&kit), 0);
	start_killer();
	kit_finish(&kit);
	ck_assert(kit.death.by_signal);
	ck_assert_int_eq(kit.death.status, SIGTERM);
	gl_capture_free(kit.supervise.capture);
}
END_TEST

/* With nobody reading, the program must block after ring and pipes are full, not before and not never. */
START_TEST(program_blocks_when_stderr_does)
{
	static const char *const argv[] = {"/bin/sh", "-c", "head -c 10000000 /dev/zero >&2; exit 8", NULL};
	struct gl_capture_text text;
	struct kit kit;
	int ends[2];

	ck_assert_int_eq(pipe(ends), 0);
	capture_into(&kit, argv, ends[1]);
	ck_assert_int_eq(kit_start(&kit), 0);
	start_killer();
	kit_finish(&kit);
	ck_assert(kit.death.by_signal);
	ck_assert_int_eq(kit.death.status, SIGTERM);
	gl_capture_text(kit.supervise.capture, &text);
	ck_assert_uint_ge(text.total, GL_CAPTURE_RING);
	ck_assert_uint_le(text.total, GL_CAPTURE_RING + GL_CAPTURE_PIPE + 2 * 65536);
	gl_capture_free(kit.supervise.capture);
}
END_TEST

int main(int argc, char **argv)
{
	static const struct kit_program programs[] = {{"child:stream", child_stream}, {NULL, NULL}};
	Suite *suite;
	TCase *tc;

	kit_become(argc, argv, programs);
	suite = suite_create("proc/capture");
	tc = tcase_create("capture");
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, slow_pipe_loses_nothing);
	tcase_add_test(tc, slow_pipe_of_somebody_else_loses_nothing);
	tcase_add_test(tc, slow_socket_loses_nothing);
	tcase_add_test(tc, non_blocking_pipe_loses_nothing);
	tcase_add_test(tc, inherited_description_is_not_changed);
	tcase_add_test(tc, file_gets_everything_behind_what_was_there);
	tcase_add_test(tc, no_stderr_still_records);
	tcase_add_test(tc, full_disk_costs_bytes_not_the_program);
	tcase_add_loop_test(tc, broken_stderr_breaks_the_program, 0, 2);
	tcase_add_loop_test(tc, broken_stderr_breaks_the_first_write, 0, 2);
	tcase_add_test(tc, broken_stderr_is_quiet_otherwise);
	tcase_add_test(tc, a_file_takes_all_at_once);
	tcase_add_test(tc, a_full_pipe_takes_some);
	tcase_add_test(tc, a_reader_that_has_gone_takes_all);
	tcase_add_test(tc, lines_wait_a_moment_at_most);
	tcase_add_test(tc, files_are_known);
	tcase_add_test(tc, background_writer_does_not_hold_us);
	tcase_add_test(tc, stuck_stderr_ends_with_a_signal);
	tcase_add_test(tc, last_words_are_not_lost);
	tcase_add_test(tc, stuck_terminal_does_not_block_us);
	tcase_add_test(tc, program_blocks_when_stderr_does);
	suite_add_tcase(suite, tc);
	return gl_unit_main(suite);
}
