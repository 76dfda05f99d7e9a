#include "analytic/formula.h"

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

double erlang_b(int servers, double offered)
{
    double blocked = 1;          /* by its recursion over the number of servers */
    for (int i = 1; i <= servers; i++) {
        blocked = offered * blocked / (i + offered * blocked);
    }
    return blocked;
}

double erlang_c(int servers, double offered)
{
    double blocked = erlang_b(servers, offered);
    return blocked / (1 - offered / servers * (1 - blocked));
}

double erlang_c_wait(int servers, double offered)
{
    return erlang_c(servers, offered) / (servers - offered);
}

/* An arrival waits with chance sigma, the root below 1 of sigma = (transform of the gap at 1 - sigma). */
double nth_arrival_wait(int n, double load)
{
    double sigma = load;
    for (int i = 0; i < 10000; i++) {
        double rate = n * load;
        sigma = pow(rate / (rate + 1 - sigma), n);
    }
    return sigma / (1 - sigma);
}

enum { LINE_MAX_LENGTH = 60 };

/* The chain of (shorter, longer) line, one small step of its time. */
static void step_of_chain(double from[LINE_MAX_LENGTH + 1][LINE_MAX_LENGTH + 1],
                          double to[LINE_MAX_LENGTH + 1][LINE_MAX_LENGTH + 1], double load)
{
    double arrivals = 2 * load, all = arrivals + 2;
    for (int i = 0; i <= LINE_MAX_LENGTH; i++) {
        for (int j = i; j <= LINE_MAX_LENGTH; j++) {
            double p = from[i][j] / all;
            bool full = i == LINE_MAX_LENGTH;
            int shorter = full ? i : i + 1;
            to[shorter < j ? shorter : j][shorter < j ? j : shorter] += arrivals * p;
            to[i > 0 ? i - 1 : 0][j] += p;
            to[i < j ? i : j > 0 ? j - 1 : 0][i < j ? j - 1 : j] += p;
        }
    }
}

double shorter_line_time(double load)
{
    static const int STEPS = 6000;
    double chances[2][LINE_MAX_LENGTH + 1][LINE_MAX_LENGTH + 1] = { { { 1 } } };
    for (int step = 0; step < STEPS; step++) {
        memset(chances[(step + 1) % 2], 0, sizeof chances[0]);
        step_of_chain(chances[step % 2], chances[(step + 1) % 2], load);
    }
    double jobs = 0;
    for (int i = 0; i <= LINE_MAX_LENGTH; i++) {
        for (int j = i; j <= LINE_MAX_LENGTH; j++) {
            jobs += (i + j) * chances[STEPS % 2][i][j];
        }
    }
    return jobs / (2 * load);    /* Little */
}

double poisson_above(double mean, int b)
{
    double term = exp(-mean), sum = 0;
    for (int i = 0; i <= b; i++) {
        sum += term;
        term *= mean / (i + 1);
    }
    return 1 - sum;
}

double harmonic(int n)
{
    return n > 0 ? harmonic(n - 1) + 1.0 / n : 0;
}

double residual_exponential(double mean, double x)
{
    return 1 - exp(-x / mean);
}

double residual_gamma(double mean, double cv, double x)
{
    double shape = 1 / (cv * cv), scale = mean / shape;
    return gsl_cdf_gamma_P(x, shape + 1, scale) + x / mean * gsl_cdf_gamma_Q(x, shape, scale);
}
