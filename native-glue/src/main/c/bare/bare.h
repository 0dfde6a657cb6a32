/*
 * The launcher without a C library.
 *
 * A static glibc program executes CPUID some 75 times before main, to choose its memcpy and to size caches. In a virtual machine each
 * is an exit to the hypervisor (8 us measured), together 0.65 ms: more than all the rest of a CNI call's client side. So on the machines
 * listed here the few functions that the launcher uses are defined in this directory, with the C library's headers, names and meaning.
 * Everywhere else, and for the sanitizers, the same sources are linked with the C library (make HOSTED=1).
 *
 * Not here: threads, thread-local storage (errno is a plain variable), stdio, locales, free().
 */
#ifndef BARE_H
#define BARE_H

long bare_syscall(long number, long a, long b, long c, long d, long e, long f);
long bare_result(long result);

#endif
