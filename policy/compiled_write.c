/*
 * Writes compiled policies: see include/policy/compiled.h for the format.
 */
#include <errno.h>

#include "base/hash.h"
#include "policy/compiled.h"
#include "policy/group.h"

void gl_compiled_done(struct gl_compiled *compiled)
{
	for (size_t i = 0; i < compiled->file_count; i++) {
		free(compiled->files[i].name);
		free(compiled->files[i].text);
		free(compiled->files[i].location);
	}
	free(compiled->files);
	for (size_t i = 0; i < GL_FILTER_VARIANT_MAX; i++)
		gl_filter_done(&compiled->filters[i]);
	*compiled = GL_COMPILED_INIT;
}

/* --- keys ---------------------------------------------------------------------- */

static uint64_t hash_text(uint64_t hash, const char *text)
{
	return gl_hash_bytes(hash, text, strlen(text) + 1);
}

static uint64_t hash_calls(uint64_t hash, const struct gl_machine_calls *machine)
{
	for (size_t i = 0; i < machine->call_count; i++) {
		const struct gl_syscall *call = &machine->calls[i];
		const uint32_t rest[] = {call->since, call->always};

		hash = gl_hash_bytes(hash_text(hash, call->name), rest, sizeof(rest));
	}
	return hash;
}

static uint64_t hash_abis(uint64_t hash, const struct gl_machine_calls *machine)
{
	for (size_t i = 0; i < GL_MACHINE_ABIS && machine->abis[i].name; i++) {
		const struct gl_abi *abi = &machine->abis[i];
		const uint32_t rest[] = {abi->arch, abi->private_calls, abi->x32,
					 (uint32_t)abi->number_count};

		hash = gl_hash_bytes(hash_text(hash, abi->name), rest, sizeof(rest));
		hash = gl_hash_bytes(hash, abi->numbers, abi->number_count * sizeof(abi->numbers[0]));
	}
	return hash;
}

/* What the names in a text stand for. */
static uint64_t hash_names(uint64_t hash, const struct gl_machine_calls *machine)
{
	for (size_t i = 0; i < machine->argument_count; i++) {
		const struct gl_argument *argument = &machine->arguments[i];
		const uint32_t rest[] = {argument->call, argument->index, argument->kind};

		hash = hash_text(hash_text(hash, gl_argument_name(argument)), gl_argument_families(argument));
		hash = gl_hash_bytes(hash, rest, sizeof(rest));
	}
	for (size_t i = 0; i < machine->constant_count; i++) {
		const struct gl_constant *constant = &machine->constants[i];

		hash = hash_text(hash_text(hash, gl_constant_name(constant)), gl_constant_family(constant));
		hash = gl_hash_bytes(hash, &constant->value, sizeof(constant->value));
	}
	return hash;
}

static uint64_t hash_groups(uint64_t hash)
{
	for (size_t i = 0; i < gl_policy_group_table_count; i++) {
		const struct gl_policy_group *group = &gl_policy_group_table[i];

		hash = gl_hash_bytes(hash_text(hash, group->name), group->calls,
				     group->call_count * sizeof(group->calls[0]));
	}
	for (size_t i = 0; i < gl_preset_texts_count; i++)
		hash = hash_text(hash_text(hash, gl_preset_texts[i].name), gl_preset_texts[i].text);
	return hash;
}

uint64_t gl_compiled_key(const struct gl_machine_calls *machine)
{
	uint64_t hash = hash_text(GL_HASH_START, GL_VERSION);

	hash = gl_hash_bytes(hash_text(hash, machine->name), &machine->through, sizeof(machine->through));
	hash = hash_abis(hash_calls(hash, machine), machine);
	return hash_groups(hash_names(hash, machine));
}

uint64_t gl_compiled_texts_hash(const struct gl_policy_file *files, size_t count)
{
	uint64_t hash = GL_HASH_START;

	for (size_t i = 0; i < count; i++)
		hash = hash_text(hash_text(hash, files[i].name), files[i].text);
	return hash;
}

/* --- writing -------------------------------------------------------------------- */

static void put_number(struct gl_buf *bytes, uint64_t number, size_t size)
{
	for (size_t i = 0; i < size; i++)
		gl_buf_putc(bytes, (char)(number >> 8 * i & 0xff));
}

static void put_text(struct gl_buf *bytes, const char *text)
{
	put_number(bytes, strlen(text), sizeof(uint32_t));
	gl_buf_puts(bytes, text);
}

static void put_insn(struct gl_buf *bytes, const struct sock_filter *insn)
{
	put_number(bytes, insn->code, sizeof(insn->code));
	put_number(bytes, insn->jt, sizeof(insn->jt));
	put_number(bytes, insn->jf, sizeof(insn->jf));
	put_number(bytes, insn->k, sizeof(insn->k));
}

static void put_patch(struct gl_buf *bytes, const struct gl_filter_patch *patch)
{
	put_number(bytes, patch->condition.unless_caps, sizeof(patch->condition.unless_caps));
	put_number(bytes, patch->condition.if_kernel_below, sizeof(patch->condition.if_kernel_below));
	put_number(bytes, patch->condition.if_kernel_from, sizeof(patch->condition.if_kernel_from));
	put_number(bytes, patch->instruction, sizeof(patch->instruction));
	put_number(bytes, patch->if_true, sizeof(patch->if_true));
	put_number(bytes, patch->if_false, sizeof(patch->if_false));
}

static void put_filter(struct gl_buf *bytes, const struct gl_filter *filter)
{
	put_number(bytes, filter->count, sizeof(uint32_t));
	for (size_t i = 0; i < filter->count; i++)
		put_insn(bytes, &filter->insns[i]);
	put_number(bytes, filter->patch_count, sizeof(uint32_t));
	for (size_t i = 0; i < filter->patch_count; i++)
		put_patch(bytes, &filter->patches[i]);
}

static void put_head(const struct gl_policy *policy, struct gl_buf *bytes)
{
	gl_buf_put(bytes, GL_COMPILED_MAGIC, GL_COMPILED_MAGIC_LEN);
	put_number(bytes, GL_COMPILED_FORMAT, sizeof(uint32_t));
	put_number(bytes, policy->known_through, sizeof(uint32_t));
	put_number(bytes, gl_compiled_key(policy->machine), sizeof(uint64_t));
	put_number(bytes, gl_compiled_texts_hash(policy->files, policy->file_count), sizeof(uint64_t));
	put_text(bytes, policy->machine->name);
	put_number(bytes, policy->file_count, sizeof(uint32_t));
	for (size_t i = 0; i < policy->file_count; i++) {
		put_text(bytes, policy->files[i].name);
		put_text(bytes, policy->files[i].text);
		put_text(bytes, policy->files[i].location ? policy->files[i].location : "");
	}
}

int gl_compiled_write(const struct gl_policy *policy, struct gl_buf *bytes, struct gl_err *err)
{
	int r;

	bytes->limit = GL_COMPILED_MAX_BYTES;
	put_head(policy, bytes);
	for (int variant = 0; variant < GL_FILTER_VARIANT_MAX; variant++) {
		gl_autofilter struct gl_filter filter = GL_FILTER_INIT;

		r = gl_policy_compile(policy, (enum gl_filter_variant)variant, NULL, &filter, err);
		if (r < 0)
			return r;
		put_filter(bytes, &filter);
	}
	put_number(bytes, gl_hash_bytes(GL_HASH_START, bytes->data, bytes->len), sizeof(uint64_t));
	r = gl_buf_error(bytes);
	if (r == E2BIG)
		return gl_err_set(err, E2BIG, "the policy and its texts have more than %zu bytes",
				  GL_COMPILED_MAX_BYTES);
	return r ? gl_err_sys(err, r, "cannot write the compiled policy") : 0;
}
