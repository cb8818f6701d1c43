/* XdpSocket: core/socket.h for JavaScript. */
#include "../core/socket.h"

#include <net/if.h>
#include <stdlib.h>

#include "classes.h"
#include "error.h"
#include "socket.h"
#include "value.h"

static void *ref(void *core)
{
	return xsn_socket__ref(core);
}

static void release(struct object *object, enum release why)
{
	if (object->claimed)
		xsn_socket__release(object->core);
	object->claimed = false;
	/* A holder in another thread goes on with it unless its creator said that it is to end. */
	if (object->creator && why == RELEASE_CLOSED)
		xsn_socket__close(object->core);
	xsn_socket__unref(object->core);
	free(object->extra);
	object->extra = NULL;
}

const struct class socket_class = {
	.name = "XdpSocket", .tag = {0x6a1d0a8c54cf4f02, 0x8d20f3b6a7e04c12}, .ref = ref, .release = release};

static napi_value wait_for(napi_env env, napi_callback_info info)
{
	struct call call;
	int32_t timeout;
	uint32_t ready = 0;
	int result;

	if (!call__method(env, info, &call) || !value__i32(env, call.arguments[0], "timeoutMs", -1, &timeout))
		return NULL;
	result = xsn_socket__wait(call.object->core, call.object->loop_fd, timeout, &ready);
	if (result < 0)
		return error__throw_errno(env, result, "wait", "cannot wait");
	return result__bool(env, ready & 1);
}

static napi_value claim(napi_env env, napi_callback_info info)
{
	struct call call;
	int error;

	if (!call__method(env, info, &call))
		return NULL;
	error = call.object->claimed ? -EBUSY : xsn_socket__claim(call.object->core);
	if (error)
		return error__throw_errno(env, error, "claim", "cannot claim the socket");
	call.object->claimed = true;
	/* What the last holder had in hand when it died. */
	return result__double(env, xsn_socket__recover(call.object->core));
}

static napi_value release_claim(napi_env env, napi_callback_info info)
{
	struct call call;

	if (!call__method(env, info, &call))
		return NULL;
	if (call.object->claimed)
		xsn_socket__release(call.object->core);
	call.object->claimed = false;
	return NULL;
}

static napi_value info_of(napi_env env, napi_callback_info info)
{
	static const struct field fields[] = {
		FIELD(struct xsn_socket_info, zero_copy, "zeroCopy"),
		FIELD(struct xsn_socket_info, frags, "frags"),
	};
	struct xsn_socket_info now;
	struct call call;

	if (!call__method(env, info, &call))
		return NULL;
	xsn_socket__info(call.object->core, &now);
	return result__object(env, &now, fields, sizeof(fields) / sizeof(fields[0]));
}

#define STAT(member, name) FIELD(struct xsn_socket_stats, member, name)

static napi_value stats(napi_env env, napi_callback_info info)
{
	static const struct field fields[] = {
		STAT(rx_packets, "rxPackets"),
		STAT(rx_bytes, "rxBytes"),
		STAT(tx_packets, "txPackets"),
		STAT(tx_bytes, "txBytes"),
		STAT(tx_completed, "txCompleted"),
		STAT(tx_kicks, "txKicks"),
		STAT(tx_errors, "txErrors"),
		STAT(tx_full, "txFull"),
		STAT(fill_empty, "fillEmpty"),
		STAT(recovered, "recovered"),
		STAT(rx_dropped, "rxDropped"),
		STAT(rx_invalid_descs, "rxInvalidDescs"),
		STAT(tx_invalid_descs, "txInvalidDescs"),
		STAT(rx_ring_full, "rxRingFull"),
		STAT(rx_fill_ring_empty_descs, "rxFillRingEmptyDescs"),
		STAT(tx_ring_empty_descs, "txRingEmptyDescs"),
		STAT(rx_pending, "rxPending"),
		STAT(tx_pending, "txPending"),
		STAT(fill_pending, "fillPending"),
		STAT(completion_pending, "completionPending"),
	};
	struct xsn_socket_stats now;
	struct call call;
	int error;

	if (!call__method(env, info, &call))
		return NULL;
	error = xsn_socket__stats(call.object->core, &now);
	if (error)
		return error__throw_errno(env, error, "stats", "cannot read the statistics");
	return result__object(env, &now, fields, sizeof(fields) / sizeof(fields[0]));
}

static bool read_options(napi_env env, napi_value options, struct xsn_socket_options *read, char *interface)
{
	uint32_t copy_mode;

	if (!option__string(env, options, "interface", interface, IF_NAMESIZE) ||
	    !option__u32(env, options, "queue", 0, UINT16_MAX, &read->queue) ||
	    !option__u32(env, options, "copyMode", XSN_COPY_AUTO, XSN_ZERO_COPY, &copy_mode) ||
	    !option__u32(env, options, "rxSize", 1, SOCKET_BURST_MAX, &read->rx_size) ||
	    !option__u32(env, options, "txSize", 1, SOCKET_BURST_MAX, &read->tx_size) ||
	    !option__u32(env, options, "fillSize", 1, SOCKET_BURST_MAX, &read->fill_size) ||
	    !option__u32(env, options, "completionSize", 1, SOCKET_BURST_MAX, &read->completion_size) ||
	    !option__bool(env, options, "needWakeup", &read->need_wakeup) ||
	    !option__bool(env, options, "frags", &read->frags) ||
	    !option__u32(env, options, "busyPollUs", 0, INT32_MAX, &read->busy_poll_us) ||
	    !option__u32(env, options, "busyPollBudget", 0, UINT16_MAX, &read->busy_poll_budget))
		return false;
	read->copy_mode = copy_mode;
	read->interface = interface;
	return true;
}

/* Arguments: the pool, the options. */
static void *create(struct call *call)
{
	struct xsn_socket_options options;
	char interface[IF_NAMESIZE];
	struct xsn_socket *socket;
	struct object *pool;
	int error;

	/* Options first: a getter among them may close the pool. */
	if (!read_options(call->env, call->arguments[1], &options, interface))
		return NULL;
	pool = object__of(call->env, call->arguments[0], &pool_class);
	if (!pool)
		return NULL;
	error = xsn_socket__create(pool->core, &options, &socket);
	if (!error)
		return socket;
	return (void *)error__throw_errno(call->env, error, "open_socket",
					  "cannot open an AF_XDP socket on queue %u of %s", options.queue, interface);
}

static napi_value construct(napi_env env, napi_callback_info info)
{
	static const struct object_function functions[] = {
		{"receive", socket__receive},
		{"transmit", socket__transmit},
		{"recycle", socket__recycle},
	};

	return object__construct(env, info, &socket_class, create, functions, sizeof(functions) / sizeof(functions[0]));
}

bool socket_class__define(napi_env env, napi_value exports)
{
	const napi_property_descriptor methods[] = {
		METHOD("claim", claim), METHOD("release", release_claim), METHOD("wait", wait_for),
		METHOD("info", info_of), METHOD("stats", stats),	   METHOD("handle", object__handle),
	};

	return class__define(env, exports, &socket_class, construct, methods, sizeof(methods) / sizeof(methods[0]));
}
