#ifndef FIND_XSKMAP_H
#define FIND_XSKMAP_H

/* File descriptor of the XSKMAP of the XDP program that is attached to the interface (the first one that has such a
 * map, when there are several behind libxdp's dispatcher). Exits with a message when there is none. */
int find_xskmap(const char *interface);

#endif
