#include "value.h"

#include <limits.h>
#include <string.h>

#include "error.h"

static bool wrong_type(napi_env env, const char *name, const char *type)
{
	char what[160] = "";

	strncat(what, name, 100);
	strncat(what, " must be a ", 20);
	strncat(what, type, 30);
	error__throw_type(env, what);
	return false;
}

static bool whole_number(napi_env env, napi_value value, const char *name, double minimum, double maximum, double *number)
{
	if (napi_get_value_double(env, value, number) != napi_ok)
		return wrong_type(env, name, "number");
	/* The comparison is false for NaN. */
	if (*number >= minimum && *number <= maximum && (double)(int64_t)*number == *number)
		return true;
	error__throw_range(env, "%s is %.17g; it must be a whole number from %.0f to %.0f", name, *number, minimum,
			   maximum);
	return false;
}

bool value__u32(napi_env env, napi_value value, const char *name, uint32_t minimum, uint32_t maximum, uint32_t *number)
{
	double read;

	if (!whole_number(env, value, name, minimum, maximum, &read))
		return false;
	*number = (uint32_t)read;
	return true;
}

bool value__i32(napi_env env, napi_value value, const char *name, int32_t minimum, int32_t *number)
{
	double read;

	if (!whole_number(env, value, name, minimum, INT_MAX, &read))
		return false;
	*number = (int32_t)read;
	return true;
}

bool value__size(napi_env env, napi_value value, const char *name, size_t *size)
{
	double read;

	if (!whole_number(env, value, name, 0, 9007199254740991.0, &read))
		return false;
	*size = (size_t)read;
	return true;
}

bool value__bool(napi_env env, napi_value value, const char *name, bool *yes)
{
	return napi_get_value_bool(env, value, yes) == napi_ok || wrong_type(env, name, "boolean");
}

bool value__string(napi_env env, napi_value value, const char *name, char *text, size_t size)
{
	size_t length;

	if (napi_get_value_string_utf8(env, value, NULL, 0, &length) != napi_ok)
		return wrong_type(env, name, "string");
	if (length < size && napi_get_value_string_utf8(env, value, text, size, &length) == napi_ok &&
	    strlen(text) == length)
		return true;
	error__throw_range(env, "%s has a NUL character, or more than %zu bytes", name, size - 1);
	return false;
}

bool value__array(napi_env env, napi_value value, const char *name, napi_typedarray_type type, void **data,
		  size_t *length)
{
	static const char *const names[] = {"Int8Array",   "Uint8Array",   "Uint8ClampedArray", "Int16Array",
					    "Uint16Array", "Int32Array",   "Uint32Array",       "Float32Array",
					    "Float64Array", "BigInt64Array", "BigUint64Array"};
	napi_typedarray_type actual;

	if (napi_get_typedarray_info(env, value, &actual, length, data, NULL, NULL) == napi_ok && actual == type)
		return true;
	return wrong_type(env, name, names[type]);
}

bool value__bytes(napi_env env, napi_value value, const char *name, uint8_t **data, size_t *length)
{
	return value__array(env, value, name, napi_uint8_array, (void **)data, length);
}

napi_value option__get(napi_env env, napi_value options, const char *name)
{
	napi_valuetype type;
	napi_value value;

	if (napi_typeof(env, options, &type) != napi_ok || type != napi_object) {
		error__throw_type(env, "options must be an object");
		return NULL;
	}
	if (napi_get_named_property(env, options, name, &value) == napi_ok)
		return value;
	error__throw_status(env, name);
	return NULL;
}

bool option__u32(napi_env env, napi_value options, const char *name, uint32_t minimum, uint32_t maximum,
		 uint32_t *number)
{
	napi_value value = option__get(env, options, name);

	return value && value__u32(env, value, name, minimum, maximum, number);
}

bool option__i32(napi_env env, napi_value options, const char *name, int32_t minimum, int32_t *number)
{
	napi_value value = option__get(env, options, name);

	return value && value__i32(env, value, name, minimum, number);
}

bool option__bool(napi_env env, napi_value options, const char *name, bool *yes)
{
	napi_value value = option__get(env, options, name);

	return value && value__bool(env, value, name, yes);
}

bool option__string(napi_env env, napi_value options, const char *name, char *text, size_t size)
{
	napi_value value = option__get(env, options, name);

	return value && value__string(env, value, name, text, size);
}

static napi_value field_value(napi_env env, const void *values, const struct field *field)
{
	const char *at = (const char *)values + field->offset;
	uint64_t wide;
	uint32_t narrow;
	bool yes;

	switch (field->size) {
	case sizeof(yes):
		memcpy(&yes, at, sizeof(yes));
		return result__bool(env, yes);
	case sizeof(narrow):
		memcpy(&narrow, at, sizeof(narrow));
		return result__double(env, narrow);
	default:
		memcpy(&wide, at, sizeof(wide));
		return result__double(env, (double)wide);
	}
}

napi_value result__object(napi_env env, const void *values, const struct field *fields, size_t count)
{
	napi_value object;

	if (napi_create_object(env, &object) != napi_ok)
		return error__throw_status(env, "result");
	for (size_t i = 0; i < count; i++) {
		napi_value value = field_value(env, values, &fields[i]);

		if (!value || napi_set_named_property(env, object, fields[i].name, value) != napi_ok)
			return error__throw_status(env, fields[i].name);
	}
	return object;
}

napi_value result__i32(napi_env env, int32_t number)
{
	napi_value value;

	return napi_create_int32(env, number, &value) == napi_ok ? value : error__throw_status(env, "result");
}

napi_value result__double(napi_env env, double number)
{
	napi_value value;

	return napi_create_double(env, number, &value) == napi_ok ? value : error__throw_status(env, "result");
}

napi_value result__bool(napi_env env, bool yes)
{
	napi_value value;

	return napi_get_boolean(env, yes, &value) == napi_ok ? value : error__throw_status(env, "result");
}
