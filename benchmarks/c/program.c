/*
 * A program that costs nothing, in place of a real one: it answers at once, with no model behind it.
 *
 *   program --emit WORDS            writes one answer as claude does, and ends
 *   program ... --input-format ...  speaks claude's session protocol, one answer at a time
 *   program                         speaks the demonstration program's, many answers at a time
 *
 * A prompt with `demo: words=100 pause_ms=20 bytes=0` in it says how many words, the time between two,
 * and how long each is at least.  Each word is the time of its writing, in seconds since 1970.
 */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define ANSWERS 2048
#define LINE (1 << 20)

struct answer {
    long run, words, said, pause_us, bytes;
    long long due; /* on the monotonic clock, in microseconds */
};

static struct answer answers[ANSWERS];
static int under_way;
static int claude;
static char out[1 << 18];
static size_t filled;

static long long now_us(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return t.tv_sec * 1000000LL + t.tv_nsec / 1000;
}

static void flush(void)
{
    for (size_t done = 0; done < filled;) {
        ssize_t n = write(1, out + done, filled - done);
        if (n <= 0)
            exit(1); /* whoever asked has gone */
        done += n;
    }
    filled = 0;
}

static void say(const char *line)
{
    size_t length = strlen(line);
    if (filled + length + 1 > sizeof out)
        flush();
    memcpy(out + filled, line, length);
    filled += length;
    out[filled++] = '\n';
}

static long order(const char *text, const char *name, long otherwise)
{
    const char *found = text ? strstr(text, name) : NULL;
    return found ? atol(found + strlen(name)) : otherwise;
}

static void begin(long run, const char *text)
{
    struct answer *new = &answers[under_way++];
    new->run = run;
    new->words = order(text, "words=", 1);
    new->pause_us = order(text, "pause_ms=", 0) * 1000;
    new->bytes = order(text, "bytes=", 0);
    new->said = 0;
    new->due = now_us(CLOCK_MONOTONIC);
    char line[256];
    if (claude)
        snprintf(line, sizeof line, "{\"type\":\"stream_event\",\"event\":{\"type\":\"message_start\",\"message\":"
                 "{\"model\":\"fake\",\"content\":[],\"usage\":{\"input_tokens\":3,\"output_tokens\":1}}}}");
    else
        snprintf(line, sizeof line, "{\"type\":\"begun\",\"run\":%ld}", run);
    say(line);
}

static void word(struct answer *one)
{
    static char text[LINE / 2], line[LINE];
    long long stamp = now_us(CLOCK_REALTIME);
    int length = snprintf(text, 64, "%lld.%06lld ", stamp / 1000000, stamp % 1000000);
    for (; length < one->bytes && length < (int)sizeof text - 1; length++)
        text[length] = 'x';
    text[length] = 0;
    if (claude)
        snprintf(line, sizeof line,
                 "{\"type\":\"stream_event\",\"event\":{\"type\":\"content_block_delta\",\"index\":0,\"delta\":"
                 "{\"type\":\"text_delta\",\"text\":\"%s\"}},\"session_id\":\"0b5f7c1e-3a51-4d5c-9a1c-0c4b8e6f3d21\","
                 "\"parent_tool_use_id\":null,\"uuid\":\"8c1f7f0e-52b3-4a7b-8f0f-5d0b8a0f1c77\"}", text);
    else
        snprintf(line, sizeof line, "{\"type\":\"word\",\"run\":%ld,\"text\":\"%s\"}", one->run, text);
    say(line);
}

static void end(struct answer *one, int stopped)
{
    char line[512];
    if (claude)
        snprintf(line, sizeof line,
                 "{\"type\":\"result\",\"subtype\":\"%s\",\"is_error\":%s,\"num_turns\":1,\"result\":\"\","
                 "\"stop_reason\":\"end_turn\",\"usage\":{\"input_tokens\":3,\"output_tokens\":%ld}}",
                 stopped ? "error_during_execution" : "success", stopped ? "true" : "false", one->said);
    else
        snprintf(line, sizeof line,
                 "{\"type\":\"done\",\"run\":%ld,\"reason\":\"%s\",\"asked\":1,\"answered\":%ld}",
                 one->run, stopped ? "stopped" : "all", one->said);
    say(line);
    *one = answers[--under_way];
}

static void stop(long run)
{
    for (int i = 0; i < under_way; i++)
        if (claude || answers[i].run == run) {
            end(&answers[i], 1);
            return;
        }
}

/* What is due is said; gives the milliseconds until something is again, -1 for never. */
static int tick(void)
{
    long long now = now_us(CLOCK_MONOTONIC), next = -1;
    for (int i = 0; i < under_way;) {
        struct answer *one = &answers[i];
        if (one->due <= now) {
            one->due += one->pause_us;
            if (one->said >= one->words) {
                end(one, 0);
                continue;
            }
            one->said++;
            word(one);
        }
        if (next < 0 || one->due < next)
            next = one->due;
        i++;
    }
    flush();
    return next < 0 ? -1 : next <= now ? 0 : (int)((next - now + 999) / 1000);
}

static void told_as_claude(const char *line)
{
    static char answer[LINE];
    const char *id = strstr(line, "\"request_id\":\"");
    if (strstr(line, "\"control_request\"") && id) {
        id += strlen("\"request_id\":\"");
        snprintf(answer, sizeof answer,
                 "{\"type\":\"control_response\",\"response\":{\"subtype\":\"success\",\"request_id\":\"%.*s\","
                 "\"response\":{\"claude_code_version\":\"2.1.330\",\"model\":\"fake\","
                 "\"account\":{\"apiKeySource\":\"none\"}}}}", (int)strcspn(id, "\""), id);
        if (strstr(line, "\"interrupt\""))
            stop(0);
        say(answer);
    } else if (strstr(line, "\"type\":\"user\""))
        begin(0, strstr(line, "demo:"));
}

static void told_as_demo(const char *line)
{
    long run = order(line, "\"run\":", 0);
    if (strstr(line, "\"hello\""))
        say("{\"type\":\"ready\",\"version\":\"1\"}");
    else if (strstr(line, "\"ask\""))
        begin(run, strstr(line, "demo:"));
    else if (strstr(line, "\"stop\""))
        stop(run);
}

int main(int count, char **arguments)
{
    static char line[LINE];
    size_t length = 0;
    for (int i = 1; i < count; i++)
        claude = claude || strstr(arguments[i], "--input-format") || !strcmp(arguments[i], "--emit");
    if (count > 2 && !strcmp(arguments[1], "--emit")) {
        begin(0, arguments[2]);
        for (int wait; (wait = tick()) >= 0;)
            poll(NULL, 0, wait);
        return 0;
    }
    for (int wait = -1;; wait = tick()) {
        struct pollfd input = {.fd = 0, .events = POLLIN};
        if (poll(&input, 1, wait) <= 0)
            continue;
        ssize_t n = read(0, line + length, sizeof line - length - 1);
        if (n <= 0)
            return 0;
        line[length += n] = 0;
        char *from = line;
        for (char *newline; (newline = strchr(from, '\n')); from = newline + 1) {
            *newline = 0;
            (claude ? told_as_claude : told_as_demo)(from);
        }
        memmove(line, from, length -= from - line);
    }
}
