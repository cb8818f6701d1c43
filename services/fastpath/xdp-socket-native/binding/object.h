/*
 * One `struct object` stands behind every JavaScript object of this addon. It holds one reference on an object of the
 * core, which other threads may hold too, and gives it up once: by close(), by the garbage collector, or when its
 * thread ends, whichever comes first. After that `core` is NULL and every call answers EBADF.
 *
 * Each thread has an addon of its own (context-aware); the only thing that threads share is the handle table.
 */
#ifndef XSN_BINDING_OBJECT_H
#define XSN_BINDING_OBJECT_H

#define NAPI_VERSION 8

#include <node_api.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum release {
	RELEASE_CLOSED,     /* close() was called; every ArrayBuffer of the object is detached */
	RELEASE_COLLECTED,  /* nobody refers to the object any more, but perhaps to its memory */
	RELEASE_THREAD_END, /* the thread or the process ends; no JavaScript can run */
};

struct object;

struct class {
	const char *name;
	napi_type_tag tag;
	/* Takes another reference on what `core` points to; NULL for classes without handles. */
	void *(*ref)(void *core);
	void (*release)(struct object *object, enum release why);
};

struct object {
	const struct class *class;
	void *core;        /* NULL: closed */
	void *extra;       /* of the class */
	double handle;     /* 0: none given out */
	bool creator;      /* not made from a handle */
	bool claimed;      /* this object holds the socket's claim */
	int loop_fd;       /* becomes readable when the event loop of this thread has work; -1: not known */
	struct memory *memories;
	uint32_t refs;     /* the JavaScript object, and functions that were made for it alone */
	struct addon *addon;
	struct object *previous, *next;
};

#define CALL_ARGUMENTS 6

struct call {
	napi_env env;
	struct object *object;
	napi_value this;
	size_t count;
	napi_value arguments[CALL_ARGUMENTS];
};

/* State of this thread's addon; its cleanup hook releases every object that is still open. */
bool addon__init(napi_env env);

/* Adds a class to `exports`. `methods` get the class as their data; close() is added to them. */
bool class__define(napi_env env, napi_value exports, const struct class *class, napi_callback constructor,
		   const napi_property_descriptor *methods, size_t count);
#define METHOD(name, callback) {name, NULL, callback, NULL, NULL, NULL, napi_default_method, NULL}

/* Makes `this` of a constructor stand for `core`, whose reference it takes over, also when it fails (then NULL). */
struct object *object__create(napi_env env, napi_value this, const struct class *class, void *core, bool creator);
/* A function for this object alone, which knows the object without looking at `this`: 28 ns a call instead of 215. */
bool object__add_function(napi_env env, napi_value this, struct object *object, const char *name, napi_callback callback);
/* Idempotent. */
void object__close(napi_env env, struct object *object);

/* Each returns false with an exception pending. Missing arguments are undefined. */
bool call__construct(napi_env env, napi_callback_info info, struct call *call); /* sets no object */
bool call__method(napi_env env, napi_callback_info info, struct call *call);    /* `this` of the right class, open */
/* For functions made by object__add_function; every argument that is asked for costs 2 ns. */
bool call__function(napi_env env, napi_callback_info info, struct call *call, size_t arguments);
/* The open object behind an argument, or NULL with an exception pending. */
struct object *object__of(napi_env env, napi_value value, const struct class *class);

/* Method: a number by which another thread can make an object for the same core object. */
napi_value object__handle(napi_env env, napi_callback_info info);

#endif
