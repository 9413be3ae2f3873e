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
#include <ctype.h>
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <string.h>
#include <strings.h>

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

#define NAMED(name)                                                                                          \
	{                                                                                                    \
#name, name                                                                                  \
	}

/* All that <errno.h> has; the numbers are the same on every machine that golaunch is built for. */
static const struct {
	const char *name;
	int errnum;
} errnos[] = {
	/* clang-format off */
	NAMED(EPERM), NAMED(ENOENT), NAMED(ESRCH), NAMED(EINTR), NAMED(EIO), NAMED(ENXIO),
	NAMED(E2BIG), NAMED(ENOEXEC), NAMED(EBADF), NAMED(ECHILD), NAMED(EAGAIN), NAMED(ENOMEM),
	NAMED(EACCES), NAMED(EFAULT), NAMED(ENOTBLK), NAMED(EBUSY), NAMED(EEXIST), NAMED(EXDEV),
	NAMED(ENODEV), NAMED(ENOTDIR), NAMED(EISDIR), NAMED(EINVAL), NAMED(ENFILE), NAMED(EMFILE),
	NAMED(ENOTTY), NAMED(ETXTBSY), NAMED(EFBIG), NAMED(ENOSPC), NAMED(ESPIPE), NAMED(EROFS),
	NAMED(EMLINK), NAMED(EPIPE), NAMED(EDOM), NAMED(ERANGE), NAMED(EDEADLK), NAMED(ENAMETOOLONG),
	NAMED(ENOLCK), NAMED(ENOSYS), NAMED(ENOTEMPTY), NAMED(ELOOP), NAMED(ENOMSG), NAMED(EIDRM),
	NAMED(ECHRNG), NAMED(EL2NSYNC), NAMED(EL3HLT), NAMED(EL3RST), NAMED(ELNRNG), NAMED(EUNATCH),
	NAMED(ENOCSI), NAMED(EL2HLT), NAMED(EBADE), NAMED(EBADR), NAMED(EXFULL), NAMED(ENOANO),
	NAMED(EBADRQC), NAMED(EBADSLT), NAMED(EBFONT), NAMED(ENOSTR), NAMED(ENODATA), NAMED(ETIME),
	NAMED(ENOSR), NAMED(ENONET), NAMED(ENOPKG), NAMED(EREMOTE), NAMED(ENOLINK), NAMED(EADV),
	NAMED(ESRMNT), NAMED(ECOMM), NAMED(EPROTO), NAMED(EMULTIHOP), NAMED(EDOTDOT), NAMED(EBADMSG),
	NAMED(EOVERFLOW), NAMED(ENOTUNIQ), NAMED(EBADFD), NAMED(EREMCHG), NAMED(ELIBACC),
	NAMED(ELIBBAD), NAMED(ELIBSCN), NAMED(ELIBMAX), NAMED(ELIBEXEC), NAMED(EILSEQ),
	NAMED(ERESTART), NAMED(ESTRPIPE), NAMED(EUSERS), NAMED(ENOTSOCK), NAMED(EDESTADDRREQ),
	NAMED(EMSGSIZE), NAMED(EPROTOTYPE), NAMED(ENOPROTOOPT), NAMED(EPROTONOSUPPORT),
	NAMED(ESOCKTNOSUPPORT), NAMED(EOPNOTSUPP), NAMED(EPFNOSUPPORT), NAMED(EAFNOSUPPORT),
	NAMED(EADDRINUSE), NAMED(EADDRNOTAVAIL), NAMED(ENETDOWN), NAMED(ENETUNREACH),
	NAMED(ENETRESET), NAMED(ECONNABORTED), NAMED(ECONNRESET), NAMED(ENOBUFS), NAMED(EISCONN),
	NAMED(ENOTCONN), NAMED(ESHUTDOWN), NAMED(ETOOMANYREFS), NAMED(ETIMEDOUT), NAMED(ECONNREFUSED),
	NAMED(EHOSTDOWN), NAMED(EHOSTUNREACH), NAMED(EALREADY), NAMED(EINPROGRESS), NAMED(ESTALE),
	NAMED(EUCLEAN), NAMED(ENOTNAM), NAMED(ENAVAIL), NAMED(EISNAM), NAMED(EREMOTEIO),
	NAMED(EDQUOT), NAMED(ENOMEDIUM), NAMED(EMEDIUMTYPE), NAMED(ECANCELED), NAMED(ENOKEY),
	NAMED(EKEYEXPIRED), NAMED(EKEYREVOKED), NAMED(EKEYREJECTED), NAMED(EOWNERDEAD),
	NAMED(ENOTRECOVERABLE), NAMED(ERFKILL), NAMED(EHWPOISON),
	/* second names: what a denial is shown with is the first */
	NAMED(EWOULDBLOCK), NAMED(EDEADLOCK), NAMED(ENOTSUP),
	/* clang-format on */
};

static bool same(const char *name, const char *text, size_t len)
{
	return strlen(name) == len && !memcmp(name, text, len);
}

/* --- constants and arguments ------------------------------------------------------- */

const struct gl_constant *gl_vocabulary_constant(const struct gl_machine_calls *m, const char *name,
						 size_t len)
{
	for (size_t i = 0; i < m->constant_count; i++)
		if (same(gl_constant_name(&m->constants[i]), name, len))
			return &m->constants[i];
	return NULL;
}

void gl_vocabulary_suggest_constant(const struct gl_machine_calls *m, struct gl_suggest *suggest)
{
	for (size_t i = 0; i < m->constant_count; i++)
		gl_suggest_offer(suggest, gl_constant_name(&m->constants[i]));
}

bool gl_vocabulary_takes(const struct gl_argument *argument, const char *family)
{
	const char *at = gl_argument_families(argument);

	while (*at) {
		size_t len = strcspn(at, "+");

		if (same(family, at, len))
			return true;
		at += len;
		at += *at == '+';
	}
	return false;
}

const struct gl_argument *gl_vocabulary_arguments(const struct gl_machine_calls *m, uint16_t call)
{
	size_t low = 0, high = m->argument_count;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (m->arguments[middle].call < call)
			low = middle + 1;
		else
			high = middle;
	}
	return low < m->argument_count && m->arguments[low].call == call ? &m->arguments[low] : NULL;
}

static const struct gl_argument *end_of_arguments(const struct gl_machine_calls *m)
{
	return m->arguments + m->argument_count;
}

const struct gl_argument *gl_vocabulary_argument(const struct gl_machine_calls *m, uint16_t call,
						 const char *name, size_t len)
{
	const struct gl_argument *a = gl_vocabulary_arguments(m, call);

	for (; a && a < end_of_arguments(m) && a->call == call; a++)
		if (same(gl_argument_name(a), name, len))
			return a;
	return NULL;
}

const struct gl_argument *gl_vocabulary_argument_at(const struct gl_machine_calls *m, uint16_t call,
						    unsigned index)
{
	const struct gl_argument *a = gl_vocabulary_arguments(m, call);

	for (; a && a < end_of_arguments(m) && a->call == call; a++)
		if (a->index == index)
			return a;
	return NULL;
}

void gl_vocabulary_suggest_argument(const struct gl_machine_calls *m, uint16_t call,
				    struct gl_suggest *suggest)
{
	const struct gl_argument *a = gl_vocabulary_arguments(m, call);

	for (; a && a < end_of_arguments(m) && a->call == call; a++)
		gl_suggest_offer(suggest, gl_argument_name(a));
}

/* --- errno, limits ------------------------------------------------------------------- */

bool gl_vocabulary_errno(const char *name, size_t len, int *ret_errnum)
{
	for (size_t i = 0; i < GL_ARRAY_SIZE(errnos); i++) {
		if (same(errnos[i].name, name, len)) {
			*ret_errnum = errnos[i].errnum;
			return true;
		}
	}
	return false;
}

const char *gl_vocabulary_errno_name(int errnum)
{
	for (size_t i = 0; i < GL_ARRAY_SIZE(errnos); i++)
		if (errnos[i].errnum == errnum)
			return errnos[i].name;
	return NULL;
}

void gl_vocabulary_suggest_errno(struct gl_suggest *suggest)
{
	for (size_t i = 0; i < GL_ARRAY_SIZE(errnos); i++)
		gl_suggest_offer(suggest, errnos[i].name);
}

/* --- capabilities --------------------------------------------------------------------- */

static void skip_prefix(const char **name, size_t *len)
{
	if (*len > 4 && !strncasecmp(*name, "cap_", 4)) {
		*name += 4;
		*len -= 4;
	}
}

bool gl_vocabulary_capability(const char *name, size_t len, unsigned *ret_capability)
{
	char copy[NAME_MAX_LEN];
	int capability;

	skip_prefix(&name, &len);
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

bool gl_vocabulary_capability_name(unsigned capability, char name[GL_CAPABILITY_NAME])
{
	const char *known = capability < 64 ? capng_capability_to_name(capability) : NULL;
	size_t len = known ? strlen(known) : 0;

	/* libcap-ng makes up "cap_41" for those without a name. */
	if (len == 0 || len >= GL_CAPABILITY_NAME || !strncmp(known, "cap_", 4))
		return false;
	for (size_t i = 0; i <= len; i++)
		name[i] = (char)toupper((unsigned char)known[i]);
	return true;
}

bool gl_vocabulary_suggest_capability(const char *text, size_t len, char name[GL_CAPABILITY_NAME])
{
	struct gl_suggest suggest;
	char candidate[GL_CAPABILITY_NAME];
	bool found = false;

	skip_prefix(&text, &len);
	suggest = GL_SUGGEST(text, len);
	for (unsigned i = 0; i < 64; i++) {
		if (!gl_vocabulary_capability_name(i, candidate))
			continue;
		suggest.best = NULL;
		gl_suggest_offer(&suggest, candidate);
		if (!suggest.best)
			continue;
		memcpy(name, candidate, sizeof(candidate));
		found = true;
	}
	return found;
}
