/* What the files of the socket class share. */
#ifndef XSN_BINDING_SOCKET_H
#define XSN_BINDING_SOCKET_H

#include "object.h"

/* Descriptors of the largest ring that the kernel makes; a longer burst cannot happen. */
#define SOCKET_BURST_MAX 65536

/* socket-burst.c; `extra` of the object is their scratch memory, from malloc. */
napi_value socket__receive(napi_env env, napi_callback_info info);
napi_value socket__transmit(napi_env env, napi_callback_info info);
napi_value socket__recycle(napi_env env, napi_callback_info info);

#endif
