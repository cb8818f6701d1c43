#include "sender.h"

#include <sys/socket.h>

void sender__open(struct sender *sender, const char *interface, uint32_t queue, uint32_t frames)
{
	xsk_port__open(&sender->port, interface, queue);
	for (sender->free_count = 0; sender->free_count < frames; sender->free_count++)
		sender->free[sender->free_count] = (uint64_t)sender->free_count * FRAME_SIZE;
}

void sender__close(struct sender *sender)
{
	xsk_port__close(&sender->port);
}

uint32_t sender__send(struct sender *sender, const struct frame_template *template, uint32_t n, uint64_t number,
		      uint64_t time_ns)
{
	uint32_t at;

	if (n > sender->free_count)
		n = sender->free_count;
	if (!n || !xsk_ring_prod__reserve(&sender->port.tx, n, &at))
		return 0;
	for (uint32_t i = 0; i < n; i++) {
		struct xdp_desc *desc = xsk_ring_prod__tx_desc(&sender->port.tx, at + i);

		desc->addr = sender->free[--sender->free_count];
		desc->len = template->options.size;
		desc->options = 0;
		frame__write(template, sender->port.memory + desc->addr, number + i, time_ns);
	}
	xsk_ring_prod__submit(&sender->port.tx, n);
	return n;
}

uint32_t sender__complete(struct sender *sender)
{
	uint32_t at, n;

	xsk_port__kick(&sender->port);
	n = xsk_ring_cons__peek(&sender->port.completion, FRAMES, &at);
	for (uint32_t i = 0; i < n; i++)
		sender->free[sender->free_count++] = *xsk_ring_cons__comp_addr(&sender->port.completion, at + i);
	xsk_ring_cons__release(&sender->port.completion, n);
	return n;
}

uint64_t sender__invalid(const struct sender *sender)
{
	struct xdp_statistics statistics;
	socklen_t size = sizeof(statistics);

	if (getsockopt(sender->port.fd, SOL_XDP, XDP_STATISTICS, &statistics, &size))
		die("XDP_STATISTICS");
	return statistics.tx_invalid_descs;
}
