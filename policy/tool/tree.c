/*
 * What libseccomp does for us: names and numbers of calls, and the binary tree
 * over the numbers.
 *
 * The tree is built in a context for the machine that golaunch is built on,
 * whatever the target: rules are given by number and only the jumps over
 * numbers are kept.  A context for the target would translate the numbers as if
 * they were the build machine's.  What libseccomp puts before the tree (its
 * test of the architecture) is cut off: BPF jumps go forward only, so a
 * program's tail is a program.
 */
#include "policy/tool/compile.h"

#include <errno.h>
#include <seccomp.h>
#include <stddef.h>
#include <sys/mman.h>

#include "base/fd.h"
#include "base/file.h"

#define OPTIMIZE_BINARY_TREE 2
#define HIGHEST_NUMBER	     1023

int gl_tree_number(uint32_t arch, const char *name, size_t len)
{
	/* By number, not by name: for socket() on i386 libseccomp names no number, since socketcall() is there too. */
	for (int nr = 0; nr <= HIGHEST_NUMBER; nr++) {
		char *found = seccomp_syscall_resolve_num_arch(arch, nr);
		bool same = found && strlen(found) == len && !memcmp(found, name, len);

		free(found);
		if (same)
			return nr;
	}
	return -1;
}

static int add_leaves(scmp_filter_ctx context, const struct gl_leaf *leaves, size_t count)
{
	int r = seccomp_attr_set(context, SCMP_FLTATR_CTL_OPTIMIZE, OPTIMIZE_BINARY_TREE);

	/* Our own prologue has tested the machine; without this a kill that nothing reaches stands in the filter. */
	if (r == 0)
		r = seccomp_attr_set(context, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_ERRNO(ENOSYS));
	for (size_t i = 0; i < count && r == 0; i++)
		r = seccomp_rule_add(context, SCMP_ACT_ERRNO(leaves[i].data), (int)leaves[i].nr, 0);
	return r;
}

/* Compiles the leaves; the program is bytes of struct sock_filter. */
static int build(const struct gl_leaf *leaves, size_t count, char **ret_bytes, size_t *ret_len,
		 struct gl_err *err)
{
	gl_autoclose int fd = memfd_create("tree", MFD_CLOEXEC);
	scmp_filter_ctx context = seccomp_init(SCMP_ACT_ALLOW);
	int r = context ? add_leaves(context, leaves, count) : -ENOMEM;

	if (r == 0)
		r = fd >= 0 ? seccomp_export_bpf(context, fd) : -errno;
	seccomp_release(context);
	if (r < 0)
		return gl_err_sys(err, -r, "libseccomp cannot compile the tree");
	return gl_file_slurp_fd(fd, sizeof(((struct gl_program *)NULL)->insns), ret_bytes, ret_len, err);
}

static bool loads_number(const struct sock_filter *insn)
{
	return insn->code == (BPF_LD | BPF_W | BPF_ABS) && insn->k == offsetof(struct seccomp_data, nr);
}

int gl_tree_append(const struct gl_leaf *leaves, size_t count, struct gl_program *program, struct gl_err *err)
{
	char *bytes = NULL;
	size_t len = 0, i = 0, n;
	struct sock_filter insn;
	int r = build(leaves, count, &bytes, &len, err);

	if (r < 0)
		return r;
	n = len / sizeof(insn);
	for (bool in_tree = false; i < n; i++) {
		memcpy(&insn, bytes + i * sizeof(insn), sizeof(insn));
		in_tree = in_tree || loads_number(&insn);
		if (in_tree)
			gl_program_emit(program, insn.code, insn.jt, insn.jf, insn.k);
		else if (i == n - 1)
			r = gl_err_set(err, EIO, "libseccomp's program does not load the call's number");
	}
	free(bytes);
	return r;
}
