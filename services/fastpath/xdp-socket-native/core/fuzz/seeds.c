/* Writes a seed corpus for the fuzz target into a folder: valid frames of every shape that the parser knows. */
#include <stdio.h>
#include <stdlib.h>

#include "../test/frames.h"

static void write_frame(const char *folder, const struct frame_shape *shape, uint32_t number)
{
	static struct frame frame;
	char path[4096];
	FILE *file;

	frame__build(&frame, shape);
	snprintf(path, sizeof(path), "%s/frame-%02u", folder, number);
	file = fopen(path, "wb");
	if (!file || fwrite(frame.bytes, 1, frame.length, file) != frame.length || fclose(file) != 0) {
		perror(path);
		exit(1);
	}
}

int main(int argc, char **argv)
{
	uint32_t number = 0;

	if (argc != 2) {
		fprintf(stderr, "usage: seeds FOLDER\n");
		return 2;
	}
	for (uint8_t tags = 0; tags <= 2; tags++) {
		for (uint8_t extra = 0; extra <= 8; extra += 4) {
			for (uint8_t family = 4; family <= 6; family += 2) {
				struct frame_shape shape = { .family = family, .tags = tags, .options = extra,
							     .extensions = extra, .source_port = 40000,
							     .destination_port = 7000, .payload = 10u + extra,
							     .padding = extra, .seed = number,
							     .checksum = tags == 1 ? FRAME_PARTIAL : FRAME_WHOLE };

				write_frame(argv[1], &shape, number++);
			}
		}
	}
	return 0;
}
