/*
 * The distance of two words: Damerau and Levenshtein's, with letters compared
 * in any case.  Three rows of its table are kept, for words of bounded length.
 */
#include "policy/suggest.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#define MAX_WORD 63

static bool same(char a, char b)
{
	return tolower((unsigned char)a) == tolower((unsigned char)b);
}

static size_t least(size_t a, size_t b, size_t c)
{
	return GL_MIN(GL_MIN(a, b), c);
}

static size_t distance(const char *a, size_t a_len, const char *b, size_t b_len)
{
	size_t rows[3][MAX_WORD + 1];

	for (size_t j = 0; j <= b_len; j++)
		rows[0][j] = j;
	for (size_t i = 1; i <= a_len; i++) {
		size_t *row = rows[i % 3], *before = rows[(i + 2) % 3], *second = rows[(i + 1) % 3];

		row[0] = i;
		for (size_t j = 1; j <= b_len; j++) {
			row[j] = least(before[j] + 1, row[j - 1] + 1,
				       before[j - 1] + !same(a[i - 1], b[j - 1]));
			if (i > 1 && j > 1 && same(a[i - 1], b[j - 2]) && same(a[i - 2], b[j - 1]))
				row[j] = GL_MIN(row[j], second[j - 2] + 1);
		}
	}
	return rows[a_len % 3][b_len];
}

void gl_suggest_offer(struct gl_suggest *suggest, const char *name)
{
	size_t len = strlen(name), prefix = 0, d;

	if (suggest->len > MAX_WORD || len > MAX_WORD || suggest->len + GL_SUGGEST_FAR < len ||
	    len + GL_SUGGEST_FAR < suggest->len)
		return;
	while (prefix < suggest->len && prefix < len && same(suggest->word[prefix], name[prefix]))
		prefix++;
	d = distance(suggest->word, suggest->len, name, len);
	if (d > GL_SUGGEST_FAR || 2 * d >= GL_MAX(suggest->len, (size_t)2) || d > suggest->distance ||
	    (d == suggest->distance && prefix <= suggest->prefix))
		return;
	suggest->distance = d;
	suggest->prefix = prefix;
	suggest->best = name;
}
