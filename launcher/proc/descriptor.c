/*
 * Descriptors of another process: see proc/descriptor.h.
 *
 * A socket's link names its inode alone ("socket:[4711]"); what it is stands in the
 * tables of the process's network namespace, one line each, in the form that
 * proc_pid_net(5) shows.  A table that is too long to read is passed over.
 *
 * A file may lie on a network file system whose server has gone, and that may be the
 * very thing that is to be told: so no file system is asked for anything.
 */
#include "proc/descriptor.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "arch/syscall.h"
#include "base/escape.h"
#include "base/fd.h"
#include "base/file.h"
#include "base/mem.h"
#include "proc/call.h"

#define PROC_PATH      64
#define MAX_TABLE      ((size_t)2 << 20) /* some 14,000 sockets */
#define MAX_ENTRIES    4096
#define UNIX_LISTENING 0x10000 /* __SO_ACCEPTCON (include/uapi/linux/net.h) */

/* State columns: include/net/tcp_states.h, which UDP uses too; SS_* of include/uapi/linux/net.h. */
enum { TCP_ESTABLISHED = 1, TCP_SYN_SENT = 2, TCP_LISTEN = 10, UNIX_CONNECTING = 2, UNIX_CONNECTED = 3 };

/* Sockets that are looked for. */
struct wanted {
	struct gl_descriptor *items;
	uint64_t inodes[GL_DESCRIPTOR_SOCKETS];
	size_t count;
};

static void set_text(char *to, size_t size, const char *bytes, size_t len)
{
	struct gl_buf b = {.data = to, .room = size, .fixed = true};

	to[0] = '\0';
	gl_escape_text(&b, bytes, len, size - 1);
}

/* -- the tables -- */

static struct gl_descriptor *find(const struct wanted *w, uint64_t inode)
{
	for (size_t i = 0; i < w->count; i++)
		if (w->inodes[i] == inode)
			return &w->items[i];
	return NULL;
}

/* "0100007F" or four such words: each is printed as a number of this machine, and lies in network order. */
static bool parse_address(const char *hex, unsigned port, char text[GL_DESCRIPTOR_ADDRESS])
{
	struct sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port)};
	struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
	size_t words = strlen(hex) / 8;
	struct gl_buf b = {.data = text, .room = GL_DESCRIPTOR_ADDRESS, .fixed = true};
	uint32_t address[4];

	if (words != 1 && words != 4)
		return false;
	for (size_t i = 0; i < words; i++)
		if (sscanf(hex + 8 * i, "%8" SCNx32, &address[i]) != 1)
			return false;
	memcpy(&in.sin_addr, address, sizeof(in.sin_addr));
	if (words == 4)
		memcpy(&in6.sin6_addr, address, sizeof(in6.sin6_addr));
	text[0] = '\0';
	if (words == 4)
		gl_call_put_address(&b, &in6, sizeof(in6));
	else
		gl_call_put_address(&b, &in, sizeof(in));
	return true;
}

static enum gl_socket_state inet_state(unsigned state, bool has_peer)
{
	switch (state) {
	case TCP_SYN_SENT:
		return GL_SOCKET_CONNECTING;
	case TCP_LISTEN:
		return GL_SOCKET_LISTENING;
	case TCP_ESTABLISHED:
		return has_peer ? GL_SOCKET_CONNECTED : GL_SOCKET_OTHER;
	default:
		return GL_SOCKET_OTHER;
	}
}

/* "0: local:port peer:port state sent:unread timer:when retransmits uid timeout inode" */
static void inet_line(const struct wanted *w, enum gl_descriptor_kind kind, const char *line)
{
	char local[33], peer[33];
	unsigned local_port, peer_port, state, unread;
	uint64_t inode;
	struct gl_descriptor *d;

	if (sscanf(line, " %*u: %32[0-9A-F]:%x %32[0-9A-F]:%x %x %*x:%x %*x:%*x %*x %*u %*u %" SCNu64, local,
		   &local_port, peer, &peer_port, &state, &unread, &inode) != 7)
		return;
	d = find(w, inode);
	if (!d || !parse_address(local, local_port, d->local))
		return;
	d->kind = kind;
	d->state = inet_state(state, peer_port != 0);
	d->unread = unread > 0 && d->state != GL_SOCKET_LISTENING;
	d->peer_port = peer_port;
	if (!peer_port || !parse_address(peer, peer_port, d->peer))
		d->peer[0] = '\0';
}

/* "address: references protocol flags type state inode path" */
static void unix_line(const struct wanted *w, enum gl_descriptor_kind kind, const char *line)
{
	unsigned flags, state;
	uint64_t inode;
	struct gl_descriptor *d;
	int path = 0;

	if (sscanf(line, "%*x: %*x %*x %x %*x %x %" SCNu64 " %n", &flags, &state, &inode, &path) != 3)
		return;
	d = find(w, inode);
	if (!d)
		return;
	d->kind = kind;
	if (flags & UNIX_LISTENING)
		d->state = GL_SOCKET_LISTENING;
	else if (state == UNIX_CONNECTED || state == UNIX_CONNECTING)
		d->state = state == UNIX_CONNECTED ? GL_SOCKET_CONNECTED : GL_SOCKET_CONNECTING;
	if (path)
		set_text(d->local, sizeof(d->local), line + path, strlen(line + path));
}

static const struct table {
	const char *name;
	enum gl_descriptor_kind kind;
	void (*line)(const struct wanted *w, enum gl_descriptor_kind kind, const char *line);
} tables[] = {
	{"tcp", GL_DESCRIPTOR_TCP, inet_line},	 {"tcp6", GL_DESCRIPTOR_TCP, inet_line},
	{"udp", GL_DESCRIPTOR_UDP, inet_line},	 {"udp6", GL_DESCRIPTOR_UDP, inet_line},
	{"unix", GL_DESCRIPTOR_UNIX, unix_line},
};

static void read_table(pid_t pid, const struct table *table, const struct wanted *w)
{
	char path[PROC_PATH];
	gl_autofree char *text = NULL;
	gl_autoclose int fd = -1;
	size_t len;
	char *next;

	snprintf(path, sizeof(path), "/proc/%d/net/%s", (int)pid, table->name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || gl_file_slurp_fd(fd, MAX_TABLE, &text, &len, NULL))
		return;
	next = text;
	while (next && *next) {
		char *line = next, *end = strchr(next, '\n');

		next = end ? end + 1 : NULL;
		if (end)
			*end = '\0';
		table->line(w, table->kind, line);
	}
}

static bool all_found(const struct wanted *w)
{
	for (size_t i = 0; i < w->count; i++)
		if (w->items[i].kind == GL_DESCRIPTOR_SOCKET)
			return false;
	return true;
}

/* With many sockets each table takes its time. */
static void look_up(pid_t pid, const struct wanted *w)
{
	for (size_t i = 0; i < GL_ARRAY_SIZE(tables) && !all_found(w); i++)
		read_table(pid, &tables[i], w);
}

/* -- descriptors -- */

/* Where the descriptor leads.  Returns 0 or -errno. */
static int read_link(pid_t pid, int fd, char *link, size_t size)
{
	char path[PROC_PATH];
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%d/fd/%d", (int)pid, fd);
	n = readlink(path, link, size - 1);
	if (n < 0)
		return -errno;
	link[n] = '\0';
	return 0;
}

static bool is_socket(const char *link, uint64_t *ret_inode)
{
	return sscanf(link, "socket:[%" SCNu64 "]", ret_inode) == 1;
}

/*
 * By what the kernel has in memory (statx(2), AT_STATX_DONT_SYNC; Linux 4.11): stat()
 * might wait for a server for ever.  The C library's statx() may fall back to it.
 */
static bool is_fifo(pid_t pid, int fd)
{
	char path[PROC_PATH];
	struct statx st;

	snprintf(path, sizeof(path), "/proc/%d/fd/%d", (int)pid, fd);
	return gl_syscall5(SYS_statx, AT_FDCWD, path, AT_STATX_DONT_SYNC, STATX_TYPE, &st) == 0 &&
	       S_ISFIFO(st.stx_mode);
}

static void fill_file(pid_t pid, const char *link, struct gl_descriptor *ret)
{
	if (is_fifo(pid, ret->fd))
		ret->kind = GL_DESCRIPTOR_PIPE;
	if (ret->kind != GL_DESCRIPTOR_PIPE || *link == '/')
		set_text(ret->name, sizeof(ret->name), link, strlen(link));
}

int gl_descriptor_read(pid_t pid, int fd, struct gl_descriptor *ret)
{
	struct gl_descriptor found = {.fd = fd};
	struct wanted w = {.items = &found, .count = 1};
	char link[PATH_MAX];
	int r = read_link(pid, fd, link, sizeof(link));

	if (r)
		return r;
	if (is_socket(link, &w.inodes[0])) {
		found.kind = GL_DESCRIPTOR_SOCKET;
		look_up(pid, &w);
	} else {
		fill_file(pid, link, &found);
	}
	*ret = found;
	return 0;
}

static void add_socket(struct wanted *w, pid_t pid, int fd)
{
	char link[64];
	uint64_t inode;

	if (w->count == GL_DESCRIPTOR_SOCKETS || read_link(pid, fd, link, sizeof(link)) ||
	    !is_socket(link, &inode))
		return;
	w->items[w->count] = (struct gl_descriptor){.fd = fd, .kind = GL_DESCRIPTOR_SOCKET};
	w->inodes[w->count++] = inode;
}

static void collect(struct wanted *w, pid_t pid)
{
	char path[PROC_PATH];
	const struct dirent *entry;
	DIR *dir;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/fd", (int)pid);
	dir = opendir(path);
	if (!dir)
		return;
	for (size_t i = 0; i < MAX_ENTRIES && (entry = readdir(dir)); i++)
		if (sscanf(entry->d_name, "%d", &fd) == 1)
			add_socket(w, pid, fd);
	closedir(dir);
}

size_t gl_descriptor_connections(pid_t pid, struct gl_descriptor *list, size_t room)
{
	gl_autofree struct gl_descriptor *all = calloc(GL_DESCRIPTOR_SOCKETS, sizeof(*all));
	struct wanted w = {.items = all};
	size_t count = 0;

	if (!all)
		return 0;
	collect(&w, pid);
	look_up(pid, &w);
	for (size_t i = 0; i < w.count && count < room; i++)
		if (all[i].peer_port)
			list[count++] = all[i];
	return count;
}

static void put_socket(struct gl_buf *b, const char *protocol, const struct gl_descriptor *d)
{
	gl_buf_puts(b, protocol);
	if (*d->peer)
		gl_buf_printf(b, " to %s", d->peer);
	else if (*d->local)
		gl_buf_printf(b, " on %s", d->local);
}

void gl_descriptor_put(struct gl_buf *b, const struct gl_descriptor *d)
{
	switch (d->kind) {
	case GL_DESCRIPTOR_FILE:
		gl_buf_puts(b, d->name);
		break;
	case GL_DESCRIPTOR_PIPE:
		gl_buf_printf(b, *d->name ? "FIFO %s" : "pipe%s", d->name);
		break;
	case GL_DESCRIPTOR_TCP:
		put_socket(b, "TCP", d);
		break;
	case GL_DESCRIPTOR_UDP:
		put_socket(b, "UDP", d);
		break;
	case GL_DESCRIPTOR_UNIX:
		gl_buf_printf(b, *d->local ? "unix %s" : "unix socket%s", d->local);
		break;
	case GL_DESCRIPTOR_SOCKET:
	case GL_DESCRIPTOR_KIND_MAX:
		gl_buf_puts(b, "socket");
		break;
	}
}
