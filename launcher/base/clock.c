/*
 * Points in time: see base/clock.h.
 */
#include "base/clock.h"

void gl_clock_text(const struct timespec *time, char text[GL_CLOCK_TEXT])
{
	struct tm utc;
	size_t len = 0;

	text[0] = '\0';
	if (gmtime_r(&time->tv_sec, &utc))
		len = strftime(text, GL_CLOCK_TEXT, "%Y-%m-%dT%H:%M:%S", &utc);
	if (len)
		snprintf(text + len, GL_CLOCK_TEXT - len, ".%03ldZ", time->tv_nsec / 1000000);
}

uint64_t gl_clock_now_ns(void)
{
	struct timespec now = {.tv_sec = 0};

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}
