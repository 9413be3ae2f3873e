/*
 * Signals: see proc/signals.h.
 *
 * The table below is the whole policy of what is passed on; gl_signals_judge()
 * only reads it.  Masks and dispositions are set by raw system calls with the
 * kernel's 64-bit sets: libc's sigfillset() leaves out the two real-time
 * signals it keeps for its threads, and one of those sent from outside would
 * kill golaunch.
 */
#include "proc/signals.h"

#include <errno.h>
#include <strings.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "arch/syscall.h"
#include "base/fd.h"

/* Real-time signals are counted from here by glibc, Go, Docker and bash; 32 and 33 are libc's own. */
#define RT_MIN 34

enum pass {
	PASS_ALWAYS,	      /* also real-time signals and those the table does not name */
	PASS_UNLESS_TERMINAL, /* the kernel sends it to a whole group by terminal */
	PASS_FROM_PROCESS,    /* made by the kernel it tells of golaunch's own doing */
	PASS_NEVER,
};

struct rule {
	const char *name;
	enum pass pass;
	const char *why;
};

static const struct rule rules[GL_SIGNAL_MAX + 1] = {
	[SIGHUP] = {"SIGHUP", PASS_UNLESS_TERMINAL, "hang-up of the terminal"},
	[SIGINT] = {"SIGINT", PASS_UNLESS_TERMINAL, "Ctrl-C; Go tools take a second one for 'now'"},
	[SIGQUIT] = {"SIGQUIT", PASS_UNLESS_TERMINAL, "Ctrl-\\; Go dumps its stacks"},
	[SIGILL] = {"SIGILL", PASS_FROM_PROCESS, "fault"},
	[SIGTRAP] = {"SIGTRAP", PASS_FROM_PROCESS, "fault"},
	[SIGABRT] = {"SIGABRT", PASS_FROM_PROCESS, "systemd's watchdog sends it"},
	[SIGBUS] = {"SIGBUS", PASS_FROM_PROCESS, "fault"},
	[SIGFPE] = {"SIGFPE", PASS_FROM_PROCESS, "fault"},
	[SIGKILL] = {"SIGKILL", PASS_NEVER, "cannot be received"},
	[SIGUSR1] = {"SIGUSR1", PASS_ALWAYS, "the program's own meaning"},
	[SIGSEGV] = {"SIGSEGV", PASS_FROM_PROCESS, "fault"},
	[SIGUSR2] = {"SIGUSR2", PASS_ALWAYS, "the program's own meaning"},
	[SIGPIPE] = {"SIGPIPE", PASS_FROM_PROCESS, "golaunch wrote to a stderr that is gone"},
	[SIGALRM] = {"SIGALRM", PASS_ALWAYS, "alarm() outlives execve and was meant for the program"},
	[SIGTERM] = {"SIGTERM", PASS_ALWAYS, "the request to end"},
#ifdef SIGSTKFLT
	[SIGSTKFLT] = {"SIGSTKFLT", PASS_FROM_PROCESS, "fault"},
#endif
	[SIGCHLD] = {"SIGCHLD", PASS_NEVER, "golaunch's own; one sent by hand is lost among them"},
	[SIGCONT] = {"SIGCONT", PASS_UNLESS_TERMINAL, "also wakes a program that stopped alone"},
	[SIGSTOP] = {"SIGSTOP", PASS_NEVER, "cannot be received"},
	[SIGTSTP] = {"SIGTSTP", PASS_UNLESS_TERMINAL, "Ctrl-Z"},
	[SIGTTIN] = {"SIGTTIN", PASS_UNLESS_TERMINAL, "background read"},
	[SIGTTOU] = {"SIGTTOU", PASS_UNLESS_TERMINAL, "background write"},
	[SIGURG] = {"SIGURG", PASS_FROM_PROCESS, "out-of-band data; Go preempts with it, inside one process"},
	[SIGXCPU] = {"SIGXCPU", PASS_FROM_PROCESS, "golaunch's own time; the program's is counted apart"},
	[SIGXFSZ] = {"SIGXFSZ", PASS_FROM_PROCESS, "golaunch wrote past the file size limit"},
	[SIGVTALRM] = {"SIGVTALRM", PASS_ALWAYS, "setitimer() outlives execve"},
	[SIGPROF] = {"SIGPROF", PASS_ALWAYS, "setitimer() outlives execve"},
	[SIGWINCH] = {"SIGWINCH", PASS_UNLESS_TERMINAL, "the terminal's new size"},
	[SIGIO] = {"SIGIO", PASS_ALWAYS, "an inherited O_ASYNC descriptor"},
	[SIGPWR] = {"SIGPWR", PASS_ALWAYS, "LXC's request to end"},
	[SIGSYS] = {"SIGSYS", PASS_FROM_PROCESS, "a filter's verdict on golaunch itself"},
};

/* The kernel's struct sigaction is at most five words; the first is the handler, all zero is SIG_DFL. */
struct kernel_action {
	unsigned long words[8];
};

static long get_action(int signo, struct kernel_action *action)
{
	return gl_syscall4(SYS_rt_sigaction, signo, NULL, action, sizeof(uint64_t));
}

static long set_default(int signo)
{
	static const struct kernel_action by_default;

	return gl_syscall4(SYS_rt_sigaction, signo, &by_default, NULL, sizeof(uint64_t));
}

static long set_mask(uint64_t mask, uint64_t *ret_before)
{
	return gl_syscall4(SYS_rt_sigprocmask, SIG_SETMASK, &mask, ret_before, sizeof(uint64_t));
}

void gl_signals_capture(struct gl_inherited_signals *ret_inherited)
{
	struct gl_inherited_signals in = {.mask = 0};

	gl_syscall4(SYS_rt_sigprocmask, SIG_BLOCK, NULL, &in.mask, sizeof(uint64_t));
	for (int signo = 1; signo <= GL_SIGNAL_MAX; signo++) {
		struct kernel_action action = {.words = {(unsigned long)SIG_DFL}};

		if (get_action(signo, &action) == 0 && action.words[0] != (unsigned long)SIG_DFL &&
		    action.words[0] != (unsigned long)SIG_IGN)
			in.handled |= GL_SIGNAL_BIT(signo);
	}
	*ret_inherited = in;
}

uint64_t gl_signals_block(void)
{
	uint64_t before = 0;

	set_mask(~(uint64_t)0, &before);
	return before;
}

void gl_signals_unblock(uint64_t before)
{
	set_mask(before, NULL);
}

int gl_signals_open(int *ret_fd, struct gl_err *err)
{
	const uint64_t all = ~(uint64_t)0;
	gl_autoclose int fd = -1;

	gl_signals_block();
	set_default(SIGCHLD);
	fd = (int)gl_syscall4(SYS_signalfd4, -1, &all, sizeof(all), SFD_CLOEXEC | SFD_NONBLOCK);
	if (fd < 0) {
		int errnum = -fd;

		fd = -1;
		return gl_err_sys(err, errnum, "cannot receive signals by descriptor");
	}
	if (gl_fd_raise(&fd, err) < 0)
		return -err->errnum;
	*ret_fd = GL_TAKE_FD(fd);
	return 0;
}

int gl_signals_restore(const struct gl_inherited_signals *inherited)
{
	const uint64_t reset = inherited->handled | GL_SIGNAL_BIT(SIGCHLD);

	for (int signo = 1; signo <= GL_SIGNAL_MAX; signo++)
		if (reset & GL_SIGNAL_BIT(signo))
			set_default(signo);
	return (int)set_mask(inherited->mask, NULL);
}

int gl_signals_parent_death(int signo, pid_t parent, struct gl_err *err)
{
	if (prctl(PR_SET_PDEATHSIG, (unsigned long)signo, 0, 0, 0) < 0)
		return gl_err_sys(err, errno, "cannot ask for signal %d at the parent's death", signo);
	/* It may have died before the kernel was asked. */
	if (getppid() != parent && kill(getpid(), signo) < 0)
		return gl_err_sys(err, errno, "cannot raise signal %d", signo);
	return 0;
}

/* Does the terminal's signal reach the program without us? */
static bool terminal_reaches_program(const struct signalfd_siginfo *info, const struct gl_signal_scene *scene)
{
	if (info->ssi_code != SI_KERNEL || !scene->shares_group || scene->lone_init)
		return false;
	/* tty_io.c, tty_signal_session_leader(): a hang-up and its SIGCONT go to the leader only. */
	if (scene->is_leader && (info->ssi_signo == SIGHUP || info->ssi_signo == SIGCONT))
		return false;
	return true;
}

enum gl_signal_verdict gl_signals_judge(const struct signalfd_siginfo *info,
					const struct gl_signal_scene *scene)
{
	unsigned signo = info->ssi_signo;
	enum pass pass = signo <= GL_SIGNAL_MAX ? rules[signo].pass : PASS_NEVER;

	switch (pass) {
	case PASS_NEVER:
		return signo == SIGCHLD ? GL_SIGNAL_REAP : GL_SIGNAL_OWN;
	case PASS_FROM_PROCESS:
		/* The SIGPIPE of a write(2) says SI_USER and names the writer (signal.c, send_sig()). */
		return info->ssi_code > 0 || (pid_t)info->ssi_pid == scene->self ? GL_SIGNAL_OWN
										 : GL_SIGNAL_FORWARD;
	case PASS_UNLESS_TERMINAL:
		return terminal_reaches_program(info, scene) ? GL_SIGNAL_TERMINAL : GL_SIGNAL_FORWARD;
	case PASS_ALWAYS:
	default:
		return GL_SIGNAL_FORWARD;
	}
}

int gl_signals_send(pid_t pid, bool group, const struct signalfd_siginfo *info)
{
	int signo = (int)info->ssi_signo;

	if (!group && info->ssi_code == SI_QUEUE) {
		siginfo_t copy = {.si_signo = signo, .si_code = SI_QUEUE};

		copy.si_pid = (pid_t)info->ssi_pid;
		copy.si_uid = (uid_t)info->ssi_uid;
		copy.si_value.sival_ptr = (void *)(uintptr_t)info->ssi_ptr;
		if (gl_syscall3(SYS_rt_sigqueueinfo, pid, signo, &copy) == 0)
			return 0;
	}
	return kill(group ? -pid : pid, signo) < 0 ? -errno : 0;
}

void gl_signals_suffer(int signo)
{
	uint64_t before = 0;
	uint64_t only = GL_SIGNAL_BIT(signo);

	set_default(signo);
	kill(getpid(), signo);
	gl_syscall4(SYS_rt_sigprocmask, SIG_UNBLOCK, &only, &before, sizeof(before));
	set_mask(before, NULL);
}

const char *gl_signals_name(int signo, char *buf)
{
	if (signo > 0 && signo <= GL_SIGNAL_MAX && rules[signo].name)
		return rules[signo].name;
	if (signo >= RT_MIN && signo <= GL_SIGNAL_MAX)
		snprintf(buf, GL_SIGNAL_NAME_ROOM, signo == RT_MIN ? "SIGRTMIN" : "SIGRTMIN+%d",
			 signo - RT_MIN);
	else
		snprintf(buf, GL_SIGNAL_NAME_ROOM, "signal %d", signo);
	return buf;
}

/* One or two digits and nothing else; -1 if not. */
static int parse_digits(const char *text)
{
	int value = 0;
	int digits = 0;

	for (; *text >= '0' && *text <= '9' && digits < 3; text++, digits++)
		value = value * 10 + (*text - '0');
	return *text || digits < 1 || digits > 2 ? -1 : value;
}

/* "RTMIN", "RTMIN+3", "RTMAX-2". */
static int parse_realtime(const char *text)
{
	bool from_max = !strncasecmp(text, "RTMAX", 5);
	int offset = 0;
	int signo;

	if (!from_max && strncasecmp(text, "RTMIN", 5))
		return -EINVAL;
	if (text[5] && text[5] != (from_max ? '-' : '+'))
		return -EINVAL;
	if (text[5])
		offset = parse_digits(text + 6);
	if (offset < 0)
		return -EINVAL;
	signo = from_max ? GL_SIGNAL_MAX - offset : RT_MIN + offset;
	return signo >= RT_MIN && signo <= GL_SIGNAL_MAX ? signo : -EINVAL;
}

int gl_signals_parse(const char *text)
{
	int number = parse_digits(text);

	if (number >= 0)
		return number >= 1 && number <= GL_SIGNAL_MAX ? number : -EINVAL;
	if (!strncasecmp(text, "SIG", 3))
		text += 3;
	for (int signo = 1; signo <= GL_SIGNAL_MAX; signo++)
		if (rules[signo].name && !strcasecmp(rules[signo].name + 3, text))
			return signo;
	return parse_realtime(text);
}
