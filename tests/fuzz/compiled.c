/*
 * Fuzzes gl_compiled_read() with damaged compiled policies.  The keys that stand
 * in them are made right again, or nothing would come further than those.
 * Whatever is accepted must be a filter that the kernel takes, settled either
 * way, and can be shown.
 *
 *	compiled --seed FILE	writes one to begin with
 */
#include "policy/compiled.h"

#include <errno.h>

#include "base/hash.h"
#include "base/mem.h"
#include "policy/disassemble.h"
#include "tests/fuzz/fuzz.h"

#define REQUIRE(condition)                                                                                   \
	do {                                                                                                 \
		if (!(condition)) {                                                                          \
			fprintf(stderr, "fuzz: not so: %s\n", #condition);                                   \
			abort();                                                                             \
		}                                                                                            \
	} while (0)

#define KEY_AT	 16
#define TEXTS_AT 24

static void put_number(unsigned char *bytes, uint64_t number)
{
	for (size_t i = 0; i < sizeof(number); i++)
		bytes[i] = (unsigned char)(number >> 8 * i);
}

static void make_right(unsigned char *bytes, size_t len)
{
	size_t body = len - sizeof(uint64_t);

	if (len < TEXTS_AT + 2 * sizeof(uint64_t))
		return;
	memcpy(bytes, GL_COMPILED_MAGIC, GL_COMPILED_MAGIC_LEN);
	put_number(bytes + KEY_AT, gl_compiled_key(gl_machine_calls()));
	put_number(bytes + body, gl_hash_bytes(GL_HASH_START, bytes, body));
}

static void check_filter(struct gl_filter *filter)
{
	const struct gl_policy_facts facts[] = {{0, 0}, {UINT64_MAX, UINT32_MAX}, {0, UINT32_MAX}};
	gl_autobuf struct gl_buf text = GL_BUF_INIT;

	for (size_t i = 0; i < GL_ARRAY_SIZE(facts); i++) {
		gl_filter_settle(filter, &facts[i]);
		REQUIRE(gl_filter_check(filter, NULL) == 0);
	}
	gl_filter_disassemble(filter, gl_machine_calls(), &text);
	REQUIRE(gl_buf_error(&text) == 0 && text.len > 0);
}

static void check_location(const char *location)
{
	REQUIRE(!location || (location[0] && location[0] != '/' && strlen(location) <= GL_COMPILED_MAX_NAME));
}

static bool read_one(const unsigned char *bytes, size_t len)
{
	gl_autocompiled struct gl_compiled compiled = GL_COMPILED_INIT;
	struct gl_err err = GL_ERR_INIT;
	int r = gl_compiled_read(bytes, len, gl_machine_calls(), &compiled, &err);

	REQUIRE(r == 0 || r == -EBADMSG || r == -ESTALE || r == -ENOMEM);
	REQUIRE(!r || (err.msg[0] && compiled.file_count == 0));
	if (r)
		return false;
	REQUIRE(compiled.file_count > 0 && compiled.file_count <= GL_POLICY_MAX_FILES);
	for (size_t i = 0; i < compiled.file_count; i++)
		check_location(compiled.files[i].location);
	for (int v = 0; v < GL_FILTER_VARIANT_MAX; v++)
		check_filter(&compiled.filters[v]);
	return true;
}

static bool one(const unsigned char *bytes, size_t len)
{
	gl_autofree unsigned char *copy = malloc(len ? len : 1);

	REQUIRE(copy);
	memcpy(copy, bytes, len);
	read_one(copy, len);
	make_right(copy, len);
	return read_one(copy, len);
}

static int write_seed(const char *path)
{
	static const char text[] =
		"known-through 6.7\ndefault deny\nallow read write\n"
		"allow socket if domain in {1, 2} unless cap SYS_ADMIN\ndeny getpid if kernel < 4.8\n";
	gl_autopolicy struct gl_policy policy = GL_POLICY_INIT;
	gl_autobuf struct gl_buf bytes = GL_BUF_INIT;
	struct gl_err err = GL_ERR_INIT;
	FILE *file = fopen(path, "we");

	if (!file || gl_policy_parse(gl_machine_calls(), "seed", text, NULL, NULL, &policy, &err) < 0 ||
	    !(policy.files[0].location = strdup("../seed.policy")) ||
	    gl_compiled_write(&policy, &bytes, &err) < 0 || fwrite(bytes.data, bytes.len, 1, file) != 1 ||
	    fclose(file) != 0) {
		fprintf(stderr, "fuzz: no seed: %s\n", err.msg);
		return EXIT_FAILURE;
	}
	return EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
	if (argc == 3 && !strcmp(argv[1], "--seed"))
		return write_seed(argv[2]);
	return fuzz_main(&(struct fuzz){"compiled", one, NULL}, argc, argv);
}
