/*
 * The least that a C program needs to use one AF_XDP socket through libxdp: memory, four rings, a kick. It knows
 * nothing of the addon that it is compared with. Copy mode, one descriptor per frame.
 */
#ifndef XSK_PORT_H
#define XSK_PORT_H

#include <stdint.h>
#include <xdp/xsk.h>

#define RING_SIZE 2048
#define FRAME_SIZE 2048
#define BATCH 64
/*
 * Every frame fits into any one ring, so that no ring is ever full. The kernel shows received frames a moment before it
 * shows that it has taken them out of the fill ring, one poll of the device (64) at a time: hence the difference.
 */
#define FRAMES (RING_SIZE - 64)

struct xsk_port {
	struct xsk_ring_prod fill, tx;
	struct xsk_ring_cons completion, rx;
	struct xsk_umem *umem;
	struct xsk_socket *socket;
	uint8_t *memory;
	int fd;
};

/* Opens a socket on one queue. The caller attaches the XDP program and puts `fd` into its XSKMAP. Exits with a message
 * when it is impossible. */
void xsk_port__open(struct xsk_port *port, const char *interface, uint32_t queue);
void xsk_port__close(struct xsk_port *port);

/* Gives the frames 0 to FRAMES - 1 to the kernel for reception. */
void xsk_port__fill(struct xsk_port *port);

/* Makes the kernel send what is in the TX ring. It takes 32 frames a call and says EAGAIN when more wait. */
void xsk_port__kick(struct xsk_port *port);

/* Prints a message with the text of errno and exits with status 1. */
_Noreturn void die(const char *what);
/* The same without errno. */
_Noreturn void fail(const char *what);

#endif
