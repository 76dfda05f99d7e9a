# Figure 1, the fleet strip: what every task was doing, minute by minute, and what was decided about it.

load plots."/style.gp"

marks_rows = disruptions > 0 ? 5 : 4
band = 14 * marks_rows; plot_height = panels == 1 ? 300 : panels <= 4 ? 170 : 120; gap = 42
panel_height = band + plot_height + gap
height = top + panels * panel_height + bottom - gap
eval(open_paper)
set output figure
set multiplot

# --- heading and legend ------------------------------------------------------------------------------------------

eval(head)
eval(legend_area(1, 0, 1, "fs solid 1 noborder fc rgb blue", "busy, protected"))
eval(legend_area(2, 155, 1, "fs solid 1 noborder fc rgb sky", "busy"))
eval(legend_area(3, 240, 1, "fs solid 1 noborder fc rgb yellow", "idle"))
eval(legend_area(4, 318, 1, "fs pattern 1 border lc rgb vermillion fc rgb vermillion", "idle, protected"))
eval(legend_area(5, 482, 1, "fs pattern 4 border lc rgb grey_dark fc rgb grey_dark", "pending"))
eval(legend_area(6, 592, 1, "fs solid 1 noborder fc rgb grey_light", "draining"))
eval(legend_line(7, 0, 2, "lw 2.5 lc rgb 'black'", "desired"))
eval(legend_line(8, 155, 2, "lw 1.5 dt 3 lc rgb 'black'", "min"))
eval(legend_line(9, 240, 2, "lw 1.5 dt 2 lc rgb 'black'", "max"))
eval(legend_point(10, 318, 2, "pt 2 ps 0.9 lw 1.8 lc rgb 'black'", "busy task stopped"))
eval(legend_line(11, 482, 2, "lw 1.5 lc rgb grey_dark", "deployment"))
eval(paint_head)

# --- data --------------------------------------------------------------------------------------------------------

# Tables keep six digits, so time is in whole minutes there. A row of the file is about the minute that ends at its time.
bin_of(seconds) = bin * floor((seconds / 60 - 1) / bin)
x(minute) = start + 60 * minute
minutes = (finish - start) / 60.0

# Minutes of a pixel: borders between them would cover what they border.
crowded = bin == 1 && minutes > 720

# The rows of one service: minute, the states as sums from the bottom, desired, min, max.
read_rows = "set table $rows; set datafile separator comma; set datafile columnheaders; plot folder.'/timeline.csv' using ".\
    "(bin_of(column('time'))):(s = column('protected_busy')):(s = s + column('busy')):(s = s + column('idle')):".\
    "(s = s + column('protected_idle')):(s = s + column('pending')):(s + column('draining')):".\
    "(column('desired_count')):(column('min_capacity')):(column('max_capacity')):(column('time') / 60 - 1) ".\
    "with table if (strcol('kind') eq 'service' && strcol('service') eq name[i]); ".\
    "unset table; set datafile separator whitespace; unset datafile columnheaders"

# Of these, desired, min and max where they change: a dashed line needs few corners.
changed(now) = (news = now ne last, last = now, news)
read_desired = "last = ''; set table $desired; plot $rows using 11:8 with table if (changed(strcol(8))); unset table"
read_bounds = "last = ''; set table $bounds; ".\
    "plot $rows using 11:9:10 with table if (changed(strcol(9).' '.strcol(10))); unset table"

# Steps end at their last point: repeat it at the end of the run.
without_time(row) = row[strstrt(row, "\t"):]
extended(row) = sprintf("%g %s", minutes, without_time(row))
extend_all = "end_rows = extended($rows[|$rows|]); end_desired = extended($desired[|$desired|]); ".\
    "end_bounds = extended($bounds[|$bounds|]); set print $rows append; print end_rows; ".\
    "set print $desired append; print end_desired; set print $bounds append; print end_bounds; set print"

# In a long run the desired count changes more often than once a pixel: its mean in a bin shows more than a black band.
desired_line = bin > 1 ? "$rows using (x($1)):8 smooth unique with lines lw 1.2 lc rgb 'black'" : \
    "$desired using (x($1)):2 with steps lw (crowded ? 1.2 : 2.5) lc rgb 'black'"

# --- panels ------------------------------------------------------------------------------------------------------

ceiling = most_tasks * 1.05
kinds = "blocked scale-in scale-out ALARM disruption"
# Marks of other kinds and services are left of the picture. (Labels without a single point make gnuplot 5.4 crash.)
elsewhere = 2 * start - finish - 60
mark(kind) = (column(1) == i && strcol(2) eq kind ? start + column(3) : elsewhere)
# What disrupts all services has no panel of its own.
disruption(moment) = ((column(1) == i || column(1) == 0) && strcol(2) eq "disruption" ? start + moment : elsewhere)

do for [i = 1:panels] {
    from_top = top + (i - 1) * panel_height
    set format x "%g"            # tables print by it
    eval(read_rows)
    eval(read_desired); eval(read_bounds); eval(extend_all)

    # The band of marks.
    set tmargin at screen sy(from_top); set bmargin at screen sy(from_top + band)
    set yrange [0.4:marks_rows + 0.6]
    unset border; unset xtics; unset ytics
    set label 1 name[i] at screen sx(left), sy(from_top - 17) font ",13"
    do for [row = 1:marks_rows] {
        set label 1 + row word(kinds, row) at screen sx(left - 8), first row right font ",9" tc rgb grey_dark
    }
    plot for [row = 1:marks_rows] row with lines lw 0.5 lc rgb grey_pale, \
         $marks using (mark("deployment")):(0.4):(0):(marks_rows + 0.2) with vectors nohead lw 1.5 lc rgb grey_dark, \
         $marks using (mark("deployment")):(marks_rows + 0.6):5 with labels center offset 0, 0.6 font ",9" tc rgb grey_dark, \
         $marks using (disruption(column(3))):(5):(disruption(column(4)) - disruption(column(3))):(0) \
             with vectors nohead lw 3 lc rgb vermillion, \
         $marks using (disruption(column(3))):(5) with points pt 12 ps 0.8 lw 1.2 lc rgb "black", \
         $marks using (disruption(column(3))):(5):5 with labels left offset 0.7, 0.6 font ",9" tc rgb grey_dark, \
         $marks using (mark("alarm")):(4) with points pt 6 ps 0.7 lw 1.2 lc rgb "black", \
         $marks using (mark("out")):(3) with points pt 9 ps 0.8 lc rgb "black", \
         $marks using (mark("in")):(2) with points pt 10 ps 0.8 lw 1.2 lc rgb "black", \
         $marks using (mark("blocked")):(1) with points pt 4 ps 0.7 lw 1.2 lc rgb "black"
    do for [row = 1:marks_rows + 1] { unset label row }

    # The stack.
    set tmargin at screen sy(from_top + band); set bmargin at screen sy(from_top + band + plot_height)
    set border 3
    set yrange [0:ceiling]
    eval(whole_tics(ceiling))
    set ylabel "tasks" offset 0.5, 0
    eval(time_tics)
    eval(i == panels ? tic_labels : "set format x ''")
    plot $rows using (x($1)):7 smooth unique with @fill fs solid 1 fc rgb grey_light, \
         $rows using (x($1)):6 smooth unique with @fill fs pattern 4 fc rgb grey_dark, \
         $rows using (x($1)):5 smooth unique with @fill fs pattern 1 fc rgb vermillion, \
         $rows using (x($1)):4 smooth unique with @fill fs solid 1 fc rgb yellow, \
         $rows using (x($1)):3 smooth unique with @fill fs solid 1 fc rgb sky, \
         $rows using (x($1)):2 smooth unique with @fill fs solid 1 fc rgb blue, \
         for [k = 2:7] $rows using (x($1)):k smooth unique with @edge lw (crowded ? 0.1 : 0.5) lc rgb "white", \
         $marks using (mark("deployment")):(0):(0):(ceiling) with vectors nohead lw 1.5 lc rgb grey_dark, \
         $bounds using (x($1)):3 with steps lw 1.5 dt 2 lc rgb "black", \
         $bounds using (x($1)):2 with steps lw 3.5 lc rgb "white", \
         @desired_line, \
         $bounds using (x($1)):2 with steps lw 1.5 dt 3 lc rgb "black", \
         $marks using (mark("busy_stop")):4 with points pt 2 ps 0.8 lw 1.8 lc rgb "black"
    unset ylabel
}
unset multiplot
