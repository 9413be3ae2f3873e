/*
 * What descriptors are: this process's own, made for the purpose.
 */
#include "proc/descriptor.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/macros.h"
#include "tests/lib/unit.h"

static char directory[] = "/tmp/golaunch-descriptor.XXXXXX";

static void check_text(int fd, const char *expected)
{
	struct gl_descriptor d;
	gl_autobuf struct gl_buf b = GL_BUF_INIT;

	ck_assert_int_eq(gl_descriptor_read(getpid(), fd, &d), 0);
	ck_assert_int_eq(d.fd, fd);
	gl_descriptor_put(&b, &d);
	ck_assert_str_eq(gl_buf_text(&b), expected);
}

/* A file below the directory, and its path. */
static const char *place(const char *name)
{
	static char path[64];

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	return path;
}

START_TEST(files_and_pipes)
{
	char expected[160];
	int pipes[2];

	check_text(open("/dev/null", O_RDONLY), "/dev/null");
	snprintf(expected, sizeof(expected), "%s/a\\x1bb", directory);
	check_text(open(place("a\033b"), O_RDWR | O_CREAT, 0600), expected);
	ck_assert_int_eq(mkfifo(place("fifo"), 0600), 0);
	snprintf(expected, sizeof(expected), "FIFO %s", place("fifo"));
	check_text(open(place("fifo"), O_RDWR), expected);
	ck_assert_int_eq(pipe(pipes), 0);
	check_text(pipes[0], "pipe");
	check_text(eventfd(0, 0), "anon_inode:[eventfd]");
}
END_TEST

/* A name longer than there is room for. */
START_TEST(long_names)
{
	char name[PATH_MAX];
	struct gl_descriptor d;

	memset(name, 'x', 250);
	name[250] = '\0';
	ck_assert_int_eq(chdir(directory), 0);
	ck_assert_int_eq(gl_descriptor_read(getpid(), open(name, O_RDWR | O_CREAT, 0600), &d), 0);
	ck_assert_uint_lt(strnlen(d.name, sizeof(d.name)), sizeof(d.name));
	ck_assert_uint_gt(strlen(d.name), 100);
	unlink(name);
}
END_TEST

START_TEST(none)
{
	struct gl_descriptor d;

	ck_assert_int_eq(gl_descriptor_read(getpid(), 987654, &d), -ENOENT);
	ck_assert_int_eq(gl_descriptor_read(getpid(), -1, &d), -ENOENT);
	ck_assert_int_lt(gl_descriptor_read(0x7ffffff, 0, &d), 0);
	ck_assert_uint_eq(gl_descriptor_connections(0x7ffffff, &d, 1), 0);
}
END_TEST

/* A socket on the loopback, its address in *ret. */
static int bound(int family, int type, struct sockaddr_storage *ret, char *text)
{
	int fd = socket(family, type, 0);
	struct sockaddr_in in = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	struct sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_addr = in6addr_loopback};
	socklen_t len = sizeof(*ret);
	int r = family == AF_INET ? bind(fd, (struct sockaddr *)&in, sizeof(in))
				  : bind(fd, (struct sockaddr *)&in6, sizeof(in6));

	if (fd < 0 || r || getsockname(fd, (struct sockaddr *)ret, &len))
		return -1;
	if (family == AF_INET)
		snprintf(text, 64, "127.0.0.1:%u", ntohs(((struct sockaddr_in *)ret)->sin_port));
	else
		snprintf(text, 64, "[::1]:%u", ntohs(((struct sockaddr_in6 *)ret)->sin6_port));
	return fd;
}

static int connected(int family, int type, const struct sockaddr_storage *to)
{
	int fd = socket(family, type, 0);

	ck_assert_int_eq(connect(fd, (const struct sockaddr *)to, sizeof(*to)), 0);
	return fd;
}

/* IPv4, then IPv6, where there is one. */
START_TEST(internet_sockets)
{
	int family = _i ? AF_INET6 : AF_INET, listener, client, server;
	struct sockaddr_storage address;
	char text[64], expected[96];
	struct gl_descriptor d;

	listener = bound(family, SOCK_STREAM, &address, text);
	if (listener < 0 && _i)
		return;
	check_text(listener, "socket"); /* bound only: the kernel does not list it */
	ck_assert_int_eq(listen(listener, 1), 0);
	snprintf(expected, sizeof(expected), "TCP on %s", text);
	check_text(listener, expected);
	client = connected(family, SOCK_STREAM, &address);
	snprintf(expected, sizeof(expected), "TCP to %s", text);
	check_text(client, expected);
	ck_assert_int_eq(gl_descriptor_read(getpid(), client, &d), 0);
	ck_assert(d.state == GL_SOCKET_CONNECTED && !d.unread);
	ck_assert_str_eq(d.peer, text);
	server = accept(listener, NULL, NULL);
	ck_assert_int_eq(send(server, "x", 1, 0), 1);
	ck_assert_int_eq(gl_descriptor_read(getpid(), client, &d), 0);
	ck_assert(d.unread);
	server = bound(family, SOCK_DGRAM, &address, text);
	snprintf(expected, sizeof(expected), "UDP on %s", text);
	check_text(server, expected);
	client = connected(family, SOCK_DGRAM, &address);
	snprintf(expected, sizeof(expected), "UDP to %s", text);
	check_text(client, expected);
}
END_TEST

/* A connection that nobody takes, as the queue is full (listen(2)). */
START_TEST(connecting)
{
	struct sockaddr_storage address;
	struct gl_descriptor d;
	char text[64];
	int listener = bound(AF_INET, SOCK_STREAM, &address, text);
	int waiting = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);

	ck_assert_int_eq(listen(listener, 0), 0);
	connected(AF_INET, SOCK_STREAM, &address);
	ck_assert_int_eq(connect(waiting, (struct sockaddr *)&address, sizeof(address)), -1);
	ck_assert_int_eq(errno, EINPROGRESS);
	ck_assert_int_eq(gl_descriptor_read(getpid(), waiting, &d), 0);
	ck_assert_int_eq(d.kind, GL_DESCRIPTOR_TCP);
	ck_assert_int_eq(d.state, GL_SOCKET_CONNECTING);
	ck_assert_str_eq(d.peer, text);
}
END_TEST

START_TEST(unix_sockets)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	char expected[160];
	struct gl_descriptor d;
	int pair[2], listener = socket(AF_UNIX, SOCK_STREAM, 0);

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	check_text(pair[0], "unix socket");
	ck_assert_int_eq(gl_descriptor_read(getpid(), pair[0], &d), 0);
	ck_assert_int_eq(d.state, GL_SOCKET_CONNECTED);
	snprintf(address.sun_path, sizeof(address.sun_path), "%s", place("socket"));
	ck_assert_int_eq(bind(listener, (struct sockaddr *)&address, sizeof(address)), 0);
	ck_assert_int_eq(listen(listener, 1), 0);
	snprintf(expected, sizeof(expected), "unix %s", address.sun_path);
	check_text(listener, expected);
	ck_assert_int_eq(gl_descriptor_read(getpid(), listener, &d), 0);
	ck_assert_int_eq(d.state, GL_SOCKET_LISTENING);
	check_text(socket(AF_NETLINK, SOCK_RAW, 0), "socket");
}
END_TEST

/* Those with a peer, and not more than there is room for. */
START_TEST(lists_connections)
{
	struct sockaddr_storage address;
	struct gl_descriptor list[4];
	char text[64];
	int listener = bound(AF_INET, SOCK_STREAM, &address, text), clients[2];

	ck_assert_int_eq(listen(listener, 4), 0);
	clients[0] = connected(AF_INET, SOCK_STREAM, &address);
	clients[1] = connected(AF_INET, SOCK_STREAM, &address);
	ck_assert_uint_eq(gl_descriptor_connections(getpid(), list, 4), 2);
	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(list[i].fd, clients[i]);
		ck_assert_str_eq(list[i].peer, text);
	}
	ck_assert_uint_eq(gl_descriptor_connections(getpid(), list, 1), 1);
}
END_TEST

/* More sockets than are looked at. */
START_TEST(many_sockets)
{
	struct gl_descriptor list[2];
	struct sockaddr_storage address;
	char text[64];
	int listener = bound(AF_INET, SOCK_STREAM, &address, text), pair[2];

	ck_assert_int_eq(listen(listener, 4), 0);
	connected(AF_INET, SOCK_STREAM, &address);
	for (int i = 0; i < GL_DESCRIPTOR_SOCKETS; i++)
		ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	ck_assert_uint_eq(gl_descriptor_connections(getpid(), list, 2), 1);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("descriptor");
	TCase *c = tcase_create("all");
	int r;

	if (!mkdtemp(directory))
		return 125;
	tcase_add_test(c, files_and_pipes);
	tcase_add_test(c, long_names);
	tcase_add_test(c, none);
	tcase_add_loop_test(c, internet_sockets, 0, 2);
	tcase_add_test(c, connecting);
	tcase_add_test(c, unix_sockets);
	tcase_add_test(c, lists_connections);
	tcase_add_test(c, many_sockets);
	suite_add_tcase(s, c);
	r = gl_unit_main(s);
	unlink(place("fifo"));
	unlink(place("socket"));
	unlink(place("a\033b"));
	rmdir(directory);
	return r;
}
