/* UdpExchange: core/exchange.h for JavaScript. */
#include "../core/exchange.h"

#include "classes.h"
#include "error.h"
#include "memory.h"
#include "value.h"

static void *ref(void *core)
{
	return xsn_exchange__ref(core);
}

static void unref(void *core)
{
	xsn_exchange__unref(core);
}

static void *ref_pool(void *core)
{
	return xsn_pool__ref(core);
}

static void unref_pool(void *core)
{
	xsn_pool__unref(core);
}

static void release(struct object *object, enum release why)
{
	/* A holder that ends without saying so leaves its burst for the successor to book. */
	if (object->claimed)
		xsn_exchange__detach(object->core, why == RELEASE_CLOSED);
	object->claimed = false;
	xsn_exchange__unref(object->core);
}

const struct class exchange_class = {
	.name = "UdpExchange", .tag = {0x6a1d0a8c54cf4f03, 0x8d20f3b6a7e04c13}, .ref = ref, .release = release};

static bool attached(napi_env env, const struct object *object)
{
	if (object->claimed)
		return true;
	error__throw(env, "EPERM", "turn", "this exchange is not attached; use UdpExchange.attach(handle)");
	return false;
}

/*
 * The hot path: one integer in, one out. An integer conversion of Node-API never fails for a number (it wraps, and NaN
 * becomes 0), so nothing else has to be checked; a negative timeout waits without limit.
 */
static napi_value turn(napi_env env, napi_callback_info info)
{
	struct object *object;
	napi_value argument, result;
	size_t count = 1;
	int32_t timeout;
	int packets;

	if (napi_get_cb_info(env, info, &count, &argument, NULL, (void **)&object) != napi_ok)
		return error__throw_status(env, "turn");
	if (!object->core)
		return error__throw_closed(env, "UdpExchange");
	if (!attached(env, object))
		return NULL;
	if (napi_get_value_int32(env, argument, &timeout) != napi_ok)
		return error__throw_type(env, "timeoutMs must be a number");
	packets = xsn_exchange__turn(object->core, object->loop_fd, timeout);
	if (packets < 0)
		return error__throw_errno(env, packets, "turn", "cannot exchange packets");
	return napi_create_int32(env, packets, &result) == napi_ok ? result : error__throw_status(env, "turn");
}

static napi_value fail(napi_env env, napi_callback_info info)
{
	struct call call;

	if (call__function(env, info, &call, 0) && attached(env, call.object))
		xsn_exchange__fail(call.object->core);
	return NULL;
}

static napi_value reflect(napi_env env, napi_callback_info info)
{
	struct call call;
	int32_t timeout;
	uint32_t bursts;
	long packets;

	if (!call__function(env, info, &call, 2) || !attached(env, call.object) ||
	    !value__i32(env, call.arguments[0], "timeoutMs", -1, &timeout) ||
	    !value__u32(env, call.arguments[1], "bursts", 1, UINT32_MAX, &bursts))
		return NULL;
	packets = xsn_exchange__reflect(call.object->core, call.object->loop_fd, timeout, bursts);
	if (packets < 0)
		return error__throw_errno(env, packets, "reflect", "cannot exchange packets");
	return result__double(env, (double)packets);
}

static napi_value columns(napi_env env, napi_callback_info info)
{
	struct call call;

	if (!call__method(env, info, &call))
		return NULL;
	return memory__get(env, call.object, xsn_exchange__burst(call.object->core), sizeof(struct xsn_burst), ref, unref,
			   call.object->core);
}

static napi_value memory(napi_env env, napi_callback_info info)
{
	struct xsn_pool *pool;
	struct call call;

	if (!call__method(env, info, &call))
		return NULL;
	pool = xsn_socket__pool(xsn_exchange__socket(call.object->core));
	return memory__get(env, call.object, xsn_pool__memory(pool), xsn_pool__size(pool), ref_pool, unref_pool, pool);
}

#define COUNTER(member, name) FIELD(struct xsn_exchange_counters, member, name)

static napi_value counters(napi_env env, napi_callback_info info)
{
	static const struct field fields[] = {
		COUNTER(rx_packets, "rxPackets"),
		COUNTER(rx_bytes, "rxBytes"),
		COUNTER(tx_packets, "txPackets"),
		COUNTER(tx_bytes, "txBytes"),
		COUNTER(consumed, "consumed"),
		COUNTER(malformed, "malformed"),
		COUNTER(bad_checksum, "badChecksum"),
		COUNTER(too_long, "tooLong"),
		COUNTER(handler_error, "handlerError"),
		COUNTER(reply_loop, "replyLoop"),
		COUNTER(tx_error, "txError"),
		COUNTER(worker_lost, "workerLost"),
		COUNTER(bursts, "bursts"),
		COUNTER(busy_ns, "busyNs"),
		COUNTER(waits, "waits"),
		COUNTER(naps, "naps"),
	};
	struct call call;

	if (!call__method(env, info, &call))
		return NULL;
	return result__object(env, xsn_exchange__counters(call.object->core), fields, sizeof(fields) / sizeof(fields[0]));
}

static napi_value detach(napi_env env, napi_callback_info info)
{
	struct call call;

	if (!call__method(env, info, &call))
		return NULL;
	if (call.object->claimed)
		xsn_exchange__detach(call.object->core, true);
	call.object->claimed = false;
	return NULL;
}

static napi_value attach(napi_env env, napi_callback_info info)
{
	struct call call;
	int error;

	if (!call__method(env, info, &call))
		return NULL;
	error = call.object->claimed ? -EBUSY : xsn_exchange__attach(call.object->core);
	if (error)
		return error__throw_errno(env, error, "claim", "cannot attach to the exchange");
	call.object->claimed = true;
	return NULL;
}

static bool read_options(napi_env env, napi_value options, struct xsn_exchange_options *read)
{
	napi_value tail_at = option__get(env, options, "tailAt");

	return tail_at && value__size(env, tail_at, "tailAt", &read->tail_at) &&
	       option__u32(env, options, "burst", 1, XSN_BURST_MAX, &read->burst) &&
	       option__u32(env, options, "coalesceUs", 0, XSN_COALESCE_US_MAX, &read->coalesce_us) &&
	       option__u32(env, options, "mtu", 1, UINT32_MAX, &read->mtu);
}

/* Arguments: the socket, the options. */
static void *create(struct call *call)
{
	struct xsn_exchange_options options;
	struct xsn_exchange *exchange;
	struct object *socket;
	int error;

	/* Options first: a getter among them may close the socket. */
	if (!read_options(call->env, call->arguments[1], &options))
		return NULL;
	socket = object__of(call->env, call->arguments[0], &socket_class);
	if (!socket)
		return NULL;
	error = xsn_exchange__create(socket->core, &options, &exchange);
	if (!error)
		return exchange;
	return (void *)error__throw_errno(call->env, error, "create_exchange", "cannot create an exchange");
}

static napi_value tail_size(napi_env env, napi_callback_info info)
{
	uint32_t burst, mtu, slot_size;
	napi_value arguments[3];
	size_t count = 3;

	if (napi_get_cb_info(env, info, &count, arguments, NULL, NULL) != napi_ok)
		return error__throw_status(env, "tail_size");
	if (!value__u32(env, arguments[0], "burst", 1, XSN_BURST_MAX, &burst) ||
	    !value__u32(env, arguments[1], "mtu", 1, UINT16_MAX, &mtu) ||
	    !value__u32(env, arguments[2], "slotSize", 1, UINT32_MAX, &slot_size))
		return NULL;
	return result__double(env, (double)xsn_exchange__tail_size(burst, mtu, slot_size));
}

static napi_value construct(napi_env env, napi_callback_info info)
{
	static const struct object_function functions[] = {
		{"turn", turn},
		{"fail", fail},
		{"reflect", reflect},
	};

	return object__construct(env, info, &exchange_class, create, functions, sizeof(functions) / sizeof(functions[0]));
}

bool exchange_class__define(napi_env env, napi_value exports)
{
	const napi_property_descriptor methods[] = {
		METHOD("attach", attach), METHOD("detach", detach),	METHOD("columns", columns),
		METHOD("memory", memory), METHOD("counters", counters), METHOD("handle", object__handle),
	};

	const napi_property_descriptor function = METHOD("exchangeTailSize", tail_size);

	if (napi_define_properties(env, exports, 1, &function) != napi_ok) {
		error__throw_status(env, "exchange");
		return false;
	}
	return class__define(env, exports, &exchange_class, construct, methods, sizeof(methods) / sizeof(methods[0]));
}
