/*
 * Writes the table of tests/lib/docker_table.h for all machines: "make
 * policy-table".  Argument: Docker's default.json.
 */
#include <stdlib.h>

#include "base/file.h"
#include "base/mem.h"
#include "tests/lib/docker_table.h"

#define MAX_JSON ((size_t)1 << 20)

static bool put_machine(const char *json, const struct gl_docker_machine *machine)
{
	struct gl_docker_differences differences;
	struct gl_docker_summary sum;
	bool ok = gl_docker_differences_read(GL_DOCKER_DIFFERENCES, machine->name, &differences) &&
		  gl_docker_table(json, machine, &differences, stdout, &sum);

	gl_docker_differences_done(&differences);
	return ok;
}

int main(int argc, char **argv)
{
	gl_autofree char *json = NULL;
	struct gl_err err = GL_ERR_INIT;
	size_t len;

	if (argc != 2 || gl_file_slurp(argv[1], MAX_JSON, &json, &len, &err) < 0) {
		fprintf(stderr, "docker-table: %s\n", argc == 2 ? err.msg : "usage: docker_table PROFILE");
		return 125;
	}
	for (size_t i = 0; i < GL_ARRAY_SIZE(gl_docker_machines); i++) {
		if (i > 0)
			printf("\n\n");
		if (!put_machine(json, &gl_docker_machines[i]))
			return 1;
	}
	return 0;
}
