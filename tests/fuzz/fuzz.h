/*
 * The loop that all fuzzers share: damages seed files at random and hands them
 * to one function, for a given time.
 *
 *	FUZZER [-s SECONDS] [-r SEED] [-n ROUND] FILE...
 *
 * Every round depends on the seed, its own number and the files alone.  A round
 * that crashes, trips a sanitizer, or takes longer than FUZZ_HANG_SECONDS is
 * told by both, and -r and -n run it again by itself.  Self-contained on
 * purpose: no engine, so it runs wherever the compiler has sanitizers.
 * Included by one .c file a program, which calls fuzz_main() from its main().
 */
#pragma once

#include <inttypes.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define FUZZ_SEED_FILES_MAX 64
#define FUZZ_SEED_BYTES_MAX (8u << 20) /* what is longer is cut */
#define FUZZ_HANG_SECONDS   10
#define FUZZ_HEAD_BYTES	    1024 /* headers: half of all damage goes there */
#define FUZZ_DAMAGES_MAX    8	 /* a round */
#define FUZZ_BLOCK_MAX	    256	 /* bytes moved at a time */

/*
 * One input; bytes is a block of the heap of just that length.  Returns
 * whether it was accepted: the loop counts it, so that a run whose every input
 * fails at the first byte shows as what it is.
 */
typedef bool fuzz_one(const unsigned char *bytes, size_t len);

/* The words of a text format, NULL-terminated, which it inserts now and then; or NULL. */
struct fuzz {
	const char *name;
	fuzz_one *one;
	const char *const *words;
};

struct fuzz_file {
	unsigned char *bytes;
	size_t len;
};

struct fuzz_state {
	const struct fuzz *fuzz;
	struct fuzz_file files[FUZZ_SEED_FILES_MAX];
	size_t file_count;
	unsigned char *scratch; /* the longest file, and what may be inserted */
	uint64_t seed, random;
	uint64_t rounds, accepted;
	double seconds;
	bool single; /* the round of -n, and no other */
};

/* What the signal handlers tell: the round that runs. */
static struct {
	const char *name;
	uint64_t seed;
	volatile uint64_t round;
	uint64_t seen_round;
} fuzz_now;

/* An input being damaged. */
struct fuzz_input {
	unsigned char *bytes;
	size_t len, room;
};

static void *fuzz_need(void *p)
{
	if (!p) {
		fputs("fuzz: out of memory\n", stderr);
		exit(125);
	}
	return p;
}

/* splitmix64: any state will do, so the n-th round has a stream of its own. */
static uint64_t fuzz_random(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

static size_t fuzz_below(uint64_t *state, size_t bound)
{
	return bound ? (size_t)(fuzz_random(state) % bound) : 0;
}

/* --- damages ---------------------------------------------------------------------- */

static size_t fuzz_position(struct fuzz_state *s, const struct fuzz_input *in)
{
	bool head = fuzz_random(&s->random) & 1;

	return fuzz_below(&s->random, head && in->len > FUZZ_HEAD_BYTES ? FUZZ_HEAD_BYTES : in->len);
}

static void fuzz_flip(struct fuzz_state *s, struct fuzz_input *in)
{
	in->bytes[fuzz_position(s, in)] ^= (unsigned char)(1u << fuzz_below(&s->random, 8));
}

static void fuzz_byte(struct fuzz_state *s, struct fuzz_input *in)
{
	in->bytes[fuzz_position(s, in)] = (unsigned char)fuzz_random(&s->random);
}

/* A number from the edges of checks, or next to the one there, on a boundary of its size. */
static void fuzz_number(struct fuzz_state *s, struct fuzz_input *in)
{
	static const uint64_t edges[] = {0,	     1,		 2,	    0x7f,	0xff,
					 0x1000,     0x7fff,	 0xffff,    0x10000,	0x7fffffff,
					 0x80000000, 0xffffffff, INT64_MAX, 1ull << 63, UINT64_MAX,
					 -0x1000ull, 1ull << 47, 1ull << 48};
	size_t size = (size_t)1 << fuzz_below(&s->random, 4), at;
	uint64_t value = 0;

	if (in->len < size)
		return;
	at = fuzz_position(s, in) & ~(size - 1);
	if (at + size > in->len)
		return;
	memcpy(&value, in->bytes + at, size);
	if (fuzz_random(&s->random) & 1)
		value = edges[fuzz_below(&s->random, sizeof(edges) / sizeof(edges[0]))];
	else
		value += fuzz_random(&s->random) % 33 - 16;
	memcpy(in->bytes + at, &value, size);
}

/* One run of bytes over another of the same input: a header's field becomes another's. */
static void fuzz_copy(struct fuzz_state *s, struct fuzz_input *in)
{
	size_t from = fuzz_position(s, in), to = fuzz_position(s, in);
	size_t most = in->len - (from > to ? from : to);
	size_t len = fuzz_below(&s->random, most < FUZZ_BLOCK_MAX ? most : FUZZ_BLOCK_MAX);

	memmove(in->bytes + to, in->bytes + from, len);
}

static void fuzz_splice(struct fuzz_state *s, struct fuzz_input *in)
{
	const struct fuzz_file *other = &s->files[fuzz_below(&s->random, s->file_count)];
	size_t at = fuzz_position(s, in), shorter = in->len < other->len ? in->len : other->len;
	size_t len = fuzz_below(&s->random, FUZZ_BLOCK_MAX);

	if (at < shorter)
		memcpy(in->bytes + at, other->bytes + at, len < shorter - at ? len : shorter - at);
}

static void fuzz_cut(struct fuzz_state *s, struct fuzz_input *in)
{
	in->len = fuzz_position(s, in) + 1;
}

static void fuzz_insert(struct fuzz_input *in, size_t at, const void *bytes, size_t len)
{
	if (in->room - in->len < len)
		return;
	memmove(in->bytes + at + len, in->bytes + at, in->len - at);
	memcpy(in->bytes + at, bytes, len);
	in->len += len;
}

/* A run of the input a second time. */
static void fuzz_repeat(struct fuzz_state *s, struct fuzz_input *in)
{
	unsigned char block[FUZZ_BLOCK_MAX];
	size_t from = fuzz_position(s, in);
	size_t len = fuzz_below(&s->random, in->len - from < sizeof(block) ? in->len - from : sizeof(block));

	memcpy(block, in->bytes + from, len);
	fuzz_insert(in, fuzz_position(s, in), block, len);
}

static void fuzz_erase(struct fuzz_state *s, struct fuzz_input *in)
{
	size_t at = fuzz_position(s, in);
	size_t len = fuzz_below(&s->random, in->len - at < FUZZ_BLOCK_MAX ? in->len - at : FUZZ_BLOCK_MAX);

	memmove(in->bytes + at, in->bytes + at + len, in->len - at - len);
	in->len -= len;
}

static void fuzz_word(struct fuzz_state *s, struct fuzz_input *in)
{
	const char *const *words = s->fuzz->words;
	const char *word;
	size_t count = 0;

	if (!words)
		return;
	while (words[count])
		count++;
	word = words[fuzz_below(&s->random, count)];
	fuzz_insert(in, fuzz_position(s, in), word, strlen(word));
}

static void fuzz_damage(struct fuzz_state *s, struct fuzz_input *in)
{
	/* The ones that keep all else in its place more often: they reach deeper. */
	static void (*const kinds[])(struct fuzz_state *, struct fuzz_input *) = {
		fuzz_flip, fuzz_byte,	fuzz_number, fuzz_number, fuzz_number, fuzz_number,
		fuzz_copy, fuzz_splice, fuzz_repeat, fuzz_erase,  fuzz_cut,    fuzz_word,
	};

	for (size_t n = 1 + fuzz_below(&s->random, FUZZ_DAMAGES_MAX); n > 0 && in->len > 0; n--)
		kinds[fuzz_below(&s->random, sizeof(kinds) / sizeof(kinds[0]))](s, in);
}

/* --- rounds ------------------------------------------------------------------------- */

static void fuzz_round(struct fuzz_state *s, uint64_t round)
{
	const struct fuzz_file *file;
	struct fuzz_input in;
	unsigned char *exact;

	s->random = s->seed ^ round * 0xd1342543de82ef95;
	fuzz_now.round = round;
	file = &s->files[fuzz_below(&s->random, s->file_count)];
	in = (struct fuzz_input){.len = file->len, .room = file->len + FUZZ_DAMAGES_MAX * FUZZ_BLOCK_MAX};
	in.bytes = s->scratch;
	memcpy(in.bytes, file->bytes, in.len);
	fuzz_damage(s, &in);
	/* Of the length to the byte, so that AddressSanitizer sees one byte too far. */
	exact = fuzz_need(malloc(in.len ? in.len : 1));
	memcpy(exact, in.bytes, in.len);
	s->accepted += s->fuzz->one(exact, in.len);
	s->rounds++;
	free(exact);
}

static void fuzz_tell(const char *what)
{
	char line[256];
	int len = snprintf(line, sizeof(line), "fuzz: %s %s: again with -r %#" PRIx64 " -n %" PRIu64 "\n",
			   fuzz_now.name, what, fuzz_now.seed, (uint64_t)fuzz_now.round);

	if (write(STDERR_FILENO, line, (size_t)len) < 0)
		_exit(1);
}

static void fuzz_on_alarm(int sig)
{
	(void)sig;
	if (fuzz_now.round == fuzz_now.seen_round) {
		fuzz_tell("hangs");
		_exit(1);
	}
	fuzz_now.seen_round = fuzz_now.round;
	alarm(FUZZ_HANG_SECONDS);
}

#if defined(__SANITIZE_ADDRESS__)
/* Inputs are large and short-lived: what keeps freed memory away from use may be small. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return "quarantine_size_mb=4:malloc_context_size=5";
}
void __sanitizer_set_death_callback(void (*callback)(void));
static void fuzz_on_death(void)
{
	fuzz_tell("failed");
}
#endif

static void fuzz_on_abort(int sig)
{
	(void)sig;
	fuzz_tell("failed");
	_exit(1);
}

static void fuzz_watch(const struct fuzz_state *s)
{
	fuzz_now.name = s->fuzz->name;
	fuzz_now.seed = s->seed;
	fuzz_now.seen_round = UINT64_MAX;
	signal(SIGALRM, fuzz_on_alarm);
	signal(SIGABRT, fuzz_on_abort);
#if defined(__SANITIZE_ADDRESS__)
	__sanitizer_set_death_callback(fuzz_on_death);
#endif
	alarm(FUZZ_HANG_SECONDS);
}

static double fuzz_clock(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* --- the command line ------------------------------------------------------------------ */

static void fuzz_load(struct fuzz_state *s, const char *path)
{
	struct fuzz_file *file = &s->files[s->file_count];
	FILE *f = fopen(path, "rb");

	if (!f || s->file_count == FUZZ_SEED_FILES_MAX) {
		fprintf(stderr, "fuzz: cannot take '%s'\n", path);
		exit(125);
	}
	file->bytes = fuzz_need(malloc(FUZZ_SEED_BYTES_MAX));
	file->len = fread(file->bytes, 1, FUZZ_SEED_BYTES_MAX, f);
	fclose(f);
	if (file->len == 0) {
		fprintf(stderr, "fuzz: '%s' is empty\n", path);
		exit(125);
	}
	file->bytes = fuzz_need(realloc(file->bytes, file->len));
	s->file_count++;
}

static void fuzz_options(struct fuzz_state *s, int argc, char **argv, uint64_t *ret_round)
{
	for (int opt; (opt = getopt(argc, argv, "s:r:n:")) != -1;) {
		if (opt == 's')
			s->seconds = strtod(optarg, NULL);
		else if (opt == 'r')
			s->seed = strtoull(optarg, NULL, 0);
		else if (opt == 'n')
			*ret_round = strtoull(optarg, NULL, 0);
		else
			exit(125);
		s->single = s->single || opt == 'n';
	}
	if (optind == argc) {
		fprintf(stderr, "usage: %s [-s SECONDS] [-r SEED] [-n ROUND] FILE...\n", argv[0]);
		exit(125);
	}
	for (int i = optind; i < argc; i++)
		fuzz_load(s, argv[i]);
}

/* The body of a fuzzer's main().  Returns its exit status. */
static int fuzz_main(const struct fuzz *fuzz, int argc, char **argv)
{
	static struct fuzz_state state; /* reachable to the end: no leak */
	struct timespec t;
	uint64_t round = 0;
	double begin;

	clock_gettime(CLOCK_REALTIME, &t);
	state = (struct fuzz_state){
		.fuzz = fuzz, .seconds = 10, .seed = (uint64_t)t.tv_nsec ^ (uint64_t)t.tv_sec << 20};
	fuzz_options(&state, argc, argv, &round);
	printf("fuzz: %s: seed %#" PRIx64 ", %zu files\n", fuzz->name, state.seed, state.file_count);
	fflush(stdout);
	state.scratch = fuzz_need(malloc(FUZZ_SEED_BYTES_MAX + FUZZ_DAMAGES_MAX * FUZZ_BLOCK_MAX));
	fuzz_watch(&state);
	begin = fuzz_clock();
	do
		fuzz_round(&state, round++);
	while (!state.single && fuzz_clock() - begin < state.seconds);
	printf("fuzz: %s: %" PRIu64 " rounds in %.0f s, %" PRIu64 " inputs accepted\n", fuzz->name,
	       state.rounds, fuzz_clock() - begin, state.accepted);
	for (size_t i = 0; i < state.file_count; i++)
		free(state.files[i].bytes);
	free(state.scratch);
	return 0;
}
