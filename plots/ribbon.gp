# Figure 3, the metric and alarm ribbon: each metric as its alarms saw it, when they saw it, and what they made of it.

load plots."/style.gp"

plot_height = ribbons == 1 ? 240 : ribbons <= 4 ? 150 : 100
band_height = 15; band_gap = 16; title_height = 34; gap = 14
rows_of(i) = bands[i] * (band_height + band_gap)
panel_height(i) = title_height + plot_height + 6 + rows_of(i) + gap
all_panels = 0.0
do for [i = 1:ribbons] { all_panels = all_panels + panel_height(i) }
height = top + all_panels + bottom - gap - 20
eval(open_paper)
set output figure
set multiplot

eval(head)
eval(legend_line(1, 0, 1, "lw 2 lc rgb 'black'", "as the alarm saw it"))
eval(legend_line(2, 190, 1, "lw 1.2 lc rgb grey", "true value, when it was so"))
eval(legend_line(3, 430, 1, "lw 1.5 dt 2 lc rgb vermillion", "threshold"))
eval(legend_area(4, 0, 2, "fs solid 1 border lc rgb grey fc rgb 'white'", "OK"))
eval(legend_area(5, 85, 2, "fs pattern 1 border lc rgb vermillion fc rgb vermillion", "ALARM"))
eval(legend_area(6, 190, 2, "fs solid 1 noborder fc rgb grey_light", "INSUFFICIENT_DATA"))
eval(paint_head)

# Each panel has data blocks of its own, so its plot commands are made of texts.
x(seconds) = start + seconds
plot_metric(i) = sprintf("plot $seen%d using (x($2)):3 with steps lw 1.2 lc rgb grey, ".\
    "$seen%d using (x($1)):3 with steps lw %g lc rgb 'black', ".\
    "for [row = 1:%d] threshold[10 * %d + row] with lines lw 1.5 dt 2 lc rgb vermillion", i, i, bin > 4 ? 0.3 : bin > 1 ? 0.8 : 1.5, bands[i], i)
boxes(i, row, state, style) = sprintf("$bands%d using ($1 == %d && $4 == %d ? x($2) : NaN):(0.5):(x($2)):(x($3)):(0):(1) ".\
    "with boxxy %s", i, row, state, style)
plot_band(i, row) = "plot ".boxes(i, row, 2, "fs solid 1 noborder fc rgb grey_light").", ".\
    boxes(i, row, 1, "fs pattern 1 border lc rgb vermillion fc rgb vermillion").", ".\
    boxes(i, row, 0, "fs solid 1 noborder fc rgb 'white'")

from_top = top - 20
do for [i = 1:ribbons] {
    # The metric.
    from_top = from_top + title_height
    set tmargin at screen sy(from_top); set bmargin at screen sy(from_top + plot_height)
    set label 1 metric[i] at screen sx(left), sy(from_top - 12) font ",13"
    set border 3
    ceiling = most[i] * 1.08
    set yrange [0:ceiling]
    eval(tics("y", step_to(ceiling)))
    eval(time_tics)
    set format x ""
    eval(plot_metric(i))
    unset label 1
    from_top = from_top + plot_height + 6

    # Its alarms.
    do for [row = 1:bands[i]] {
        from_top = from_top + band_gap
        set tmargin at screen sy(from_top); set bmargin at screen sy(from_top + band_height)
        set label 1 alarm_name[10 * i + row] at screen sx(left), sy(from_top - 8) font ",10" tc rgb grey_dark
        set border 15 lc rgb grey
        set yrange [0:1]
        unset ytics
        eval(time_tics)
        last_one = i == ribbons && row == bands[i]
        set xtics textcolor rgb "black"
        unset mxtics
        eval(last_one ? tic_labels : "set format x ''; set xtics scale 0")
        eval(plot_band(i, row))
        unset label 1
        set border 3 lc rgb "black"
        from_top = from_top + band_height
    }
    from_top = from_top + gap
}
unset multiplot
