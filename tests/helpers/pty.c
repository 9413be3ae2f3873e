/*
 * Plays a person at a terminal.
 *
 *	pty STEP... -- COMMAND [ARG...]
 *
 * COMMAND gets a new pseudo-terminal as its controlling terminal.  Steps, in
 * order: "send=TEXT" types TEXT as it is; "wait=TEXT" reads until the terminal
 * has shown TEXT since the last wait; "file=PATH=TEXT" reads until the file
 * holds TEXT, "lines=PATH=N" until it has N lines; "hangup" closes the
 * terminal.  What the terminal showed is copied to stdout.
 *
 * Ends as COMMAND does (128+N for a signal), with 124 where a step was not
 * fulfilled within 10 seconds, 125 on an error of its own.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define STEP_SECONDS 10
#define SHOWN_MAX    (1 << 20)

static int terminal;
static pid_t command;
static char shown[SHOWN_MAX + 1];
static size_t shown_len, shown_seen;

static void give_up(const char *step)
{
	fprintf(stderr, "pty: not fulfilled in %d s: %s\n", STEP_SECONDS, step);
	kill(-command, SIGKILL);
	exit(124);
}

/* Reads what the terminal shows for at most 20 ms; false when it is closed. */
static bool listen_once(void)
{
	struct pollfd poll_fd = {.fd = terminal, .events = POLLIN};
	ssize_t got;

	if (poll(&poll_fd, 1, 20) <= 0)
		return true;
	if (shown_len == SHOWN_MAX)
		give_up("too much output");
	got = read(terminal, shown + shown_len, SHOWN_MAX - shown_len);
	if (got <= 0)
		return got < 0 && errno == EINTR;
	if (write(STDOUT_FILENO, shown + shown_len, (size_t)got) < 0)
		return false;
	shown_len += (size_t)got;
	shown[shown_len] = '\0';
	return true;
}

static bool has_shown(const char *text)
{
	char *found = strstr(shown + shown_seen, text);

	if (!found)
		return false;
	shown_seen = (size_t)(found - shown) + strlen(text);
	return true;
}

/* The file named before the '=' of the argument, "" while it is not there; *ret_value is what stands behind. */
static const char *file_content(const char *argument, const char **ret_value)
{
	static char content[65536];
	const char *equals = strchr(argument, '=');
	char path[4096];
	ssize_t len;
	int fd;

	content[0] = '\0';
	*ret_value = equals ? equals + 1 : "";
	snprintf(path, sizeof(path), "%.*s", (int)(equals ? equals - argument : 0), argument);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return content;
	len = read(fd, content, sizeof(content) - 1);
	close(fd);
	content[len > 0 ? len : 0] = '\0';
	return content;
}

static bool file_holds(const char *argument)
{
	const char *text, *content = file_content(argument, &text);

	return strstr(content, text);
}

static bool file_has_lines(const char *argument)
{
	const char *number, *content = file_content(argument, &number);
	long lines = 0;

	for (; *content; content++)
		lines += *content == '\n';
	return lines >= strtol(number, NULL, 10);
}

static void wait_until(bool (*fulfilled)(const char *), const char *argument)
{
	time_t end = time(NULL) + STEP_SECONDS;
	bool open = true;

	while (!fulfilled(argument)) {
		if (time(NULL) > end || !open)
			give_up(argument);
		open = listen_once();
	}
}

static void play(const char *step)
{
	if (strncmp(step, "send=", 5) == 0) {
		if (write(terminal, step + 5, strlen(step + 5)) < 0)
			give_up(step);
	} else if (strncmp(step, "wait=", 5) == 0) {
		wait_until(has_shown, step + 5);
	} else if (strncmp(step, "file=", 5) == 0) {
		wait_until(file_holds, step + 5);
	} else if (strncmp(step, "lines=", 6) == 0) {
		wait_until(file_has_lines, step + 6);
	} else if (strcmp(step, "hangup") == 0) {
		close(terminal);
		terminal = -1;
	} else {
		fprintf(stderr, "pty: unknown step '%s'\n", step);
		exit(125);
	}
}

static int command_status(void)
{
	time_t end = time(NULL) + STEP_SECONDS;
	int status;

	while (waitpid(command, &status, WNOHANG) == 0) {
		if (time(NULL) > end)
			give_up("end of the command");
		if (terminal < 0 || !listen_once())
			usleep(5000);
	}
	while (terminal >= 0 && poll(&(struct pollfd){.fd = terminal, .events = POLLIN}, 1, 0) > 0)
		if (!listen_once())
			break;
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

int main(int argc, char **argv)
{
	int i, end = 1;

	while (end < argc && strcmp(argv[end], "--") != 0)
		end++;
	if (end + 1 >= argc) {
		fprintf(stderr, "usage: pty STEP... -- COMMAND [ARG...]\n");
		return 125;
	}
	command = forkpty(&terminal, NULL, NULL, NULL);
	if (command < 0) {
		perror("pty: forkpty");
		return 125;
	}
	if (command == 0) {
		execvp(argv[end + 1], argv + end + 1);
		perror("pty: execvp");
		_exit(127);
	}
	for (i = 1; i < end; i++)
		play(argv[i]);
	return command_status();
}
