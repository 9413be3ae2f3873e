/*
 * The image: its life, and the answers that were read when it was opened.
 *
 * Opening reads the headers, PT_INTERP and .dynamic, which for a static program
 * is one page; symbol versions, symbols, notes and sections are read when asked
 * for.
 */
#include "elf/image.h"

#include <errno.h>
#include <sys/stat.h>

#include "base/mem.h"
#include "elf/image_private.h"

static int (*const load_steps[])(struct gl_image *) = {
	gl_image_load_header,
	gl_image_load_segments,
	gl_image_load_interpreter,
	gl_image_load_dynamic,
};

/* A step that cannot read what was in bounds a moment ago: the file shrank. */
static int load(struct gl_image *image, struct gl_err *err)
{
	for (size_t i = 0; i < GL_ARRAY_SIZE(load_steps); i++) {
		int r = load_steps[i](image);

		if (r > 0)
			break;
		if (r == -E2BIG) {
			image->partial = true;
			break;
		}
		if (r == -ERANGE)
			return gl_err_set(err, EIO, "the file changed while it was read");
		if (r < 0)
			return gl_err_sys(err, -r, "cannot read the file");
	}
	return 0;
}

int gl_image_open(int fd, struct gl_image **ret, struct gl_err *err)
{
	return gl_image_open_within(fd, NULL, ret, err);
}

int gl_image_open_within(int fd, struct gl_image_budget *budget, struct gl_image **ret, struct gl_err *err)
{
	gl_autoimage struct gl_image *image = NULL;
	struct stat st;
	int r;

	if (fstat(fd, &st))
		return gl_err_sys(err, errno, "cannot look at the file");
	if (!S_ISREG(st.st_mode))
		return gl_err_set(err, EINVAL, "not a regular file");
	image = calloc(1, sizeof(*image));
	if (!image)
		return gl_err_sys(err, ENOMEM, "cannot examine the file");
	image->cache = calloc(1, sizeof(*image->cache));
	if (!image->cache)
		return gl_err_sys(err, ENOMEM, "cannot examine the file");
	image->fd = fd;
	image->budget = budget;
	image->size = (uint64_t)st.st_size;
	elf_version(EV_CURRENT);
	r = load(image, err);
	if (r)
		return r;
	*ret = GL_TAKE_PTR(image);
	return 0;
}

static void free_pages(struct gl_page_cache *cache)
{
	for (size_t i = 0; cache && i < GL_PAGE_SLOTS; i++) {
		free(cache->slots[i].bytes);
		cache->slots[i] = (struct gl_page){.bytes = NULL};
	}
}

void gl_image_detach(struct gl_image *image)
{
	free_pages(image->cache);
	image->fd = -1;
	image->budget = NULL;
}

void gl_image_attach(struct gl_image *image, int fd, struct gl_image_budget *budget)
{
	image->fd = fd;
	image->budget = budget;
}

static int charge(struct gl_image_budget *budget, size_t *left, size_t bytes)
{
	if (bytes <= *left) {
		*left -= bytes;
		return 0;
	}
	*left = 0;
	budget->exhausted = true;
	return -E2BIG;
}

int gl_image_charge_read(const struct gl_image *image, size_t bytes)
{
	return image->budget ? charge(image->budget, &image->budget->reads, bytes) : 0;
}

int gl_image_charge_kept(const struct gl_image *image, size_t bytes)
{
	return image->budget ? charge(image->budget, &image->budget->kept, bytes) : 0;
}

void gl_image_free(struct gl_image *image)
{
	if (!image)
		return;
	for (size_t i = 0; i < image->strings.count; i++)
		free(image->strings.items[i]);
	free(image->strings.items);
	free(image->needs.items);
	free(image->defs.items);
	free(image->needed);
	free(image->interpreter);
	free(image->segments);
	free_pages(image->cache);
	free(image->cache);
	free(image);
}

void gl_image_set_defect(struct gl_image *image, enum gl_image_defect defect, const char *fmt, ...)
{
	va_list ap;

	if (image->defect != GL_IMAGE_SOUND)
		return;
	image->defect = defect;
	va_start(ap, fmt);
	vsnprintf(image->defect_text, sizeof(image->defect_text), fmt, ap);
	va_end(ap);
}

bool gl_image_is_detached(const struct gl_image *image)
{
	return image->fd < 0;
}

bool gl_image_is_partial(const struct gl_image *image)
{
	return image->partial;
}

enum gl_image_defect gl_image_defect(const struct gl_image *image)
{
	return image->defect;
}

const char *gl_image_defect_text(const struct gl_image *image)
{
	return image->defect_text;
}

uint64_t gl_image_size(const struct gl_image *image)
{
	return image->size;
}

const struct gl_image_header *gl_image_header(const struct gl_image *image)
{
	return &image->header;
}

const struct gl_segment *gl_image_segments(const struct gl_image *image, size_t *ret_count)
{
	*ret_count = image->segment_count;
	return image->segments;
}

const char *gl_image_interpreter(const struct gl_image *image)
{
	return image->interpreter;
}

bool gl_image_has_dynamic(const struct gl_image *image)
{
	return image->has_dynamic;
}

const struct gl_image_dynamic *gl_image_dynamic(const struct gl_image *image)
{
	return &image->dynamic;
}
