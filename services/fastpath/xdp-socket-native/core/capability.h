#ifndef XSN_CAPABILITY_H
#define XSN_CAPABILITY_H

#include <stdbool.h>

/* True if this thread may use the capability (capabilities(7)): it is in the effective set. */
bool xsn_capability__effective(int capability);

#endif
