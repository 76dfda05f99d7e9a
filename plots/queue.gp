# Figure 2, the queue: how many messages wait and how many are worked on, and how long the oldest job has been there.

load plots."/style.gp"

right = 86
plot_height = queues == 1 ? 300 : queues <= 4 ? 170 : 120; gap = 44
panel_height = plot_height + gap
height = top + queues * panel_height + bottom - gap
eval(open_paper)
set output figure
set multiplot

eval(head)
eval(legend_area(1, 0, 1, "fs solid 1 noborder fc rgb sky", "visible"))
eval(legend_line(2, 155, 1, "lw 1.5 lc rgb blue", "in flight"))
eval(legend_line(3, 318, 1, "lw 1.8 lc rgb 'black'", "age of the oldest job (right axis)"))
if (slo > 0) {
    eval(legend_line(4, 0, 2, "lw 1.5 dt 2 lc rgb vermillion", "SLO (right axis)"))
    eval(legend_area(5, 155, 2, "fs solid 1 noborder fc rgb grey_light", "minutes in which it was missed"))
}
eval(paint_head)

# The rows of one queue: bin of the picture, minute, visible, in flight, age, 1 where the SLO is missed. Values are of the
# instant at a minute's end, and drawn there. Lines need wider bins than areas to be lines.
wide = bin > 1 ? 3 * bin : 1
wide_bin(seconds) = wide * floor(seconds / 60 / wide)
read_rows = "set table $rows; set datafile separator comma; set datafile columnheaders; plot folder.'/timeline.csv' using ".\
    "(wide_bin(column('time'))):(column('time') / 60):(column('visible')):(column('in_flight')):".\
    "(column('oldest_age_s')):(slo > 0 && column('oldest_age_s') > slo) with table if (strcol('queue') eq queue[i]); ".\
    "unset table; set datafile separator whitespace; unset datafile columnheaders"

# The oldest age in every bin: a mean would hide the peaks that matter. `roll` is true when a bin is complete.
roll(at, value) = (oldest = value > oldest ? value : oldest, at == last) ? (peak = value > peak ? value : peak, 0) : \
    (done_at = last, done_peak = peak, last = at, peak = value, done_at >= 0)
read_ages = "oldest = 0; last = -1; peak = 0; done_at = -1; done_peak = 0; set table $ages; plot $rows using ".\
    "(complete = roll(column(1), column(5)), done_at):(done_peak) with table if (complete); unset table; ".\
    "set print $ages append; print last, peak; set print"

# The share of each bin in which the SLO is missed, as a grey.
read_missed = "set table $missed; plot $rows using 1:6 smooth unique; unset table"
shade(share) = 0x010101 * int(255 - 51 * share)
middle(first) = start + 60 * (first + (wide - 1) / 2.0)

# Ages in the unit that reads best.
age_unit = most_age_s > 7200 ? 3600 : most_age_s > 300 ? 60 : 1
age_label = age_unit == 3600 ? "oldest job, h" : age_unit == 60 ? "oldest job, min" : "oldest job, s"
age_ceiling = (most_age_s > slo ? most_age_s : slo) * 1.08 / age_unit
ceiling = (most_messages > 0 ? most_messages : 1) * 1.08

# A queue without jobs, such as one of dead letters, has no SLO.
do for [i = 1:queues] {
    from_top = top + (i - 1) * panel_height
    set format x "%g"            # tables print by it
    eval(read_rows); eval(read_ages); eval(read_missed)
    set tmargin at screen sy(from_top); set bmargin at screen sy(from_top + plot_height)
    set label 1 queue[i] at screen sx(left), sy(from_top - 13) font ",13"
    set border 11
    set yrange [0:ceiling]; set y2range [0:age_ceiling]
    eval(whole_tics(ceiling)); eval(tics("y2", step_to(age_ceiling)))
    set ylabel "messages" offset 0.5, 0; set y2label age_label offset -0.5, 0
    eval(time_tics)
    eval(i == queues ? tic_labels : "set format x ''")
    set boxwidth 60 * wide
    plot $missed using (middle($1) - 30):(ceiling):(shade($2)) with boxes fs solid 1 noborder lc rgb variable, \
         $rows using (middle($1)):3 smooth unique with filledcurves y1=0 fs solid 1 fc rgb sky, \
         $rows using (middle($1)):4 smooth unique with lines lw 1.5 lc rgb blue, \
         (slo > 0 && oldest > 0 ? slo / age_unit : NaN) axes x1y2 with lines lw 1.5 dt 2 lc rgb vermillion, \
         $ages using (middle($1)):($2 / age_unit) axes x1y2 with lines lw 1.4 lc rgb "black"
    unset label 1
}
unset multiplot
