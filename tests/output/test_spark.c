#include "output/spark.h"

#include <math.h>

#include "output/page.h"

static struct page page;

static const char *drawn(const struct spark *spark, int width)
{
    page_begin(&page);
    spark_draw(spark, &page.text, width);
    return page_end(&page);
}

static void a_ramp_climbs(void)
{
    struct spark spark;
    spark_init(&spark, SPARK_MEAN);
    for (int i = 0; i < 8; i++) {
        spark_add(&spark, i);
    }
    CU_ASSERT_STRING_EQUAL(drawn(&spark, 8), "▁▂▃▄▅▆▇█");
    CU_ASSERT_STRING_EQUAL(drawn(&spark, 16), "▁▁▂▂▃▃▄▄▅▅▆▆▇▇██");
}

static void nothing_is_drawn_of_nothing(void)
{
    struct spark spark;
    spark_init(&spark, SPARK_MEAN);
    CU_ASSERT_STRING_EQUAL(drawn(&spark, 3), "   ");
    spark_add(&spark, 0);
    spark_add(&spark, NAN);
    CU_ASSERT_STRING_EQUAL(drawn(&spark, 3), "▁▁▁");
}

/* However long the run, neither a peak nor the mean is lost when bins are put together. */
static void long_runs_keep_peaks_and_means(void)
{
    struct spark peaks, means;
    spark_init(&peaks, SPARK_MAX);
    spark_init(&means, SPARK_MEAN);
    for (int i = 0; i < 128 * 1024; i++) {
        spark_add(&peaks, i == 77777 ? 9 : 1);
        spark_add(&means, i % 2 == 0 ? 0 : 10);
    }
    CU_ASSERT(peaks.count <= SPARK_BINS);
    double most = 0, sum = 0;
    for (int i = 0; i < peaks.count; i++) {
        most = fmax(most, peaks.bins[i]);
        sum += means.bins[i];
    }
    CU_ASSERT_EQUAL(most, 9);
    CU_ASSERT_EQUAL(sum / means.count, 5);
}

int main(void)
{
    static const struct unit_test tests[] = {
        { "a ramp climbs", a_ramp_climbs },
        { "nothing is drawn of nothing", nothing_is_drawn_of_nothing },
        { "long runs keep peaks and means", long_runs_keep_peaks_and_means },
        UNIT_END
    };
    return unit_main("output/spark", tests);
}
