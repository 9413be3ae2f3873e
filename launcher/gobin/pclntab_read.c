/*
 * Bytes of a pclntab.  An offset out of the file that leads out of the table's
 * segment is answer 1, not an error: the table is damaged there, and the file can
 * be read.
 */
#include <errno.h>

#include "gobin/pclntab_private.h"

#define STRING_PIECE 64

static int answer(int r)
{
	return r == -ERANGE ? 1 : r;
}

int gl_pclntab_read(const struct gl_pclntab *t, uint64_t at, void *bytes, size_t len)
{
	if (at > t->length || len > t->length - at)
		return 1;
	return answer(gl_image_read(t->image, t->offset + at, bytes, len));
}

int gl_pclntab_word(const struct gl_pclntab *t, uint64_t at, size_t size, uint64_t *ret)
{
	unsigned char bytes[8];
	int r = gl_pclntab_read(t, at, bytes, size);

	if (!r)
		*ret = gl_image_value(t->image, bytes, size);
	return r;
}

int gl_pclntab_u32(const struct gl_pclntab *t, uint64_t at, uint32_t *ret)
{
	uint64_t value;
	int r = gl_pclntab_word(t, at, 4, &value);

	if (!r)
		*ret = (uint32_t)value;
	return r;
}

int gl_pclntab_some(const struct gl_pclntab *t, const struct gl_pclntab_part *part, uint64_t at, void *bytes,
		    size_t len, size_t *ret_len)
{
	uint64_t room = part->end - part->start;

	*ret_len = at < room ? (size_t)GL_MIN((uint64_t)len, room - at) : 0;
	return *ret_len ? gl_pclntab_read(t, part->start + at, bytes, *ret_len) : 0;
}

int gl_pclntab_string(const struct gl_pclntab *t, const struct gl_pclntab_part *part, uint64_t at, char *text,
		      size_t room)
{
	for (size_t have = 0, n; have < room; have += n) {
		int r = gl_pclntab_some(t, part, at + have, text + have, GL_MIN(room - have, STRING_PIECE),
					&n);

		if (r || n == 0)
			return r ? r : 1;
		if (memchr(text + have, '\0', n))
			return 0;
	}
	text[room - 1] = '\0';
	return 0;
}
