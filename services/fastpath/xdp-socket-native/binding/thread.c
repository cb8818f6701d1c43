/* Which CPUs the calling thread runs on: sched_setaffinity(2) of this thread alone, so of one worker. */
#define _GNU_SOURCE

#include <sched.h>
#include <stdlib.h>

#include "classes.h"
#include "error.h"
#include "value.h"

/* More CPUs than any kernel is built for (CONFIG_NR_CPUS ends at 8192). */
#define CPUS_MAX 8192

static bool read_cpus(napi_env env, napi_value array, cpu_set_t *set, size_t size)
{
	uint32_t length = 0, cpu;
	napi_value element;

	if (napi_get_array_length(env, array, &length) != napi_ok || length == 0) {
		error__throw_type(env, "cpus must be an array of at least one number");
		return false;
	}
	CPU_ZERO_S(size, set);
	for (uint32_t i = 0; i < length; i++) {
		if (napi_get_element(env, array, i, &element) != napi_ok ||
		    !value__u32(env, element, "cpu", 0, CPUS_MAX - 1, &cpu))
			return false;
		CPU_SET_S(cpu, size, set);
	}
	return true;
}

static napi_value set_affinity(napi_env env, napi_callback_info info)
{
	size_t size = CPU_ALLOC_SIZE(CPUS_MAX);
	cpu_set_t *set = CPU_ALLOC(CPUS_MAX);
	size_t count = 1;
	napi_value cpus;

	if (set && napi_get_cb_info(env, info, &count, &cpus, NULL, NULL) == napi_ok &&
	    read_cpus(env, cpus, set, size) && sched_setaffinity(0, size, set))
		error__throw_errno(env, -errno, "set_affinity",
				   "cannot run on those CPUs: none of them is online and in the process's cpuset");
	CPU_FREE(set);
	return NULL;
}

static napi_value affinity(napi_env env, napi_callback_info info)
{
	size_t size = CPU_ALLOC_SIZE(CPUS_MAX);
	cpu_set_t *set = CPU_ALLOC(CPUS_MAX);
	napi_value array = NULL, number;
	uint32_t length = 0;

	(void)info;
	if (!set || sched_getaffinity(0, size, set) || napi_create_array(env, &array) != napi_ok) {
		error__throw_errno(env, -errno, "affinity", "cannot read the CPUs of this thread");
		CPU_FREE(set);
		return NULL;
	}
	for (uint32_t cpu = 0; cpu < CPUS_MAX; cpu++) {
		if (!CPU_ISSET_S(cpu, size, set))
			continue;
		number = result__double(env, cpu);
		if (!number || napi_set_element(env, array, length++, number) != napi_ok)
			break;
	}
	CPU_FREE(set);
	return array;
}

static napi_value current_cpu(napi_env env, napi_callback_info info)
{
	(void)info;
	return result__i32(env, sched_getcpu());
}

bool thread__define(napi_env env, napi_value exports)
{
	const napi_property_descriptor functions[] = {
		METHOD("setThreadAffinity", set_affinity),
		METHOD("threadAffinity", affinity),
		METHOD("currentCpu", current_cpu),
	};

	if (napi_define_properties(env, exports, sizeof(functions) / sizeof(functions[0]), functions) == napi_ok)
		return true;
	error__throw_status(env, "thread");
	return false;
}
