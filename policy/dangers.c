/*
 * Dangerous grants: see policy/dangers.h.  Two tables.
 *
 * Calls that the kernel itself refuses to whoever lacks the capability are here
 * all the same: a filter is for the day on which the program has it, or on which
 * the check has a bug.
 */
#include "policy/dangers.h"

#include <linux/capability.h>
#include <string.h>

#include "base/macros.h"

#define NEW_USER_NAMESPACE 0x10000000 /* CLONE_NEWUSER */
#define TYPE_CHARACTER	   0x5412     /* TIOCSTI */
#define TYPE_SELECTION	   0x541c     /* TIOCLINUX */
#define PACKET		   17	      /* AF_PACKET */
#define ALG		   38	      /* AF_ALG */
#define VSOCK		   40	      /* AF_VSOCK */
#define NO_RANDOMIZE	   0x40000    /* ADDR_NO_RANDOMIZE */

const struct gl_danger gl_dangers[] = {
	/* The kernel */
	{"bpf", {0}, NULL, "loading code into the kernel"},
	{"init_module", {0}, NULL, "loading code into the kernel"},
	{"finit_module", {0}, NULL, "loading code into the kernel"},
	{"delete_module", {0}, NULL, "taking code out of the kernel"},
	{"kexec_load", {0}, NULL, "booting another kernel"},
	{"kexec_file_load", {0}, NULL, "booting another kernel"},
	{"reboot", {0}, NULL, "restarting the machine"},
	{"iopl", {0}, NULL, "the hardware's I/O ports"},
	{"ioperm", {0}, NULL, "the hardware's I/O ports"},
	{"swapon", {0}, NULL, "the host's swap"},
	{"swapoff", {0}, NULL, "the host's swap"},
	{"settimeofday", {0}, NULL, "setting the host's clock"},
	{"clock_settime", {0}, NULL, "setting the host's clock"},
	{"syslog", {3}, NULL, "the kernel's log: addresses, and what other programs did"},
	{"perf_event_open", {0}, NULL, "watching the kernel and other programs at work; many past bugs"},
	{"userfaultfd",
	 {0},
	 NULL,
	 "stopping the kernel in the middle of a copy, which makes races easy to win"},
	{"keyctl", {0}, NULL, "the kernel's keyrings, which know no namespaces"},
	{"add_key", {0}, NULL, "the kernel's keyrings, which know no namespaces"},
	{"request_key", {0}, NULL, "the kernel's keyrings, which know no namespaces"},

	/* Around the filter */
	{"io_uring_setup", {0}, NULL, "doing what other calls do, unseen by any filter"},
	{"clone3", {0}, NULL, "new namespaces: its flags are in memory, where no filter can look"},
	{"personality",
	 {NO_RANDOMIZE},
	 "personality(ADDR_NO_RANDOMIZE)",
	 "turning off the randomization of addresses"},

	/* Namespaces and mounts */
	{"unshare",
	 {NEW_USER_NAMESPACE},
	 "unshare(CLONE_NEWUSER)",
	 "kernel code that only root could reach before"},
	{"clone",
	 {NEW_USER_NAMESPACE},
	 "clone(CLONE_NEWUSER)",
	 "kernel code that only root could reach before"},
	{"setns", {0}, NULL, "entering other namespaces"},
	{"mount", {0}, NULL, "changing what is behind every path"},
	{"move_mount", {0}, NULL, "changing what is behind every path"},
	{"umount2", {0}, NULL, "uncovering what a mount hides"},
	{"pivot_root", {0}, NULL, "another root under every process of the namespace"},
	{"open_by_handle_at", {0}, NULL, "opening files by number, outside of the root too"},

	/* Other processes */
	{"ptrace", {16}, NULL, "reading, changing and steering other processes of the same user"},
	{"process_vm_readv", {0}, NULL, "reading the memory of other processes of the same user"},
	{"process_vm_writev", {0}, NULL, "writing the memory of other processes of the same user"},
	{"pidfd_getfd", {0}, NULL, "taking descriptors out of other processes of the same user"},
	{"ioctl", {0, TYPE_CHARACTER}, "ioctl(TIOCSTI)", "typing into the terminal as if the user had"},
	{"ioctl", {0, TYPE_SELECTION}, "ioctl(TIOCLINUX)", "typing into the console as if the user had"},

	/* Sockets that reach beyond the network */
	{"socket", {VSOCK, 1}, "socket(AF_VSOCK)", "speaking to the host of a virtual machine"},
	{"socket", {ALG, 5}, "socket(AF_ALG)", "the kernel's ciphers; many past bugs"},
	{"socket", {PACKET, 3}, "socket(AF_PACKET)", "reading and forging every packet"},
};
const size_t gl_danger_count = GL_ARRAY_SIZE(gl_dangers);

static const struct {
	unsigned capability;
	const char *grants;
} capabilities[] = {
	{CAP_SYS_ADMIN, "nearly all that root can do"},
	{CAP_SYS_MODULE, "loading code into the kernel"},
	{CAP_SYS_RAWIO, "the hardware itself"},
	{CAP_SYS_PTRACE, "reading and changing every process"},
	{CAP_SYS_BOOT, "booting another kernel"},
	{CAP_DAC_READ_SEARCH, "reading every file, outside of the root too"},
	{CAP_DAC_OVERRIDE, "reading and writing every file"},
	{CAP_SETUID, "becoming any user"},
	{CAP_SETFCAP, "giving capabilities to files"},
	{CAP_MKNOD, "device files: the host's disks and memory are such"},
	{CAP_NET_ADMIN, "the network's configuration; much kernel code behind it"},
	{CAP_MAC_ADMIN, "the rules of the security module"},
	{CAP_BPF, "loading code into the kernel"},
};

const char *gl_danger_of(const char *call)
{
	for (size_t i = 0; i < gl_danger_count; i++)
		if (!strcmp(gl_dangers[i].call, call))
			return gl_dangers[i].grants;
	return NULL;
}

const char *gl_danger_of_capability(unsigned capability)
{
	for (size_t i = 0; i < GL_ARRAY_SIZE(capabilities); i++)
		if (capabilities[i].capability == capability)
			return capabilities[i].grants;
	return NULL;
}

bool gl_danger_is_granted(const struct gl_policy *policy, const struct gl_policy_facts *facts,
			  const struct gl_danger *danger, struct gl_policy_decision *ret_decision)
{
	const struct gl_abi *own = &policy->machine->abis[0];
	uint16_t call = gl_syscall_find(policy->machine, danger->call, strlen(danger->call));
	int number = call == GL_CALL_NONE ? -1 : gl_syscall_number(own, call);
	uint64_t args[6] = {0};

	if (number < 0)
		return false;
	memcpy(args, danger->args, sizeof(danger->args));
	*ret_decision = gl_policy_decide(policy, facts, own->arch, (uint32_t)number, args);
	return ret_decision->answer.action == GL_POLICY_ALLOW || ret_decision->answer.action == GL_POLICY_LOG;
}
