/*
 * A security module that denies execve: by Landlock only the files named may
 * be executed.
 *
 *	landlock FILE... -- COMMAND [ARG...]
 *	landlock --version		prints the version of the kernel's interface
 *
 * Exit status 77 where the kernel has no Landlock.
 */
#include <fcntl.h>
#include <linux/landlock.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static int allow(int rules, const char *path)
{
	struct landlock_path_beneath_attr rule = {
		.allowed_access = LANDLOCK_ACCESS_FS_EXECUTE,
		.parent_fd = open(path, O_PATH | O_CLOEXEC),
	};

	return (int)syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
}

static int print_version(void)
{
	long version = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);

	printf("%ld\n", version);
	return version < 0 ? 77 : 0;
}

int main(int argc, char **argv)
{
	struct landlock_ruleset_attr attr = {.handled_access_fs = LANDLOCK_ACCESS_FS_EXECUTE};
	int rules, i = 1;

	if (argc == 2 && !strcmp(argv[1], "--version"))
		return print_version();
	rules = (int)syscall(SYS_landlock_create_ruleset, &attr, sizeof(attr), 0);
	if (rules < 0)
		return 77;
	for (; i < argc && strcmp(argv[i], "--") != 0; i++)
		if (allow(rules, argv[i]) < 0) {
			perror(argv[i]);
			return 125;
		}
	if (i + 1 >= argc || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	    syscall(SYS_landlock_restrict_self, rules, 0) < 0)
		return 125;
	execv(argv[i + 1], argv + i + 1);
	return 126;
}
