/*
 * Runs a Check suite and prints its result as TAP, which tests/run adds up.
 * CK_RUN_CASE and CK_FORK work as Check documents them.
 */
#include "tests/lib/unit.h"

#include <stdlib.h>

int gl_unit_main(Suite *suite)
{
	SRunner *runner = srunner_create(suite);
	int failed;

	srunner_set_tap(runner, "-");
	srunner_run_all(runner, CK_SILENT);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
