/*
 * How far a program had come when it ended.
 */
#pragma once

enum gl_phase {
	GL_PHASE_UNKNOWN,
	GL_PHASE_EXEC,	  /* golaunch refused it, or execve did */
	GL_PHASE_LOADER,  /* ld.so gave up */
	GL_PHASE_RUNTIME, /* the Go runtime's own start, before any package's init */
	GL_PHASE_INIT,	  /* some package's initialisation */
	GL_PHASE_MAIN,	  /* main.main or later */
	GL_PHASE_MAX
};

/* "unknown", "exec", ... as the JSON contract spells them. */
const char *gl_phase_name(enum gl_phase phase);
