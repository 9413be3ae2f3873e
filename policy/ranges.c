/*
 * The search tree: see policy/ranges.h.
 *
 * A balanced tree of "is it at least N?".  Its lowest levels are replaced by
 * "is it N?" in a row where a few numbers stand alone in one large range, as
 * denied calls do among allowed ones: half the instructions, and no more of
 * them on the way.  No weights: the kernel asks constant answers once, when the
 * filter is loaded.
 */
#include "policy/ranges.h"

#include <linux/bpf_common.h>

#define MAX_ROW 4

size_t gl_ranges_add(struct gl_range *ranges, size_t count, uint32_t first, struct gl_target target)
{
	if (count > 0 && gl_target_equal(ranges[count - 1].target, target))
		return count;
	ranges[count] = (struct gl_range){first, target};
	return count + 1;
}

struct search {
	struct gl_program *program;
	const struct gl_range *ranges;
	uint32_t held;
	uint64_t end; /* behind the last number */
};

/* How many numbers a range has. */
static uint64_t width(const struct search *s, size_t i, size_t count)
{
	return (i + 1 < count ? s->ranges[i + 1].first : s->end) - s->ranges[i].first;
}

static struct gl_target branch(const struct search *s, uint16_t op, uint32_t k, struct gl_target if_true,
			       struct gl_target if_false)
{
	return gl_program_branch(s->program, op, k, s->held, if_true, if_false);
}

/* The range among those from..to that the others stand alone in: the widest. */
static size_t find_sea(const struct search *s, size_t from, size_t to, size_t count)
{
	size_t widest = from;

	for (size_t i = from + 1; i < to; i++)
		if (width(s, i, count) > width(s, widest, count))
			widest = i;
	return widest;
}

/* Can from..to be a row, and is that no longer than a tree? */
static bool is_row(const struct search *s, size_t from, size_t to, size_t count, struct gl_target sea)
{
	uint64_t alone = 0;

	for (size_t i = from; i < to; i++)
		if (!gl_target_equal(s->ranges[i].target, sea))
			alone += width(s, i, count);
	return alone <= MAX_ROW && alone < to - from;
}

static struct gl_target write_row(const struct search *s, size_t from, size_t to, size_t count,
				  struct gl_target sea)
{
	struct gl_target next = sea;

	for (size_t i = to; i-- > from;) {
		uint64_t numbers = gl_target_equal(s->ranges[i].target, sea) ? 0 : width(s, i, count);

		while (numbers-- > 0)
			next = branch(s, BPF_JEQ, s->ranges[i].first + (uint32_t)numbers, s->ranges[i].target,
				      next);
	}
	return next;
}

static struct gl_target write_tree(const struct search *s, size_t from, size_t to, size_t count)
{
	struct gl_target sea = s->ranges[find_sea(s, from, to, count)].target, upper;
	size_t middle = from + (to - from) / 2;

	if (to - from == 1)
		return s->ranges[from].target;
	if (is_row(s, from, to, count, sea))
		return write_row(s, from, to, count, sea);
	upper = write_tree(s, middle, to, count);
	return branch(s, BPF_JGE, s->ranges[middle].first, upper, write_tree(s, from, middle, count));
}

struct gl_target gl_ranges_search(struct gl_program *program, const struct gl_range *ranges, size_t count,
				  uint32_t held)
{
	const struct search s = {program, ranges, held, UINT64_C(1) << 32};

	return write_tree(&s, 0, count, count);
}
