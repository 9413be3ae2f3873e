/*
 * The embedded loader stub, copies of it, and telling it from other programs.
 */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "bundle/stub.h"
#include "tests/lib/elfimage.h"
#include "tests/lib/unit.h"

static struct gl_err err;

/* gl_stub_read() of any bytes. */
static int read_bytes(const void *bytes, size_t len, struct gl_stub_slot *slot)
{
	struct elfimage e;
	int r;

	elfimage_of_bytes(bytes, len, &e);
	r = gl_stub_read(e.image, slot);
	elfimage_done(&e);
	return r;
}

static void make_and_read(const struct gl_stub_config *config, struct gl_stub_slot *slot)
{
	gl_autofree unsigned char *image = NULL;
	size_t size;

	ck_assert_msg(!gl_stub_make(config, &image, &size, &err), "%s", err.msg);
	ck_assert_int_eq(read_bytes(image, size, slot), 1);
}

START_TEST(test_embedded)
{
	struct gl_stub_slot slot;
	size_t size;
	const unsigned char *image = gl_stub_image(&size);

	ck_assert_int_eq(read_bytes(image, size, &slot), 1);
	ck_assert_uint_eq(slot.version, GL_STUB_VERSION);
	ck_assert_uint_eq(slot.flags, 0);
	ck_assert_str_eq(slot.program, "");
	ck_assert_str_eq(slot.lib, "");
}
END_TEST

START_TEST(test_config_comes_back)
{
	const struct gl_stub_config config = {
		.flags = GL_STUB_MEMFD | GL_STUB_GCONV, .program = "/srv/a b", .lib = "/opt/x.bundle/lib"};
	struct gl_stub_slot slot;

	make_and_read(&config, &slot);
	ck_assert_uint_eq(slot.version, GL_STUB_VERSION);
	ck_assert_uint_eq(slot.flags, GL_STUB_MEMFD | GL_STUB_GCONV);
	ck_assert_str_eq(slot.program, "/srv/a b");
	ck_assert_str_eq(slot.lib, "/opt/x.bundle/lib");
}
END_TEST

/* In a bundle it finds everything beside itself: only the flags change, and the same gives the same. */
START_TEST(test_for_a_bundle)
{
	const struct gl_stub_config config = {.flags = 0};
	gl_autofree unsigned char *image = NULL;
	size_t size, built_size;
	const unsigned char *built = gl_stub_image(&built_size);

	ck_assert_int_eq(gl_stub_make(&config, &image, &size, &err), 0);
	ck_assert_uint_eq(size, built_size);
	ck_assert(!memcmp(image, built, size));
}
END_TEST

START_TEST(test_path_too_long)
{
	char path[GL_STUB_PATH_MAX + 1];
	const struct gl_stub_config config = {.program = path}, lib = {.lib = path};
	unsigned char *image = NULL;
	struct gl_stub_slot slot;
	size_t size;

	memset(path, 'x', sizeof(path));
	path[GL_STUB_PATH_MAX] = '\0';
	ck_assert_int_eq(gl_stub_make(&config, &image, &size, &err), -ENAMETOOLONG);
	ck_assert_int_eq(gl_stub_make(&lib, &image, &size, &err), -ENAMETOOLONG);
	ck_assert_ptr_null(image);
	path[GL_STUB_PATH_MAX - 1] = '\0';
	make_and_read(&config, &slot);
	ck_assert_uint_eq(strlen(slot.program), GL_STUB_PATH_MAX - 1);
}
END_TEST

/* Notes that are nearly the stub's. */
START_TEST(test_others)
{
	static const struct {
		const char *name;
		uint32_t type;
		size_t len;
		int want;
	} rows[] = {
		{"golaunch", GL_STUB_NOTE_TYPE, sizeof(struct gl_stub_slot), 1},
		{"golaunch", GL_STUB_NOTE_TYPE, sizeof(struct gl_stub_slot) - 1, 0},
		{"golaunch", GL_STUB_NOTE_TYPE + 1, sizeof(struct gl_stub_slot), 0},
		{"golauncher", GL_STUB_NOTE_TYPE, sizeof(struct gl_stub_slot), 0},
		{"GNU", GL_STUB_NOTE_TYPE, sizeof(struct gl_stub_slot), 0},
	};
	gl_autofree unsigned char *desc = malloc(sizeof(struct gl_stub_slot));
	struct elfgen_note notes[2] = {{.name = rows[_i].name}};
	const struct elfgen spec = {.notes = notes};
	struct gl_stub_slot slot;
	struct elfimage e;

	/* No path in it is terminated. */
	memset(desc, 'x', sizeof(struct gl_stub_slot));
	notes[0] = (struct elfgen_note){
		.name = rows[_i].name, .type = rows[_i].type, .desc = desc, .desc_len = rows[_i].len};
	elfimage_init(&spec, &e);
	ck_assert_int_eq(gl_stub_read(e.image, &slot), rows[_i].want);
	if (rows[_i].want) {
		ck_assert_uint_eq(strlen(slot.program), GL_STUB_PATH_MAX - 1);
		ck_assert_uint_eq(strlen(slot.lib), GL_STUB_PATH_MAX - 1);
	}
	elfimage_done(&e);
}
END_TEST

/* Cut at every length the read stays in bounds (sanitizers watch) and says no. */
START_TEST(test_truncated)
{
	struct gl_stub_slot slot;
	size_t size;
	const unsigned char *image = gl_stub_image(&size);

	for (size_t len = 0; len < size; len += 1 + size / 97)
		ck_assert_int_le(read_bytes(image, len, &slot), 1);
	ck_assert_int_eq(read_bytes(image, 64, &slot), 0);
}
END_TEST

START_TEST(test_memfd)
{
	const struct gl_stub_config config = {
		.flags = GL_STUB_MEMFD, .program = "/srv/app", .lib = "/opt/x.bundle/lib"};
	int fd = gl_stub_memfd(&config, "app", &err);
	gl_autofree unsigned char *image = NULL;
	char link[64], target[PATH_MAX] = "";
	struct gl_stub_slot slot;
	struct stat st;
	size_t size;

	ck_assert_msg(fd >= 0, "%s", err.msg);
	ck_assert_int_ge(fd, 10);
	ck_assert_int_eq(fcntl(fd, F_GETFD), FD_CLOEXEC);
	ck_assert_int_eq(fcntl(fd, F_GETFL) & O_ACCMODE, O_RDONLY);
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	ck_assert_int_gt(readlink(link, target, sizeof(target) - 1), 0);
	ck_assert_str_eq(target, "/memfd:app (deleted)");
	/* Nobody writes to it any more, not even by its link. */
	ck_assert_int_eq(fcntl(fd, F_GET_SEALS) & F_SEAL_WRITE, F_SEAL_WRITE);
	ck_assert(!fstat(fd, &st) && (st.st_mode & 0111) == 0111);
	image = malloc((size_t)st.st_size);
	ck_assert_int_eq(pread(fd, image, (size_t)st.st_size, 0), st.st_size);
	size = (size_t)st.st_size;
	ck_assert_int_eq(read_bytes(image, size, &slot), 1);
	ck_assert_str_eq(slot.program, "/srv/app");
	close(fd);
}
END_TEST

/* memfd_create(2) takes 249 bytes. */
START_TEST(test_memfd_long_name)
{
	const struct gl_stub_config config = {.flags = GL_STUB_MEMFD};
	char name[256];
	int fd;

	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	fd = gl_stub_memfd(&config, name, &err);
	ck_assert_msg(fd >= 0, "%s", err.msg);
	close(fd);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("bundle/stub");
	TCase *tc = tcase_create("stub");

	tcase_add_test(tc, test_embedded);
	tcase_add_test(tc, test_config_comes_back);
	tcase_add_test(tc, test_for_a_bundle);
	tcase_add_test(tc, test_path_too_long);
	tcase_add_loop_test(tc, test_others, 0, 5);
	tcase_add_test(tc, test_truncated);
	tcase_add_test(tc, test_memfd);
	tcase_add_test(tc, test_memfd_long_name);
	suite_add_tcase(suite, tc);
	return gl_unit_main(suite);
}
