/* A text whose bytes come back as a string: what the writers under test have written. */
#ifndef TESTS_OUTPUT_PAGE_H
#define TESTS_OUTPUT_PAGE_H

#include <stdio.h>
#include <unistd.h>

#include "lib/unit.h"
#include "output/text.h"

struct page {
    FILE *file;
    struct text text;
    char content[256 * 1024];
};

static inline void page_begin(struct page *page)
{
    page->file = tmpfile();
    CU_ASSERT_PTR_NOT_NULL_FATAL(page->file);
    text_init(&page->text, fileno(page->file));
}

/* All that was written; the page is finished. */
static inline const char *page_end(struct page *page)
{
    CU_ASSERT_TRUE(text_flush(&page->text));
    CU_ASSERT_EQUAL_FATAL(lseek(fileno(page->file), 0, SEEK_SET), 0);
    ssize_t length = read(fileno(page->file), page->content, sizeof page->content - 1);
    CU_ASSERT_FATAL(length >= 0);
    page->content[length] = '\0';
    text_finish(&page->text);
    fclose(page->file);
    return page->content;
}

#endif
