/*
 * SHA-256: the vectors of FIPS 180-4's examples, from memory and from files.
 */
#include "bundle/sha256.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/lib/elfgen.h"
#include "tests/lib/unit.h"

#define MILLION 1000000

static const struct {
	const char *text, *hash;
} vectors[] = {
	{"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
	{"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
	{"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
	 "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
};

static void check(const unsigned char hash[GL_SHA256_BYTES], const char *want)
{
	char text[GL_SHA256_TEXT];

	gl_sha256_text(hash, text);
	ck_assert_str_eq(text, want);
}

START_TEST(of_memory)
{
	unsigned char hash[GL_SHA256_BYTES];

	gl_sha256(vectors[_i].text, strlen(vectors[_i].text), hash);
	check(hash, vectors[_i].hash);
}
END_TEST

START_TEST(of_a_file)
{
	unsigned char hash[GL_SHA256_BYTES];
	int fd = elfgen_fd(vectors[_i].text, strlen(vectors[_i].text));

	ck_assert_int_eq(gl_sha256_fd(fd, UINT64_MAX, hash), 0);
	check(hash, vectors[_i].hash);
	close(fd);
}
END_TEST

/* Longer than any piece it is read in, and from the start wherever the descriptor stands. */
START_TEST(of_a_long_file)
{
	unsigned char hash[GL_SHA256_BYTES];
	char *bytes = malloc(MILLION);
	int fd;

	memset(bytes, 'a', MILLION);
	fd = elfgen_fd(bytes, MILLION);
	lseek(fd, 4711, SEEK_SET);
	ck_assert_int_eq(gl_sha256_fd(fd, UINT64_MAX, hash), 0);
	check(hash, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
	close(fd);
	free(bytes);
}
END_TEST

/* A file that grew, or that is all hole, is not read to its end. */
START_TEST(of_too_much)
{
	unsigned char hash[GL_SHA256_BYTES];
	int fd = elfgen_fd("abc", 3);

	ck_assert_int_eq(gl_sha256_fd(fd, 3, hash), 0);
	ck_assert_int_eq(gl_sha256_fd(fd, 2, hash), -EFBIG);
	ck_assert(!ftruncate(fd, (off_t)1 << 40));
	ck_assert_int_eq(gl_sha256_fd(fd, 3, hash), -EFBIG);
	close(fd);
}
END_TEST

START_TEST(of_nothing_readable)
{
	unsigned char hash[GL_SHA256_BYTES];

	ck_assert_int_lt(gl_sha256_fd(-1, UINT64_MAX, hash), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("sha256");
	TCase *tcase = tcase_create("sha256");

	tcase_add_loop_test(tcase, of_memory, 0, sizeof(vectors) / sizeof(vectors[0]));
	tcase_add_loop_test(tcase, of_a_file, 0, sizeof(vectors) / sizeof(vectors[0]));
	tcase_add_test(tcase, of_a_long_file);
	tcase_add_test(tcase, of_too_much);
	tcase_add_test(tcase, of_nothing_readable);
	suite_add_tcase(suite, tcase);
	return gl_unit_main(suite);
}
