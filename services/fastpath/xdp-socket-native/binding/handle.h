/*
 * Handles: numbers that stand for core objects in all threads of the process. A handle names its object as long as
 * the JavaScript object that gave it out is open; each place of the table counts generations, so an old number never
 * names a new object.
 */
#ifndef XSN_BINDING_HANDLE_H
#define XSN_BINDING_HANDLE_H

#include "object.h"

/* 0 when there is no memory or no place. Keeps no reference. */
double handle__add(const struct class *class, void *core);
/* The core object with a reference for the caller, or NULL for a handle that names none of this class. */
void *handle__get(const struct class *class, double handle);
void handle__remove(double handle);

#endif
