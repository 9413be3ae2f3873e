/*
 * Capability sets: see sandbox/capsets.h for the rules and their sources.
 */
#include "sandbox/capsets.h"

#include <errno.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "policy/vocabulary.h"

#define HIGHEST_POSSIBLE 63

static uint64_t bit(unsigned capability)
{
	return UINT64_C(1) << capability;
}

/* The set whose members prctl(option, argument, capability) answers 1; EINVAL is past the last capability. */
static uint64_t read_by_prctl(int option, unsigned long first)
{
	uint64_t set = 0;

	for (unsigned capability = 0; capability <= HIGHEST_POSSIBLE; capability++) {
		int r = option == PR_CAP_AMBIENT ? prctl(option, first, (unsigned long)capability, 0UL, 0UL)
						 : prctl(option, (unsigned long)capability, 0UL, 0UL, 0UL);

		if (r < 0)
			break;
		if (r > 0)
			set |= bit(capability);
	}
	return set;
}

int gl_capsets_read(struct gl_capsets *ret_sets, struct gl_err *err)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {{0}};
	struct gl_capsets sets;

	if (syscall(SYS_capget, &header, data) < 0)
		return gl_err_sys(err, errno, "cannot read our capabilities");
	sets.permitted = (uint64_t)data[1].permitted << 32 | data[0].permitted;
	sets.effective = (uint64_t)data[1].effective << 32 | data[0].effective;
	sets.inheritable = (uint64_t)data[1].inheritable << 32 | data[0].inheritable;
	sets.bounding = read_by_prctl(PR_CAPBSET_READ, 0);
	/* Ambient is within inheritable, which is nearly always empty. */
	sets.ambient = sets.inheritable ? read_by_prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET) : 0;
	*ret_sets = sets;
	return 0;
}

struct gl_capsets gl_capsets_after_setuid(const struct gl_capsets *sets, bool was_root, bool will_be_root)
{
	struct gl_capsets after = *sets;

	if (was_root && !will_be_root) {
		after.permitted = 0;
		after.effective = 0;
		after.ambient = 0;
	}
	if (will_be_root)
		after.effective = after.permitted;
	return after;
}

uint64_t gl_capsets_reachable(const struct gl_capsets *sets, bool no_new_privs)
{
	uint64_t reachable = sets->bounding | sets->inheritable;

	return no_new_privs ? reachable & sets->permitted : reachable;
}

/* The request while it is read: what the program shall have, and what it may gain. */
struct draft {
	const struct gl_capsets *current;
	uint64_t wanted, bounding, inheritable;
};

/* +NAME or -NAME */
static int change_one(struct draft *draft, const char *item, size_t len, struct gl_err *err)
{
	unsigned capability;
	uint64_t b;

	if (len < 2 || (item[0] != '+' && item[0] != '-'))
		return gl_err_set(err, EINVAL, "capability request '%.*s' is not +NAME, -NAME, none or keep",
				  (int)GL_MIN(len, 64u), item);
	if (!gl_vocabulary_capability(item + 1, len - 1, &capability))
		return gl_err_set(err, EINVAL, "unknown capability '%.*s'", (int)GL_MIN(len - 1, 64u),
				  item + 1);
	b = bit(capability);
	if (item[0] == '-') {
		draft->wanted &= ~b;
		draft->bounding &= ~b;
		draft->inheritable &= ~b;
		return 0;
	}
	if (!(draft->current->permitted & b) || !(draft->current->bounding & b))
		return gl_err_set(err, EPERM, "cannot give capability '%.*s': golaunch does not have it",
				  (int)(len - 1), item + 1);
	draft->wanted |= b;
	draft->bounding |= b;
	return 0;
}

/* One item; "none" and "keep" are read at the beginning only. */
static int apply_item(struct draft *draft, const char *item, size_t len, bool first, struct gl_err *err)
{
	if (first && len == 4 && !memcmp(item, "none", 4)) {
		draft->wanted = draft->bounding = draft->inheritable = 0;
		return 0;
	}
	if (first && len == 4 && !memcmp(item, "keep", 4)) {
		draft->wanted = draft->current->permitted;
		return 0;
	}
	return change_one(draft, item, len, err);
}

int gl_capsets_request(const char *request, const struct gl_capsets *current,
		       const struct gl_capsets *would_be, bool root, struct gl_capsets *ret_sets,
		       struct gl_err *err)
{
	struct draft draft = {
		.current = current,
		.wanted = root ? would_be->permitted : would_be->ambient,
		.bounding = would_be->bounding,
		.inheritable = would_be->inheritable,
	};

	for (const char *item = request;; item++) {
		size_t len = strcspn(item, ",");
		int r = apply_item(&draft, item, len, item == request, err);

		if (r < 0)
			return r;
		item += len;
		if (!*item)
			break;
	}
	/*
	 * root gains bounding | inheritable by every execve; another user keeps
	 * what is ambient, which must be inheritable.
	 */
	*ret_sets = (struct gl_capsets){
		.bounding = draft.bounding,
		.permitted = draft.wanted,
		.effective = draft.wanted,
		.inheritable = root ? draft.inheritable : draft.inheritable | draft.wanted,
		.ambient = root ? would_be->ambient & draft.wanted & draft.inheritable : draft.wanted,
	};
	return 0;
}
