/*
 * The names of phases: see proc/phase.h.
 */
#include "proc/phase.h"

#include "base/macros.h"

const char *gl_phase_name(enum gl_phase phase)
{
	static const char *const names[GL_PHASE_MAX] = {
		[GL_PHASE_UNKNOWN] = "unknown", [GL_PHASE_EXEC] = "exec", [GL_PHASE_LOADER] = "loader",
		[GL_PHASE_RUNTIME] = "runtime", [GL_PHASE_INIT] = "init", [GL_PHASE_MAIN] = "main",
	};

	return names[(size_t)phase < GL_ARRAY_SIZE(names) ? phase : GL_PHASE_UNKNOWN];
}
