/*
 * Addresses of sockets: see proc/call.h.  Copied out of what may not be aligned, and
 * looked at only as far as their length allows.
 */
#include <arpa/inet.h>
#include <inttypes.h>
#include <linux/netlink.h>
#include <linux/vm_sockets.h>
#include <netinet/in.h>
#include <stddef.h>
#include <string.h>
#include <sys/un.h>

#include "base/escape.h"
#include "proc/call_private.h"

static void put_inet(struct gl_buf *b, const void *bytes)
{
	char text[INET_ADDRSTRLEN];
	struct sockaddr_in in;

	memcpy(&in, bytes, sizeof(in));
	inet_ntop(AF_INET, &in.sin_addr, text, sizeof(text));
	gl_buf_printf(b, "%s:%u", text, ntohs(in.sin_port));
}

static void put_inet6(struct gl_buf *b, const void *bytes)
{
	char text[INET6_ADDRSTRLEN];
	struct sockaddr_in6 in6;

	memcpy(&in6, bytes, sizeof(in6));
	inet_ntop(AF_INET6, &in6.sin6_addr, text, sizeof(text));
	gl_buf_printf(b, "[%s]:%u", text, ntohs(in6.sin6_port));
}

static void put_netlink(struct gl_buf *b, const void *bytes)
{
	struct sockaddr_nl nl;

	memcpy(&nl, bytes, sizeof(nl));
	gl_buf_printf(b, "netlink:%" PRIu32, nl.nl_pid);
}

static void put_vsock(struct gl_buf *b, const void *bytes)
{
	struct sockaddr_vm vm;

	memcpy(&vm, bytes, sizeof(vm));
	gl_buf_printf(b, "vsock:%u:%u", vm.svm_cid, vm.svm_port);
}

/* unix(7): a path ends at a NUL or with the length; an abstract name begins with a NUL and has all of it. */
static void put_unix(struct gl_buf *b, const void *bytes, size_t len)
{
	size_t at = offsetof(struct sockaddr_un, sun_path);
	const char *name = (const char *)bytes + at;

	len = GL_MIN(len - at, sizeof(((struct sockaddr_un *)0)->sun_path));
	gl_buf_puts(b, "unix:");
	if (len && !*name) {
		gl_buf_putc(b, '@');
		name++;
		len--;
	} else {
		len = strnlen(name, len);
	}
	gl_escape_text(b, name, len, 0);
}

static const struct {
	sa_family_t family;
	size_t size;
	void (*put)(struct gl_buf *b, const void *bytes);
} families[] = {
	{AF_INET, sizeof(struct sockaddr_in), put_inet},
	/* without the scope, as Linux takes it (SIN6_LEN_RFC2133) */
	{AF_INET6, offsetof(struct sockaddr_in6, sin6_scope_id), put_inet6},
	{AF_NETLINK, sizeof(struct sockaddr_nl), put_netlink},
	{AF_VSOCK, sizeof(struct sockaddr_vm), put_vsock},
};

void gl_call_put_address(struct gl_buf *b, const void *address, size_t len)
{
	struct sockaddr_storage whole = {.ss_family = AF_UNSPEC};
	sa_family_t family;

	if (len < sizeof(family)) {
		gl_buf_puts(b, "no address");
		return;
	}
	memcpy(&whole, address, GL_MIN(len, sizeof(whole)));
	family = whole.ss_family;
	if (family == AF_UNIX) {
		put_unix(b, &whole, GL_MIN(len, sizeof(whole)));
		return;
	}
	for (size_t i = 0; i < GL_ARRAY_SIZE(families); i++)
		if (families[i].family == family && len >= families[i].size) {
			families[i].put(b, &whole);
			return;
		}
	gl_call_put_words(b, GL_CALL_FAMILY, family);
}
