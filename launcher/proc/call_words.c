/*
 * Numbers that have names: see proc/call_private.h.
 *
 * A word is told where its mask of the value equals it, in the table's order, and
 * takes these bits away; what is left is told in hexadecimal.  So one table serves
 * enumerations (a mask of all bits), flags (its own bits) and both in one value.
 */
#include "proc/call_private.h"

#include <fcntl.h>
#include <inttypes.h>
#include <linux/audit.h>
#include <linux/bpf.h>
#include <linux/futex.h>
#include <linux/keyctl.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sched.h>
#include <sys/epoll.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <netinet/in.h>

/* The flag that 32-bit programs, and old Go programs, set; 64-bit C libraries have no name for it. */
#define LARGEFILE (O_DIRECTORY == 0200000 ? 0100000 : 0400000)

struct word {
	uint64_t mask, value;
	const char *name;
};

#define ALL UINT32_MAX
#define IS(name)                                                                                             \
	{                                                                                                    \
		ALL, (uint32_t)(name), #name                                                                 \
	}
#define FLAG(name)                                                                                           \
	{                                                                                                    \
		(uint32_t)(name), (uint32_t)(name), #name                                                    \
	}
#define OF(m, name)                                                                                          \
	{                                                                                                    \
		(m), (uint32_t)(name), #name                                                                 \
	}

static const struct word open_flags[] = {
	OF(O_ACCMODE, O_RDONLY),
	OF(O_ACCMODE, O_WRONLY),
	OF(O_ACCMODE, O_RDWR),
	FLAG(O_CREAT),
	FLAG(O_EXCL),
	FLAG(O_NOCTTY),
	FLAG(O_TRUNC),
	FLAG(O_APPEND),
	FLAG(O_NONBLOCK),
	FLAG(O_TMPFILE),
	FLAG(O_DIRECTORY),
	FLAG(O_NOFOLLOW),
	FLAG(O_CLOEXEC),
	FLAG(O_SYNC),
	FLAG(O_DSYNC),
	FLAG(O_DIRECT),
	FLAG(O_NOATIME),
	FLAG(O_PATH),
	{LARGEFILE, LARGEFILE, "O_LARGEFILE"},
};
static const struct word families[] = {
	IS(AF_UNSPEC), IS(AF_UNIX),  IS(AF_INET), IS(AF_INET6), IS(AF_NETLINK),
	IS(AF_PACKET), IS(AF_VSOCK), IS(AF_ALG),  IS(AF_KEY),	IS(AF_BLUETOOTH),
	IS(AF_CAN),    IS(AF_RXRPC), IS(AF_XDP),  IS(AF_TIPC),	IS(AF_QIPCRTR),
};
#define TYPE 0xf
static const struct word socket_types[] = {
	OF(TYPE, SOCK_STREAM), OF(TYPE, SOCK_DGRAM), OF(TYPE, SOCK_RAW),  OF(TYPE, SOCK_SEQPACKET),
	OF(TYPE, SOCK_PACKET), FLAG(SOCK_CLOEXEC),   FLAG(SOCK_NONBLOCK),
};
static const struct word protocols[] = {
	IS(IPPROTO_IP),	    IS(IPPROTO_ICMP), IS(IPPROTO_TCP), IS(IPPROTO_UDP),
	IS(IPPROTO_ICMPV6), IS(IPPROTO_SCTP), IS(IPPROTO_RAW),
};
static const struct word levels[] = {IS(SOL_SOCKET), IS(SOL_IP), IS(SOL_IPV6), IS(IPPROTO_TCP),
				     IS(SOL_NETLINK)};
static const struct word message_flags[] = {
	FLAG(MSG_PEEK),	    FLAG(MSG_WAITALL), FLAG(MSG_DONTWAIT), FLAG(MSG_NOSIGNAL),
	FLAG(MSG_ERRQUEUE), FLAG(MSG_TRUNC),   FLAG(MSG_OOB),	   FLAG(MSG_CMSG_CLOEXEC),
};
static const struct word protections[] = {
	{ALL, 0, "PROT_NONE"}, FLAG(PROT_READ), FLAG(PROT_WRITE), FLAG(PROT_EXEC)};
static const struct word map_flags[] = {
	FLAG(MAP_SHARED_VALIDATE), FLAG(MAP_SHARED),	FLAG(MAP_PRIVATE),   FLAG(MAP_FIXED),
	FLAG(MAP_ANONYMOUS),	   FLAG(MAP_NORESERVE), FLAG(MAP_POPULATE),  FLAG(MAP_STACK),
	FLAG(MAP_HUGETLB),	   FLAG(MAP_LOCKED),	FLAG(MAP_GROWSDOWN), FLAG(MAP_DENYWRITE),
};
/* The lowest byte is the signal at its end; SIGCHLD is no news. */
static const struct word clone_flags[] = {
	{0xff, SIGCHLD, "SIGCHLD"},
	FLAG(CLONE_VM),
	FLAG(CLONE_FS),
	FLAG(CLONE_FILES),
	FLAG(CLONE_SIGHAND),
	FLAG(CLONE_PTRACE),
	FLAG(CLONE_VFORK),
	FLAG(CLONE_PARENT),
	FLAG(CLONE_THREAD),
	FLAG(CLONE_NEWNS),
	FLAG(CLONE_SYSVSEM),
	FLAG(CLONE_SETTLS),
	FLAG(CLONE_PARENT_SETTID),
	FLAG(CLONE_CHILD_CLEARTID),
	FLAG(CLONE_UNTRACED),
	FLAG(CLONE_CHILD_SETTID),
	FLAG(CLONE_NEWCGROUP),
	FLAG(CLONE_NEWUTS),
	FLAG(CLONE_NEWIPC),
	FLAG(CLONE_NEWUSER),
	FLAG(CLONE_NEWPID),
	FLAG(CLONE_NEWNET),
	FLAG(CLONE_IO),
	{0x80, 0x80, "CLONE_NEWTIME"},
	{0x1000, 0x1000, "CLONE_PIDFD"},
};
static const struct word prctls[] = {
	IS(PR_SET_PDEATHSIG),
	IS(PR_GET_PDEATHSIG),
	IS(PR_GET_DUMPABLE),
	IS(PR_SET_DUMPABLE),
	IS(PR_SET_KEEPCAPS),
	IS(PR_SET_NAME),
	IS(PR_GET_NAME),
	IS(PR_GET_SECCOMP),
	IS(PR_SET_SECCOMP),
	IS(PR_CAPBSET_READ),
	IS(PR_CAPBSET_DROP),
	IS(PR_SET_SECUREBITS),
	IS(PR_SET_TIMERSLACK),
	IS(PR_SET_MM),
	IS(PR_SET_CHILD_SUBREAPER),
	IS(PR_SET_NO_NEW_PRIVS),
	IS(PR_GET_NO_NEW_PRIVS),
	IS(PR_SET_THP_DISABLE),
	IS(PR_CAP_AMBIENT),
	IS(PR_SET_PTRACER),
	{ALL, 59, "PR_SET_SYSCALL_USER_DISPATCH"},
	{ALL, 0x53564d41, "PR_SET_VMA"},
};
static const struct word fcntls[] = {
	IS(F_DUPFD),	  IS(F_GETFD),	    IS(F_SETFD),     IS(F_GETFL),     IS(F_SETFL),
	IS(F_GETLK),	  IS(F_SETLK),	    IS(F_SETLKW),    IS(F_SETOWN),    IS(F_DUPFD_CLOEXEC),
	IS(F_SETPIPE_SZ), IS(F_GETPIPE_SZ), IS(F_OFD_GETLK), IS(F_OFD_SETLK), IS(F_OFD_SETLKW),
	IS(F_ADD_SEALS),  IS(F_SETLEASE),   IS(F_NOTIFY),
};
static const struct word ioctls[] = {
	IS(TCGETS),	  IS(TCSETS),	    IS(TCSETSW),
	IS(TCSETSF),	  IS(TIOCGWINSZ),   IS(TIOCSWINSZ),
	IS(TIOCSCTTY),	  IS(TIOCGPGRP),    IS(TIOCSPGRP),
	IS(TIOCSTI),	  IS(TIOCLINUX),    IS(TIOCNOTTY),
	IS(FIONREAD),	  IS(FIONBIO),	    IS(FIOCLEX),
	IS(TIOCGPTN),	  IS(TIOCSPTLCK),   IS(SIOCGIFCONF),
	IS(SIOCGIFFLAGS), IS(SIOCSIFFLAGS), {ALL, 0x40049409, "FICLONE"},
};
static const struct word bpf_commands[] = {
	IS(BPF_MAP_CREATE),	  IS(BPF_MAP_LOOKUP_ELEM),
	IS(BPF_MAP_UPDATE_ELEM),  IS(BPF_MAP_DELETE_ELEM),
	IS(BPF_MAP_GET_NEXT_KEY), IS(BPF_PROG_LOAD),
	IS(BPF_OBJ_PIN),	  IS(BPF_OBJ_GET),
	IS(BPF_PROG_ATTACH),	  IS(BPF_PROG_DETACH),
	IS(BPF_PROG_TEST_RUN),	  IS(BPF_PROG_GET_NEXT_ID),
	IS(BPF_MAP_GET_NEXT_ID),  IS(BPF_OBJ_GET_INFO_BY_FD),
	IS(BPF_PROG_QUERY),	  IS(BPF_RAW_TRACEPOINT_OPEN),
	IS(BPF_BTF_LOAD),	  IS(BPF_LINK_CREATE),
};
static const struct word ptrace_requests[] = {
	IS(PTRACE_TRACEME),   IS(PTRACE_PEEKTEXT),  IS(PTRACE_PEEKDATA),   IS(PTRACE_POKETEXT),
	IS(PTRACE_POKEDATA),  IS(PTRACE_CONT),	    IS(PTRACE_KILL),	   IS(PTRACE_SINGLESTEP),
	IS(PTRACE_ATTACH),    IS(PTRACE_DETACH),    IS(PTRACE_SYSCALL),	   IS(PTRACE_SETOPTIONS),
	IS(PTRACE_GETREGSET), IS(PTRACE_SETREGSET), IS(PTRACE_GETSIGINFO), IS(PTRACE_SEIZE),
	IS(PTRACE_INTERRUPT),
};
#define OPERATION FUTEX_CMD_MASK &UINT32_MAX
static const struct word futex_operations[] = {
	OF(OPERATION, FUTEX_WAIT),	  OF(OPERATION, FUTEX_WAKE),	    OF(OPERATION, FUTEX_REQUEUE),
	OF(OPERATION, FUTEX_CMP_REQUEUE), OF(OPERATION, FUTEX_WAKE_OP),	    OF(OPERATION, FUTEX_LOCK_PI),
	OF(OPERATION, FUTEX_UNLOCK_PI),	  OF(OPERATION, FUTEX_WAIT_BITSET), OF(OPERATION, FUTEX_WAKE_BITSET),
	FLAG(FUTEX_PRIVATE_FLAG),	  FLAG(FUTEX_CLOCK_REALTIME),
};
static const struct word whences[] = {IS(SEEK_SET), IS(SEEK_CUR), IS(SEEK_END), IS(SEEK_DATA), IS(SEEK_HOLE)};
static const struct word locks[] = {FLAG(LOCK_SH), FLAG(LOCK_EX), FLAG(LOCK_UN), FLAG(LOCK_NB)};
static const struct word waits[] = {FLAG(WNOHANG),    FLAG(WUNTRACED), FLAG(WEXITED),
				    FLAG(WCONTINUED), FLAG(WNOWAIT),   {0x40000000, 0x40000000, "__WALL"}};
static const struct word epolls[] = {IS(EPOLL_CTL_ADD), IS(EPOLL_CTL_DEL), IS(EPOLL_CTL_MOD)};
static const struct word at_flags[] = {FLAG(AT_SYMLINK_NOFOLLOW), FLAG(AT_REMOVEDIR), FLAG(AT_SYMLINK_FOLLOW),
				       FLAG(AT_NO_AUTOMOUNT), FLAG(AT_EMPTY_PATH)};
static const struct word accesses[] = {{ALL, 0, "F_OK"}, FLAG(R_OK), FLAG(W_OK), FLAG(X_OK)};
static const struct word clocks[] = {
	IS(CLOCK_REALTIME),	     IS(CLOCK_MONOTONIC),     IS(CLOCK_PROCESS_CPUTIME_ID),
	IS(CLOCK_THREAD_CPUTIME_ID), IS(CLOCK_MONOTONIC_RAW), IS(CLOCK_BOOTTIME),
};
static const struct word id_types[] = {IS(P_ALL), IS(P_PID), IS(P_PGID), {ALL, 3, "P_PIDFD"}};
static const struct word mount_flags[] = {
	FLAG(MS_RDONLY),     FLAG(MS_NOSUID),  FLAG(MS_NODEV), FLAG(MS_NOEXEC), FLAG(MS_SYNCHRONOUS),
	FLAG(MS_REMOUNT),    FLAG(MS_NOATIME), FLAG(MS_BIND),  FLAG(MS_MOVE),	FLAG(MS_REC),
	FLAG(MS_UNBINDABLE), FLAG(MS_PRIVATE), FLAG(MS_SLAVE), FLAG(MS_SHARED), FLAG(MS_RELATIME),
};
static const struct word unmount_flags[] = {FLAG(MNT_FORCE), FLAG(MNT_DETACH), FLAG(MNT_EXPIRE),
					    FLAG(UMOUNT_NOFOLLOW)};
static const struct word seccomp_operations[] = {IS(SECCOMP_SET_MODE_STRICT), IS(SECCOMP_SET_MODE_FILTER),
						 IS(SECCOMP_GET_ACTION_AVAIL)};
static const struct word keyctls[] = {
	IS(KEYCTL_GET_KEYRING_ID), IS(KEYCTL_JOIN_SESSION_KEYRING),
	IS(KEYCTL_UPDATE),	   IS(KEYCTL_REVOKE),
	IS(KEYCTL_DESCRIBE),	   IS(KEYCTL_LINK),
	IS(KEYCTL_UNLINK),	   IS(KEYCTL_SEARCH),
	IS(KEYCTL_READ),	   IS(KEYCTL_SETPERM),
	IS(KEYCTL_SET_TIMEOUT),
};
static const struct word resources[] = {
	{ALL, RLIMIT_CPU, "RLIMIT_CPU"},	 {ALL, RLIMIT_FSIZE, "RLIMIT_FSIZE"},
	{ALL, RLIMIT_DATA, "RLIMIT_DATA"},	 {ALL, RLIMIT_STACK, "RLIMIT_STACK"},
	{ALL, RLIMIT_CORE, "RLIMIT_CORE"},	 {ALL, RLIMIT_AS, "RLIMIT_AS"},
	{ALL, RLIMIT_NPROC, "RLIMIT_NPROC"},	 {ALL, RLIMIT_NOFILE, "RLIMIT_NOFILE"},
	{ALL, RLIMIT_MEMLOCK, "RLIMIT_MEMLOCK"}, {ALL, RLIMIT_NICE, "RLIMIT_NICE"},
	{ALL, RLIMIT_RTPRIO, "RLIMIT_RTPRIO"},
};

#define SET(kind, table) [(kind)-GL_CALL_WORDS] = {(table), GL_ARRAY_SIZE(table)}
static const struct {
	const struct word *words;
	size_t count;
} sets[GL_CALL_KIND_MAX - GL_CALL_WORDS] = {
	SET(GL_CALL_OPEN_FLAGS, open_flags),
	SET(GL_CALL_FAMILY, families),
	SET(GL_CALL_SOCKET_TYPE, socket_types),
	SET(GL_CALL_PROTOCOL, protocols),
	SET(GL_CALL_LEVEL, levels),
	SET(GL_CALL_MESSAGE_FLAGS, message_flags),
	SET(GL_CALL_PROTECTION, protections),
	SET(GL_CALL_MAP_FLAGS, map_flags),
	SET(GL_CALL_CLONE_FLAGS, clone_flags),
	SET(GL_CALL_PRCTL, prctls),
	SET(GL_CALL_FCNTL, fcntls),
	SET(GL_CALL_IOCTL, ioctls),
	SET(GL_CALL_BPF, bpf_commands),
	SET(GL_CALL_PTRACE, ptrace_requests),
	SET(GL_CALL_FUTEX, futex_operations),
	SET(GL_CALL_WHENCE, whences),
	SET(GL_CALL_LOCK, locks),
	SET(GL_CALL_WAIT, waits),
	SET(GL_CALL_EPOLL, epolls),
	SET(GL_CALL_AT_FLAGS, at_flags),
	SET(GL_CALL_ACCESS, accesses),
	SET(GL_CALL_CLOCK, clocks),
	SET(GL_CALL_ID_TYPE, id_types),
	SET(GL_CALL_MOUNT_FLAGS, mount_flags),
	SET(GL_CALL_UNMOUNT_FLAGS, unmount_flags),
	SET(GL_CALL_SECCOMP, seccomp_operations),
	SET(GL_CALL_KEYCTL, keyctls),
	SET(GL_CALL_RESOURCE, resources),
};

void gl_call_put_words(struct gl_buf *b, enum gl_call_kind kind, uint64_t value)
{
	const struct word *word = sets[kind - GL_CALL_WORDS].words;
	const struct word *end = word + sets[kind - GL_CALL_WORDS].count;
	uint64_t left = value, taken = 0;
	const char *bar = "";

	for (; word < end; word++) {
		if ((value & word->mask) != word->value || taken & word->mask)
			continue;
		gl_buf_printf(b, "%s%s", bar, word->name);
		bar = "|";
		taken |= word->mask;
		left &= ~word->mask;
	}
	if (left)
		gl_buf_printf(b, "%s%#" PRIx64, bar, left);
	else if (!*bar)
		gl_buf_putc(b, '0');
}
