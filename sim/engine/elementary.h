/* log, exp, cos of plain IEEE arithmetic: the same bits on every machine, which libm does not promise. Errors below 2 ulp
 * on the ranges that random variates need. */
#ifndef ENGINE_ELEMENTARY_H
#define ENGINE_ELEMENTARY_H

double elementary_log(double x);                     /* x > 0 */
double elementary_exp(double x);                     /* 0 below -745, infinity above 709.78 */
double elementary_cos(double x);                     /* abs(x) <= 1e6 */

#endif
