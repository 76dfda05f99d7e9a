#include <stdio.h>
#include <string.h>

#include "base/suggest.h"
#include "cli/args.h"
#include "cli/command.h"

/* The manual page and the help on the terminal are two renderings of the same tables and texts. */

enum { WIDTH = 80 };

static const char about[] =
    "ecsim simulates Amazon ECS services that scale by themselves, with scale-in protection, in simulated time: what "
    "a policy costs, how late jobs are, and which busy tasks are stopped. It needs no account and no network.";

static const struct {
    int status;
    const char *meaning;
} statuses[] = {
    { STATUS_OK, "all went well" },
    { STATUS_EXPECTATION_FAILED, "an expectation of the scenario failed" },
    { STATUS_USAGE, "wrong usage, or an output folder with files that are not ours" },
    { STATUS_BAD_INPUT, "bad scenario or input" },
    { STATUS_OUTPUT_FAILED, "output could not be written" },
    { STATUS_INTERRUPTED, "interrupted; the files are whole" },
};

static const char environment[] =
    "The folder with 'scenarios' and 'plots', where they are not beside the program.";

/* ---- terminal ----------------------------------------------------------------------------------------------- */

/* The words of `text` in lines of WIDTH, from column `indent` on, where the caller stands already. */
static void print_wrapped(const char *text, int indent)
{
    int column = indent;
    while (*text != '\0') {
        int length = (int)strcspn(text, " ");
        if (column > indent && column + 1 + length > WIDTH) {
            printf("\n%*s", indent, "");
            column = indent;
        } else if (column > indent) {
            putchar(' ');
            column++;
        }
        printf("%.*s", length, text);
        column += length;
        text += length;
        text += strspn(text, " ");
    }
    putchar('\n');
}

enum { OPTION_INDENT = 24 };

static void print_option(const struct option *option)
{
    char head[64];
    snprintf(head, sizeof head, "--%s %s", option->name, option->value != NULL ? option->value : "");
    printf("  %-*s", OPTION_INDENT - 2, head);
    print_wrapped(option->help, OPTION_INDENT);
}

static void print_overview(void)
{
    print_wrapped(about, 0);
    printf("\nusage: ecsim COMMAND [OPTION]...\n\n");
    for (size_t i = 0; i < command_count; i++) {
        char head[64];
        snprintf(head, sizeof head, "%s %s", commands[i]->name, commands[i]->operands);
        printf("  %-22s%s\n", head, commands[i]->summary);
    }
    printf("\nexit status:\n");
    for (size_t i = 0; i < sizeof statuses / sizeof statuses[0]; i++) {
        printf("  %-6d%s\n", statuses[i].status, statuses[i].meaning);
    }
    printf("\n'ecsim help COMMAND' tells more.\n");
}

static void print_command(const struct command *command)
{
    printf("usage: ecsim %s %s%s[OPTION]...\n\n", command->name, command->operands,
           command->operands[0] != '\0' ? " " : "");
    print_wrapped(command->text, 0);
    printf("\n");
    for (size_t i = 0; i < option_count; i++) {
        if (command_takes(command, option_table[i].name)) {
            print_option(&option_table[i]);
        }
    }
}

/* ---- manual page -------------------------------------------------------------------------------------------- */

/* troff takes a dash for a hyphen, a backslash for its own, and a dot or quote at the start of a line for a request. */
static void print_troff(const char *text)
{
    if (*text == '.' || *text == '\'') {
        printf("\\&");
    }
    for (; *text != '\0'; text++) {
        if (*text == '-') {
            printf("\\-");
        } else if (*text == '\\') {
            printf("\\e");
        } else {
            putchar(*text);
        }
    }
}

static void print_troff_line(const char *before, const char *text)
{
    printf("%s", before);
    print_troff(text);
    putchar('\n');
}

static void print_manual_command(const struct command *command)
{
    printf(".SS \"ecsim %s%s%s\"\n", command->name, command->operands[0] != '\0' ? " " : "", command->operands);
    print_troff_line("", command->text);
    for (size_t i = 0; i < option_count; i++) {
        const struct option *option = &option_table[i];
        if (command_takes(command, option->name)) {
            printf(".TP\n.B \\-\\-%s", option->name);
            printf("%s%s\n", option->value != NULL ? " " : "", option->value != NULL ? option->value : "");
            print_troff_line("", option->help);
        }
    }
}

static void print_manual(void)
{
    printf(".TH ECSIM 1 \"\" \"ecsim %s\" \"User Commands\"\n", ECSIM_VERSION);
    printf(".SH NAME\necsim \\- simulate Amazon ECS service auto scaling with task scale\\-in protection\n");
    printf(".SH SYNOPSIS\n");
    for (size_t i = 0; i < command_count; i++) {
        printf("%s.B ecsim %s\n", i > 0 ? ".br\n" : "", commands[i]->name);
        printf("%s%s[OPTION]...\n", commands[i]->operands, commands[i]->operands[0] != '\0' ? " " : "");
    }
    print_troff_line(".SH DESCRIPTION\n", about);
    printf(".PP\nOptions may stand on either side of the command.\n");
    printf(".SH COMMANDS\n");
    for (size_t i = 0; i < command_count; i++) {
        print_manual_command(commands[i]);
    }
    printf(".SH ENVIRONMENT\n");
    print_troff_line(".TP\n.B ECSIM_DATA\n", environment);
    print_troff_line(".TP\n.B NO_COLOR\n", "If set, the report has no colour on a terminal either.");
    printf(".SH EXIT STATUS\n");
    for (size_t i = 0; i < sizeof statuses / sizeof statuses[0]; i++) {
        printf(".TP\n.B %d\n", statuses[i].status);
        print_troff_line("", statuses[i].meaning);
    }
}

static enum exit_status no_such_topic(const char *topic)
{
    const char *names[16];
    for (size_t i = 0; i < command_count; i++) {
        names[i] = commands[i]->name;
    }
    const char *nearest = suggest_nearest(topic, names, command_count);
    return nearest != NULL
        ? complain(STATUS_USAGE, "no help on '%s', did you mean '%s'?", topic, nearest)
        : complain(STATUS_USAGE, "no help on '%s'; 'ecsim help' lists the commands", topic);
}

static enum exit_status cmd_help(const struct args *args)
{
    const char *topic = args->operand_count > 0 ? args->operands[0] : NULL;
    if (topic == NULL) {
        print_overview();
        return STATUS_OK;
    }
    if (strcmp(topic, "man") == 0) {
        print_manual();
        return STATUS_OK;
    }
    const struct command *command = command_find(topic);
    if (command == NULL) {
        return no_such_topic(topic);
    }
    print_command(command);
    return STATUS_OK;
}

const struct command command_help = {
    .name = "help",
    .operands = "[COMMAND]",
    .summary = "explain the program or one of its commands",
    .text = "Without a word: the commands. With one: what it does and its options. 'ecsim help man' prints all of it as a "
            "manual page.",
    .operands_least = 0,
    .operands_most = 1,
    .options = "help",
    .run = cmd_help,
};
