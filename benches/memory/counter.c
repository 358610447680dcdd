/* Counts the bytes that malloc has out, now and at most. Preloaded, so that it sees every
   allocation of a process: those of Rust and C++ as well as, with PYTHONMALLOC=malloc, Python's. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <malloc.h>
#include <stdatomic.h>
#include <stddef.h>
#include <string.h>

static atomic_size_t live, peak;
static void *(*next_malloc)(size_t);
static void *(*next_calloc)(size_t, size_t);
static void *(*next_realloc)(void *, size_t);
static void *(*next_memalign)(size_t, size_t);
static void (*next_free)(void *);

/* dlsym itself allocates a little before it can say where calloc is. */
static char early[16384];
static size_t early_used;

static int is_early(const void *at) {
    return (const char *)at >= early && (const char *)at < early + sizeof early;
}

static void *from_early(size_t size) {
    void *at = early + early_used;
    early_used += (size + 15) & ~(size_t)15;
    return early_used <= sizeof early ? at : NULL;
}

static void find(void) {
    static int finding;
    if (next_free || finding) return;
    finding = 1;
    next_malloc = dlsym(RTLD_NEXT, "malloc");
    next_calloc = dlsym(RTLD_NEXT, "calloc");
    next_realloc = dlsym(RTLD_NEXT, "realloc");
    next_memalign = dlsym(RTLD_NEXT, "aligned_alloc");
    next_free = dlsym(RTLD_NEXT, "free");
    finding = 0;
}

static void *count(void *at) {
    if (!at) return at;
    size_t now = atomic_fetch_add(&live, malloc_usable_size(at)) + malloc_usable_size(at);
    size_t most = atomic_load(&peak);
    while (now > most && !atomic_compare_exchange_weak(&peak, &most, now)) {}
    return at;
}

static void uncount(void *at) {
    if (at) atomic_fetch_sub(&live, malloc_usable_size(at));
}

void *malloc(size_t size) {
    find();
    return next_malloc ? count(next_malloc(size)) : from_early(size);
}

void *calloc(size_t many, size_t size) {
    find();
    return next_calloc ? count(next_calloc(many, size)) : from_early(many * size);
}

/* Where a block has to move, both blocks are out for a moment; malloc says nothing of it, and
   large ones are moved by the kernel without a copy. */
void *realloc(void *old, size_t size) {
    find();
    if (is_early(old)) {
        void *moved = malloc(size);
        size_t rest = (size_t)(early + sizeof early - (char *)old);
        return moved ? memcpy(moved, old, size < rest ? size : rest) : NULL;
    }
    size_t before = old ? malloc_usable_size(old) : 0;
    void *moved = next_realloc(old, size);
    if (moved || size == 0) atomic_fetch_sub(&live, before);
    return count(moved);
}

void *aligned_alloc(size_t alignment, size_t size) {
    find();
    return count(next_memalign(alignment, size));
}

void *memalign(size_t alignment, size_t size) { return aligned_alloc(alignment, size); }

int posix_memalign(void **out, size_t alignment, size_t size) {
    *out = aligned_alloc(alignment, size);
    return *out ? 0 : 12; /* ENOMEM */
}

void free(void *at) {
    find();
    if (is_early(at)) return;
    uncount(at);
    next_free(at);
}

size_t counter_live(void) { return atomic_load(&live); }
size_t counter_peak(void) { return atomic_load(&peak); }
void counter_restart(void) { atomic_store(&peak, atomic_load(&live)); }
