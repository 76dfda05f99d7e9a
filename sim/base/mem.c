#include "base/mem.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"

#ifdef HAVE_VALGRIND
#include <valgrind/valgrind.h>
#else
#define RUNNING_ON_VALGRIND 0
#endif

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

#define CACHE_LINE 64

/* Precedes each owned block. */
struct mem_link {
    _Alignas(max_align_t) struct mem_link *next;
    struct mem_link *previous;
};

static _Noreturn void out_of_memory(size_t size)
{
    fprintf(stderr, "ecsim: out of memory: no %zu bytes left\n", size);
    exit(3);
}

void *mem_alloc(size_t size)
{
    void *block = calloc(1, size > 0 ? size : 1);
    if (block == NULL) {
        out_of_memory(size);
    }
    return block;
}

void *mem_resize(void *block, size_t count, size_t size)
{
    if (size > 0 && count > SIZE_MAX / size) {
        out_of_memory(SIZE_MAX);
    }
    size_t bytes = count * size;
    void *resized = realloc(block, bytes > 0 ? bytes : 1);
    if (resized == NULL) {
        out_of_memory(bytes);
    }
    return resized;
}

char *mem_text(const char *text)
{
    if (text == NULL) {
        return NULL;
    }
    size_t size = strlen(text) + 1;
    return memcpy(mem_alloc(size), text, size);
}

void *mem_lines(size_t size)
{
    if (size > SIZE_MAX - CACHE_LINE) {
        out_of_memory(SIZE_MAX);
    }
    size_t lines = (size + CACHE_LINE - 1) / CACHE_LINE;
    void *block = aligned_alloc(CACHE_LINE, lines * CACHE_LINE);
    if (block == NULL) {
        out_of_memory(size);
    }
    return block;
}

void *mem_own(struct mem_owner *owner, size_t size)
{
    if (size > SIZE_MAX - sizeof(struct mem_link)) {
        out_of_memory(size);
    }
    struct mem_link *link = mem_alloc(sizeof *link + size);
    link->next = owner->first;
    if (owner->first != NULL) {
        owner->first->previous = link;
    }
    owner->first = link;
    return link + 1;
}

void mem_release(struct mem_owner *owner, void *block)
{
    if (block == NULL) {
        return;
    }
    struct mem_link *link = (struct mem_link *)block - 1;
    if (link->next != NULL) {
        link->next->previous = link->previous;
    }
    if (link->previous != NULL) {
        link->previous->next = link->next;
    } else {
        CHECK(owner->first == link);
        owner->first = link->next;
    }
    free(link);
}

void mem_release_all(struct mem_owner *owner)
{
    for (struct mem_link *link = owner->first, *next; link != NULL; link = next) {
        next = link->next;
        free(link);
    }
    owner->first = NULL;
}

bool mem_is_transparent(void)
{
    return SANITIZED || RUNNING_ON_VALGRIND;
}
