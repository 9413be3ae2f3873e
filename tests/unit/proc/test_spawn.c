/*
 * Spawn: real processes, started from shared memory.
 */
#include <sys/mman.h>
#include <sys/resource.h>

#include "tests/lib/elfgen.h"
#include "tests/lib/unit.h"
#include "tests/unit/proc/kit.h"

#define NOBODY 65534
#define MANY   500

static const struct {
	const char *command;
	bool by_signal;
	int status;
} ends[] = {
	{"exit 0", false, 0},
	{"exit 1", false, 1},
	{"exit 125", false, 125},
	{"exit 255", false, 255},
	{"kill -TERM $$", true, SIGTERM},
	{"kill -KILL $$", true, SIGKILL},
	{"ulimit -c 0; kill -SEGV $$", true, SIGSEGV},
};

START_TEST(status_is_the_programs)
{
	struct gl_death death = kit_shell(ends[_i].command);

	ck_assert_int_eq(death.by_signal, ends[_i].by_signal);
	ck_assert_int_eq(death.status, ends[_i].status);
	ck_assert_int_eq(death.forwarded_count, 0);
}
END_TEST

static char work_dir[] = "/tmp/gl-spawn-XXXXXX";

static const char *const file_names[] = {"text", "mode", "interpreter", "true"};

static void remove_files(void)
{
	for (size_t i = 0; i < GL_ARRAY_SIZE(file_names); i++) {
		char path[256];

		snprintf(path, sizeof(path), "%s/%s", work_dir, file_names[i]);
		unlink(path);
	}
	rmdir(work_dir);
}

/* A file in the test's own directory; returns its path (static). */
static const char *make_file(const char *name, const char *content, mode_t mode)
{
	static char path[256];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", work_dir, name);
	file = fopen(path, "we");
	ck_assert_ptr_nonnull(file);
	fputs(content, file);
	fclose(file);
	chmod(path, mode);
	return path;
}

static void check_refused(const char *path, int errnum)
{
	const char *argv[] = {path, NULL};
	struct kit kit;

	kit_init(&kit, argv);
	ck_assert_int_eq(kit_start(&kit), -errnum);
	ck_assert_int_eq(kit.failure.step, GL_STEP_EXEC);
	ck_assert_int_eq(kit.failure.errnum, errnum);
	ck_assert_int_eq(kit.err.errnum, errnum);
	ck_assert_ptr_nonnull(strstr(kit.err.msg, path));
	/* nothing is left running, and nothing unburied */
	ck_assert_int_eq(waitpid(-1, NULL, WNOHANG), -1);
	ck_assert_int_eq(errno, ECHILD);
}

START_TEST(errno_of_execve_comes_back)
{
	check_refused("/nonexistent/program", ENOENT);
	check_refused(work_dir, EACCES);
	check_refused(make_file("text", "no program\n", 0755), ENOEXEC);
	check_refused(make_file("mode", "#!/bin/sh\n", 0644), EACCES);
	check_refused(make_file("interpreter", "#!/nonexistent/sh\n", 0755), ENOENT);
}
END_TEST

START_TEST(too_large_environment_is_reported)
{
	static char big[200000];
	const char *argv[] = {"/bin/true", NULL};
	char *env[] = {big, NULL};
	struct kit kit;

	memset(big, 'x', sizeof(big) - 1);
	kit_init(&kit, argv);
	kit.spawn.env = env;
	ck_assert_int_eq(kit_start(&kit), -E2BIG);
	ck_assert_int_eq(kit.failure.step, GL_STEP_EXEC);
}
END_TEST

/* A step of the plan that fails is named, and execve is not reached. */
START_TEST(failing_step_is_named)
{
	const char *argv[] = {"/bin/true", NULL};
	struct kit kit;

	kit_init(&kit, argv);
	kit.plan.limit_count = 1;
	kit.plan.limits[0].resource = 4711;
	ck_assert_int_eq(kit_start(&kit), -EINVAL);
	ck_assert_int_eq(kit.failure.step, GL_STEP_LIMITS);
	ck_assert_int_eq(kit.failure.errnum, EINVAL);
	ck_assert_int_eq(waitpid(-1, NULL, WNOHANG), -1);
}
END_TEST

/* Another process writes the program while it is started (a build's fork race). */
static pid_t keep_busy(const char *path, useconds_t time)
{
	int ready[2];
	char byte;
	pid_t pid;

	ck_assert_int_eq(pipe2(ready, O_CLOEXEC), 0);
	pid = fork();
	if (pid == 0) {
		int fd = open(path, O_WRONLY | O_CLOEXEC);

		if (fd < 0 || write(ready[1], "x", 1) != 1)
			_exit(1);
		usleep(time);
		_exit(0);
	}
	close(ready[1]);
	ck_assert_int_eq(read(ready[0], &byte, 1), 1);
	close(ready[0]);
	return pid;
}

static const char *copy_of_true(void)
{
	static char path[256], command[600];

	snprintf(path, sizeof(path), "%s/true", work_dir);
	snprintf(command, sizeof(command), "cp /bin/true %s", path);
	ck_assert_int_eq(kit_shell(command).status, 0);
	return path;
}

START_TEST(busy_text_file_is_tried_again)
{
	const char *argv[] = {copy_of_true(), NULL};
	struct kit kit;

	keep_busy(argv[0], 150000);
	kit_init(&kit, argv);
	kit_run(&kit);
	ck_assert_int_eq(kit.death.status, 0);
	ck_assert(!kit.death.by_signal);
}
END_TEST

START_TEST(busy_text_file_is_given_up)
{
	const char *argv[] = {copy_of_true(), NULL};
	pid_t writer = keep_busy(argv[0], 60000000);
	struct kit kit;

	kit_init(&kit, argv);
	ck_assert_int_eq(kit_start(&kit), -ETXTBSY);
	ck_assert_int_eq(kit.failure.step, GL_STEP_EXEC);
	kill(writer, SIGKILL);
}
END_TEST

/* Numbers below FDS_SEEN that are open (and would outlive execve), one character each. */
#define FDS_SEEN 300

static void see_fds(char *seen)
{
	for (int fd = 0; fd < FDS_SEEN; fd++)
		seen[fd] = fcntl(fd, F_GETFD) == 0 ? 'x' : '.';
}

/* The program: shows its descriptors on stderr. */
static int child_fds(void)
{
	char seen[FDS_SEEN];

	see_fds(seen);
	return write(2, seen, sizeof(seen)) == sizeof(seen) ? 0 : 1;
}

START_TEST(program_gets_no_descriptor_of_ours)
{
	const char *argv[] = {KIT_SELF, "child:fds", NULL};
	struct gl_capture_text text;
	char before[FDS_SEEN];
	struct kit kit;

	see_fds(before);
	kit_init(&kit, argv);
	ck_assert_int_eq(gl_capture_open(-1, &kit.supervise.capture, &kit.err), 0);
	kit_run(&kit);
	gl_capture_text(kit.supervise.capture, &text);
	ck_assert_uint_eq(text.head_len, FDS_SEEN);
	ck_assert_mem_eq(text.head, before, FDS_SEEN);
	gl_capture_free(kit.supervise.capture);
}
END_TEST

START_TEST(our_stderr_is_ours_again)
{
	struct stat before, after;
	const char *argv[] = {"/nonexistent/program", NULL};
	struct kit kit;

	fstat(2, &before);
	for (int i = 0; i < 2; i++) {
		kit_init(&kit, argv);
		ck_assert_int_eq(gl_capture_open(2, &kit.supervise.capture, &kit.err), 0);
		fcntl(2, F_SETFD, i ? FD_CLOEXEC : 0);
		ck_assert_int_eq(kit_start(&kit), -ENOENT);
		ck_assert_int_eq(fcntl(2, F_GETFD), i ? FD_CLOEXEC : 0);
		gl_capture_free(kit.supervise.capture);
	}
	fstat(2, &after);
	ck_assert_uint_eq(before.st_ino, after.st_ino);
	ck_assert_uint_eq(before.st_dev, after.st_dev);
}
END_TEST

static size_t count_lines(const char *path)
{
	FILE *file = fopen(path, "re");
	size_t lines = 0;
	int c;

	ck_assert_ptr_nonnull(file);
	while ((c = fgetc(file)) != EOF)
		lines += c == '\n';
	fclose(file);
	return lines;
}

START_TEST(many_spawns_leave_nothing_behind)
{
	const char *argv[] = {"/bin/true", NULL};
	size_t maps = 0;
	int lowest = -1;

	for (int i = 0; i < MANY; i++) {
		struct kit kit;

		kit_init(&kit, argv);
		kit_run(&kit);
		ck_assert_int_eq(kit.death.status, 0);
		if (i == 10) {
			maps = count_lines("/proc/self/maps");
			lowest = dup(0);
			close(lowest);
		}
	}
	ck_assert_uint_le(count_lines("/proc/self/maps"), maps + 4); /* allocators may grow a little */
	ck_assert_int_eq(dup(0), lowest);
	ck_assert_int_eq(waitpid(-1, NULL, WNOHANG), -1);
	ck_assert_int_eq(errno, ECHILD);
}
END_TEST

/* The program: can it open its parent's memory for writing? */
static int child_parent_memory(void)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/mem", (int)getppid());
	return open(path, O_RDWR | O_CLOEXEC) >= 0 ? 0 : errno;
}

/* In a process of an ordinary user, which may look into itself: does its child see its memory? */
static int probe_memory(bool by_spawn)
{
	static const char *const argv[] = {KIT_SELF, "child:memory", NULL};
	struct kit kit;
	pid_t pid;

	if (geteuid() == 0 &&
	    (setresgid(NOBODY, NOBODY, NOBODY) < 0 || setresuid(NOBODY, NOBODY, NOBODY) < 0))
		return -1;
	prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
	if (by_spawn) {
		kit_init(&kit, argv);
		kit_run(&kit);
		return kit.death.by_signal ? -1 : kit.death.status;
	}
	pid = fork();
	if (pid == 0)
		_exit(child_parent_memory());
	return WEXITSTATUS(kit_wait(pid, 0));
}

START_TEST(program_cannot_open_our_memory)
{
	ck_assert_int_eq(probe_memory(true), EACCES);
}
END_TEST

/* The counter-proof: without spawn's care it is open. */
START_TEST(memory_would_be_open_otherwise)
{
	int r = probe_memory(false);

	if (r != EACCES) /* Yama may close it */
		ck_assert_int_eq(r, 0);
}
END_TEST

START_TEST(pid_is_written_into_the_environment)
{
	static char listen[] = "LISTEN_PID=............";
	static char watchdog[] = "WATCHDOG_PID=............";
	const char *argv[] = {"/bin/sh", "-c", "test $LISTEN_PID = $$ && test $WATCHDOG_PID = $$", NULL};
	char *env[] = {listen, watchdog, NULL};
	struct kit kit;

	kit_init(&kit, argv);
	kit.spawn.env = env;
	kit.spawn.listen_pid = strchr(listen, '=') + 1;
	kit.spawn.watchdog_pid = strchr(watchdog, '=') + 1;
	kit_run(&kit);
	ck_assert_int_eq(kit.death.status, 0);
}
END_TEST

START_TEST(group_as_asked)
{
	static const char *const commands[] = {
		[GL_GROUP_SAME] = "read -r _ _ _ _ group _ </proc/$$/stat; test $group -ne $$",
		[GL_GROUP_NEW] = "read -r _ _ _ _ group _ </proc/$$/stat; test $group -eq $$",
		[GL_GROUP_FOREGROUND] = "read -r _ _ _ _ group _ </proc/$$/stat; test $group -eq $$",
	};
	const char *argv[] = {"/bin/sh", "-c", commands[_i], NULL};
	struct kit kit;

	kit_init(&kit, argv);
	kit.spawn.group = (enum gl_spawn_group)_i;
	kit_run(&kit);
	ck_assert_int_eq(kit.death.status, 0);
}
END_TEST

START_TEST(in_place)
{
	const char *argv[] = {"/bin/sh", "-c", "exit 33", NULL};
	struct kit kit;
	int status;
	pid_t pid;

	signal(SIGHUP, SIG_IGN);
	pid = fork();
	if (pid == 0) {
		kit_init(&kit, argv);
		if (gl_signals_open(&kit.supervise.signal_fd, &kit.err) == 0)
			_exit(-gl_spawn_in_place(&kit.spawn, &kit.failure, &kit.err));
		_exit(99);
	}
	status = kit_wait(pid, 0);
	ck_assert_int_eq(WEXITSTATUS(status), 33);
}
END_TEST

START_TEST(in_place_says_why_not)
{
	const char *argv[] = {"/nonexistent/program", NULL};
	struct kit kit;

	kit_init(&kit, argv);
	ck_assert_int_eq(gl_spawn_in_place(&kit.spawn, &kit.failure, &kit.err), -ENOENT);
	ck_assert_int_eq(kit.failure.step, GL_STEP_EXEC);
}
END_TEST

/* What is executed is the descriptor, whatever path says. */
START_TEST(by_descriptor)
{
	const char *argv[] = {"/no/such/name", "-c", "exit 34", NULL};
	struct kit kit;

	kit_init(&kit, argv);
	kit.spawn.exec_fd = open("/bin/sh", O_RDONLY | O_CLOEXEC);
	ck_assert_int_ge(kit.spawn.exec_fd, 0);
	kit_run(&kit);
	ck_assert_int_eq(kit.death.status, 34);
	close(kit.spawn.exec_fd);
}
END_TEST

START_TEST(by_descriptor_says_why_not)
{
	const char *argv[] = {"shown", NULL};
	struct kit kit;

	kit_init(&kit, argv);
	kit.spawn.exec_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	ck_assert_int_eq(kit_start(&kit), -EACCES);
	ck_assert_int_eq(kit.failure.step, GL_STEP_EXEC);
	ck_assert_ptr_nonnull(strstr(kit.err.msg, "'shown'"));
	close(kit.spawn.exec_fd);
}
END_TEST

/* No /proc, one that we may not enter, one that is a file. */
static void make_proc(unsigned kind, const char *path)
{
	ck_assert(!(kind == 1 ? mkdir(path, 0700) : kind == 2 ? mknod(path, S_IFREG | 0644, 0) : 0));
}

/* In a root without /proc, and as another user than made the memfd: in place, and as a child. */
START_TEST(by_descriptor_without_proc)
{
	char proc[sizeof(work_dir) + 8];
	const char *argv[] = {"shown", NULL};
	const struct elfgen program = {.dynamic = false}; /* exit_group(0) */
	struct elfgen_file file;
	struct kit kit;
	int status;
	pid_t pid;

	if (geteuid() != 0)
		return;
	elfgen_make(&program, &file);
	kit_init(&kit, argv);
	kit.spawn.exec_fd = elfgen_fd(file.bytes, file.len);
	elfgen_done(&file);
	snprintf(proc, sizeof(proc), "%s/proc", work_dir);
	make_proc((unsigned)_i / 2, proc);
	pid = fork();
	if (pid == 0) {
		if (chmod(work_dir, 0755) || chroot(work_dir) || setresgid(NOBODY, NOBODY, NOBODY) ||
		    setresuid(NOBODY, NOBODY, NOBODY))
			_exit(98);
		if (_i % 2 == 0)
			_exit(-gl_spawn_in_place(&kit.spawn, &kit.failure, &kit.err));
		kit_run(&kit);
		_exit(kit.death.by_signal ? 97 : kit.death.status);
	}
	status = kit_wait(pid, 0);
	remove(proc);
	ck_assert_int_eq(status, 0);
	close(kit.spawn.exec_fd);
}
END_TEST

/* Stops the first new child of its parent that it sees. */
GL_NORETURN static void meddle(void)
{
	char path[64];
	int pid;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", (int)getppid(), (int)getppid());
	for (;;) {
		FILE *file = fopen(path, "re");

		while (file && fscanf(file, "%d", &pid) == 1) {
			if (pid == getpid())
				continue;
			kill(pid, SIGSTOP);
			_exit(EXIT_SUCCESS);
		}
		if (file)
			fclose(file);
	}
}

/* A child that was stopped on its way to execve would hold its parent for ever. */
START_TEST(stop_on_the_way_is_undone)
{
	const char *argv[] = {"/bin/true", NULL};
	struct kit kit;

	for (int i = 0; i < 30; i++) {
		pid_t meddler = fork();

		if (meddler == 0)
			meddle();
		while (waitpid(meddler, NULL, WNOHANG) == 0) {
			kit_init(&kit, argv);
			ck_assert_int_eq(kit_start(&kit), 0);
			close(kit.supervise.signal_fd);
			kill(kit.supervise.pid, SIGKILL);
			kit_wait(kit.supervise.pid, 0);
		}
	}
}
END_TEST

/* What was fd 2 is the program's at another number, and nothing of it stays here. */
START_TEST(stderr_comes_along_at_another_number)
{
	static const char *const argv[] = {
		"/bin/sh", "-c", "[ /proc/self/fd/2 -ef /dev/null ] && echo words >/proc/self/fd/63", NULL};
	gl_autoclose int real = fcntl(2, F_DUPFD_CLOEXEC, 100);
	FILE *file = tmpfile();
	char words[8] = "";
	struct kit kit;

	ck_assert_int_eq(dup2(fileno(file), 2), 2);
	kit_init(&kit, argv);
	kit.spawn.stderr_fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
	kit.spawn.saved_fd = 63;
	kit_run(&kit);
	ck_assert_int_eq(dup2(real, 2), 2);
	ck_assert_int_eq(kit.death.status, 0);
	ck_assert(!gl_fd_is_open(63));
	ck_assert_int_eq(pread(fileno(file), words, sizeof(words) - 1, 0), 6);
	ck_assert_str_eq(words, "words\n");
	close(kit.spawn.stderr_fd);
	fclose(file);
}
END_TEST

int main(int argc, char **argv)
{
	static const struct kit_program programs[] = {
		{"child:memory", child_parent_memory},
		{"child:fds", child_fds},
		{NULL, NULL},
	};
	Suite *suite;
	TCase *tc;
	int r;

	kit_become(argc, argv, programs);
	if (!mkdtemp(work_dir))
		return EXIT_FAILURE;
	suite = suite_create("proc/spawn");
	tc = tcase_create("spawn");
	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, status_is_the_programs, 0, GL_ARRAY_SIZE(ends));
	tcase_add_test(tc, errno_of_execve_comes_back);
	tcase_add_test(tc, too_large_environment_is_reported);
	tcase_add_test(tc, failing_step_is_named);
	tcase_add_test(tc, busy_text_file_is_tried_again);
	tcase_add_test(tc, busy_text_file_is_given_up);
	tcase_add_test(tc, program_gets_no_descriptor_of_ours);
	tcase_add_test(tc, our_stderr_is_ours_again);
	tcase_add_test(tc, many_spawns_leave_nothing_behind);
	tcase_add_test(tc, program_cannot_open_our_memory);
	tcase_add_test(tc, memory_would_be_open_otherwise);
	tcase_add_test(tc, pid_is_written_into_the_environment);
	tcase_add_loop_test(tc, group_as_asked, 0, GL_GROUP_MAX);
	tcase_add_test(tc, in_place);
	tcase_add_test(tc, in_place_says_why_not);
	tcase_add_test(tc, by_descriptor);
	tcase_add_test(tc, by_descriptor_says_why_not);
	tcase_add_loop_test(tc, by_descriptor_without_proc, 0, 6);
	tcase_add_test(tc, stop_on_the_way_is_undone);
	tcase_add_test(tc, stderr_comes_along_at_another_number);
	suite_add_tcase(suite, tc);
	r = gl_unit_main(suite);
	remove_files();
	return r;
}
