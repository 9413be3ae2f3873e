/*
 * Exit statuses (DESIGN: "Exit status"), from one table.
 */
#pragma once

enum gl_exit {
#define GL_EXIT(name, status, text) GL_EXIT_##name = (status),
#include "base/exitcode.def"
#undef GL_EXIT
};
