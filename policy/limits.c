/*
 * "limit" and --limit: see policy/limits.h.
 */
#include "policy/limits.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>

#include "policy/suggest.h"

static const struct {
	const char *name;
	int resource;
	bool bytes;
} limits[] = {
	{"as", RLIMIT_AS, true},
	{"core", RLIMIT_CORE, true},
	{"cpu", RLIMIT_CPU, false}, /* seconds */
	{"data", RLIMIT_DATA, true},
	{"fsize", RLIMIT_FSIZE, true},
	{"locks", RLIMIT_LOCKS, false},
	{"memlock", RLIMIT_MEMLOCK, true},
	{"msgqueue", RLIMIT_MSGQUEUE, true},
	{"nice", RLIMIT_NICE, false},
	{"nofile", RLIMIT_NOFILE, false},
	{"nproc", RLIMIT_NPROC, false},
	{"rss", RLIMIT_RSS, true},
	{"rtprio", RLIMIT_RTPRIO, false},
	{"rttime", RLIMIT_RTTIME, false}, /* microseconds */
	{"sigpending", RLIMIT_SIGPENDING, false},
	{"stack", RLIMIT_STACK, true},
};

static int shift_of(char suffix)
{
	switch (suffix) {
	case 'K':
		return 10;
	case 'M':
		return 20;
	case 'G':
		return 30;
	default:
		return 0;
	}
}

static bool parse_value(const char *text, size_t len, bool bytes, rlim_t *ret_value)
{
	uint64_t value = 0;
	int shift;

	if (len == strlen("unlimited") && !memcmp(text, "unlimited", len)) {
		*ret_value = RLIM_INFINITY;
		return true;
	}
	shift = bytes && len > 1 ? shift_of(text[len - 1]) : 0;
	if (shift > 0)
		len--;
	for (size_t i = 0; i < len; i++) {
		if (text[i] < '0' || text[i] > '9' || __builtin_mul_overflow(value, 10u, &value) ||
		    __builtin_add_overflow(value, (uint64_t)(text[i] - '0'), &value))
			return false;
	}
	if (len == 0 || value >= RLIM_INFINITY >> shift)
		return false;
	*ret_value = value << shift;
	return true;
}

static int parse_values(const char *text, bool bytes, struct rlimit *ret_value)
{
	size_t soft_len = strcspn(text, ":");
	struct rlimit value;

	if (!parse_value(text, soft_len, bytes, &value.rlim_cur))
		return -EINVAL;
	value.rlim_max = value.rlim_cur;
	text += soft_len;
	if (*text == ':' && !parse_value(text + 1, strlen(text + 1), bytes, &value.rlim_max))
		return -EINVAL;
	*ret_value = value;
	return 0;
}

void gl_limit_suggest(struct gl_suggest *suggest)
{
	for (size_t i = 0; i < GL_ARRAY_SIZE(limits); i++)
		gl_suggest_offer(suggest, limits[i].name);
}

bool gl_limit_is_name(const char *name, size_t len)
{
	for (size_t i = 0; i < GL_ARRAY_SIZE(limits); i++)
		if (strlen(limits[i].name) == len && !memcmp(limits[i].name, name, len))
			return true;
	return false;
}

int gl_limit_parse(const char *text, struct gl_limit *ret_limit, struct gl_err *err)
{
	size_t name_len = strcspn(text, "="), i = 0;
	struct gl_suggest suggest = GL_SUGGEST(text, name_len);
	struct rlimit value;

	while (i < GL_ARRAY_SIZE(limits) &&
	       (strlen(limits[i].name) != name_len || memcmp(limits[i].name, text, name_len) != 0))
		i++;
	gl_limit_suggest(&suggest);
	if (text[name_len] != '=')
		return gl_err_set(err, EINVAL, "limit '%.80s' is not of the form NAME=SOFT[:HARD]", text);
	if (i == GL_ARRAY_SIZE(limits))
		return gl_err_set(err, EINVAL, "unknown limit '%.*s'%s%s%s", (int)GL_MIN(name_len, 64u), text,
				  suggest.best ? "; did you mean '" : "", suggest.best ? suggest.best : "",
				  suggest.best ? "'?" : "");
	if (parse_values(text + name_len + 1, limits[i].bytes, &value) < 0)
		return gl_err_set(err, EINVAL, "limit '%.80s': expected %s or 'unlimited'", text,
				  limits[i].bytes ? "a size (K, M, G)" : "a number");
	if (value.rlim_cur > value.rlim_max)
		return gl_err_set(err, EINVAL, "limit '%.80s': the soft limit is above the hard one", text);
	*ret_limit = (struct gl_limit){.resource = limits[i].resource, .value = value};
	return 0;
}

const char *gl_limit_name(int resource)
{
	for (size_t i = 0; i < GL_ARRAY_SIZE(limits); i++)
		if (limits[i].resource == resource)
			return limits[i].name;
	return "limit";
}
