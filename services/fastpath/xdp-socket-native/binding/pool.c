/* BufferPool: core/pool.h for JavaScript. */
#include "../core/pool.h"

#include <stdlib.h>

#include "classes.h"
#include "error.h"
#include "memory.h"
#include "value.h"

#define NODES_MAX 1024

static void *ref(void *core)
{
	return xsn_pool__ref(core);
}

static void unref(void *core)
{
	xsn_pool__unref(core);
}

static void release(struct object *object, enum release why)
{
	(void)why;
	xsn_pool__unref(object->core);
}

const struct class pool_class = {
	.name = "BufferPool", .tag = {0x6a1d0a8c54cf4f01, 0x8d20f3b6a7e04c11}, .ref = ref, .release = release};

static napi_value alloc(napi_env env, napi_callback_info info)
{
	struct call call;
	uint32_t slot;

	if (!call__function(env, info, &call, 0))
		return NULL;
	return result__i32(env, xsn_pool__alloc(call.object->core, &slot, 1) == 1 ? (int32_t)slot : -1);
}

static napi_value free_error(napi_env env, int error)
{
	if (error)
		return error__throw_errno(env, error, "free", "cannot free slots");
	return NULL;
}

static napi_value free_slot(napi_env env, napi_callback_info info)
{
	struct call call;
	uint32_t slot;

	if (!call__function(env, info, &call, 1) || !value__u32(env, call.arguments[0], "slot", 0, UINT32_MAX, &slot))
		return NULL;
	return free_error(env, xsn_pool__free(call.object->core, &slot, 1));
}

static napi_value alloc_burst(napi_env env, napi_callback_info info)
{
	struct call call;
	uint32_t *slots;
	size_t length;

	if (!call__function(env, info, &call, 1) ||
	    !value__array(env, call.arguments[0], "slots", napi_uint32_array, (void **)&slots, &length))
		return NULL;
	if (length > UINT32_MAX)
		length = UINT32_MAX;
	return result__double(env, length ? xsn_pool__alloc(call.object->core, slots, (uint32_t)length) : 0);
}

static napi_value free_burst(napi_env env, napi_callback_info info)
{
	struct call call;
	uint32_t *slots, count;
	size_t length;

	if (!call__function(env, info, &call, 2) ||
	    !value__array(env, call.arguments[0], "slots", napi_uint32_array, (void **)&slots, &length) ||
	    !value__u32(env, call.arguments[1], "count", 0, length < UINT32_MAX ? (uint32_t)length : UINT32_MAX, &count))
		return NULL;
	return free_error(env, count ? xsn_pool__free(call.object->core, slots, count) : 0);
}

static napi_value memory(napi_env env, napi_callback_info info)
{
	struct call call;

	if (!call__method(env, info, &call))
		return NULL;
	return memory__get(env, call.object, xsn_pool__memory(call.object->core), xsn_pool__size(call.object->core),
			   ref, unref, call.object->core);
}

static napi_value stats(napi_env env, napi_callback_info info)
{
	static const struct field fields[] = {
		FIELD(struct xsn_pool_stats, slots, "slots"),
		FIELD(struct xsn_pool_stats, used, "used"),
		FIELD(struct xsn_pool_stats, peak, "peak"),
		FIELD(struct xsn_pool_stats, allocations, "allocations"),
		FIELD(struct xsn_pool_stats, failures, "failures"),
	};
	struct xsn_pool_stats now;
	struct call call;

	if (!call__method(env, info, &call))
		return NULL;
	xsn_pool__stats(call.object->core, &now);
	return result__object(env, &now, fields, sizeof(fields) / sizeof(fields[0]));
}

/* [slotSize, pageSize, tailOffset], which never change. */
static napi_value layout(napi_env env, napi_callback_info info)
{
	struct layout {
		uint32_t slot_size, page_size;
		uint64_t tail_offset;
	} now;
	static const struct field fields[] = {
		FIELD(struct layout, slot_size, "slotSize"),
		FIELD(struct layout, page_size, "pageSize"),
		FIELD(struct layout, tail_offset, "tailOffset"),
	};
	struct call call;

	if (!call__method(env, info, &call))
		return NULL;
	now.slot_size = xsn_pool__slot_size(call.object->core);
	now.page_size = xsn_pool__page_size(call.object->core);
	now.tail_offset = xsn_pool__tail_offset(call.object->core);
	return result__object(env, &now, fields, sizeof(fields) / sizeof(fields[0]));
}

static napi_value pages_array(napi_env env, const uint64_t *pages)
{
	uint32_t last = NODES_MAX;
	napi_value array, number;

	while (last > 0 && pages[last - 1] == 0)
		last--;
	if (napi_create_array_with_length(env, last, &array) != napi_ok)
		return error__throw_status(env, "pages_on_nodes");
	for (uint32_t i = 0; i < last; i++) {
		number = result__double(env, (double)pages[i]);
		if (!number || napi_set_element(env, array, i, number) != napi_ok)
			return error__throw_status(env, "pages_on_nodes");
	}
	return array;
}

static napi_value pages_on_nodes(napi_env env, napi_callback_info info)
{
	uint64_t pages[NODES_MAX] = {0};
	struct call call;
	long count;

	if (!call__method(env, info, &call))
		return NULL;
	count = xsn_pool__pages_on_nodes(call.object->core, pages, NODES_MAX);
	if (count < 0)
		return error__throw_errno(env, count, "pages_on_nodes", "cannot ask where the pages are");
	return pages_array(env, pages);
}

static void *create(struct call *call)
{
	napi_env env = call->env;
	napi_value options = call->arguments[0];
	struct xsn_pool_options read;
	struct xsn_pool *pool;
	uint32_t hugepages;
	napi_value tail = option__get(env, options, "tailSize");
	int error;

	if (!tail || !value__size(env, tail, "tailSize", &read.tail_size) ||
	    !option__u32(env, options, "slots", 1, 1 << 24, &read.slots) ||
	    !option__u32(env, options, "slotSize", 1, UINT32_MAX, &read.slot_size) ||
	    !option__i32(env, options, "numaNode", XSN_ANY_NODE, &read.numa_node) ||
	    !option__u32(env, options, "hugepages", XSN_HUGEPAGES_OFF, XSN_HUGEPAGES_ON, &hugepages))
		return NULL;
	read.hugepages = hugepages;
	error = xsn_pool__create(&read, &pool);
	if (!error)
		return pool;
	if (read.numa_node == XSN_ANY_NODE)
		return (void *)error__throw_errno(env, error, "create_pool", "cannot create a pool of %u slots of %u bytes",
						  read.slots, read.slot_size);
	return (void *)error__throw_errno(env, error, "create_pool",
					  "cannot create a pool of %u slots of %u bytes on NUMA node %d", read.slots,
					  read.slot_size, read.numa_node);
}

static napi_value construct(napi_env env, napi_callback_info info)
{
	static const struct object_function functions[] = {
		{"alloc", alloc},
		{"free", free_slot},
		{"allocBurst", alloc_burst},
		{"freeBurst", free_burst},
	};

	return object__construct(env, info, &pool_class, create, functions, sizeof(functions) / sizeof(functions[0]));
}

bool pool_class__define(napi_env env, napi_value exports)
{
	const napi_property_descriptor methods[] = {
		METHOD("memory", memory),
		METHOD("stats", stats),
		METHOD("layout", layout),
		METHOD("pagesOnNodes", pages_on_nodes),
		METHOD("handle", object__handle),
	};

	return class__define(env, exports, &pool_class, construct, methods, sizeof(methods) / sizeof(methods[0]));
}
