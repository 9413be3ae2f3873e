/*
 * What the kernel counts of memory for golaunch's own control group, which is the
 * program's too: its limit, its peak, and how many of its processes the
 * out-of-memory killer killed.
 *
 * Version 2 has memory.events, version 1 (and a hybrid host, where the memory
 * controller still is version 1) memory.oom_control.  Which of them, and where it
 * is mounted, /proc/self/cgroup and /proc/self/mountinfo say; in a container the
 * mount often begins at the container's own group (cgroups(7)).
 *
 * Whose counter rises: the kernel counts a kill for the group of the process that
 * was killed, whoever's limit was reached, and before it sends the SIGKILL
 * (mm/oom_kill.c, __oom_kill_process: "Raise event before sending signal"), so a
 * counter read after waitid(2) has it.  memory.events counts those below as well;
 * memory.events.local (Linux 5.2) and memory.oom_control do not.  Linux before
 * 4.13 counts no kills.  Depends on: base.
 */
#pragma once

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/macros.h"

/* Groups looked at, from the program's own outwards; what is above has no part in it. */
#define GL_CGROUP_MAX_LEVELS 8

#define GL_CGROUP_UNKNOWN  UINT64_MAX
#define GL_CGROUP_NO_LIMIT (UINT64_MAX - 1)

enum gl_cgroup_version {
	GL_CGROUP_NONE, /* no memory controller is to be seen from here */
	GL_CGROUP_V1,
	GL_CGROUP_V2,
	GL_CGROUP_VERSION_MAX
};

/* Where a group's files are. */
struct gl_cgroup_place {
	enum gl_cgroup_version version;
	char name[PATH_MAX]; /* "/docker/4f..": as /proc/self/cgroup names it; hostile */
	char dir[PATH_MAX];
	size_t top; /* length of dir's part that is the mount point: nothing above is a group */
};

/* One group's figures at one moment, in bytes or times; GL_CGROUP_UNKNOWN where a file does not say. */
struct gl_cgroup_figures {
	uint64_t kills; /* processes of this very group that the out-of-memory killer killed */
	uint64_t hits;	/* times its limit left no memory (v1: also those that freeing pages helped) */
	uint64_t limit; /* or GL_CGROUP_NO_LIMIT */
	uint64_t peak, current;
};

struct gl_cgroup_level {
	size_t name_len, dir_len; /* of place.name and place.dir: this group's part */
	struct gl_cgroup_figures figures;
};

struct gl_cgroup {
	struct gl_cgroup_place place;
	bool assumed; /* place is the usual one; that it is ours has not been looked up */
	bool shared; /* the program's own group has no memory controller: the one above is charged, with others' */
	size_t charged; /* length of place.dir's part that names the group that is charged; 0: nothing is known */
	uint64_t kills_before,
		hits_before; /* of that group, when the program started; hits only without kills */
	struct gl_cgroup_level
		levels[GL_CGROUP_MAX_LEVELS]; /* as the program ended, the charged group first */
	size_t level_count;		      /* 0: not read, or nothing is known */
};
#define GL_CGROUP_INIT ((struct gl_cgroup){.level_count = 0})

/*
 * Pure: the nth place (0 first) at which the memory controller's group of a
 * process may be found, from the text of /proc/PID/cgroup and /proc/PID/mountinfo.
 * Returns 0, or 1 if there is none (any more), also for texts that are not what
 * they should be.
 */
int gl_cgroup_place(const char *membership, const char *mountinfo, size_t nth,
		    struct gl_cgroup_place *ret) GL_MUST_CHECK GL_NONNULL;

/* Pure: the same where the hierarchies are usually mounted, whole: /sys/fs/cgroup and /sys/fs/cgroup/memory. */
int gl_cgroup_usual_place(const char *membership, struct gl_cgroup_place *ret) GL_MUST_CHECK GL_NONNULL;

/* Pure: the number behind "key " at the start of a line of text; GL_CGROUP_UNKNOWN if there is none. */
uint64_t gl_cgroup_number(const char *text, const char *key) GL_NONNULL;

/*
 * For a launch: finds the group and reads its counter of kills, in two or three
 * small files (some 20 us), without looking at the mounts where the hierarchy is in
 * its usual place.  What cannot be had is unknown, never an error.
 */
void gl_cgroup_begin(struct gl_cgroup *ret) GL_NONNULL;
/*
 * The program is dead: reads all figures.  If the place that was assumed turns out
 * to be another group's, what was read there is forgotten.
 */
void gl_cgroup_end(struct gl_cgroup *cgroup) GL_NONNULL;

/* Kills in the charged group since the start; GL_CGROUP_UNKNOWN if they were not counted. */
uint64_t gl_cgroup_kills(const struct gl_cgroup *cgroup) GL_NONNULL;
/* Was the charged group's limit reached since the start?  Only where kills are not counted. */
bool gl_cgroup_was_hit(const struct gl_cgroup *cgroup) GL_NONNULL;
/* The innermost group whose limit has been reached (ever); NULL: none, or not known. */
const struct gl_cgroup_level *gl_cgroup_limiting(const struct gl_cgroup *cgroup) GL_NONNULL;

/*
 * Does the kernel kill all processes of the group at once, golaunch too?  Where
 * memory.oom.group (Linux 4.19, version 2 only) says so, for the charged group or
 * one above it that is to be seen.
 */
bool gl_cgroup_is_killed_as_one(const struct gl_cgroup *cgroup) GL_NONNULL;
/* The charged group's limit now. */
uint64_t gl_cgroup_limit(const struct gl_cgroup *cgroup) GL_NONNULL;
/* The path of one of the charged group's files; "" if it is too long, or nothing is known. */
void gl_cgroup_file(const struct gl_cgroup *cgroup, const char *name, char path[PATH_MAX]) GL_NONNULL;
