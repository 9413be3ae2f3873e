/*
 * Functions that have no place here; forced into every file with -include.
 */
#pragma once

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define GL_BANNED(func) sorry_##func##_is_a_banned_function

#undef strcpy
#define strcpy(x, y) GL_BANNED(strcpy)
#undef strcat
#define strcat(x, y) GL_BANNED(strcat)
#undef strncpy
#define strncpy(x, y, n) GL_BANNED(strncpy)
#undef strncat
#define strncat(x, y, n) GL_BANNED(strncat)
#undef strtok
#define strtok(x, y) GL_BANNED(strtok)
#undef sprintf
#define sprintf(...) GL_BANNED(sprintf)
#undef vsprintf
#define vsprintf(...) GL_BANNED(vsprintf)
#undef atoi
#define atoi(x) GL_BANNED(atoi)
#undef atol
#define atol(x) GL_BANNED(atol)
#undef gmtime
#define gmtime(t) GL_BANNED(gmtime)
#undef localtime
#define localtime(t) GL_BANNED(localtime)
#undef system
#define system(x) GL_BANNED(system)
#undef alloca
#define alloca(x) GL_BANNED(alloca)
