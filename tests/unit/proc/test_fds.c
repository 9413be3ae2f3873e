/*
 * Closed standard descriptors: filled for golaunch, closed again for the program.
 */
#include "proc/fds.h"
#include "tests/lib/unit.h"
#include "tests/unit/proc/kit.h"

/* The program: exits with the set of those of 0, 1, 2 that are open, as bits. */
static int child_open(void)
{
	int open_bits = 0;

	for (int fd = 0; fd < 3; fd++)
		open_bits |= gl_fd_is_open(fd) ? 1 << fd : 0;
	return open_bits;
}

/* _i is the set to leave open. */
START_TEST(program_finds_the_closed_ones_closed)
{
	static const char *const argv[] = {KIT_SELF, "child:open", NULL};
	struct gl_fds_entry entry;
	struct kit kit;
	int status;
	pid_t pid;

	pid = fork();
	if (pid == 0) {
		int seen = 0;

		for (int fd = 0; fd < 3; fd++)
			if (!(_i & 1 << fd))
				close(fd);
		if (gl_fds_fill(&entry, &kit.err) < 0)
			_exit(100);
		for (int fd = 0; fd < 3; fd++)
			seen |= entry.closed[fd] ? 0 : 1 << fd;
		if (seen != _i || child_open() != 7)
			_exit(101);
		kit_init(&kit, argv);
		if (kit_start(&kit) < 0)
			_exit(102);
		kit_finish(&kit);
		_exit(kit.death.status);
	}
	status = kit_wait(pid, 0);
	ck_assert(WIFEXITED(status));
	ck_assert_int_eq(WEXITSTATUS(status), _i);
}
END_TEST

START_TEST(open_ones_are_left_alone)
{
	struct gl_fds_entry entry;
	struct stat before[3], after;
	struct gl_err err;

	for (int fd = 0; fd < 3; fd++)
		ck_assert_int_eq(fstat(fd, &before[fd]), 0);
	ck_assert_int_eq(gl_fds_fill(&entry, &err), 0);
	for (int fd = 0; fd < 3; fd++) {
		ck_assert(!entry.closed[fd]);
		ck_assert_int_eq(fstat(fd, &after), 0);
		ck_assert_uint_eq(before[fd].st_ino, after.st_ino);
		ck_assert_int_eq(fcntl(fd, F_GETFD), 0);
	}
}
END_TEST

START_TEST(a_spare_number_is_free_and_within_the_limit)
{
	int high = gl_fds_spare(RLIM_INFINITY);

	ck_assert_int_eq(high, GL_FDS_SPARE - 1);
	ck_assert_int_eq(dup2(0, high), high);
	ck_assert_int_eq(gl_fds_spare(RLIM_INFINITY), high - 1);
	close(high);
	ck_assert_int_lt(gl_fds_spare(64), 64);
	ck_assert_int_ge(gl_fds_spare(64), GL_FD_FLOOR);
	ck_assert_int_eq(gl_fds_spare(GL_FD_FLOOR), -EMFILE);
	ck_assert_int_eq(gl_fds_spare(0), -EMFILE);
}
END_TEST

int main(int argc, char **argv)
{
	static const struct kit_program programs[] = {{"child:open", child_open}, {NULL, NULL}};
	Suite *suite;
	TCase *tc;

	kit_become(argc, argv, programs);
	suite = suite_create("proc/fds");
	tc = tcase_create("fds");
	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, program_finds_the_closed_ones_closed, 0, 8);
	tcase_add_test(tc, open_ones_are_left_alone);
	tcase_add_test(tc, a_spare_number_is_free_and_within_the_limit);
	suite_add_tcase(suite, tc);
	return gl_unit_main(suite);
}
