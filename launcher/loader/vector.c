/*
 * The vector on the stack: see loader/vector.h.
 */
#include "loader/vector.h"

#include <linux/auxvec.h>

#include "loader/memory.h"

_Static_assert(GL_LD_VECTOR_ROOM >= (GL_LD_CHANGES_MAX + 1) * sizeof(struct gl_ld_aux),
	       "room for every change and an environment string");

/* The end of the last of count strings; begin if there are none. */
static uint64_t strings_end(char *const *strings, size_t count, uint64_t begin)
{
	return count > 0 ? (uint64_t)(uintptr_t)strings[count - 1] + strlen(strings[count - 1]) + 1 : begin;
}

void gl_ld_vector_read(uint64_t *stack, struct gl_ld_vector *ret)
{
	struct gl_ld_vector v = {.stack = stack, .argc = stack[0]};

	v.argv = (char **)(stack + 1);
	v.envp = v.argv + v.argc + 1;
	while (v.envp[v.envc])
		v.envc++;
	v.aux = (struct gl_ld_aux *)(v.envp + v.envc + 1);
	while (v.aux[v.auxc++].type != AT_NULL)
		;
	v.args = (uint64_t)(uintptr_t)v.argv[0];
	v.args_end = strings_end(v.argv, v.argc, v.args);
	v.env_end = strings_end(v.envp, v.envc, v.args_end);
	*ret = v;
}

static struct gl_ld_aux *find(const struct gl_ld_vector *vector, uint64_t type)
{
	for (size_t i = 0; i < vector->auxc; i++)
		if (vector->aux[i].type == type)
			return &vector->aux[i];
	return NULL;
}

uint64_t gl_ld_vector_aux(const struct gl_ld_vector *vector, uint64_t type, uint64_t none)
{
	const struct gl_ld_aux *aux = find(vector, type);

	return aux ? aux->value : none;
}

bool gl_ld_vector_has_env(const struct gl_ld_vector *vector, const char *name)
{
	for (size_t i = 0; i < vector->envc; i++) {
		const char *e = vector->envp[i], *n = name;

		while (*n && *e == *n)
			e++, n++;
		if (*n == '\0' && *e == '=')
			return true;
	}
	return false;
}

/*
 * Moves the vector down to make room for so many more auxiliary entries, and
 * appends the string, if any, to the environment.  A string is one word: the
 * stack stays aligned to two, so the word after the vector's end is left over.
 */
static void grow(struct gl_ld_vector *v, size_t more, char *env)
{
	size_t down = 2 * (more + (env ? 1 : 0));
	struct gl_ld_aux *old_aux = v->aux;

	memmove(v->stack - down, v->stack, (size_t)((uint64_t *)old_aux - v->stack) * sizeof(uint64_t));
	v->stack -= down;
	v->argv = (char **)(v->stack + 1);
	v->envp = v->argv + v->argc + 1;
	if (env) {
		v->envp[v->envc++] = env;
		v->envp[v->envc] = NULL;
	}
	v->aux = (struct gl_ld_aux *)(v->envp + v->envc + 1);
	memmove(v->aux, old_aux, v->auxc * sizeof(*v->aux));
}

void gl_ld_vector_change(struct gl_ld_vector *vector, const struct gl_ld_change *change)
{
	size_t more = 0;

	for (size_t i = 0; i < change->count; i++)
		more += !find(vector, change->aux[i].type);
	if (more > 0 || change->env)
		grow(vector, more, change->env);
	for (size_t i = 0; i < change->count; i++) {
		struct gl_ld_aux *aux = find(vector, change->aux[i].type);

		if (!aux) {
			/* In the place of AT_NULL, which moves on. */
			aux = &vector->aux[vector->auxc - 1];
			vector->aux[vector->auxc++] = (struct gl_ld_aux){AT_NULL, 0};
		}
		*aux = change->aux[i];
	}
}
