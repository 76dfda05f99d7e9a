# Figure 11, sessions per task: which task had how many open, what asked it to stop, when sessions were cut.

load plots."/style.gp"

# A lane per task, from 14 pixels down to 2.
lane_height(i) = lanes[i] <= 28 ? 14.0 : 400.0 / lanes[i]
gap = 40; title = 26
height = top + bottom - gap
do for [i = 1:panels] { height = height + title + lanes[i] * lane_height(i) + gap }
eval(open_paper)
set output figure
set multiplot

# One hue: lightness alone tells. Marks have a white casing, since they cross dark cells.
hue(share) = (65536 * int(228 - 228 * share) + 256 * int(240 - 166 * share) + int(250 - 130 * share))
eval(head)
do for [k = 0:4] {
    eval(legend_area(20 + k, 24 * k, 1, sprintf("fs solid 1 noborder fc rgb %d", hue(k / 4.0)), ""))
}
set label 90 "open sessions: none to most" at screen legend_x(128), legend_y(1) font ",11"
eval(legend_point(5, 330, 1, "pt 11 ps 0.7 lc rgb 'black'", "asked to stop"))
eval(legend_point(6, 460, 1, "pt 2 ps 0.8 lw 1.8 lc rgb vermillion", "sessions cut"))
set label 91 "a row per task, the oldest at the top; white where it does not run" at screen legend_x(0), legend_y(2) \
    font ",11" tc rgb grey_dark
eval(paint_head)

cells = "plot $cells%d using (start + ($3 + $4) / 2):2:(start + $3):(start + $4):($2 - 0.46):($2 + 0.46):(hue($5 / most[i])) ".\
    "with boxxyerror fs solid 1 noborder fc rgb variable, ".\
    "$marks%d using (strcol(2) eq 'stop' ? start + $4 : NaN):3 with points pt 11 ps 1.7 * symbol lc rgb 'white', ".\
    "$marks%d using (strcol(2) eq 'stop' ? start + $4 : NaN):3 with points pt 11 ps symbol lc rgb 'black', ".\
    "$marks%d using (strcol(2) eq 'cut' ? start + $4 : NaN):3 with points pt 2 ps 1.2 * symbol lw 4 lc rgb 'white', ".\
    "$marks%d using (strcol(2) eq 'cut' ? start + $4 : NaN):3 with points pt 2 ps symbol lw 1.8 lc rgb vermillion"
lane_name(i) = per_lane[i] == 1 ? "" : sprintf("   %d tasks share a row: their mean", per_lane[i])

from_top = top
do for [i = 1:panels] {
    plot_height = lanes[i] * lane_height(i)
    symbol = lane_height(i) >= 8 ? 0.6 : 0.35
    set label 1 sprintf("%s   up to %d session%s a task%s", served[i], ceil(most[i]), ceil(most[i]) == 1 ? "" : "s", lane_name(i)) \
        at screen sx(left), sy(from_top + 12) font ",13"
    set tmargin at screen sy(from_top + title); set bmargin at screen sy(from_top + title + plot_height)
    set border 3
    set yrange [lanes[i] + 0.5:0.5]
    eval(whole_tics(lanes[i]))
    set ylabel (per_lane[i] == 1 ? "task, by start" : "row, by start") offset 0.5, 0
    eval(time_tics)
    eval(i == panels ? tic_labels : "set format x ''")
    eval(sprintf(cells, i, i, i, i, i))
    unset label 1; unset ylabel
    from_top = from_top + title + plot_height + gap
}
unset multiplot
