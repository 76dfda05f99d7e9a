# Figure 7, the waterfall of a scale-out: from the change of the load to ready tasks, step by step.

load plots."/style.gp"

left = 300; right = 60
row_height = 26
height = top + falls * row_height + bottom + 14
eval(open_paper)
set output figure
set multiplot

# Neighbours differ by their grey; the numbers say the rest.
shades = "0xEEEEEE 0xBBBBBB 0xDDDDDD 0x444444 0xCCCCCC 0x777777"
names = "'periods measured' 'published' 'alarm evaluates' 'decided' 'tasks started' 'pull, start, ready'"
shade(stage) = int(word(shades, stage))

eval(head)
do for [stage = 1:6] {
    eval(legend_area(stage, 220 * ((stage - 1) % 3), (stage + 2) / 3, \
        sprintf("fs solid 1 border lc rgb grey_dark fc rgb %d", shade(stage)), word(names, stage)))
}
if (all_falls > falls) {
    set label 30 sprintf("the %d slowest of %d", falls, all_falls) at screen sx(left - 14), legend_y(2) right \
        font ",11" tc rgb grey_dark
}
eval(paint_head)

unit = longest > 5400 ? 3600 : longest > 600 ? 60 : 1
set tmargin at screen sy(top - 16); set bmargin at screen sy(top + falls * row_height)
set lmargin at screen sx(left); set rmargin at screen sx(width - right)
set border 1
set xrange [0:longest * 1.04 / unit]
set yrange [falls + 0.8:0.2]
set format x "%g"
set xtics autofreq nomirror out scale 0.5 font ",11"
set xlabel (unit == 3600 ? "hours" : unit == 60 ? "minutes" : "seconds")." since the load changed" font ",11" offset 0, 0.4
unset ytics
do for [row = 1:falls] {
    set label row fall_name[row] at graph 0, first row right offset -1, 0 font ",11"
}

# A number is written where it fits into its bar, and the total behind it.
pixels(seconds) = seconds / unit / (longest * 1.04 / unit) * (width - left - right)
plot for [stage = 1:6] $falls using ($2 == stage ? $3 / unit : NaN):1:($3 / unit):($4 / unit):($1 - 0.36):($1 + 0.36) \
         with boxxy fs solid 1 border lc rgb grey_dark fc rgb shade(stage), \
     $falls using ($2 != 4 && $2 != 6 && pixels($4 - $3) > 26 ? ($3 + $4) / 2 / unit : NaN):1:(sprintf("%.0f", $4 - $3)) \
         with labels font ",10", \
     $falls using (($2 == 4 || $2 == 6) && pixels($4 - $3) > 26 ? ($3 + $4) / 2 / unit : NaN):1:(sprintf("%.0f", $4 - $3)) \
         with labels font ",10" tc rgb "white", \
     $falls using ($2 == 6 ? $4 / unit : NaN):1:(sprintf(" %.0f s", $4)) with labels left offset 0.3, 0 font ",10"
unset multiplot
