#include "chain.h"

#include <stdio.h>
#include <stdlib.h>

static void bars(int count, int buckets[CHAINS][64], int bucket, double low, double high, const int *most) {
    printf("%8.2f - %-8.2f", low, high);
    for (int c = 0; c < count; c++) {
        int length = most[c] ? (buckets[c][bucket] * 40 + most[c] - 1) / most[c] : 0;
        printf(" |%.*s%*s", length, "########################################", 40 - length, "");
    }
    printf("\n");
}

// Both on one scale of time, in steps of a quarter more; each one's fullest step has the longest bar.
static void plot(const struct times *chains, int count, int verb) {
    enum { STEPS = 64 };
    static const double FIRST = 0.25, STEP = 1.25;
    int buckets[CHAINS][STEPS] = {{0}}, most[CHAINS] = {0}, lowest = STEPS, highest = -1;
    for (int c = 0; c < count; c++) {
        for (int i = 0; i < chains[c].count[verb]; i++) {
            int bucket = 0;
            double limit = FIRST;
            while (chains[c].ms[verb][i] >= limit && bucket < STEPS - 1) {
                limit *= STEP;
                bucket++;
            }
            if (++buckets[c][bucket] > most[c]) most[c] = buckets[c][bucket];
            if (bucket < lowest) lowest = bucket;
            if (bucket > highest) highest = bucket;
        }
    }
    printf("\n%s, ms               ", verb ? "DEL" : "ADD");
    for (int c = 0; c < count; c++) printf("%-42s", chains[c].name);
    printf("\n");
    double limit = FIRST;
    for (int b = 0; b <= highest; b++, limit *= STEP) {
        if (b >= lowest) bars(count, buckets, b, b ? limit / STEP : 0, limit, most);
    }
}

void report_times(struct times *chains, int count) {
    for (int verb = ADD; verb <= DEL; verb++) plot(chains, count, verb);
    printf("\n%-14s %-4s %9s %9s %9s %9s %9s\n", "", "ms", "calls", "p50", "p90", "p99", "max");
    for (int verb = ADD; verb <= DEL; verb++) {
        for (int c = 0; c < count; c++) qsort(chains[c].ms[verb], (size_t)chains[c].count[verb], sizeof(double), compare_times);
        const struct times *peer = &chains[count - 1];
        for (int c = 0; c < count; c++) {
            int n = chains[c].count[verb];
            const double *v = chains[c].ms[verb];
            if (!n) continue;
            printf("%-14s %-4s %9d %9.2f %9.2f %9.2f %9.2f", chains[c].name, verb ? "DEL" : "ADD", n, percentile(v, n, 50),
                percentile(v, n, 90), percentile(v, n, 99), v[n - 1]);
            if (c < count - 1 && peer->count[verb]) {
                int m = peer->count[verb];
                printf("   %s takes %.1f times as long at p50, %.1f at p99", peer->name, percentile(peer->ms[verb], m, 50) / percentile(v, n, 50),
                    percentile(peer->ms[verb], m, 99) / percentile(v, n, 99));
            }
            printf("\n");
        }
    }
}
