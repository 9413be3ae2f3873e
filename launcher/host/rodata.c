/*
 * Walks a file's constants: see host/rodata.h.
 *
 * Linkers put them into a segment of their own (-z separate-code) or in with the
 * code; so segments that are only readable come first, code after them.
 */
#include "host/rodata.h"

#include <elf.h>
#include <errno.h>

#include "base/mem.h"

struct walk {
	const struct gl_image *image;
	size_t chunk;
	size_t left; /* of GL_RODATA_MAX_BYTES */
	gl_rodata_fn each;
	void *arg;
};

static int give(struct walk *w, uint64_t offset, size_t len)
{
	gl_autofree char *bytes = malloc(len + 1);

	if (!bytes)
		return -ENOMEM;
	w->left -= GL_MIN(len, w->left);
	if (gl_image_read(w->image, offset, bytes, len))
		return 0;
	bytes[len] = '\0';
	return w->each(bytes, len, w->arg);
}

static int give_segment(struct walk *w, const struct gl_segment *segment)
{
	uint64_t end = segment->filesz;
	size_t len;
	int r = 0;

	while (!r && end && w->left) {
		len = (size_t)GL_MIN(end, (uint64_t)w->left);
		if (w->chunk)
			len = GL_MIN(len, w->chunk);
		r = give(w, segment->offset + (end - len), len);
		if (len == end || len <= GL_RODATA_CHUNK_SHARE)
			break;
		end -= len - GL_RODATA_CHUNK_SHARE;
	}
	return r;
}

int gl_rodata_each(const struct gl_image *image, size_t chunk, gl_rodata_fn each, void *arg)
{
	static const uint32_t passes[] = {PF_R, PF_R | PF_X};
	struct walk w = {
		.image = image, .chunk = chunk, .left = GL_RODATA_MAX_BYTES, .each = each, .arg = arg};
	size_t count;
	const struct gl_segment *segments = gl_image_segments(image, &count);
	int r = 0;

	for (size_t p = 0; p < GL_ARRAY_SIZE(passes); p++) {
		for (size_t i = count; i-- > 0 && !r;) {
			if (segments[i].type == PT_LOAD && segments[i].flags == passes[p])
				r = give_segment(&w, &segments[i]);
		}
	}
	return r;
}
