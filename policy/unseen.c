/*
 * See policy/unseen.h.  What a call without arguments in registers is answered is
 * asked with zeros: a condition on them would test an address.
 */
#include "policy/unseen.h"

#include <string.h>

#include "base/macros.h"

/* Of i386, by the call that does it there. */
static const struct {
	const char *call, *by;
} ways[] = {
	{"mmap", "mmap"},
	{"select", "select"},
	{"socket", "socketcall"},
	{"socketpair", "socketcall"},
	{"bind", "socketcall"},
	{"connect", "socketcall"},
	{"listen", "socketcall"},
	{"accept", "socketcall"},
	{"accept4", "socketcall"},
	{"getsockname", "socketcall"},
	{"getpeername", "socketcall"},
	{"getsockopt", "socketcall"},
	{"setsockopt", "socketcall"},
	{"shutdown", "socketcall"},
	{"send", "socketcall"},
	{"sendto", "socketcall"},
	{"sendmsg", "socketcall"},
	{"sendmmsg", "socketcall"},
	{"recv", "socketcall"},
	{"recvfrom", "socketcall"},
	{"recvmsg", "socketcall"},
	{"recvmmsg", "socketcall"},
	{"semget", "ipc"},
	{"semop", "ipc"},
	{"semctl", "ipc"},
	{"semtimedop", "ipc"},
	{"msgget", "ipc"},
	{"msgsnd", "ipc"},
	{"msgrcv", "ipc"},
	{"msgctl", "ipc"},
	{"shmget", "ipc"},
	{"shmat", "ipc"},
	{"shmdt", "ipc"},
	{"shmctl", "ipc"},
};

/* Does a call of this name pass in an ABI that keeps its arguments in memory? */
static bool is_open(const struct gl_policy *policy, const struct gl_policy_facts *facts,
		    const struct gl_abi *abi, const char *by)
{
	static const uint64_t args[6];
	int number = gl_syscall_number(abi, gl_syscall_find(policy->machine, by, strlen(by)));
	struct gl_policy_decision d;

	if (number < 0)
		return false;
	d = gl_policy_decide(policy, facts, abi->arch, (uint32_t)number, args);
	return d.answer.action == GL_POLICY_ALLOW || d.answer.action == GL_POLICY_LOG;
}

/* The ABI of that name, if the statements are for it too. */
static const struct gl_abi *find_served(const struct gl_policy *policy, const char *name)
{
	const struct gl_abi *abis = policy->machine->abis;

	for (size_t i = 1; i < GL_MACHINE_ABIS && abis[i].name; i++)
		if (!policy->foreign_abis_killed && !strcmp(abis[i].name, name))
			return &abis[i];
	return NULL;
}

bool gl_policy_rule_is_passed_by(const struct gl_policy *policy, const struct gl_policy_facts *facts,
				 const struct gl_policy_rule *rule, const char **ret_call,
				 const char **ret_by)
{
	const struct gl_abi *abi = find_served(policy, "i386");

	if (!abi || rule->test_count == 0)
		return false;
	for (size_t i = 0; i < GL_ARRAY_SIZE(ways); i++) {
		const char *call = ways[i].call;
		uint16_t index = gl_syscall_find(policy->machine, call, strlen(call));

		if (index == GL_CALL_NONE || !gl_policy_rule_names(rule, index) ||
		    !is_open(policy, facts, abi, ways[i].by))
			continue;
		*ret_call = call;
		*ret_by = ways[i].by;
		return true;
	}
	return false;
}
