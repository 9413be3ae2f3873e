/*
 * Attempts to get past the Landlock lines of a policy.
 *
 *	bypass_files GROUP DIRECTORY
 *
 * DIRECTORY has in/file (which may be read), out/file (written), both/file (both),
 * hidden/file (neither), and two programs that end well: in/program, which is static,
 * and in/true; in/program is in hidden too.  "files" is after what
 * is in hidden, by every way there is; "execute" after the programs; "ports" after port PORT, where
 * somebody listens and to which no connection is allowed.  Descriptor 9 is the
 * directory hidden, 8 is in/file, open for reading.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "bypass.h"
#include "int80.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define DIRECTORY_FD  9
#define READ_ONLY_FD  8
#define PORT	      47113
#define OTHER_PORT    47114

#ifndef IPPROTO_MPTCP
#define IPPROTO_MPTCP 262
#endif

static long close_it(long fd)
{
	if (fd < 0)
		return -errno;
	close((int)fd);
	return 0;
}

/* -- reading -- */

static long read_path(const void *path)
{
	return close_it(open(path, O_RDONLY | O_CLOEXEC));
}

static long read_by_inherited_directory(const void *arg)
{
	(void)arg;
	return close_it(openat(DIRECTORY_FD, "file", O_RDONLY | O_CLOEXEC));
}

static long read_by_path_descriptor(const void *path)
{
	char link[64];
	int fd = open(path, O_PATH | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	return read_path(link);
}

static long read_by_symlink(const void *arg)
{
	long r = symlink("../hidden/file", "both/link") < 0 && errno != EEXIST ? -errno
									       : read_path("both/link");

	(void)arg;
	unlink("both/link");
	return r;
}

static long list(const void *path)
{
	return close_it(open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
}

static long read_by_working_directory(const void *arg)
{
	if (chdir("hidden") < 0)
		return -errno;
	return read_path(arg);
}

/* -- writing -- */

static long write_path(const void *path)
{
	return close_it(open(path, O_WRONLY | O_CLOEXEC));
}

static long create(const void *path)
{
	long r = close_it(open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));

	unlink(path);
	return r;
}

static long create_nameless(const void *path)
{
	return close_it(open(path, O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600));
}

static long truncate_path(const void *path)
{
	return bypass_result(truncate(path, 0));
}

static long truncate_by_open(const void *path)
{
	return close_it(open(path, O_RDONLY | O_TRUNC | O_CLOEXEC));
}

static long write_what_was_opened_to_read(const void *arg)
{
	char link[64];

	(void)arg;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", READ_ONLY_FD);
	return write_path(link);
}

static long make_directory(const void *path)
{
	long r = bypass_result(mkdir(path, 0700));

	rmdir(path);
	return r;
}

static long make_fifo(const void *path)
{
	long r = bypass_result(mkfifo(path, 0600));

	unlink(path);
	return r;
}

/* A name is given, and taken back. */
static long link_paths(const void *arg)
{
	const char *const *paths = arg;
	long r = bypass_result(link(paths[0], paths[1]));

	if (r == 0)
		unlink(paths[1]);
	return r;
}

static long rename_paths(const void *arg)
{
	const char *const *paths = arg;
	long r = bypass_result(rename(paths[0], paths[1]));

	if (r == 0)
		rename(paths[1], paths[0]);
	return r;
}

static long exchange_paths(const void *arg)
{
	const char *const *paths = arg;
	long r = bypass_result(
		syscall(SYS_renameat2, AT_FDCWD, paths[0], AT_FDCWD, paths[1], RENAME_EXCHANGE));

	if (r == 0)
		syscall(SYS_renameat2, AT_FDCWD, paths[0], AT_FDCWD, paths[1], RENAME_EXCHANGE);
	return r;
}

static long remove_path(const void *path)
{
	long r = bypass_result(unlink(path));

	if (r == 0)
		close_it(open(path, O_WRONLY | O_CREAT, 0666));
	return r;
}

static long unix_socket(const void *path)
{
	struct sockaddr_un_room {
		sa_family_t family;
		char path[108];
	} address = {.family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	long r;

	snprintf(address.path, sizeof(address.path), "%s", (const char *)path);
	r = bypass_result(bind(fd, (const struct sockaddr *)&address, sizeof(address)));
	unlink(path);
	return r;
}

/* -- executing -- */

static long execute(const void *path)
{
	return bypass_run(path, "call");
}

static long copy_program(int to)
{
	static char bytes[4 << 20];
	int from = open("in/program", O_RDONLY | O_CLOEXEC);
	ssize_t n = from < 0 ? -1 : read(from, bytes, sizeof(bytes));

	if (to < 0 || n < 0 || write(to, bytes, (size_t)n) != n)
		return -errno;
	return 0;
}

static long execute_copy(const void *path)
{
	int to = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0755);
	long r = copy_program(to);

	close(to);
	if (r == 0)
		r = bypass_run(path, "call");
	unlink(path);
	return r;
}

/* The loader maps it: nothing is executed but the loader. */
static long execute_by_loader(const void *loader)
{
	return access(loader, F_OK) < 0 ? -errno : bypass_run(loader, "in/true");
}

static long execute_memory(const void *arg)
{
	char link[64];
	int fd = memfd_create("program", 0);
	long r = copy_program(fd);

	(void)arg;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	return r < 0 ? r : bypass_run(link, "call");
}

/* -- ports -- */

static struct sockaddr_in there(int port)
{
	return (struct sockaddr_in){.sin_family = AF_INET,
				    .sin_port = htons((uint16_t)port),
				    .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

static long connect_by(const void *arg)
{
	const int *kind = arg;
	const struct sockaddr_in address = there(PORT);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, *kind);

	if (fd < 0)
		return -errno;
	return bypass_result(connect(fd, (const struct sockaddr *)&address, sizeof(address)));
}

static long connect_by_ipv6(const void *arg)
{
	struct sockaddr_in6 address = {.sin6_family = AF_INET6, .sin6_port = htons(PORT)};
	int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)arg;
	inet_pton(AF_INET6, "::ffff:127.0.0.1", &address.sin6_addr);
	return bypass_result(connect(fd, (const struct sockaddr *)&address, sizeof(address)));
}

/* Data with the first packet: the connection is made by sending. */
static long send_first(const void *arg)
{
	const long *flags = arg;
	const struct sockaddr_in address = there(PORT);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	return bypass_result(syscall(SYS_sendto, fd, "x", 1, *flags, &address, sizeof(address)));
}

static long send_message_first(const void *arg)
{
	struct sockaddr_in address = there(PORT);
	struct iovec data = {.iov_base = (char[]){'x'}, .iov_len = 1};
	struct mmsghdr message = {.msg_hdr = {.msg_name = &address,
					      .msg_namelen = sizeof(address),
					      .msg_iov = &data,
					      .msg_iovlen = 1}};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (*(const int *)arg == SYS_sendmsg)
		return bypass_result(sendmsg(fd, &message.msg_hdr, MSG_FASTOPEN));
	return bypass_result(sendmmsg(fd, &message, 1, MSG_FASTOPEN));
}

static long connect_later(const void *arg)
{
	const struct sockaddr_in address = there(PORT);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;

	(void)arg;
	setsockopt(fd, IPPROTO_TCP, TCP_FASTOPEN_CONNECT, &one, sizeof(one));
	return bypass_result(connect(fd, (const struct sockaddr *)&address, sizeof(address)));
}

static long bind_by(const void *arg)
{
	const int *kind = arg;
	const struct sockaddr_in address = there(OTHER_PORT);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, *kind);

	if (fd < 0)
		return -errno;
	return bypass_result(bind(fd, (const struct sockaddr *)&address, sizeof(address)));
}

static long open_smc(const void *arg)
{
	(void)arg;
	return bypass_result(socket(43 /* AF_SMC */, SOCK_STREAM, 0));
}

#ifdef __x86_64__
/* By 32-bit calls: one call for all of them, whose arguments are in memory; and the newer ones. */
static struct sockaddr_in low_address;
static uint32_t low_arguments[3];

static long connect_int80(const void *arg)
{
	bool old = *(const int *)arg;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	low_address = there(PORT);
	low_arguments[0] = (uint32_t)fd;
	low_arguments[1] = (uint32_t)(uintptr_t)&low_address;
	low_arguments[2] = sizeof(low_address);
	if (old)
		return int80(102, 3 /* SYS_CONNECT */, (long)(uintptr_t)low_arguments, 0, 0, 0);
	return int80(362, fd, (long)(uintptr_t)&low_address, sizeof(low_address), 0, 0);
}
#endif

/* -- the table -- */

static const char *const out_to_in[] = {"hidden/file", "both/new"},
			 *const in_to_out[] = {"both/file", "hidden/new"},
			 *const to_more[] = {"out/file", "both/new"},
			 *const swapped[] = {"both/file", "hidden/file"};
static const int plain = 0, mptcp = IPPROTO_MPTCP, by_sendmsg = SYS_sendmsg, by_sendmmsg = SYS_sendmmsg;
static const long fast = MSG_FASTOPEN, fast_high = (1L << 32) | MSG_FASTOPEN;
#ifdef __x86_64__
static const int old_call = 1;
#endif

static const struct {
	const char *group, *name;
	long (*attempt)(const void *arg);
	const void *arg;
} attempts[] = {
	{"files", "read", read_path, "hidden/file"},
	{"files", "read-by-inherited-directory", read_by_inherited_directory, NULL},
	{"files", "read-by-path-descriptor", read_by_path_descriptor, "hidden/file"},
	{"files", "read-by-symlink", read_by_symlink, NULL},
	{"files", "read-by-proc-cwd", read_path, "/proc/self/cwd/hidden/file"},
	{"files", "read-by-descriptor-link", read_path, "/proc/self/fd/9/file"},
	{"files", "read-by-dotdot", read_path, "in/../hidden/file"},
	{"files", "read-by-working-directory", read_by_working_directory, "file"},
	{"files", "read-elsewhere", read_path, "/etc/shells"},
	{"files", "list", list, "hidden"},
	{"files", "list-root", list, "/proc/self/root/"},
	{"files", "write", write_path, "hidden/file"},
	{"files", "write-what-may-be-read", write_path, "in/file"},
	{"files", "write-what-was-opened-to-read", write_what_was_opened_to_read, NULL},
	{"files", "write-below-proc", write_path, "/proc/self/oom_score_adj"},
	{"files", "create", create, "hidden/new"},
	{"files", "create-nameless", create_nameless, "hidden"},
	{"files", "truncate", truncate_path, "hidden/file"},
	{"files", "truncate-by-open", truncate_by_open, "in/file"},
	{"files", "make-directory", make_directory, "hidden/new"},
	{"files", "make-fifo", make_fifo, "hidden/new"},
	{"files", "unix-socket", unix_socket, "hidden/new"},
	{"files", "link-into-the-open", link_paths, out_to_in},
	{"files", "link-to-where-more-is-allowed", link_paths, to_more},
	{"files", "rename-into-the-open", rename_paths, out_to_in},
	{"files", "rename-out", rename_paths, in_to_out},
	{"files", "rename-to-where-more-is-allowed", rename_paths, to_more},
	{"files", "exchange", exchange_paths, swapped},
	{"files", "remove", remove_path, "hidden/file"},
	{"execute", "execute", execute, "in/program"},
	{"execute", "execute-by-descriptor-link", execute, "/proc/self/fd/9/program"},
	{"execute", "execute-by-the-loader", execute_by_loader, "/lib64/ld-linux-x86-64.so.2"},
	{"execute", "execute-memory", execute_memory, NULL},
	{"execute", "execute-a-copy", execute_copy, "both/program"},
	{"ports", "connect", connect_by, &plain},
	{"ports", "connect-by-ipv6", connect_by_ipv6, NULL},
	{"ports", "connect-by-mptcp", connect_by, &mptcp},
	{"ports", "connect-later", connect_later, NULL},
	{"ports", "fast-open", send_first, &fast},
	{"ports", "fast-open-high-bits", send_first, &fast_high},
	{"ports", "fast-open-sendmsg", send_message_first, &by_sendmsg},
	{"ports", "fast-open-sendmmsg", send_message_first, &by_sendmmsg},
	{"ports", "smc", open_smc, NULL},
	{"ports", "bind", bind_by, &plain},
	{"ports", "bind-by-mptcp", bind_by, &mptcp},
#ifdef __x86_64__
	{"ports", "connect-by-int80", connect_int80, &plain},
	{"ports", "connect-by-socketcall", connect_int80, &old_call},
#endif
};

/* Who is connected to; it ends with us. */
static void listen_there(void)
{
	const struct sockaddr_in address = there(PORT);
	int fd = socket(AF_INET, SOCK_STREAM, 0), one = 1;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(fd, (const struct sockaddr *)&address, sizeof(address)) < 0 || listen(fd, 64) < 0)
		_exit(125);
}

int main(int argc, char **argv)
{
	if (argc != 3 || chdir(argv[2]) < 0)
		return 125;
	if (!strcmp(argv[1], "listen")) {
		listen_there();
		puts("ready");
		fflush(stdout);
		pause();
	}
	for (size_t i = 0; i < ARRAY_SIZE(attempts); i++)
		if (!strcmp(attempts[i].group, argv[1]))
			bypass_make(attempts[i].name, attempts[i].attempt, attempts[i].arg);
	return 0;
}
