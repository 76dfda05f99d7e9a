/* usage: peak COMMAND [ARGUMENT...]
 * Runs a command and prints the most memory that it had resident, in KB. */
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>

extern char **environ;

int main(int argc, char **argv)
{
    pid_t child;
    int status;
    struct rusage usage;
    if (argc < 2 || posix_spawnp(&child, argv[1], NULL, NULL, argv + 1, environ) != 0) {
        fprintf(stderr, "peak: no such command\n");
        return 2;
    }
    if (waitpid(child, &status, 0) < 0 || !WIFEXITED(status) || WEXITSTATUS(status) != 0 ||
        getrusage(RUSAGE_CHILDREN, &usage) != 0) {
        fprintf(stderr, "peak: %s failed\n", argv[1]);
        return 1;
    }
    printf("%ld\n", usage.ru_maxrss);
    return 0;
}
