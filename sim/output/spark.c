#include "output/spark.h"

#include <math.h>

void spark_init(struct spark *spark, enum spark_kind kind)
{
    *spark = (struct spark){ .kind = kind, .per_bin = 1, .least = INFINITY, .most = -INFINITY };
}

static double together(const struct spark *spark, double a, double b)
{
    return spark->kind == SPARK_MAX ? fmax(a, b) : (a + b) / 2;
}

static void halve(struct spark *spark)
{
    for (int i = 0; i < SPARK_BINS / 2; i++) {
        spark->bins[i] = together(spark, spark->bins[2 * i], spark->bins[2 * i + 1]);
    }
    spark->count = SPARK_BINS / 2;
    spark->per_bin *= 2;
}

static void close_bin(struct spark *spark)
{
    if (spark->count == SPARK_BINS) {
        halve(spark);
    }
    if (spark->in_bin == spark->per_bin) {
        spark->bins[spark->count++] = spark->kind == SPARK_MAX ? spark->max : spark->sum / (double)spark->in_bin;
        spark->in_bin = 0;
    }
}

void spark_add(struct spark *spark, double value)
{
    value = isnan(value) ? 0 : value;
    spark->sum = spark->in_bin == 0 ? value : spark->sum + value;
    spark->max = spark->in_bin == 0 ? value : fmax(spark->max, value);
    spark->in_bin++;
    spark->least = fmin(spark->least, value);
    spark->most = fmax(spark->most, value);
    if (spark->in_bin == spark->per_bin) {
        close_bin(spark);
    }
}

/* The bins from `from` until before `until` as one value. */
static double value_between(const struct spark *spark, int from, int until)
{
    double value = spark->bins[from];
    for (int i = from + 1; i < until; i++) {
        value = spark->kind == SPARK_MAX ? fmax(value, spark->bins[i]) : value + spark->bins[i];
    }
    return spark->kind == SPARK_MAX ? value : value / (until > from ? until - from : 1);
}

void spark_draw(const struct spark *spark, struct text *text, int width)
{
    static const char *const blocks[] = { "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█" };
    if (spark->count == 0) {
        text_repeat(text, " ", width);
        return;
    }
    for (int i = 0; i < width; i++) {
        double value = value_between(spark, i * spark->count / width, (i + 1) * spark->count / width);
        double share = spark->most > 0 ? value / spark->most : 0;
        int block = (int)(share * 8);
        text_put(text, blocks[block < 0 ? 0 : block > 7 ? 7 : block]);
    }
}
