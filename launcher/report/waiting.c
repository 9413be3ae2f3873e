/*
 * What was waited for: see report/waiting.h.
 *
 * Dialling, asking a name server and HTTP leave the waiting to goroutines of the
 * standard library, and the main one waits for these.  So where its innermost frames
 * are the network packages', the process's connections are what it waits for; where it
 * is on a channel of the program's own, they are only mentioned.
 */
#include "report/waiting.h"

#include <string.h>

#include "base/macros.h"

#define MAX_TOLD 4
#define DNS_PORT 53

/* What a function of the standard library does; the innermost counts. */
enum activity { UNKNOWN, READING, WRITING, ACCEPTING };

static const struct {
	const char *prefix;
	enum activity activity;
} activities[] = {
	{"internal/poll.(*FD).Accept", ACCEPTING}, {"internal/poll.(*FD).Read", READING},
	{"internal/poll.(*FD).RawRead", READING},  {"internal/poll.(*FD).Pread", READING},
	{"internal/poll.(*FD).Write", WRITING},	   {"internal/poll.(*FD).RawWrite", WRITING},
	{"internal/poll.(*FD).Pwrite", WRITING},   {"internal/poll.SendFile", WRITING},
};

static const char *const resolvers[] = {"net.(*Resolver).", "net.lookup", "net.cgoLookup", "net.goLookup"};
static const char *const networks[] = {"net.", "net/", "crypto/tls.", "database/sql."};

static bool starts_with(struct gl_slice s, const char *const *prefixes, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (gl_slice_starts(s, prefixes[i]))
			return true;
	return false;
}

/* How many frames lie within the one to blame. */
static size_t inner_count(const struct gl_witness *w)
{
	const char *lead = w->trace.frame_count ? w->trace.frames[0].function.text : NULL;

	for (size_t i = 0; i < w->frames.count; i++)
		if (w->frames.items[i].function.text == lead)
			return i;
	return w->frames.count;
}

static bool passes(const struct gl_witness *w, const char *const *prefixes, size_t count)
{
	size_t inner = inner_count(w);

	for (size_t i = 0; i < inner; i++)
		if (starts_with(w->frames.items[i].function, prefixes, count))
			return true;
	return false;
}

static bool resolves(const struct gl_witness *w)
{
	return passes(w, resolvers, GL_ARRAY_SIZE(resolvers));
}

static enum activity activity_of(const struct gl_witness *w)
{
	for (size_t i = 0; i < w->frames.count; i++)
		for (size_t k = 0; k < GL_ARRAY_SIZE(activities); k++)
			if (gl_slice_starts(w->frames.items[i].function, activities[k].prefix))
				return activities[k].activity;
	return UNKNOWN;
}

static bool is_dns(const struct gl_descriptor *d, bool resolving)
{
	return d->peer_port == DNS_PORT || (resolving && d->kind == GL_DESCRIPTOR_UDP);
}

/* "10.0.0.5:5432" for a connection, else what it is. */
static void put_end(struct gl_buf *b, const struct gl_descriptor *d)
{
	if (*d->peer)
		gl_buf_puts(b, d->peer);
	else
		gl_descriptor_put(b, d);
}

/* A connection that has not been made, or on which an answer is awaited. */
static bool put_connection(struct gl_buf *b, const struct gl_descriptor *d, bool resolving)
{
	if (d->state == GL_SOCKET_CONNECTING)
		gl_buf_printf(b, "connect to %s", d->peer);
	else if (*d->peer && is_dns(d, resolving))
		gl_buf_printf(b, "answer of %s (DNS)", d->peer);
	else
		return false;
	return true;
}

static void put_descriptor(struct gl_buf *b, const struct gl_witness *w)
{
	static const char *const verbs[] = {[UNKNOWN] = "",
					    [READING] = "read from ",
					    [WRITING] = "write to ",
					    [ACCEPTING] = "accept on "};
	const struct gl_descriptor *d = &w->wait->descriptor;
	enum activity activity = activity_of(w);

	if (put_connection(b, d, resolves(w)))
		return;
	gl_buf_puts(b, verbs[activity]);
	if (activity == ACCEPTING && *d->local)
		gl_buf_puts(b, d->local);
	else
		put_end(b, d);
}

/* -- one of several -- */

/* What is likeliest to be awaited comes first. */
enum rank { CONNECTING, ASKING, CONNECTED, NOT_AWAITED };

static enum rank rank_of(const struct gl_descriptor *d, bool resolving)
{
	if (d->state == GL_SOCKET_CONNECTING)
		return CONNECTING;
	if (d->state != GL_SOCKET_CONNECTED || d->unread)
		return NOT_AWAITED;
	return is_dns(d, resolving) ? ASKING : CONNECTED;
}

static bool is_same(const struct gl_descriptor *a, const struct gl_descriptor *b)
{
	return a->kind == b->kind && a->state == b->state && a->unread == b->unread &&
	       !strcmp(a->peer, b->peer);
}

/* A name server is asked for addresses of both kinds, on two sockets: that is one. */
static bool is_repeated(const struct gl_watch_wait *wait, size_t index)
{
	for (size_t i = 0; i < index; i++)
		if (is_same(&wait->connections[i], &wait->connections[index]))
			return true;
	return false;
}

static bool put_connections(struct gl_buf *b, const struct gl_watch_wait *wait, bool resolving)
{
	enum rank last = resolving ? ASKING : CONNECTED;
	size_t told = 0;

	for (enum rank rank = CONNECTING; rank <= last; rank++)
		for (size_t i = 0; i < wait->connection_count && told < MAX_TOLD; i++) {
			const struct gl_descriptor *d = &wait->connections[i];

			if (rank_of(d, resolving) != rank || is_repeated(wait, i))
				continue;
			gl_buf_puts(b, told++ ? " or " : "");
			if (!put_connection(b, d, resolving))
				gl_buf_printf(b, "answer of %s", d->peer);
		}
	return told > 0;
}

static bool put_candidates(struct gl_buf *b, const struct gl_witness *w)
{
	return (resolves(w) && put_connections(b, w->wait, true)) || put_connections(b, w->wait, false);
}

/* The runtime's own threads sleep in the kernel as well: that says nothing of the program. */
static bool is_own_call(const struct gl_witness *w)
{
	return w->in_c || !w->frames.count || !gl_slice_starts(w->frames.items[0].function, "runtime.");
}

static bool put_call(struct gl_buf *b, const struct gl_witness *w)
{
	if (!w->wait->blocked || !is_own_call(w))
		return false;
	if (!strcmp(w->wait->name, "connect"))
		gl_buf_printf(b, "connect to %s", w->wait->object);
	else
		gl_buf_puts(b, w->wait->call);
	return true;
}

static bool waits_for_network(const struct gl_witness *w)
{
	return passes(w, networks, GL_ARRAY_SIZE(networks));
}

bool gl_waiting_put(struct gl_buf *b, const struct gl_witness *w)
{
	if (!w->wait)
		return false;
	if (!w->wait->parked)
		return put_call(b, w);
	if (w->wait->has_descriptor) {
		put_descriptor(b, w);
		return true;
	}
	return waits_for_network(w) && put_candidates(b, w);
}

bool gl_waiting_put_others(struct gl_buf *b, const struct gl_witness *w)
{
	return w->wait && w->wait->parked && !w->wait->has_descriptor && !waits_for_network(w) &&
	       put_connections(b, w->wait, false);
}
