/*
 * Files below a root: the kernel's way and the walk that stands in for it must
 * give the same answers, and none may leave the root.
 */
#include <linux/filter.h>
#include <linux/openat2.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "base/fd.h"
#include "base/mem.h"
#include "host/root_walk.h"
#include "tests/unit/host/kit.h"

static struct kit kit;

static void make_tree(void)
{
	kit_init(&kit);
	kit_text(&kit, "/etc/passwd", "inside\n");
	kit_text(&kit, "/usr/lib/libx.so.1.2", "library\n");
	kit_link(&kit, "/usr/lib/libx.so.1", "libx.so.1.2");
	kit_link(&kit, "/lib", "/usr/lib");
	kit_link(&kit, "/usr/up", "../usr/../../../etc");
	kit_link(&kit, "/absolute", "/etc/passwd");
	kit_link(&kit, "/escape", "../../../../../../etc/passwd");
	kit_link(&kit, "/dangling", "/nowhere/at/all");
	kit_link(&kit, "/loop", "loop2");
	kit_link(&kit, "/loop2", "/loop");
	kit_link(&kit, "/dir-link", "usr/");
	kit_link(&kit, "/dot", ".");
	kit_link(&kit, "/root-link", "/");
	ck_assert(!mkfifo(kit_outside(&kit, "/fifo"), 0600));
}

static void remove_tree(void)
{
	kit_done(&kit);
}

static const struct {
	const char *path;
	int flags;
	int error;	  /* errno, 0: it opens */
	const char *same; /* ... this file */
} cases[] = {
	{"/etc/passwd", O_RDONLY, 0, "/etc/passwd"},
	{"//etc///./passwd", O_RDONLY, 0, "/etc/passwd"},
	{"/absolute", O_RDONLY, 0, "/etc/passwd"},
	{"/escape", O_RDONLY, 0, "/etc/passwd"},
	{"/../../etc/passwd", O_RDONLY, 0, "/etc/passwd"},
	{"/usr/lib/../../../../etc/passwd", O_RDONLY, 0, "/etc/passwd"},
	{"/usr/up/passwd", O_RDONLY, 0, "/etc/passwd"},
	{"/lib/libx.so.1", O_RDONLY, 0, "/usr/lib/libx.so.1.2"},
	{"/dir-link/lib/libx.so.1", O_PATH, 0, "/usr/lib/libx.so.1.2"},
	{"/dir-link/../lib/libx.so.1", O_RDONLY, 0, "/usr/lib/libx.so.1.2"},
	{"/dot/dot/dot/etc/passwd", O_RDONLY, 0, "/etc/passwd"},
	{"/root-link/root-link/absolute", O_RDONLY, 0, "/etc/passwd"},
	{"/", O_RDONLY | O_DIRECTORY, 0, "/"},
	{"/..", O_RDONLY | O_DIRECTORY, 0, "/"},
	{"/root-link/", O_PATH, 0, "/"},
	{"/usr/lib/..", O_PATH, 0, "/usr"},
	{"/usr/lib/", O_PATH, 0, "/usr/lib"},
	{"/lib", O_PATH | O_NOFOLLOW, 0, "/lib"},
	{"/lib/", O_PATH | O_NOFOLLOW, 0, "/usr/lib"},
	{"/loop", O_PATH | O_NOFOLLOW, 0, "/loop"},
	{"/dangling", O_PATH | O_NOFOLLOW, 0, "/dangling"},
	{"/absolute", O_RDONLY | O_NOFOLLOW, ELOOP, NULL},
	{"/dangling", O_RDONLY, ENOENT, NULL},
	{"/loop", O_RDONLY, ELOOP, NULL},
	{"/loop/x", O_RDONLY, ELOOP, NULL},
	{"/etc/passwd/", O_RDONLY, ENOTDIR, NULL},
	{"/etc/passwd/x", O_RDONLY, ENOTDIR, NULL},
	{"/etc/passwd/..", O_RDONLY, ENOTDIR, NULL},
	{"/absolute/..", O_RDONLY, ENOTDIR, NULL},
	{"/nothing/../etc/passwd", O_RDONLY, ENOENT, NULL},
	{"/etc/passwd", O_RDONLY | O_DIRECTORY, ENOTDIR, NULL},
	{"", O_RDONLY, ENOENT, NULL},
};

static void check_answer(int fd, size_t i)
{
	struct stat got, want;

	if (cases[i].error) {
		ck_assert_msg(fd == -cases[i].error, "%s: %d, not %d", cases[i].path, fd, -cases[i].error);
		return;
	}
	ck_assert_msg(fd >= 0, "%s: %s", cases[i].path, strerror(-fd));
	ck_assert(!fstat(fd, &got));
	ck_assert(!lstat(kit_outside(&kit, cases[i].same), &want));
	ck_assert_msg(got.st_dev == want.st_dev && got.st_ino == want.st_ino, "%s is not %s", cases[i].path,
		      cases[i].same);
	ck_assert(fcntl(fd, F_GETFD) & FD_CLOEXEC);
}

START_TEST(open_and_walk_agree)
{
	gl_autoclose int opened = -1, walked = -1;
	char canonical[PATH_MAX];

	/* An empty path is no absolute one: only the walk has an answer of its own. */
	if (cases[_i].path[0]) {
		opened = gl_root_open(&kit.host, cases[_i].path, cases[_i].flags);
		check_answer(opened, (size_t)_i);
	}
	walked =
		gl_root_walk(kit.host.root_fd, cases[_i].path, cases[_i].flags, canonical, sizeof(canonical));
	check_answer(walked, (size_t)_i);
	if (walked >= 0)
		ck_assert_str_eq(canonical, cases[_i].same);
}
END_TEST

static void make_chain(int links)
{
	char name[32], target[32];

	for (int i = 0; i < links; i++) {
		snprintf(name, sizeof(name), "/chain%d", i);
		snprintf(target, sizeof(target), i ? "chain%d" : "etc/passwd", i - 1);
		kit_link(&kit, name, target);
	}
}

/* Makes openat2 fail from here on, for this process (each test is one) and whatever it starts. */
static void forbid_openat2(unsigned error)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat2, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | error),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {.len = (unsigned short)GL_ARRAY_SIZE(filter), .filter = filter};

	ck_assert(!prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
	ck_assert(!prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program));
}

/* An old kernel (ENOSYS), and a container's filter (EPERM). */
START_TEST(where_openat2_is_not_to_be_had_the_walk_answers)
{
	gl_autoclose int probe = -1;

	forbid_openat2(_i ? EPERM : ENOSYS);
	probe = (int)syscall(SYS_openat2, AT_FDCWD, "/", &(struct open_how){.flags = O_PATH},
			     sizeof(struct open_how));
	ck_assert_int_eq(probe, -1);
	for (size_t i = 0; i < GL_ARRAY_SIZE(cases); i++) {
		gl_autoclose int fd = -1;

		if (!cases[i].path[0])
			continue;
		fd = gl_root_open(&kit.host, cases[i].path, cases[i].flags);
		check_answer(fd, i);
	}
}
END_TEST

START_TEST(forty_links_are_followed_and_no_more)
{
	gl_autoclose int a = -1, b = -1;

	make_chain(41);
	a = gl_root_open(&kit.host, "/chain39", O_RDONLY);
	b = gl_root_walk(kit.host.root_fd, "/chain39", O_RDONLY, NULL, 0);
	ck_assert_int_ge(a, 0);
	ck_assert_int_ge(b, 0);
	ck_assert_int_eq(gl_root_open(&kit.host, "/chain40", O_RDONLY), -ELOOP);
	ck_assert_int_eq(gl_root_walk(kit.host.root_fd, "/chain40", O_RDONLY, NULL, 0), -ELOOP);
}
END_TEST

START_TEST(long_paths_are_refused)
{
	char path[PATH_MAX + 16];

	memset(path, '/', sizeof(path));
	path[sizeof(path) - 1] = '\0';
	ck_assert_int_eq(gl_root_open(&kit.host, path, O_RDONLY), -ENAMETOOLONG);
	ck_assert_int_eq(gl_root_walk(kit.host.root_fd, path, O_RDONLY, NULL, 0), -ENAMETOOLONG);
	memset(path + 1, 'a', NAME_MAX + 1);
	path[NAME_MAX + 2] = '\0';
	ck_assert_int_eq(gl_root_open(&kit.host, path, O_RDONLY), -ENAMETOOLONG);
	ck_assert_int_eq(gl_root_walk(kit.host.root_fd, path, O_RDONLY, NULL, 0), -ENAMETOOLONG);
}
END_TEST

START_TEST(relative_paths_have_no_place_in_a_root)
{
	ck_assert_int_eq(gl_root_open(&kit.host, "etc/passwd", O_RDONLY), -EINVAL);
}
END_TEST

START_TEST(stats_links_and_canonical_names)
{
	struct stat st;
	char buf[PATH_MAX];

	ck_assert(!gl_root_stat(&kit.host, "/lib/libx.so.1", &st));
	ck_assert(S_ISREG(st.st_mode));
	ck_assert(!gl_root_lstat(&kit.host, "/lib/libx.so.1", &st));
	ck_assert(S_ISLNK(st.st_mode));
	ck_assert_int_eq(gl_root_stat(&kit.host, "/dangling", &st), -ENOENT);
	ck_assert_int_eq(gl_root_readlink(&kit.host, "/lib", buf, sizeof(buf)), (int)strlen("/usr/lib"));
	ck_assert_str_eq(buf, "/usr/lib");
	ck_assert_int_eq(gl_root_readlink(&kit.host, "/lib", buf, strlen("/usr/lib")), -ENAMETOOLONG);
	ck_assert_int_eq(gl_root_readlink(&kit.host, "/etc/passwd", buf, sizeof(buf)), -EINVAL);
	ck_assert_int_eq(gl_root_readlink(&kit.host, "/none", buf, sizeof(buf)), -ENOENT);
	ck_assert(!gl_root_canonical(&kit.host, "/lib/../lib/libx.so.1", buf, sizeof(buf)));
	ck_assert_str_eq(buf, "/usr/lib/libx.so.1.2");
	ck_assert_int_eq(gl_root_canonical(&kit.host, "/lib/libx.so.1", buf, strlen("/usr/lib/libx.so.1.2")),
			 -ENAMETOOLONG);
}
END_TEST

static const struct {
	const char *path, *real, *place; /* NULL: none */
} reals[] = {
	{"/lib/libx.so.1", "/usr/lib/libx.so.1.2", "/usr/lib/libx.so.1"},
	{"/usr/./lib/../lib/libx.so.1.2", "/usr/lib/libx.so.1.2", "/usr/lib/libx.so.1.2"},
	{"/lib/none", NULL, "/usr/lib/none"},
	{"/dangling", NULL, "/dangling"},
	{"/none/none", NULL, NULL},
	{"/", "/", "/"},
};

static void check_real(const char *got, const char *want, const char *root)
{
	ck_assert_int_eq(got != NULL, want != NULL);
	if (got)
		ck_assert_msg(!strncmp(got, root, strlen(root)) && !strcmp(got + strlen(root), want), "%s",
			      got);
}

START_TEST(real_paths_and_places)
{
	gl_autofree char *path = gl_root_real_path(&kit.host, reals[_i].path);
	gl_autofree char *place = gl_root_real_place(&kit.host, reals[_i].path);

	check_real(path, reals[_i].real, "");
	check_real(place, reals[_i].place, "");
}
END_TEST

START_TEST(real_paths_of_the_own_root_may_be_relative)
{
	gl_autofree char *root = realpath(kit.root, NULL);
	struct gl_host host;

	ck_assert(!gl_host_init(&host, NULL, NULL));
	ck_assert(!chdir(kit_outside(&kit, "/usr/lib")));
	for (const char *const *name = (const char *const[]){"libx.so.1", "./libx.so.1", NULL}; *name;
	     name++) {
		gl_autofree char *path = gl_root_real_path(&host, *name);
		gl_autofree char *place = gl_root_real_place(&host, *name);

		check_real(path, "/usr/lib/libx.so.1.2", root);
		check_real(place, "/usr/lib/libx.so.1", root);
	}
	gl_host_done(&host);
}
END_TEST

START_TEST(slurping_takes_regular_files_only_and_never_blocks)
{
	gl_autofree char *bytes = NULL;
	struct gl_err err = GL_ERR_INIT;
	size_t len;

	ck_assert(!gl_root_slurp(&kit.host, "/absolute", 64, &bytes, &len, &err));
	ck_assert_str_eq(bytes, "inside\n");
	ck_assert_uint_eq(len, strlen("inside\n"));
	ck_assert_int_eq(gl_root_slurp(&kit.host, "/absolute", 3, &bytes, &len, &err), -EFBIG);
	ck_assert_int_eq(gl_root_slurp(&kit.host, "/absolute", 3, &bytes, &len, NULL), -EFBIG);
	ck_assert_int_eq(gl_root_slurp(&kit.host, "/fifo", 64, &bytes, &len, &err), -EINVAL);
	ck_assert_int_eq(gl_root_slurp(&kit.host, "/etc", 64, &bytes, &len, &err), -EINVAL);
	ck_assert_int_eq(gl_root_slurp(&kit.host, "/none", 64, &bytes, &len, &err), -ENOENT);
}
END_TEST

START_TEST(the_own_root_takes_plain_calls)
{
	struct gl_host host;
	struct stat a, b;
	char buf[PATH_MAX], *want = realpath(kit_outside(&kit, "/usr/lib/libx.so.1"), NULL);

	ck_assert(!gl_host_init(&host, NULL, NULL));
	ck_assert(!gl_root_stat(&host, kit_outside(&kit, "/etc/passwd"), &a));
	ck_assert(!stat(kit_outside(&kit, "/etc/passwd"), &b));
	ck_assert(a.st_ino == b.st_ino);
	ck_assert(!gl_root_canonical(&host, kit_outside(&kit, "/usr/lib/libx.so.1"), buf, sizeof(buf)));
	ck_assert_str_eq(buf, want);
	free(want);
	gl_host_done(&host);
}
END_TEST

static const struct {
	uid_t uid;
	gid_t gid;
	mode_t mode;
	int mask;
	bool may;
} rights[] = {
	{0, 0, 0000, R_OK | W_OK, true},
	{0, 0, S_IFREG | 0644, X_OK, false},
	{0, 0, S_IFREG | 0001, X_OK, true},
	{10, 99, S_IFREG | 0400, R_OK, true},
	{10, 99, S_IFREG | 0044, R_OK, false},
	{11, 20, S_IFREG | 0040, R_OK, true},
	{11, 20, S_IFREG | 0404, R_OK, false},
	{11, 99, S_IFREG | 0004, R_OK, true},
	{11, 99, S_IFREG | 0770, R_OK, false},
	{11, 99, S_IFREG | 0005, R_OK | X_OK, true},
	{11, 99, S_IFREG | 0004, R_OK | X_OK, false},
};

START_TEST(mode_bits_decide)
{
	const gid_t groups[] = {7, 20};
	const struct gl_host host = {
		.uid = rights[_i].uid,
		.gid = rights[_i].gid == 20 ? 5 : rights[_i].gid, /* 20 by the supplementary groups */
		.groups = groups,
		.group_count = rights[_i].gid == 20 ? 2 : 1,
	};
	const struct stat st = {.st_uid = 10, .st_gid = 20, .st_mode = rights[_i].mode};

	ck_assert_int_eq(gl_root_may(&host, &st, rights[_i].mask), rights[_i].may);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("root");
	TCase *tcase = tcase_create("root");

	tcase_add_checked_fixture(tcase, make_tree, remove_tree);
	tcase_add_loop_test(tcase, open_and_walk_agree, 0, (int)GL_ARRAY_SIZE(cases));
	tcase_add_loop_test(tcase, where_openat2_is_not_to_be_had_the_walk_answers, 0, 2);
	tcase_add_test(tcase, forty_links_are_followed_and_no_more);
	tcase_add_test(tcase, long_paths_are_refused);
	tcase_add_test(tcase, relative_paths_have_no_place_in_a_root);
	tcase_add_test(tcase, stats_links_and_canonical_names);
	tcase_add_loop_test(tcase, real_paths_and_places, 0, (int)GL_ARRAY_SIZE(reals));
	tcase_add_test(tcase, real_paths_of_the_own_root_may_be_relative);
	tcase_add_test(tcase, slurping_takes_regular_files_only_and_never_blocks);
	tcase_add_test(tcase, the_own_root_takes_plain_calls);
	tcase_add_loop_test(tcase, mode_bits_decide, 0, (int)GL_ARRAY_SIZE(rights));
	suite_add_tcase(suite, tcase);
	return gl_unit_main(suite);
}
