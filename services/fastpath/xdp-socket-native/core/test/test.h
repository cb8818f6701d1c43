/* A test is a function; CHECK counts, prints what failed, and goes on. It stays on under NDEBUG. */
#ifndef XSN_TEST_H
#define XSN_TEST_H

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One of each, whatever number of files include this. */
__attribute__((weak)) unsigned int tests_passed, tests_failed, checks_failed;

#define CHECK(condition)                                                                      \
	do {                                                                                  \
		if (!(condition)) {                                                           \
			fprintf(stderr, "%s:%d: failed: %s\n", __FILE__, __LINE__, #condition); \
			checks_failed++;                                                      \
		}                                                                             \
	} while (0)

#define CHECK_EQUAL(actual, expected)                                                                  \
	do {                                                                                           \
		long long actual_ = (long long)(actual), expected_ = (long long)(expected);            \
		if (actual_ != expected_) {                                                            \
			fprintf(stderr, "%s:%d: failed: %s is %lld, not %lld\n", __FILE__, __LINE__, #actual, \
				actual_, expected_);                                                   \
			checks_failed++;                                                               \
		}                                                                                      \
	} while (0)

/* For what a test cannot go on without. */
#define MUST(condition)                                                                       \
	do {                                                                                  \
		if (!(condition)) {                                                           \
			fprintf(stderr, "%s:%d: cannot go on: %s (errno %d, %s)\n", __FILE__, \
				__LINE__, #condition, errno, strerror(errno));                \
			exit(1);                                                              \
		}                                                                             \
	} while (0)

#define RUN(test)                                                                             \
	do {                                                                                  \
		unsigned int before_ = checks_failed;                                         \
		test();                                                                       \
		if (checks_failed == before_)                                                 \
			tests_passed++;                                                       \
		else                                                                          \
			tests_failed++;                                                       \
		printf("%s %s\n", checks_failed == before_ ? "ok    " : "FAILED", #test);     \
		fflush(stdout);                                                               \
	} while (0)

__attribute__((unused)) static int test_report(void)
{
	printf("%u passed, %u failed\n", tests_passed, tests_failed);
	return tests_failed || !tests_passed;
}

#endif
