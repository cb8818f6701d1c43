#include "handle.h"

#include <pthread.h>
#include <stdlib.h>

#define PLACES_MAX 65536

struct place {
	const struct class *class; /* NULL: free */
	void *core;
	uint32_t generation;
	uint32_t next_free; /* place + 1, 0 = end */
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct place *places;
static uint32_t place_count, first_free;

static bool grow(void)
{
	uint32_t count = place_count ? place_count * 2 : 64;
	struct place *more;

	if (count > PLACES_MAX)
		return false;
	more = realloc(places, count * sizeof(*more));
	if (!more)
		return false;
	places = more;
	for (uint32_t i = count; i-- > place_count;) {
		places[i] = (struct place){.generation = 1, .next_free = first_free};
		first_free = i + 1;
	}
	place_count = count;
	return true;
}

double handle__add(const struct class *class, void *core)
{
	double handle = 0;

	pthread_mutex_lock(&lock);
	if (first_free || grow()) {
		uint32_t index = first_free - 1;
		struct place *place = &places[index];

		first_free = place->next_free;
		place->class = class;
		place->core = core;
		/* Below 2^48: exact as a JavaScript number. */
		handle = (double)place->generation * PLACES_MAX + index;
	}
	pthread_mutex_unlock(&lock);
	return handle;
}

/* Under the lock. */
static struct place *find(double handle)
{
	uint64_t number;
	struct place *place;

	if (!(handle >= 0 && handle < 9007199254740992.0))
		return NULL;
	number = (uint64_t)handle;
	if ((double)number != handle || number % PLACES_MAX >= place_count)
		return NULL;
	place = &places[number % PLACES_MAX];
	return place->class && place->generation == number / PLACES_MAX ? place : NULL;
}

void *handle__get(const struct class *class, double handle)
{
	struct place *place;
	void *core = NULL;

	pthread_mutex_lock(&lock);
	place = find(handle);
	if (place && place->class == class)
		core = class->ref(place->core);
	pthread_mutex_unlock(&lock);
	return core;
}

void handle__remove(double handle)
{
	struct place *place;

	pthread_mutex_lock(&lock);
	place = find(handle);
	if (place) {
		place->class = NULL;
		place->core = NULL;
		place->generation++;
		place->next_free = first_free;
		first_free = (uint32_t)(place - places) + 1;
	}
	pthread_mutex_unlock(&lock);
}
