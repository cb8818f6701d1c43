/* What the probe asks from the kernel by system calls. Each function takes the name of an interface. */
#include "../core/probe.h"

#include <net/if.h>

#include "classes.h"
#include "error.h"
#include "value.h"

static bool read_name(napi_env env, napi_callback_info info, char name[IF_NAMESIZE])
{
	size_t count = 1;
	napi_value argument;

	return napi_get_cb_info(env, info, &count, &argument, NULL, NULL) == napi_ok &&
	       value__string(env, argument, "interface", name, IF_NAMESIZE);
}

static napi_value probe_features(napi_env env, napi_callback_info info)
{
	static const struct field fields[] = {
		FIELD(struct xsn_xdp_features, bits, "bits"),
		FIELD(struct xsn_xdp_features, zero_copy_segments, "zeroCopySegments"),
	};
	struct xsn_xdp_features features;
	char name[IF_NAMESIZE];
	int error;

	if (!read_name(env, info, name))
		return NULL;
	error = xsn_probe__features(name, &features);
	if (error)
		return error__throw_errno(env, error, "probe_features", "cannot ask for the XDP features of %s", name);
	return result__object(env, &features, fields, sizeof(fields) / sizeof(fields[0]));
}

static napi_value probe_device(napi_env env, napi_callback_info info)
{
	static const struct field fields[] = {
		FIELD(struct xsn_device, rx, "rx"),
		FIELD(struct xsn_device, tx, "tx"),
		FIELD(struct xsn_device, combined, "combined"),
	};
	struct xsn_device device;
	char name[IF_NAMESIZE];
	napi_value object, driver;
	int error;

	if (!read_name(env, info, name))
		return NULL;
	error = xsn_probe__device(name, &device);
	if (error)
		return error__throw_errno(env, error, "probe_device", "cannot ask for the driver of %s", name);
	object = result__object(env, &device, fields, sizeof(fields) / sizeof(fields[0]));
	if (object && napi_create_string_utf8(env, device.driver, NAPI_AUTO_LENGTH, &driver) == napi_ok &&
	    napi_set_named_property(env, object, "driver", driver) == napi_ok)
		return object;
	return error__throw_status(env, "probe_device");
}

static bool add_program(napi_env env, napi_value list, uint32_t index, uint32_t id, const char *name)
{
	napi_value object, number, text;

	return napi_create_object(env, &object) == napi_ok && napi_create_uint32(env, id, &number) == napi_ok &&
	       napi_create_string_utf8(env, name, NAPI_AUTO_LENGTH, &text) == napi_ok &&
	       napi_set_named_property(env, object, "id", number) == napi_ok &&
	       napi_set_named_property(env, object, "name", text) == napi_ok &&
	       napi_set_element(env, list, index, object) == napi_ok;
}

static napi_value probe_programs(napi_env env, napi_callback_info info)
{
	static const struct field fields[] = {
		FIELD(struct xsn_programs, native, "native"),
		FIELD(struct xsn_programs, dispatcher, "dispatcher"),
	};
	struct xsn_programs programs;
	char name[IF_NAMESIZE];
	napi_value object, list;
	uint32_t i;
	int error;

	if (!read_name(env, info, name))
		return NULL;
	error = xsn_probe__programs(name, &programs);
	if (error)
		return error__throw_errno(env, error, "probe_programs", "cannot ask for the XDP programs on %s", name);
	object = result__object(env, &programs, fields, sizeof(fields) / sizeof(fields[0]));
	if (!object || napi_create_array(env, &list) != napi_ok)
		return error__throw_status(env, "probe_programs");
	for (i = 0; i < programs.count; i++)
		if (!add_program(env, list, i, programs.programs[i].id, programs.programs[i].name))
			return error__throw_status(env, "probe_programs");
	if (napi_set_named_property(env, object, "programs", list) != napi_ok)
		return error__throw_status(env, "probe_programs");
	return object;
}

bool probe__define(napi_env env, napi_value exports)
{
	const napi_property_descriptor functions[] = {
		METHOD("probeFeatures", probe_features),
		METHOD("probeDevice", probe_device),
		METHOD("probePrograms", probe_programs),
	};

	if (napi_define_properties(env, exports, sizeof(functions) / sizeof(functions[0]), functions) == napi_ok)
		return true;
	error__throw_status(env, "probe");
	return false;
}
