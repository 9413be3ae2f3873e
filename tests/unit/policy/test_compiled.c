/*
 * Compiled policies: what is written is read again, the same; what is damaged,
 * stale or forged is refused.
 */
#include "policy/compiled.h"

#include <errno.h>
#include <linux/bpf_common.h>
#include <linux/seccomp.h>

#include "base/hash.h"
#include "policy/group.h"
#include "policy/kernel.h"
#include "tests/lib/unit.h"

#define TEXT                                                                                                 \
	"known-through 6.7\ndefault allow\ndeny mount unless cap SYS_ADMIN\n"                                \
	"deny socket if domain == 1 unless cap SYS_ADMIN\n"
#define MACHINE	 "x86_64"
#define LOCATION "../b/a.policy"

static const struct gl_machine_calls *machine(void)
{
	return gl_machine_calls_of(MACHINE);
}

static struct gl_buf write_text(const char *text)
{
	gl_autopolicy struct gl_policy policy = GL_POLICY_INIT;
	struct gl_buf bytes = GL_BUF_INIT;
	struct gl_err err = GL_ERR_INIT;

	ck_assert_msg(gl_policy_parse(machine(), "a.policy", text, NULL, NULL, &policy, &err) == 0, "%s",
		      err.msg);
	policy.files[0].location = strdup(LOCATION);
	ck_assert_ptr_nonnull(policy.files[0].location);
	ck_assert_msg(gl_compiled_write(&policy, &bytes, &err) == 0, "%s", err.msg);
	return bytes;
}

/* Makes the hash at the end right again, so that what was changed is looked at. */
static void forge(struct gl_buf *bytes)
{
	size_t body = bytes->len - sizeof(uint64_t);
	uint64_t hash = gl_hash_bytes(GL_HASH_START, bytes->data, body);

	for (size_t i = 0; i < sizeof(hash); i++)
		bytes->data[body + i] = (char)(hash >> 8 * i);
}

/* From a copy of just that length, so that a sanitizer sees what is read behind it. */
static int read_bytes(const struct gl_buf *bytes, size_t len, const char *name, struct gl_err *err)
{
	gl_autocompiled struct gl_compiled compiled = GL_COMPILED_INIT;
	char *copy = malloc(len ? len : 1);
	int r;

	ck_assert_ptr_nonnull(copy);
	memcpy(copy, bytes->data, len);
	r = gl_compiled_read(copy, len, gl_machine_calls_of(name), &compiled, err);
	free(copy);
	return r;
}

START_TEST(read_again)
{
	gl_autobuf struct gl_buf bytes = write_text(TEXT);
	gl_autocompiled struct gl_compiled compiled = GL_COMPILED_INIT;
	gl_autopolicy struct gl_policy policy = GL_POLICY_INIT;
	struct gl_err err = GL_ERR_INIT;

	ck_assert(gl_compiled_is(bytes.data, bytes.len));
	ck_assert_int_eq(gl_compiled_read(bytes.data, bytes.len, machine(), &compiled, &err), 0);
	ck_assert_uint_eq(compiled.known_through, GL_KERNEL(6, 7));
	ck_assert_uint_eq(compiled.file_count, 1);
	ck_assert_str_eq(compiled.files[0].name, "a.policy");
	ck_assert_str_eq(compiled.files[0].text, TEXT);
	ck_assert_str_eq(compiled.files[0].location, LOCATION);
	ck_assert_int_eq(gl_policy_parse(machine(), "a.policy", TEXT, NULL, NULL, &policy, &err), 0);
	for (int v = 0; v < GL_FILTER_VARIANT_MAX; v++) {
		gl_autofilter struct gl_filter filter = GL_FILTER_INIT;
		const struct gl_filter *read = &compiled.filters[v];

		ck_assert_int_eq(gl_policy_compile(&policy, (enum gl_filter_variant)v, NULL, &filter, &err),
				 0);
		ck_assert_uint_eq(read->count, filter.count);
		ck_assert_uint_eq(read->patch_count, filter.patch_count);
		ck_assert_mem_eq(read->insns, filter.insns, filter.count * sizeof(*filter.insns));
		ck_assert_mem_eq(read->patches, filter.patches, filter.patch_count * sizeof(*filter.patches));
	}
}
END_TEST

START_TEST(texts_that_are_included)
{
	gl_autobuf struct gl_buf bytes = write_text("include default\n");
	gl_autocompiled struct gl_compiled compiled = GL_COMPILED_INIT;
	struct gl_err err = GL_ERR_INIT;

	ck_assert_int_eq(gl_compiled_read(bytes.data, bytes.len, machine(), &compiled, &err), 0);
	ck_assert_uint_eq(compiled.file_count, 2);
	ck_assert_str_eq(compiled.files[1].name, "default");
	ck_assert_str_eq(compiled.files[1].text, gl_preset_text_find("default", 7)->text);
	ck_assert_ptr_null(compiled.files[1].location);
}
END_TEST

START_TEST(cut_short)
{
	gl_autobuf struct gl_buf bytes = write_text("known-through 6.7\ndefault kill\nabis native\n");

	for (size_t len = 0; len < bytes.len; len++) {
		struct gl_err err = GL_ERR_INIT;

		ck_assert_int_eq(read_bytes(&bytes, len, MACHINE, &err), -EBADMSG);
		ck_assert_str_ne(err.msg, "");
	}
}
END_TEST

/* Every bit matters: the hash sees it. */
START_TEST(damaged)
{
	gl_autobuf struct gl_buf bytes = write_text("known-through 6.7\ndefault kill\nabis native\n");

	for (size_t i = 0; i < bytes.len * 8; i++) {
		struct gl_err err = GL_ERR_INIT;

		bytes.data[i / 8] ^= (char)(1 << i % 8);
		ck_assert_int_eq(read_bytes(&bytes, bytes.len, MACHINE, &err), -EBADMSG);
		bytes.data[i / 8] ^= (char)(1 << i % 8);
	}
}
END_TEST

/* With a right hash: whatever is accepted is a filter that the kernel takes. */
START_TEST(forged)
{
	gl_autobuf struct gl_buf bytes = write_text("known-through 6.7\ndefault kill\nabis native\n");
	size_t accepted = 0;

	for (size_t i = 0; i < bytes.len - sizeof(uint64_t); i++) {
		const char was = bytes.data[i], tries[] = {0, 1, (char)0xff, (char)(was + 1)};

		for (size_t j = 0; j < sizeof(tries); j++) {
			struct gl_err err = GL_ERR_INIT;
			int r;

			bytes.data[i] = tries[j];
			forge(&bytes);
			r = read_bytes(&bytes, bytes.len, MACHINE, &err);
			ck_assert(r == 0 || r == -EBADMSG || r == -ESTALE);
			accepted += r == 0;
			bytes.data[i] = was;
		}
	}
	ck_assert_uint_gt(accepted, 0);
}
END_TEST

START_TEST(stale)
{
	gl_autobuf struct gl_buf bytes = write_text(TEXT);
	struct gl_err err = GL_ERR_INIT;

	ck_assert_int_eq(read_bytes(&bytes, bytes.len, "aarch64", &err), -ESTALE);
	ck_assert_str_eq(err.msg, "compiled for another machine than aarch64");
	bytes.data[16] ^= 1; /* the key */
	forge(&bytes);
	ck_assert_int_eq(read_bytes(&bytes, bytes.len, MACHINE, &err), -ESTALE);
	ck_assert_str_eq(err.msg, "compiled by another golaunch: compile it again");
	bytes.data[16] ^= 1;
	bytes.data[8]++; /* the format */
	forge(&bytes);
	ck_assert_int_eq(read_bytes(&bytes, bytes.len, MACHINE, &err), -ESTALE);
}
END_TEST

/* As gl_compiled_locate() would never have it. */
static void expect_damaged(const char *location, size_t files)
{
	gl_autopolicy struct gl_policy policy = GL_POLICY_INIT;
	gl_autobuf struct gl_buf bytes = GL_BUF_INIT;
	struct gl_policy_file many[GL_POLICY_MAX_FILES + 1], *own;
	struct gl_err err = GL_ERR_INIT;

	ck_assert_int_eq(gl_policy_parse(machine(), "a.policy", TEXT, NULL, NULL, &policy, &err), 0);
	own = policy.files;
	for (size_t i = 0; i < GL_ARRAY_SIZE(many); i++) {
		many[i] = own[0];
		many[i].location = (char *)(uintptr_t)location;
	}
	policy.files = many;
	policy.file_count = files;
	ck_assert_int_eq(gl_compiled_write(&policy, &bytes, &err), 0);
	policy.files = own;
	policy.file_count = 1;
	ck_assert_int_eq(read_bytes(&bytes, bytes.len, MACHINE, &err), -EBADMSG);
	ck_assert_str_eq(err.msg, "a damaged compiled policy");
}

START_TEST(hostile_locations)
{
	gl_autobuf struct gl_buf bytes = write_text(TEXT);
	char *at = memmem(bytes.data, bytes.len, LOCATION, strlen(LOCATION));
	struct gl_err err = GL_ERR_INIT;
	char longest[GL_COMPILED_MAX_NAME + 2];

	memset(longest, 'x', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	expect_damaged("/etc/golaunch/a.policy", 1);
	expect_damaged("/", 1);
	expect_damaged(longest, 1);
	expect_damaged("a.policy", GL_POLICY_MAX_FILES + 1);
	ck_assert_ptr_nonnull(at);
	at[3] = '\0';
	forge(&bytes);
	ck_assert_int_eq(read_bytes(&bytes, bytes.len, MACHINE, &err), -EBADMSG);
}
END_TEST

START_TEST(other_files)
{
	const char *const files[] = {"",
				     "\x7f"
				     "ELF",
				     "# a policy as text\ndefault allow\n", GL_COMPILED_MAGIC};

	for (size_t i = 0; i < GL_ARRAY_SIZE(files); i++) {
		gl_autocompiled struct gl_compiled compiled = GL_COMPILED_INIT;
		struct gl_err err = GL_ERR_INIT;

		ck_assert_int_eq(gl_compiled_read(files[i], strlen(files[i]), machine(), &compiled, &err),
				 -EBADMSG);
		ck_assert_str_eq(err.msg, i < 3 ? "not a compiled policy" : "a damaged compiled policy");
	}
}
END_TEST

/* What gl_filter_check() refuses, by itself. */
static const struct {
	struct sock_filter insns[3];
	size_t count;
	struct gl_filter_patch patch; /* if its instruction is not -1 */
	int result;
} filters[] = {
#define RETURN                                                                                               \
	{                                                                                                    \
		BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW                                                     \
	}
#define LOAD(k)                                                                                              \
	{                                                                                                    \
		BPF_LD | BPF_W | BPF_ABS, 0, 0, (k)                                                          \
	}
#define GOTO(k)                                                                                              \
	{                                                                                                    \
		BPF_JMP | BPF_JA, 0, 0, (k)                                                                  \
	}
#define IF(jt, jf)                                                                                           \
	{                                                                                                    \
		BPF_JMP | BPF_JEQ | BPF_K, (jt), (jf), 0                                                     \
	}
#define NO_PATCH                                                                                             \
	{                                                                                                    \
		.instruction = UINT32_MAX                                                                    \
	}
#define PATCH(i, t, f)                                                                                       \
	{                                                                                                    \
		.instruction = (i), .if_true = (t), .if_false = (f)                                          \
	}
	{{RETURN}, 1, NO_PATCH, 0},
	{{RETURN}, 0, NO_PATCH, -EBADMSG},
	{{LOAD(0)}, 1, NO_PATCH, -EBADMSG},
	{{LOAD(0), RETURN}, 2, NO_PATCH, 0},
	{{LOAD(60), RETURN}, 2, NO_PATCH, 0},
	{{LOAD(64), RETURN}, 2, NO_PATCH, -EBADMSG},
	{{LOAD(2), RETURN}, 2, NO_PATCH, -EBADMSG},
	{{LOAD(0xfffffffc), RETURN}, 2, NO_PATCH, -EBADMSG},
	{{GOTO(0), RETURN}, 2, NO_PATCH, 0},
	{{GOTO(1), RETURN}, 2, NO_PATCH, -EBADMSG},
	{{GOTO(0xffffffff), RETURN}, 2, NO_PATCH, -EBADMSG},
	{{GOTO(1), RETURN, RETURN}, 3, NO_PATCH, 0},
	{{IF(1, 0), RETURN, RETURN}, 3, NO_PATCH, 0},
	{{IF(2, 0), RETURN, RETURN}, 3, NO_PATCH, -EBADMSG},
	{{IF(0, 2), RETURN, RETURN}, 3, NO_PATCH, -EBADMSG},
	{{IF(255, 255), RETURN, RETURN}, 3, NO_PATCH, -EBADMSG},
	{{{BPF_RET | BPF_A, 0, 0, 0}}, 1, NO_PATCH, -EBADMSG},
	{{{BPF_LD | BPF_B | BPF_ABS, 0, 0, 0}, RETURN}, 2, NO_PATCH, -EBADMSG},
	{{{BPF_ST, 0, 0, 99}, RETURN}, 2, NO_PATCH, -EBADMSG},
	{{{BPF_ALU | BPF_DIV | BPF_K, 0, 0, 0}, RETURN}, 2, NO_PATCH, -EBADMSG},
	{{{0xffff, 0, 0, 0}, RETURN}, 2, NO_PATCH, -EBADMSG},
	{{GOTO(0), RETURN, RETURN}, 3, PATCH(0, 0, 1), 0},
	{{GOTO(0), RETURN, RETURN}, 3, PATCH(0, 0, 2), -EBADMSG},
	{{GOTO(0), RETURN, RETURN}, 3, PATCH(0, 2, 0), -EBADMSG},
	{{GOTO(0), RETURN, RETURN}, 3, PATCH(2, 5, 7), 0},
	{{GOTO(0), RETURN, RETURN}, 3, PATCH(3, 0, 0), -EBADMSG},
	{{IF(0, 0), RETURN, RETURN}, 3, PATCH(0, 0, 0), -EBADMSG},
	{{LOAD(0), RETURN, RETURN}, 3, PATCH(0, 0, 0), -EBADMSG},
};

START_TEST(checks)
{
	struct sock_filter insns[3];
	struct gl_filter_patch patch = filters[_i].patch;
	const struct gl_filter filter = {insns, filters[_i].count, &patch, patch.instruction != UINT32_MAX};
	struct gl_err err = GL_ERR_INIT;

	memcpy(insns, filters[_i].insns, sizeof(insns));
	ck_assert_int_eq(gl_filter_check(&filter, &err), filters[_i].result);
}
END_TEST

/* All that gives a text its meaning: what a filter was made with is what it is explained with. */
START_TEST(key_of_names)
{
	const struct gl_machine_calls *m = gl_machine_calls();
	struct gl_constant constants[] = {m->constants[0], m->constants[1]};
	struct gl_argument arguments[] = {m->arguments[0], m->arguments[1]};
	struct gl_machine_calls other = *m;
	uint64_t same;

	other.constants = constants;
	other.constant_count = GL_ARRAY_SIZE(constants);
	other.arguments = arguments;
	other.argument_count = GL_ARRAY_SIZE(arguments);
	same = gl_compiled_key(&other);
	ck_assert(same != gl_compiled_key(m));
	constants[1].value++;
	ck_assert(gl_compiled_key(&other) != same);
	constants[1].value--;
	ck_assert(gl_compiled_key(&other) == same);
	arguments[0].index++;
	ck_assert(gl_compiled_key(&other) != same);
	arguments[0].index--;
	other.through++;
	ck_assert(gl_compiled_key(&other) != same);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("compiled");
	TCase *c = tcase_create("compiled");

	tcase_set_timeout(c, 60);
	tcase_add_test(c, read_again);
	tcase_add_test(c, texts_that_are_included);
	tcase_add_test(c, cut_short);
	tcase_add_test(c, damaged);
	tcase_add_test(c, forged);
	tcase_add_test(c, stale);
	tcase_add_test(c, hostile_locations);
	tcase_add_test(c, other_files);
	tcase_add_loop_test(c, checks, 0, (int)GL_ARRAY_SIZE(filters));
	tcase_add_test(c, key_of_names);
	suite_add_tcase(s, c);
	return gl_unit_main(s);
}
