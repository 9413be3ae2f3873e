/*
 * Naming frames: see report/frames.h.
 *
 * The names of a frame go into one block that never moves, so that slices into
 * it stay good; where it is full the outermost frames are missing.
 */
#include "report/frames.h"

#include <errno.h>

#include "base/mem.h"

struct names {
	char *text;
	size_t len;
};

/* A copy of the text; false: there is no room for it. */
static bool keep(struct names *names, const char *text, struct gl_slice *ret)
{
	size_t len = strlen(text);

	if (len > GL_FRAMES_MAX_NAMES - names->len)
		return false;
	memcpy(names->text + names->len, text, len);
	*ret = (struct gl_slice){.text = names->text + names->len, .len = len};
	names->len += len;
	return true;
}

static bool add(struct gl_frames *frames, struct names *names, const struct gl_position *position)
{
	struct gl_frame frame = {.line = position->line};

	if (frames->count == GL_FRAMES_MAX || !keep(names, position->function, &frame.function) ||
	    !keep(names, position->file, &frame.file))
		return false;
	frames->items[frames->count++] = frame;
	return true;
}

/* Returns 0, 1: there is no more room, or -errno. */
static int add_place(struct gl_pclntab *table, uint64_t place, struct gl_frames *frames, struct names *names)
{
	struct gl_position_walk walk = gl_position_walk_at(place);
	struct gl_position found;
	int r;

	while ((r = gl_position_next(table, &walk, &found)) == 0)
		if (!add(frames, names, &found))
			return 1;
	return GL_MIN(r, 0);
}

int gl_frames_read(struct gl_pclntab *table, const struct gl_unwind *stack, struct gl_frames *ret)
{
	gl_autoframes struct gl_frames frames = GL_FRAMES_INIT;
	struct names names = {.len = 0};
	int r = 0;

	frames.items = calloc(GL_FRAMES_MAX, sizeof(*frames.items));
	frames.names = names.text = malloc(GL_FRAMES_MAX_NAMES);
	if (!frames.items || !frames.names)
		return -ENOMEM;
	for (size_t i = 0; i < stack->count && r == 0; i++)
		if (!stack->frames[i].foreign)
			r = add_place(table, stack->frames[i].place, &frames, &names);
	if (r < 0)
		return r;
	*ret = frames;
	frames = GL_FRAMES_INIT;
	return 0;
}

void gl_frames_done(struct gl_frames *frames)
{
	free(frames->items);
	free(frames->names);
	*frames = GL_FRAMES_INIT;
}
