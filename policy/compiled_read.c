/*
 * Reads compiled policies: see policy/compiled.h for the format.
 *
 * The bytes may be anybody's.  They are taken through one cursor that never
 * leaves them; it stays at the end after the first thing that does not fit, and
 * all that it hands out then is 0.
 */
#include <errno.h>

#include "base/hash.h"
#include "policy/compiled.h"

struct cursor {
	const unsigned char *bytes;
	size_t left;
	bool failed;
};

static uint64_t take_number(struct cursor *c, size_t size)
{
	uint64_t number = 0;

	if (c->left < size) {
		c->failed = true;
		c->left = 0;
		return 0;
	}
	for (size_t i = 0; i < size; i++)
		number |= (uint64_t)c->bytes[i] << 8 * i;
	c->bytes += size;
	c->left -= size;
	return number;
}

static uint32_t take_u32(struct cursor *c)
{
	return (uint32_t)take_number(c, sizeof(uint32_t));
}

/* How many elements follow, each of at least size bytes, so that no more is allocated than the file has. */
static uint32_t take_count(struct cursor *c, uint32_t most, size_t size)
{
	uint32_t count = take_u32(c);

	if (count > most || count > c->left / size) {
		c->failed = true;
		c->left = 0;
		return 0;
	}
	return count;
}

/* A text in fresh memory; NULL: there is none, or (failed is not set) no memory. */
static char *take_text(struct cursor *c, size_t most)
{
	uint32_t len = take_count(c, (uint32_t)most, 1);
	char *text;

	if (memchr(c->bytes, '\0', len))
		c->failed = true;
	if (c->failed)
		return NULL;
	text = strndup((const char *)c->bytes, len);
	c->bytes += len;
	c->left -= len;
	return text;
}

static int end_of(const struct cursor *c)
{
	return c->failed ? -EBADMSG : 0;
}

static int read_file(struct cursor *c, struct gl_policy_file *file)
{
	file->name = take_text(c, GL_COMPILED_MAX_NAME);
	file->text = take_text(c, GL_POLICY_MAX_BYTES);
	file->location = take_text(c, GL_COMPILED_MAX_NAME);
	if (!file->name || !file->text || !file->location)
		return c->failed ? -EBADMSG : -ENOMEM;
	if (!*file->location) {
		free(file->location);
		file->location = NULL;
		return 0;
	}
	return *file->location == '/' ? -EBADMSG : 0;
}

static int read_files(struct cursor *c, struct gl_compiled *compiled)
{
	uint32_t count = take_count(c, GL_POLICY_MAX_FILES, 3 * sizeof(uint32_t));

	if (c->failed || count == 0)
		return -EBADMSG;
	compiled->files = calloc(count, sizeof(*compiled->files));
	if (!compiled->files)
		return -ENOMEM;
	while (compiled->file_count < count) {
		int r = read_file(c, &compiled->files[compiled->file_count++]);

		if (r < 0)
			return r;
	}
	return 0;
}

static int read_insns(struct cursor *c, struct gl_filter *filter)
{
	uint32_t count = take_count(c, BPF_MAXINSNS, sizeof(struct sock_filter));

	if (c->failed || count == 0)
		return -EBADMSG;
	filter->insns = calloc(count, sizeof(*filter->insns));
	if (!filter->insns)
		return -ENOMEM;
	for (; filter->count < count; filter->count++) {
		struct sock_filter *insn = &filter->insns[filter->count];

		insn->code = (uint16_t)take_number(c, sizeof(insn->code));
		insn->jt = (uint8_t)take_number(c, sizeof(insn->jt));
		insn->jf = (uint8_t)take_number(c, sizeof(insn->jf));
		insn->k = take_u32(c);
	}
	return end_of(c);
}

static int read_patches(struct cursor *c, struct gl_filter *filter)
{
	uint32_t count = take_count(c, GL_FILTER_MAX_PATCHES, sizeof(uint64_t) + 5 * sizeof(uint32_t));

	if (c->failed)
		return -EBADMSG;
	filter->patches = calloc(GL_MAX(count, 1u), sizeof(*filter->patches));
	if (!filter->patches)
		return -ENOMEM;
	for (; filter->patch_count < count; filter->patch_count++) {
		struct gl_filter_patch *patch = &filter->patches[filter->patch_count];

		patch->condition.unless_caps = take_number(c, sizeof(uint64_t));
		patch->condition.if_kernel_below = take_u32(c);
		patch->condition.if_kernel_from = take_u32(c);
		patch->instruction = take_u32(c);
		patch->if_true = take_u32(c);
		patch->if_false = take_u32(c);
	}
	return end_of(c);
}

static int read_filters(struct cursor *c, struct gl_compiled *compiled, struct gl_err *err)
{
	for (size_t i = 0; i < GL_FILTER_VARIANT_MAX; i++) {
		int r = read_insns(c, &compiled->filters[i]);

		if (r == 0)
			r = read_patches(c, &compiled->filters[i]);
		if (r == 0)
			r = gl_filter_check(&compiled->filters[i], err);
		if (r < 0)
			return r;
	}
	return c->left == 0 ? 0 : -EBADMSG;
}

/* What stands before the texts. */
struct head {
	uint32_t format, known_through;
	uint64_t key, texts_hash;
};

/* Is it for this machine?  Passes over its name. */
static bool take_machine(struct cursor *c, const struct gl_machine_calls *machine)
{
	uint32_t len = take_count(c, GL_COMPILED_MAX_NAME, 1);
	bool same = len == strlen(machine->name) && !memcmp(c->bytes, machine->name, len);

	c->bytes += len;
	c->left -= len;
	return same;
}

static int read_head(struct cursor *c, const struct gl_machine_calls *machine, struct head *head,
		     struct gl_err *err)
{
	bool same_machine;

	head->format = take_u32(c);
	head->known_through = take_u32(c);
	head->key = take_number(c, sizeof(head->key));
	head->texts_hash = take_number(c, sizeof(head->texts_hash));
	same_machine = take_machine(c, machine);
	if (c->failed)
		return -EBADMSG;
	if (!same_machine)
		return gl_err_set(err, ESTALE, "compiled for another machine than %s", machine->name);
	if (head->format != GL_COMPILED_FORMAT || head->key != gl_compiled_key(machine))
		return gl_err_set(err, ESTALE, "compiled by another golaunch: compile it again");
	return 0;
}

static int read_all(struct cursor *c, const struct gl_machine_calls *machine, struct gl_compiled *compiled,
		    struct gl_err *err)
{
	struct head head;
	int r = read_head(c, machine, &head, err);

	if (r == 0)
		r = read_files(c, compiled);
	if (r == 0)
		r = read_filters(c, compiled, err);
	if (r < 0)
		return r;
	compiled->known_through = head.known_through;
	return head.texts_hash == gl_compiled_texts_hash(compiled->files, compiled->file_count) ? 0
												: -EBADMSG;
}

bool gl_compiled_is(const void *bytes, size_t len)
{
	return len >= GL_COMPILED_MAGIC_LEN && !memcmp(bytes, GL_COMPILED_MAGIC, GL_COMPILED_MAGIC_LEN);
}

/* Takes off the magic and the hash at the end, which is that of all before it. */
static int take_frame(struct cursor *c, struct gl_err *err)
{
	struct cursor end = {.left = sizeof(uint64_t)};

	if (!gl_compiled_is(c->bytes, c->left))
		return gl_err_set(err, EBADMSG, "not a compiled policy");
	if (c->left < GL_COMPILED_MAGIC_LEN + end.left || c->left > GL_COMPILED_MAX_BYTES)
		return -EBADMSG;
	c->left -= end.left;
	end.bytes = c->bytes + c->left;
	if (gl_hash_bytes(GL_HASH_START, c->bytes, c->left) != take_number(&end, end.left))
		return -EBADMSG;
	c->bytes += GL_COMPILED_MAGIC_LEN;
	c->left -= GL_COMPILED_MAGIC_LEN;
	return 0;
}

int gl_compiled_read(const void *bytes, size_t len, const struct gl_machine_calls *machine,
		     struct gl_compiled *ret_compiled, struct gl_err *err)
{
	gl_autocompiled struct gl_compiled compiled = GL_COMPILED_INIT;
	struct cursor c = {.bytes = bytes, .left = len};
	struct gl_err detail = GL_ERR_INIT;
	int r = take_frame(&c, &detail);

	if (r == 0)
		r = read_all(&c, machine, &compiled, &detail);
	if (r == -ENOMEM)
		return gl_err_sys(err, ENOMEM, "cannot read the compiled policy");
	if (r < 0)
		return gl_err_set(err, -r, "%s", detail.errnum ? detail.msg : "a damaged compiled policy");
	*ret_compiled = compiled;
	compiled = GL_COMPILED_INIT;
	return 0;
}
