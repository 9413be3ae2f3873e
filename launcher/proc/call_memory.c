/*
 * Arguments that lie in the memory of the process: see proc/call_private.h.
 *
 * Memory is hostile and may end anywhere, so each read is of a few bytes, a string is
 * read up to its NUL or a named bound, and what cannot be read is "...".
 */
#include "proc/call_private.h"

#include <inttypes.h>
#include <linux/futex.h>
#include <poll.h>
#include <string.h>
#include <sys/un.h>

#include "base/escape.h"
#include "base/mem.h"

#define CHUNK	    16 /* a string is read in such pieces, which cross no page */
#define MAX_PATH    160
#define MAX_BYTES   32 /* of what is written */
#define MAX_STRING  40 /* of one of several */
#define MAX_STRINGS 4
#define MAX_POLLFDS 4

#define UNKNOWN "..."

void gl_call_put_pointer(struct gl_call_decoding *d, unsigned index)
{
	gl_buf_puts(d->b, gl_call_argument(d, index) ? UNKNOWN : "NULL");
}

/* A word of the process at an address. */
static bool read_word(const struct gl_call_decoding *d, uint64_t address, uint64_t *ret)
{
	uint32_t narrow;

	if (gl_call_is_wide(d->call))
		return gl_call_read(d, address, ret, sizeof(*ret));
	if (!gl_call_read(d, address, &narrow, sizeof(narrow)))
		return false;
	*ret = narrow;
	return true;
}

static unsigned word_size(const struct gl_call_decoding *d)
{
	return gl_call_is_wide(d->call) ? 8 : 4;
}

/* -- strings -- */

/*
 * Bytes up to a NUL, at most max of them; *ret_whole: the NUL was found.  Returns
 * false if not even the first can be read.
 */
static bool read_string(const struct gl_call_decoding *d, uint64_t address, char *text, size_t max,
			size_t *ret_len, bool *ret_whole)
{
	size_t len = 0;

	while (len < max) {
		size_t part = GL_MIN(max - len, CHUNK - (address + len) % CHUNK);
		const char *nul;

		if (!gl_call_read(d, address + len, text + len, part))
			break;
		nul = memchr(text + len, '\0', part);
		if (nul) {
			*ret_len = (size_t)(nul - text);
			*ret_whole = true;
			return true;
		}
		len += part;
	}
	*ret_len = len;
	*ret_whole = false;
	return len > 0;
}

void gl_call_put_string(const struct gl_call_decoding *d, struct gl_buf *b, uint64_t address, size_t max,
			bool plain)
{
	char text[GL_CALL_OBJECT];
	const char *quote = plain ? "" : "\"";
	size_t len;
	bool whole;

	max = GL_MIN(max, sizeof(text));
	if (!address) {
		gl_buf_puts(b, "NULL");
		return;
	}
	if (!read_string(d, address, text, max, &len, &whole)) {
		gl_buf_puts(b, UNKNOWN);
		return;
	}
	gl_buf_puts(b, quote);
	gl_escape_text(b, text, len, max);
	gl_buf_puts(b, quote);
	if (!whole)
		gl_buf_puts(b, UNKNOWN);
}

void gl_call_put_path(struct gl_call_decoding *d, unsigned index)
{
	gl_call_put_string(d, d->b, gl_call_argument(d, index), MAX_PATH, false);
}

void gl_call_put_bytes(struct gl_call_decoding *d, unsigned index)
{
	uint64_t len = index + 1 < GL_CALL_ARGUMENTS ? gl_call_argument(d, index + 1) : 0;
	char bytes[MAX_BYTES];
	size_t part = GL_MIN(len, sizeof(bytes));

	if (!gl_call_read(d, gl_call_argument(d, index), bytes, part)) {
		gl_call_put_pointer(d, index);
		return;
	}
	gl_buf_putc(d->b, '"');
	gl_escape_text(d->b, bytes, part, 2 * sizeof(bytes));
	gl_buf_puts(d->b, part < len ? "\"" UNKNOWN : "\"");
}

void gl_call_put_strings(struct gl_call_decoding *d, unsigned index)
{
	uint64_t list = gl_call_argument(d, index), text;
	unsigned count = 0;

	if (!list || !read_word(d, list, &text)) {
		gl_call_put_pointer(d, index);
		return;
	}
	gl_buf_putc(d->b, '[');
	while (text && count < MAX_STRINGS) {
		gl_buf_puts(d->b, count ? ", " : "");
		gl_call_put_string(d, d->b, text, MAX_STRING, false);
		count++;
		if (!read_word(d, list + count * word_size(d), &text))
			text = 0;
	}
	gl_buf_puts(d->b, text ? ", " UNKNOWN "]" : "]");
}

/* -- sockets -- */

static void put_address_at(struct gl_call_decoding *d, uint64_t address, uint64_t len)
{
	struct sockaddr_storage bytes;

	len = GL_MIN(len, sizeof(bytes));
	if (len < sizeof(sa_family_t) || !gl_call_read(d, address, &bytes, len))
		gl_buf_puts(d->b, address ? UNKNOWN : "NULL");
	else
		gl_call_put_address(d->b, &bytes, len);
}

void gl_call_put_sockaddr(struct gl_call_decoding *d, unsigned index)
{
	uint64_t len = index + 1 < GL_CALL_ARGUMENTS ? gl_call_argument(d, index + 1) : 0;

	put_address_at(d, gl_call_argument(d, index), (uint32_t)len);
}

/* struct msghdr begins with the address and its length (socklen_t). */
void gl_call_put_message(struct gl_call_decoding *d, unsigned index)
{
	uint64_t message = gl_call_argument(d, index), name;
	uint32_t len;

	if (read_word(d, message, &name) && name &&
	    gl_call_read(d, message + word_size(d), &len, sizeof(len)))
		put_address_at(d, name, len);
	else
		gl_call_put_pointer(d, index);
}

void gl_call_put_pollfds(struct gl_call_decoding *d, unsigned index)
{
	uint64_t list = gl_call_argument(d, index);
	uint64_t count = index + 1 < GL_CALL_ARGUMENTS ? gl_call_argument(d, index + 1) : 0;
	struct pollfd item;

	if (!count || !gl_call_read(d, list, &item, sizeof(item))) {
		gl_call_put_pointer(d, index);
		return;
	}
	gl_buf_putc(d->b, '[');
	for (uint64_t i = 0; i < GL_MIN(count, MAX_POLLFDS); i++) {
		if (i && !gl_call_read(d, list + i * sizeof(item), &item, sizeof(item)))
			break;
		gl_buf_puts(d->b, i ? ", " : "");
		gl_call_put_fd(d, item.fd);
	}
	gl_buf_puts(d->b, count > MAX_POLLFDS ? ", " UNKNOWN "]" : "]");
}

/* -- others -- */

void gl_call_put_timespec(struct gl_call_decoding *d, unsigned index)
{
	uint64_t at = gl_call_argument(d, index), seconds, nanoseconds;

	if (!at || !read_word(d, at, &seconds) || !read_word(d, at + word_size(d), &nanoseconds))
		gl_call_put_pointer(d, index);
	else
		gl_buf_printf(d->b, "%.9g s", (double)(int64_t)seconds + (double)(int64_t)nanoseconds / 1e9);
}

/* Operations that do not wait have another thing there, or nothing. */
void gl_call_put_futex_timespec(struct gl_call_decoding *d, unsigned index)
{
	switch (gl_call_argument(d, 1) & FUTEX_CMD_MASK) {
	case FUTEX_WAIT:
	case FUTEX_WAIT_BITSET:
	case FUTEX_LOCK_PI:
	case FUTEX_WAIT_REQUEUE_PI:
		gl_call_put_timespec(d, index);
		break;
	default:
		break;
	}
}

/* struct clone_args begins with the flags. */
void gl_call_put_clone_args(struct gl_call_decoding *d, unsigned index)
{
	uint64_t flags;

	if (!gl_call_read(d, gl_call_argument(d, index), &flags, sizeof(flags))) {
		gl_call_put_pointer(d, index);
		return;
	}
	gl_buf_putc(d->b, '{');
	gl_call_put_words(d->b, GL_CALL_CLONE_FLAGS, flags);
	gl_buf_puts(d->b, ", " UNKNOWN "}");
}
