/*
 * The Go runtime's needs: see policy/starve.h.  One table.
 */
#include "policy/starve.h"

#include <errno.h>
#include <string.h>

#include "base/macros.h"

#define ANY_ERROR  (GL_STARVE_KILL | GL_STARVE_ERRNO | GL_STARVE_ENOSYS)
#define BUT_ENOSYS (GL_STARVE_KILL | GL_STARVE_ERRNO)
#define AN_ERRNO   (GL_STARVE_ERRNO | GL_STARVE_ENOSYS)

#define READ_WRITE	   3	      /* PROT_READ | PROT_WRITE */
#define ANONYMOUS	   0x22	      /* MAP_PRIVATE | MAP_ANONYMOUS */
#define GO_THREAD	   0x50f00    /* CLONE_VM | FS | FILES | SIGHAND | SYSVSEM | THREAD */
#define LIBC_THREAD	   0x3d0f00   /* and SETTLS | PARENT_SETTID | CHILD_CLEARTID */
#define FUTEX_WAIT_OWN	   128	      /* FUTEX_WAIT | FUTEX_PRIVATE_FLAG */
#define SET_FS		   0x1002     /* ARCH_SET_FS */
#define GET_FLAGS	   1	      /* F_GETFD */
#define SET_NAME_OF_MEMORY 0x53564d41 /* PR_SET_VMA */

#define KILLED "is made by every program, and the answer ends it"
#define NOT_PREEMPTED                                                                                        \
	"loops without calls are not preempted: the garbage collector waits for them, and all others for it"
#define UNTRUE_USER "an errno is taken for the number: -1 (4294967295) after EPERM, and no error is told"

const struct gl_starve_need gl_starve_needs[] = {
	{"mmap",
	 {0, 4096, READ_WRITE, ANONYMOUS},
	 .fatal = ANY_ERROR,
	 .effect = "ends with \"cannot allocate memory\""},
	{"clone",
	 {GO_THREAD},
	 .cgo = GL_CGO_NO,
	 .fatal = ANY_ERROR,
	 .effect = "can make no thread: ends in newosproc"},
	{"clone",
	 {LIBC_THREAD},
	 .cgo = GL_CGO_YES,
	 .instead = "clone3",
	 .fatal = ANY_ERROR,
	 .effect = "can make no thread: pthread_create fails (libc without clone3: musl, glibc before 2.34)"},
	{"clone3",
	 {0},
	 .cgo = GL_CGO_YES,
	 .fatal = BUT_ENOSYS,
	 .effect = "pthread_create fails: libc takes clone after ENOSYS alone"},
	{"futex", {0, FUTEX_WAIT_OWN}, .fatal = ANY_ERROR, .effect = "dies when threads wait for each other"},
	{"rt_sigaction", {0}, .fatal = ANY_ERROR, .effect = "ends with \"sigaction failed\""},
	{"rt_sigprocmask", {0}, .fatal = ANY_ERROR, .effect = "dies of SIGSEGV without a word"},
	{"sigaltstack", {0}, .fatal = ANY_ERROR, .effect = "dies of SIGSEGV without a word"},
	{"arch_prctl", {SET_FS}, .fatal = ANY_ERROR, .effect = "dies of SIGSEGV without a word"},
	{"getpid",
	 {0},
	 .fatal = AN_ERRNO,
	 .effect = "the errno is taken for the number: os.Getpid() is -1 after EPERM, and who signals itself "
		   "signals every process; loops without calls are not preempted"},
	{"gettid", {0}, .fatal = AN_ERRNO, .effect = NOT_PREEMPTED},
	{"tgkill", {0}, .fatal = AN_ERRNO, .effect = NOT_PREEMPTED},
	{"close", {0}, .cgo = GL_CGO_YES, .fatal = AN_ERRNO, .effect = "the loader fails"},
	{"close",
	 {0},
	 .cgo = GL_CGO_NO,
	 .fatal = AN_ERRNO,
	 .effect = "what is closed stays open, and os/exec waits forever for its child's pipe to be closed"},
	{"uname", {0}, .before = 16, .fatal = ANY_ERROR, .effect = "ends with \"uname failed\""},
	{"fcntl",
	 {0, GET_FLAGS},
	 .from = 22,
	 .fatal = ANY_ERROR,
	 .effect = "ends with \"cannot open standard fds\""},
	{"epoll_create1",
	 {0},
	 .from = 22,
	 .fatal = ANY_ERROR,
	 .effect = "ends with its first file or socket"},
	{"epoll_ctl", {0, 1}, .fatal = ANY_ERROR, .effect = "ends with its first socket"},
	{"epoll_pwait", {0}, .fatal = ANY_ERROR, .effect = "ends with its first socket"},
	{"pipe2",
	 {0},
	 .before = 19,
	 .fatal = BUT_ENOSYS,
	 .effect = "ends with its first socket (after ENOSYS it would take pipe)"},
	{"pipe2", {0}, .from = 19, .before = 23, .fatal = ANY_ERROR, .effect = "ends with its first socket"},
	{"eventfd2", {0}, .from = 23, .fatal = ANY_ERROR, .effect = "ends with its first socket"},
	{"getrandom",
	 {0},
	 .from = 24,
	 .fatal = BUT_ENOSYS,
	 .effect = "crypto/rand ends the program (after ENOSYS it would read /dev/urandom)"},
	{"write", {1}, .fatal = ANY_ERROR, .effect = "all that the program writes is lost"},
	{"mprotect", {0}, .cgo = GL_CGO_YES, .fatal = ANY_ERROR, .effect = "the loader fails"},
	{"pread64", {0}, .cgo = GL_CGO_YES, .fatal = ANY_ERROR, .effect = "the loader fails"},
	{"newfstatat", {0}, .cgo = GL_CGO_YES, .fatal = ANY_ERROR, .effect = "the loader fails"},
	{"openat", {0}, .cgo = GL_CGO_YES, .fatal = AN_ERRNO, .effect = "the loader fails"},
	{"read", {0}, .cgo = GL_CGO_YES, .fatal = AN_ERRNO, .effect = "the loader fails"},
	{"munmap", {0}, .cgo = GL_CGO_YES, .fatal = ANY_ERROR, .effect = "the loader dies of SIGSEGV"},

	/* An errno is taken without a word. */
	{"close", {0}, .fatal = GL_STARVE_KILL, .effect = KILLED},
	{"getpid", {0}, .fatal = GL_STARVE_KILL, .effect = KILLED},
	{"gettid", {0}, .fatal = GL_STARVE_KILL, .effect = KILLED},
	{"madvise", {0}, .fatal = GL_STARVE_KILL, .effect = KILLED},
	{"nanosleep", {0}, .fatal = GL_STARVE_KILL, .effect = KILLED},
	{"openat", {0}, .fatal = GL_STARVE_KILL, .effect = KILLED},
	{"read", {0}, .fatal = GL_STARVE_KILL, .effect = KILLED},
	{"sched_getaffinity", {0}, .fatal = GL_STARVE_KILL, .effect = KILLED},
	{"sched_yield", {0}, .fatal = GL_STARVE_KILL, .effect = KILLED},
	{"tgkill", {0}, .fatal = GL_STARVE_KILL, .effect = KILLED},
	{"fcntl", {0, GET_FLAGS}, .before = 22, .fatal = GL_STARVE_KILL, .effect = KILLED},
	{"readlinkat", {0}, .before = 16, .fatal = GL_STARVE_KILL, .effect = KILLED},
	{"getrlimit", {0}, .from = 19, .before = 24, .fatal = GL_STARVE_KILL, .effect = KILLED},
	{"prlimit64", {0}, .from = 24, .fatal = GL_STARVE_KILL, .effect = KILLED},
	{"pread64", {0}, .from = 25, .fatal = GL_STARVE_KILL, .effect = KILLED},
	{"prctl", {SET_NAME_OF_MEMORY}, .from = 25, .fatal = GL_STARVE_KILL, .effect = KILLED},
	{"access", {0}, .cgo = GL_CGO_YES, .fatal = GL_STARVE_KILL, .effect = KILLED},
	{"getrandom", {0}, .before = 24, .cgo = GL_CGO_YES, .fatal = GL_STARVE_KILL, .effect = KILLED},
	{"prlimit64", {0}, .before = 24, .cgo = GL_CGO_YES, .fatal = GL_STARVE_KILL, .effect = KILLED},
	{"brk", {0}, .cgo = GL_CGO_YES, .fatal = GL_STARVE_KILL, .effect = KILLED},
	{"rseq", {0}, .cgo = GL_CGO_YES, .fatal = GL_STARVE_KILL, .effect = KILLED},
	{"set_robust_list", {0}, .cgo = GL_CGO_YES, .fatal = GL_STARVE_KILL, .effect = KILLED},
	{"set_tid_address", {0}, .cgo = GL_CGO_YES, .fatal = GL_STARVE_KILL, .effect = KILLED},

	{"munmap",
	 {0},
	 .cgo = GL_CGO_NO,
	 .harmful = GL_STARVE_KILL,
	 .effect = "is made where the heap cannot grow in place, and the answer ends the program"},

	/* Neither Go nor libc has a way to say that these failed. */
	{"getppid", {0}, .harmful = AN_ERRNO, .effect = "an errno is taken for the number: -1 after EPERM"},
	{"getuid", {0}, .harmful = AN_ERRNO, .effect = UNTRUE_USER},
	{"geteuid", {0}, .harmful = AN_ERRNO, .effect = UNTRUE_USER},
	{"getgid", {0}, .harmful = AN_ERRNO, .effect = UNTRUE_USER},
	{"getegid", {0}, .harmful = AN_ERRNO, .effect = UNTRUE_USER},
};
const size_t gl_starve_need_count = GL_ARRAY_SIZE(gl_starve_needs);

void gl_starve_describe(const struct gl_starve_need *need, struct gl_buf *text)
{
	gl_buf_puts(text, need->call);
	if (need->cgo)
		gl_buf_puts(text, need->cgo == GL_CGO_YES ? " (with cgo)" : " (without cgo)");
	if (need->from && need->before)
		gl_buf_printf(text, " (Go 1.%u to 1.%u)", need->from, need->before - 1);
	else if (need->from)
		gl_buf_printf(text, " (Go 1.%u and later)", need->from);
	else if (need->before)
		gl_buf_printf(text, " (up to Go 1.%u)", need->before - 1);
	gl_buf_printf(text, ": %s", need->effect);
}

static bool has_need(const struct gl_starve_program *program, const struct gl_starve_need *need)
{
	if (need->cgo && program->cgo && need->cgo != program->cgo)
		return false;
	if (program->minor == 0)
		return true;
	return program->minor >= need->from && (need->before == 0 || program->minor < need->before);
}

static unsigned kind_of(const struct gl_policy_answer *answer)
{
	switch (answer->action) {
	case GL_POLICY_DENY:
		return answer->errnum == ENOSYS ? GL_STARVE_ENOSYS : GL_STARVE_ERRNO;
	case GL_POLICY_KILL:
	case GL_POLICY_TRAP:
		return GL_STARVE_KILL;
	case GL_POLICY_ALLOW:
	case GL_POLICY_LOG:
	case GL_POLICY_ACTION_MAX:
		break;
	}
	return 0;
}

/* The policy's answer to a call as a kind; 0: it is made, or the machine has not got it. */
static unsigned ask(const struct gl_policy *policy, const struct gl_policy_facts *facts, const char *name,
		    const uint64_t args[6], struct gl_policy_decision *ret_decision)
{
	const struct gl_abi *own = &policy->machine->abis[0];
	uint16_t call = gl_syscall_find(policy->machine, name, strlen(name));
	int number = call == GL_CALL_NONE ? -1 : gl_syscall_number(own, call);

	if (number < 0)
		return 0;
	*ret_decision = gl_policy_decide(policy, facts, own->arch, (uint32_t)number, args);
	return kind_of(&ret_decision->answer);
}

enum gl_starve_verdict gl_starves(const struct gl_policy *policy, const struct gl_policy_facts *facts,
				  const struct gl_starve_program *program, const struct gl_starve_need *need,
				  struct gl_policy_decision *ret_decision)
{
	static const uint64_t none[6];
	struct gl_policy_decision decision, other;
	uint64_t args[6] = {0};
	unsigned kind;

	if (!has_need(program, need))
		return GL_STARVE_NOT;
	memcpy(args, need->args, sizeof(need->args));
	kind = ask(policy, facts, need->call, args, &decision);
	if (!(kind & (need->fatal | need->harmful)))
		return GL_STARVE_NOT;
	*ret_decision = decision;
	if (kind & need->harmful || (need->instead && !ask(policy, facts, need->instead, none, &other)))
		return GL_STARVE_HARMS;
	return GL_STARVE_ENDS;
}
