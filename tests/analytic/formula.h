/* What theory knows, in closed form or by a small numerical solution. Mean services take a second unless said otherwise. */
#ifndef ANALYTIC_FORMULA_H
#define ANALYTIC_FORMULA_H

double erlang_b(int servers, double offered);        /* chance that all servers are busy, and an arrival is lost */
double erlang_c(int servers, double offered);        /* that it must wait; offered < servers */
double erlang_c_wait(int servers, double offered);   /* mean wait in line */

/* One server fed by every n-th arrival of a Poisson process, exponential service: mean wait in line (E_n/M/1). */
double nth_arrival_wait(int n, double load);

/* Two exponential servers, each arrival joins the shorter line: mean time in system, by the stationary chain. */
double shorter_line_time(double load);

double poisson_above(double mean, int b);            /* P(Poisson > b) */
double harmonic(int n);                              /* 1 + 1/2 + ... + 1/n */

/* Work that is met at a random instant, of mean `mean`: the share that has no more than x left (F1), (1/mean) times the
 * integral of P(S > y) from 0 to x, which is E[min(S, x)] / mean. */
double residual_exponential(double mean, double x);
double residual_gamma(double mean, double cv, double x);

#endif
