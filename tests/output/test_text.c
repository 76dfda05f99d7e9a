#include "output/text.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "output/page.h"

static struct page page;

static void long_texts_arrive_whole(void)
{
    page_begin(&page);
    for (int i = 0; i < 20000; i++) {
        text_printf(&page.text, "%05d,", i);
    }
    const char *content = page_end(&page);
    CU_ASSERT_EQUAL(strlen(content), 120000);
    char expected[8];
    for (int i = 0; i < 20000; i += 777) {
        snprintf(expected, sizeof expected, "%05d,", i);
        CU_ASSERT_EQUAL(strncmp(content + 6 * i, expected, 6), 0);
    }
}

static void a_file_size_limit_is_an_error_and_stays_one(void)
{
    struct rlimit before, small;
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &before);
    small = before;
    small.rlim_cur = 100 * 1024;
    FILE *file = tmpfile();
    struct text text;
    text_init(&text, fileno(file));
    setrlimit(RLIMIT_FSIZE, &small);
    text_repeat(&text, "0123456789", 20 * 1024);
    bool flushed = text_flush(&text);
    setrlimit(RLIMIT_FSIZE, &before);
    CU_ASSERT_FALSE(flushed);
    CU_ASSERT_EQUAL(text.failure, EFBIG);
    /* The limit is gone, yet what is missing cannot come back: the failure stands. */
    text_put(&text, "more");
    CU_ASSERT_FALSE(text_flush(&text));
    text_finish(&text);
    fclose(file);
}

static void a_full_device_is_an_error(void)
{
    int fd = open("/dev/full", O_WRONLY);
    CU_ASSERT_FATAL(fd >= 0);
    struct text text;
    text_init(&text, fd);
    text_put(&text, "nowhere to go");
    CU_ASSERT_FALSE(text_flush(&text));
    CU_ASSERT_EQUAL(text.failure, ENOSPC);
    text_finish(&text);
    close(fd);
}

static void a_reader_that_left_is_an_error(void)
{
    int ends[2];
    signal(SIGPIPE, SIG_IGN);
    CU_ASSERT_EQUAL_FATAL(pipe(ends), 0);
    close(ends[0]);
    struct text text;
    text_init(&text, ends[1]);
    text_put(&text, "anybody?");
    CU_ASSERT_FALSE(text_flush(&text));
    CU_ASSERT_EQUAL(text.failure, EPIPE);
    text_finish(&text);
    close(ends[1]);
}

int main(void)
{
    static const struct unit_test tests[] = {
        { "long texts arrive whole", long_texts_arrive_whole },
        { "a file size limit is an error and stays one", a_file_size_limit_is_an_error_and_stays_one },
        { "a full device is an error", a_full_device_is_an_error },
        { "a reader that left is an error", a_reader_that_left_is_an_error },
        UNIT_END
    };
    return unit_main("output/text", tests);
}
