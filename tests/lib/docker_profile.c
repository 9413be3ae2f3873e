/*
 * Reads and compiles Docker's profile: see tests/lib/docker_profile.h.
 */
#include "tests/lib/docker_profile.h"

#include <errno.h>
#include <jansson.h>
#include <linux/bpf_common.h>
#include <seccomp.h>
#include <sys/mman.h>

#include "base/fd.h"
#include "base/file.h"
#include "policy/kernel.h"
#include "policy/vocabulary.h"

static const struct {
	const char *name;
	uint32_t value;
} arches[] =
	{
		{"SCMP_ARCH_X86_64", SCMP_ARCH_X86_64}, {"SCMP_ARCH_X86", SCMP_ARCH_X86},
		{"SCMP_ARCH_X32", SCMP_ARCH_X32},	{"SCMP_ARCH_AARCH64", SCMP_ARCH_AARCH64},
		{"SCMP_ARCH_ARM", SCMP_ARCH_ARM},
},
  ops[] = {
	  {"SCMP_CMP_NE", SCMP_CMP_NE},
	  {"SCMP_CMP_LT", SCMP_CMP_LT},
	  {"SCMP_CMP_LE", SCMP_CMP_LE},
	  {"SCMP_CMP_EQ", SCMP_CMP_EQ},
	  {"SCMP_CMP_GE", SCMP_CMP_GE},
	  {"SCMP_CMP_GT", SCMP_CMP_GT},
	  {"SCMP_CMP_MASKED_EQ", SCMP_CMP_MASKED_EQ},
};

static uint32_t arch_of(const char *name)
{
	for (size_t i = 0; i < sizeof(arches) / sizeof(arches[0]); i++)
		if (!strcmp(arches[i].name, name))
			return arches[i].value;
	return 0;
}

static bool lists(const json_t *array, const char *text)
{
	size_t i;
	const json_t *item;

	json_array_foreach(array, i, item) if (!strcmp(json_string_value(item), text)) return true;
	return false;
}

static bool has_cap(uint64_t caps, const char *name)
{
	unsigned capability;

	return gl_vocabulary_capability(name, strlen(name), &capability) && (caps >> capability & 1);
}

static bool kernel_at_least(uint32_t kernel, const json_t *min)
{
	const char *text = json_string_value(min);
	uint32_t wanted = 0;

	return gl_kernel_parse(text, strlen(text), &wanted) && kernel >= wanted;
}

/* seccomp_linux.go: a rule stays if nothing it excludes is there and all it includes is. */
static bool selected(const json_t *rule, const struct gl_docker_case *what)
{
	const json_t *excludes = json_object_get(rule, "excludes"),
		     *includes = json_object_get(rule, "includes");
	const json_t *item, *kernel;
	size_t i;

	if (lists(json_object_get(excludes, "arches"), what->machine))
		return false;
	json_array_foreach(json_object_get(excludes, "caps"), i,
			   item) if (has_cap(what->caps, json_string_value(item))) return false;
	kernel = json_object_get(excludes, "minKernel");
	if (kernel && kernel_at_least(what->kernel, kernel))
		return false;
	if (json_array_size(json_object_get(includes, "arches")) > 0 &&
	    !lists(json_object_get(includes, "arches"), what->machine))
		return false;
	json_array_foreach(json_object_get(includes, "caps"), i,
			   item) if (!has_cap(what->caps, json_string_value(item))) return false;
	kernel = json_object_get(includes, "minKernel");
	return !kernel || kernel_at_least(what->kernel, kernel);
}

static enum scmp_compare op_of(const char *name)
{
	for (size_t i = 0; i < sizeof(ops) / sizeof(ops[0]); i++)
		if (!strcmp(ops[i].name, name))
			return (enum scmp_compare)ops[i].value;
	return _SCMP_CMP_MIN;
}

static struct scmp_arg_cmp argument_of(const json_t *arg)
{
	return (struct scmp_arg_cmp){
		.arg = (unsigned)json_integer_value(json_object_get(arg, "index")),
		.op = op_of(json_string_value(json_object_get(arg, "op"))),
		.datum_a = (scmp_datum_t)json_integer_value(json_object_get(arg, "value")),
		.datum_b = (scmp_datum_t)json_integer_value(json_object_get(arg, "valueTwo")),
	};
}

/* The profile's rules have one argument at most; runc would split more on the same index. */
static bool add_call(scmp_filter_ctx context, const char *name, uint32_t action, const json_t *args)
{
	struct scmp_arg_cmp compare[1];
	int nr = seccomp_syscall_resolve_name(name);
	size_t count = json_array_size(args);
	int r;

	if (nr == __NR_SCMP_ERROR) /* runc passes over names that libseccomp does not know */
		return true;
	if (count > 1)
		return false;
	if (count == 1)
		compare[0] = argument_of(json_array_get(args, 0));
	r = seccomp_rule_add_array(context, action, nr, (unsigned)count, compare);
	return r == 0 || r == -EEXIST;
}

static bool action_of(const json_t *rule, uint32_t *ret_action)
{
	const char *name = json_string_value(json_object_get(rule, "action"));
	const json_t *errnum = json_object_get(rule, "errnoRet");

	if (!strcmp(name, "SCMP_ACT_ALLOW"))
		*ret_action = SCMP_ACT_ALLOW;
	else if (!strcmp(name, "SCMP_ACT_ERRNO"))
		*ret_action = SCMP_ACT_ERRNO(errnum ? (uint32_t)json_integer_value(errnum) : EPERM);
	else
		return false;
	return true;
}

static bool add_rule(scmp_filter_ctx context, const json_t *rule)
{
	const json_t *name;
	uint32_t action;
	size_t i;

	if (!action_of(rule, &action))
		return false;
	json_array_foreach(json_object_get(rule, "names"), i,
			   name) if (!add_call(context, json_string_value(name), action,
					       json_object_get(rule, "args"))) return false;
	return true;
}

static bool add_arches(scmp_filter_ctx context, const json_t *profile, const struct gl_docker_case *what)
{
	const char *native = strcmp(what->machine, "amd64") ? "SCMP_ARCH_AARCH64" : "SCMP_ARCH_X86_64";
	const json_t *entry, *sub;
	size_t i, j;

	seccomp_arch_remove(context, SCMP_ARCH_NATIVE);
	json_array_foreach(json_object_get(profile, "archMap"), i, entry)
	{
		if (strcmp(json_string_value(json_object_get(entry, "architecture")), native) != 0)
			continue;
		if (seccomp_arch_add(context, arch_of(native)) < 0)
			return false;
		json_array_foreach(json_object_get(entry, "subArchitectures"), j,
				   sub) if (seccomp_arch_add(context, arch_of(json_string_value(sub))) <
					    0) return false;
		return true;
	}
	return false;
}

static bool add_all(scmp_filter_ctx context, const json_t *profile, const struct gl_docker_case *what)
{
	const json_t *rule;
	size_t i;

	if (!add_arches(context, profile, what))
		return false;
	json_array_foreach(json_object_get(profile, "syscalls"), i,
			   rule) if (selected(rule, what) && !add_rule(context, rule)) return false;
	return true;
}

static bool export(scmp_filter_ctx context, struct gl_docker_filter *ret)
{
	gl_autoclose int fd = memfd_create("docker", MFD_CLOEXEC);
	struct gl_err err = GL_ERR_INIT;
	char *bytes;
	size_t len;

	if (fd < 0 || seccomp_export_bpf(context, fd) < 0 ||
	    gl_file_slurp_fd(fd, BPF_MAXINSNS * sizeof(*ret->insns), &bytes, &len, &err) < 0)
		return false;
	ret->insns = (struct sock_filter *)(void *)bytes;
	ret->count = len / sizeof(*ret->insns);
	return true;
}

bool gl_docker_compile(const char *json, const struct gl_docker_case *what, struct gl_docker_filter *ret)
{
	json_t *profile = json_loads(json, 0, NULL);
	uint32_t errnum = (uint32_t)json_integer_value(json_object_get(profile, "defaultErrnoRet"));
	scmp_filter_ctx context = seccomp_init(SCMP_ACT_ERRNO(errnum ? errnum : EPERM));
	bool ok = profile && context &&
		  seccomp_attr_set(context, SCMP_FLTATR_CTL_OPTIMIZE, what->tree ? 2 : 1) == 0 &&
		  add_all(context, profile, what) && export(context, ret);

	if (!ok)
		fprintf(stderr, "cannot compile Docker's profile\n");
	seccomp_release(context);
	json_decref(profile);
	return ok;
}

void gl_docker_done(struct gl_docker_filter *filter)
{
	free(filter->insns);
	*filter = (struct gl_docker_filter){NULL, 0};
}

unsigned gl_docker_highest(const char *json, const struct gl_docker_case *what, uint32_t arch)
{
	json_t *profile = json_loads(json, 0, NULL);
	const json_t *rule, *name;
	size_t i, j;
	int highest = 0;

	json_array_foreach(json_object_get(profile, "syscalls"), i, rule)
	{
		if (!selected(rule, what))
			continue;
		json_array_foreach(json_object_get(rule, "names"), j, name)
		{
			int nr = seccomp_syscall_resolve_name_arch(arch, json_string_value(name));

			if (nr < 0x40000 && nr > highest) /* arm's private calls count apart */
				highest = nr;
		}
	}
	json_decref(profile);
	return (unsigned)highest;
}
