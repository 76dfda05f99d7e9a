#include "cli/seed.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool draw(uint64_t *seed, struct error *err)
{
    uint32_t drawn;
    int fd = open("/dev/urandom", O_RDONLY | O_CLOEXEC);
    bool fine = fd >= 0 && read(fd, &drawn, sizeof drawn) == (ssize_t)sizeof drawn;
    int reason = errno;
    if (fd >= 0) {
        close(fd);
    }
    if (!fine) {
        return error_set(err, "cannot draw a seed: %s", strerror(reason));
    }
    *seed = drawn;
    return true;
}

bool seed_parse(const char *text, uint64_t *seed, struct error *err)
{
    if (text == NULL) {
        *seed = 1;
        return true;
    }
    if (strcmp(text, "random") == 0) {
        return draw(seed, err);
    }
    errno = 0;
    unsigned long long number = strtoull(text, NULL, 10);
    if (text[0] == '\0' || text[strspn(text, "0123456789")] != '\0' || errno == ERANGE) {
        return error_set(err, "--seed '%s': expected a whole number below 2^64, or random", text);
    }
    *seed = number;
    return true;
}
