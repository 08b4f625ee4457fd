/*
 * The floor: what carrying a program's output to a client costs with nothing in between.
 *
 *   splice PROGRAM    listens on 127.0.0.1 at a port of its own choice, which it prints
 *
 * Each connection gets a `PROGRAM --emit WORDS` of its own, WORDS being what follows `demo:` in its
 * request, and from then on splice(2) moves the pipe's bytes to the socket.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define FILES 65536

static int socket_of[FILES]; /* by a pipe's descriptor; 0 for a socket whose request is awaited */
static int epoll;

static void watch(int fd)
{
    struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
    epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
}

static void unwatch(int fd)
{
    epoll_ctl(epoll, EPOLL_CTL_DEL, fd, NULL);
}

static void take(int listener)
{
    int one = 1, fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    socket_of[fd] = 0;
    watch(fd);
}

static void start(int fd, char *program)
{
    static char request[65536];
    int ends[2];
    ssize_t n = read(fd, request, sizeof request - 1);
    unwatch(fd);
    request[n > 0 ? n : 0] = 0;
    char *words = strstr(request, "demo:");
    if (!words || pipe2(ends, O_CLOEXEC)) {
        close(fd);
        return;
    }
    words[strcspn(words, "\"")] = 0;
    if (!vfork()) {
        dup2(ends[1], 1);
        execl(program, program, "--emit", words, NULL);
        _exit(1);
    }
    close(ends[1]);
    socket_of[ends[0]] = fd;
    watch(ends[0]);
}

static void carry(int pipe)
{
    int fd = socket_of[pipe];
    if (splice(pipe, NULL, fd, NULL, 65536, SPLICE_F_MOVE) > 0)
        return;
    unwatch(pipe);
    close(pipe);
    socket_of[pipe] = 0;
    shutdown(fd, SHUT_RDWR); /* a child that is just being started may hold it still */
    close(fd);
}

int main(int count, char **arguments)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (count < 2 || bind(listener, (void *)&address, sizeof address) || listen(listener, 512))
        return 1;
    getsockname(listener, (void *)&address, &length);
    printf("%d\n", ntohs(address.sin_port));
    fflush(stdout);
    signal(SIGCHLD, SIG_IGN);
    signal(SIGPIPE, SIG_IGN);
    epoll = epoll_create1(EPOLL_CLOEXEC);
    watch(listener);
    for (struct epoll_event events[128];;) {
        int n = epoll_wait(epoll, events, 128, -1);
        for (int i = 0; i < n; i++) {
            int fd = events[i].data.fd;
            if (fd == listener)
                take(fd);
            else if (socket_of[fd])
                carry(fd);
            else
                start(fd, arguments[1]);
        }
    }
}
