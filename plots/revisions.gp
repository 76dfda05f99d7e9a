# Figure 8, revisions: tasks of the newest and of older revisions while deployments go on, and what held them up.

load plots."/style.gp"

band = 44; plot_height = panels == 1 ? 300 : panels <= 4 ? 170 : 120; gap = 36
panel_height = band + plot_height + gap
height = top + panels * panel_height + bottom - gap
eval(open_paper)
set output figure
set multiplot

eval(head)
eval(legend_area(1, 0, 1, "fs solid 1 noborder fc rgb sky", "running, newest revision"))
eval(legend_area(2, 240, 1, "fs solid 1 noborder fc rgb grey", "running, older revisions"))
eval(legend_line(3, 560, 1, "lw 2.5 lc rgb 'black'", "desired"))
eval(legend_line(4, 0, 2, "lw 1.5 lc rgb grey_dark", "deployment, with its revision"))
eval(legend_point(5, 240, 2, "pt 7 ps 0.7 lc rgb 'black'", "completed"))
eval(legend_point(6, 355, 2, "pt 2 ps 0.9 lw 1.8 lc rgb vermillion", "failed, rolled back"))
eval(legend_area(7, 560, 2, "fs solid 1 noborder fc rgb vermillion", "blocked: all tasks to stop are protected"))
eval(paint_head)

# The rows of one service: minute of the picture, older and all running tasks, desired, blocked. Values are of the instant at a
# minute's end.
bin_of(seconds) = bin * floor(seconds / 60 / bin)
x(minute) = start + 60 * minute
read_rows = "set table $rows; set datafile separator comma; set datafile columnheaders; plot folder.'/timeline.csv' using ".\
    "(bin_of(column('time'))):(column('old_running_count')):(column('running_count')):(column('desired_count')):".\
    "(column('blocked')) with table if (strcol('kind') eq 'service' && strcol('service') eq revised[i]); ".\
    "unset table; set datafile separator whitespace; unset datafile columnheaders"

# A label belongs to the first row of the band, symbols to the second, the strip of blocked minutes is the third.
mark(kind) = column(1) == i && strcol(2) eq kind ? start + column(3) : NaN
kinds = "blocked ended"
ceiling = most_tasks * 1.05

do for [i = 1:panels] {
    from_top = top + (i - 1) * panel_height
    set format x "%g"            # tables print by it
    eval(read_rows)

    # The band of marks.
    set tmargin at screen sy(from_top); set bmargin at screen sy(from_top + band)
    set yrange [0:3.3]
    unset border; unset xtics; unset ytics
    set label 1 revised[i] at screen sx(left), sy(from_top - 7) font ",13"
    do for [row = 1:2] {
        set label 1 + row word(kinds, row) at screen sx(left - 8), first row - 0.5 right font ",9" tc rgb grey_dark
    }
    set boxwidth 60 * bin
    plot for [row = 1:2] row - 0.5 with lines lw 0.5 lc rgb grey_pale, \
         $rows using (x($1)):(0.8 * $5) smooth unique with @fill fs solid 1 fc rgb vermillion, \
         $rollouts using (mark("begun")):(0):(0):(2.4) with vectors nohead lw 1.5 lc rgb grey_dark, \
         $rollouts using (mark("begun")):(2.8):4 with labels center font ",9" tc rgb grey_dark, \
         $rollouts using (mark("completed")):(1.5) with points pt 7 ps 0.6 lc rgb "black", \
         $rollouts using (mark("failed")):(1.5) with points pt 2 ps 0.8 lw 1.8 lc rgb vermillion
    do for [row = 1:3] { unset label row }

    # The stack.
    set tmargin at screen sy(from_top + band); set bmargin at screen sy(from_top + band + plot_height)
    set border 3
    set yrange [0:ceiling]
    eval(whole_tics(ceiling))
    set ylabel "tasks" offset 0.5, 0
    eval(time_tics)
    eval(i == panels ? tic_labels : "set format x ''")
    plot $rows using (x($1)):3 smooth unique with @fill fs solid 1 fc rgb sky, \
         $rows using (x($1)):2 smooth unique with @fill fs solid 1 fc rgb grey, \
         for [k = 2:3] $rows using (x($1)):k smooth unique with @edge lw 0.5 lc rgb "white", \
         $rollouts using (mark("begun")):(0):(0):(ceiling) with vectors nohead lw 1.5 lc rgb grey_dark, \
         $rows using (x($1)):4 smooth unique with @edge lw 2 lc rgb "black"
    unset ylabel
}
unset multiplot
