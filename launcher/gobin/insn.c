/*
 * Calls and references in machine code: see gobin/insn.h.
 *
 * No disassembler: on amd64 every byte is tried as the start of the instruction
 * looked for.  A call is then taken for one only if it leads to just the target,
 * which the bytes of another instruction do by a chance of 1 in 2^32; references
 * are only proposals, and whoever asks checks what is there.
 */
#include "gobin/insn.h"

#include <elf.h>
#include <errno.h>

#include "base/mem.h"
#include "gobin/pclntab_private.h"

/* The bytes of one function. */
struct code {
	unsigned char *bytes;
	size_t len;
	uint64_t address;
	const struct gl_image *image;
};

/* What is found. */
struct finds {
	uint64_t *addresses;
	size_t room, count;
};

static void add(struct finds *finds, uint64_t address)
{
	if (finds->count < finds->room)
		finds->addresses[finds->count++] = address;
}

static uint64_t signed_bits(uint64_t value, unsigned bits)
{
	uint64_t sign = UINT64_C(1) << (bits - 1);

	return (value ^ sign) - sign;
}

/* -- amd64 -- */

static uint64_t amd64_relative(const struct code *c, size_t field)
{
	return c->address + field + 4 + signed_bits(gl_image_value(c->image, c->bytes + field, 4), 32);
}

static void amd64_calls(const struct code *c, uint64_t target, struct finds *ret)
{
	for (size_t i = 0; i + 5 <= c->len; i++)
		if (c->bytes[i] == 0xe8 && amd64_relative(c, i + 1) == target)
			add(ret, c->address + i);
}

/* REX.W, LEA or MOV to a register, from RIP + 32 bits. */
static void amd64_references(const struct code *c, struct finds *ret)
{
	for (size_t i = 0; i + 7 <= c->len; i++) {
		const unsigned char *b = c->bytes + i;

		if ((b[0] & 0xfb) == 0x48 && (b[1] == 0x8b || b[1] == 0x8d) && (b[2] & 0xc7) == 0x05)
			add(ret, amd64_relative(c, i + 3));
	}
}

/* -- arm64 (Arm Architecture Reference Manual, C6.2) -- */

static uint32_t arm64_word(const struct code *c, size_t i)
{
	return (uint32_t)gl_image_value(c->image, c->bytes + i, 4);
}

/* BL imm26 */
static void arm64_calls(const struct code *c, uint64_t target, struct finds *ret)
{
	for (size_t i = 0; i + 4 <= c->len; i += 4) {
		uint32_t word = arm64_word(c, i);

		if (word >> 26 == 0x25 && c->address + i + 4 * signed_bits(word & 0x3ffffff, 26) == target)
			add(ret, c->address + i);
	}
}

/* ADRP Xd, page; then ADD Xd, Xd, #offset, or LDR X, [Xd, #offset], at once. */
static void arm64_references(const struct code *c, struct finds *ret)
{
	for (size_t i = 0; i + 8 <= c->len; i += 4) {
		uint32_t page = arm64_word(c, i), next = arm64_word(c, i + 4);
		uint64_t base;

		if ((page & 0x9f000000) != 0x90000000 || (page & 31) != (next >> 5 & 31))
			continue;
		base = (c->address + i) & ~UINT64_C(0xfff);
		base += signed_bits((uint64_t)(page >> 5 & 0x7ffff) << 2 | (page >> 29 & 3), 21) << 12;
		if ((next & 0xffc00000) == 0x91000000)
			add(ret, base + (next >> 10 & 0xfff));
		else if ((next & 0xffc00000) == 0xf9400000)
			add(ret, base + 8 * (uint64_t)(next >> 10 & 0xfff));
	}
}

static const struct decoder {
	uint16_t machine;
	void (*calls)(const struct code *c, uint64_t target, struct finds *ret);
	void (*references)(const struct code *c, struct finds *ret);
} decoders[] = {
	{EM_X86_64, amd64_calls, amd64_references},
	{EM_AARCH64, arm64_calls, arm64_references},
};

/* The function's bytes (free() them) and who reads them.  Returns 0, 1 or -errno. */
static int load(struct gl_pclntab *t, uint64_t pc, struct code *ret, const struct decoder **ret_decoder)
{
	uint64_t entry, end;
	int r = gl_pclntab_bounds(t, pc, &entry, &end);

	*ret_decoder = NULL;
	for (size_t i = 0; i < GL_ARRAY_SIZE(decoders); i++)
		if (decoders[i].machine == gl_image_header(t->image)->machine)
			*ret_decoder = &decoders[i];
	if (r || !*ret_decoder)
		return r ? r : 1;
	*ret = (struct code){.len = (size_t)GL_MIN(end - entry, (uint64_t)GL_INSN_MAX_BYTES),
			     .address = entry,
			     .image = t->image};
	ret->bytes = malloc(ret->len);
	if (!ret->bytes)
		return -ENOMEM;
	r = gl_image_read_vaddr(t->image, entry, ret->bytes, ret->len);
	return r == -ERANGE ? 1 : r;
}

int gl_insn_calls(struct gl_pclntab *table, uint64_t pc, uint64_t target, uint64_t *addresses, size_t room,
		  size_t *ret_count)
{
	struct finds finds = {addresses, room, 0};
	const struct decoder *decoder;
	struct code code = {NULL};
	int r = load(table, pc, &code, &decoder);

	if (!r) {
		decoder->calls(&code, target, &finds);
		*ret_count = finds.count;
	}
	free(code.bytes);
	return r;
}

int gl_insn_references(struct gl_pclntab *table, uint64_t pc, uint64_t *addresses, size_t room,
		       size_t *ret_count)
{
	struct finds finds = {addresses, room, 0};
	const struct decoder *decoder;
	struct code code = {NULL};
	int r = load(table, pc, &code, &decoder);

	if (!r) {
		decoder->references(&code, &finds);
		*ret_count = finds.count;
	}
	free(code.bytes);
	return r;
}

/* The one call of that function in runtime.main.  Returns 0, 1: none, or several, or -errno. */
static int find_only_call(struct gl_pclntab *table, const char *callee, uint64_t *ret_address)
{
	const char *const names[] = {"runtime.main", callee};
	uint64_t entries[GL_ARRAY_SIZE(names)], calls[2];
	size_t count;
	int r = gl_pclntab_find_all(table, names, GL_ARRAY_SIZE(names), entries);

	if (!r)
		r = gl_insn_calls(table, entries[0], entries[1], calls, GL_ARRAY_SIZE(calls), &count);
	if (r || count != 1)
		return r ? r : 1;
	*ret_address = calls[0];
	return 0;
}

int gl_insn_init_end(struct gl_pclntab *table, uint64_t *ret_address)
{
	int r = find_only_call(table, "runtime.closechan", ret_address);

	return r > 0 ? find_only_call(table, "runtime.unlockOSThread", ret_address) : r;
}
