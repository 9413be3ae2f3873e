/*
 * The names of a policy, as tables.
 *
 * libcap-ng is linked for its table of capability names only.  Its object file
 * also holds capng_change_id(), which refers to initgroups() and getpwuid():
 * in a static program these would bring in all of NSS, which does not work
 * there.  Nothing here changes ids through libcap-ng, so both are defined
 * below, in the object that refers to libcap-ng, and fail.
 */
#include "policy/vocabulary.h"

#include <cap-ng.h>
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/personality.h>
#include <sys/socket.h>

#define NAME_MAX_LEN 64

int initgroups(const char *user, gid_t group)
{
	(void)user;
	(void)group;
	errno = ENOSYS;
	return -1;
}

struct passwd *getpwuid(uid_t uid)
{
	(void)uid;
	errno = ENOSYS;
	return NULL;
}

struct named_value {
	const char *name;
	uint32_t value;
};

#define CONSTANT(name)                                                                                       \
	{                                                                                                    \
#name, (uint32_t)(name)                                                                      \
	}

static const struct named_value constants[] = {
	CONSTANT(AF_UNIX),	   CONSTANT(AF_INET),	   CONSTANT(AF_INET6),	   CONSTANT(AF_NETLINK),
	CONSTANT(AF_PACKET),	   CONSTANT(AF_ALG),	   CONSTANT(AF_VSOCK),	   CONSTANT(CLONE_NEWNS),
	CONSTANT(CLONE_NEWCGROUP), CONSTANT(CLONE_NEWUTS), CONSTANT(CLONE_NEWIPC), CONSTANT(CLONE_NEWUSER),
	CONSTANT(CLONE_NEWPID),	   CONSTANT(CLONE_NEWNET), CONSTANT(PER_LINUX),	   CONSTANT(PER_LINUX32),
	CONSTANT(UNAME26),	   CONSTANT(TIOCSTI),	   CONSTANT(TIOCLINUX),
};

static const struct named_value errnos[] = {
	CONSTANT(EPERM),  CONSTANT(ENOENT), CONSTANT(EACCES),	  CONSTANT(ENODEV),
	CONSTANT(EINVAL), CONSTANT(ENOSYS), CONSTANT(EOPNOTSUPP),
};

static const struct {
	const char *call, *name;
	unsigned index;
} arguments[] = {
	{"clone", "flags", 0}, /* unsigned long, but the kernel takes lower_32_bits() of it; s390 has it second */
	{"socket", "domain", 0},							   /* int */
	{"socket", "type", 1},	       {"socket", "protocol", 2}, {"ioctl", "request", 1}, /* unsigned int */
	{"personality", "persona", 0},							   /* unsigned int */
};

static bool same(const char *name, const char *text, size_t len)
{
	return strlen(name) == len && !memcmp(name, text, len);
}

static const struct named_value *find(const struct named_value *table, size_t count, const char *name,
				      size_t len)
{
	for (size_t i = 0; i < count; i++)
		if (same(table[i].name, name, len))
			return &table[i];
	return NULL;
}

bool gl_vocabulary_constant(const char *name, size_t len, uint32_t *ret_value)
{
	const struct named_value *found = find(constants, GL_ARRAY_SIZE(constants), name, len);

	if (found)
		*ret_value = found->value;
	return found;
}

bool gl_vocabulary_errno(const char *name, size_t len, int *ret_errnum)
{
	const struct named_value *found = find(errnos, GL_ARRAY_SIZE(errnos), name, len);

	if (found)
		*ret_errnum = (int)found->value;
	return found;
}

bool gl_vocabulary_argument(const char *call, size_t call_len, const char *name, size_t len,
			    unsigned *ret_index)
{
	for (size_t i = 0; i < GL_ARRAY_SIZE(arguments); i++) {
		if (same(arguments[i].call, call, call_len) && same(arguments[i].name, name, len)) {
			*ret_index = arguments[i].index;
			return true;
		}
	}
	return false;
}

bool gl_vocabulary_capability(const char *name, size_t len, unsigned *ret_capability)
{
	char copy[NAME_MAX_LEN];
	int capability;

	if (len > 4 && !strncasecmp(name, "cap_", 4)) {
		name += 4;
		len -= 4;
	}
	if (len == 0 || len >= sizeof(copy))
		return false;
	memcpy(copy, name, len);
	copy[len] = '\0';
	capability = capng_name_to_capability(copy);
	if (capability < 0 || capability > 63)
		return false;
	*ret_capability = (unsigned)capability;
	return true;
}
