/*
 * Where a witness finds names: in the tables that the start watch has open, and for
 * C code in the symbol table of the file that is mapped there.
 */
#include "base/fd.h"
#include "base/file.h"
#include "elf/symbol_at.h"
#include "report/witness.h"

static int name_by_table(void *arg, const struct gl_unwind *stack, struct gl_frames *ret)
{
	struct gl_pclntab *table = gl_watch_table(arg);

	if (!table)
		return 0;
	return gl_frames_read(table, stack, ret);
}

static int package_by_task(void *arg, size_t index, char name[GL_PCLNTAB_NAME])
{
	const struct gl_watch *watch = arg;
	const struct gl_inittasks *tasks = gl_watch_tasks(watch);
	struct gl_pclntab *table = gl_watch_table(watch);

	if (!tasks || !table || index >= tasks->count)
		return 1;
	return gl_inittask_package(table, &tasks->items[index], name) == 0 ? 0 : 1;
}

/* The file may be another one by now; then the name is wrong, and no more. */
static int symbol_in_file(const struct gl_watch_mapping *where, char name[GL_WITNESS_MAX_SYMBOL],
			  uint64_t *ret_distance)
{
	gl_autoclose int fd = gl_file_open_regular(where->path);
	gl_autoimage struct gl_image *image = NULL;
	struct gl_err err = GL_ERR_INIT;
	int r = fd < 0 ? 1 : gl_image_open(fd, &image, &err);

	return r ? r : gl_image_symbol_at(image, where->offset, name, GL_WITNESS_MAX_SYMBOL, ret_distance);
}

static int symbol_of(void *arg, const struct gl_watch_mapping *where, char name[GL_WITNESS_MAX_SYMBOL],
		     uint64_t *ret_distance)
{
	struct gl_pclntab *table = gl_watch_table(arg);

	if (where->place == GL_WATCH_PLACE_PROGRAM && table)
		return gl_image_symbol_at(gl_pclntab_image(table), where->offset, name, GL_WITNESS_MAX_SYMBOL,
					  ret_distance);
	return *where->path == '/' ? symbol_in_file(where, name, ret_distance) : 1;
}

int gl_witness_of_watch(const struct gl_watch *watch, const struct gl_death *death, struct gl_witness *ret)
{
	struct gl_witness_source source = {
		.record = gl_watch_result(watch),
		.name = name_by_table,
		.package = package_by_task,
		.symbol = symbol_of,
		.arg = (void *)(uintptr_t)watch,
	};

	return gl_witness_read(&source, death, ret);
}
