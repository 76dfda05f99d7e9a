#include "analytic/sample.h"

#include <gsl/gsl_cdf.h>
#include <math.h>

#include "base/check.h"

static double mean_of(const struct sample *sample)
{
    double sum = 0;
    for (int i = 0; i < sample->count; i++) {
        sum += sample->values[i];
    }
    return sum / sample->count;
}

static double standard_error(const struct sample *sample, double mean)
{
    double squares = 0;
    for (int i = 0; i < sample->count; i++) {
        squares += (sample->values[i] - mean) * (sample->values[i] - mean);
    }
    return sqrt(squares / (sample->count - 1) / sample->count);
}

struct sample_verdict sample_judge(const struct sample *sample, double expected, double half_width_most)
{
    CHECK(sample->count >= 2 && sample->count <= SAMPLE_MAX);
    double mean = mean_of(sample), error = standard_error(sample, mean);
    struct sample_verdict verdict = {
        .mean = mean, .expected = expected, .t = (mean - expected) / error,
        .half_width = gsl_cdf_tdist_Pinv(0.975, sample->count - 1) * error / fabs(expected),
    };
    /* False for NaN, too: of an undefined number, or of runs that do not differ. */
    verdict.agrees = fabs(verdict.t) < 3.5 && verdict.half_width <= half_width_most;
    return verdict;
}
