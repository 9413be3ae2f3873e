/*
 * Which name is near to a mistyped one.
 */
#include "policy/suggest.h"

#include "tests/lib/unit.h"

static const char *const names[] = {
	"open",	   "openat",  "openat2", "read", "readv", "write", "a", "ab", "sched_setscheduler",
	"AF_INET", "AF_INET6"};

static const struct {
	const char *word, *best;
} rows[] = {
	{"opn", "open"},
	{"opena", "openat"},
	{"raed", "read"},
	{"READ", "read"},
	{"wriet", "write"},
	{"wrong", NULL},
	{"", NULL},
	{"b", NULL},
	{"x", NULL},
	{"abc", "ab"},
	{"rea", "read"},
	{"redv", "readv"},
	{"openat3", "openat"},
	{"AF_INET5", "AF_INET"},
	{"af_inet6", "AF_INET6"},
	{"sched_setschedler", "sched_setscheduler"},
	{"schedsetscheduler", "sched_setscheduler"},
	{"reeaadd", NULL},
};

START_TEST(nearest)
{
	struct gl_suggest suggest = GL_SUGGEST(rows[_i].word, strlen(rows[_i].word));

	for (size_t i = 0; i < GL_ARRAY_SIZE(names); i++)
		gl_suggest_offer(&suggest, names[i]);
	if (rows[_i].best)
		ck_assert_str_eq(suggest.best, rows[_i].best);
	else
		ck_assert_ptr_null(suggest.best);
}
END_TEST

/* Words of any length, and not NUL-terminated ones. */
START_TEST(lengths)
{
	char word[300];
	struct gl_suggest suggest;

	memset(word, 'a', sizeof(word));
	for (size_t len = 0; len <= sizeof(word); len++) {
		char name[300];

		suggest = GL_SUGGEST(word, len);
		memset(name, 'a', sizeof(name));
		name[GL_MIN(len + 1, sizeof(name) - 1)] = '\0';
		gl_suggest_offer(&suggest, name);
		ck_assert_int_eq(suggest.best != NULL, len >= 3 && len <= 62);
	}
}
END_TEST

int main(void)
{
	Suite *s = suite_create("suggest");
	TCase *c = tcase_create("suggest");

	tcase_add_loop_test(c, nearest, 0, (int)GL_ARRAY_SIZE(rows));
	tcase_add_test(c, lengths);
	suite_add_tcase(s, c);
	return gl_unit_main(s);
}
