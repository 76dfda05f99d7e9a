# What all figures share: palette (Okabe-Ito), paper, text, legend. Lengths are pixels of the SVG, y counts from the top.

blue = 0x0072B2; sky = 0x56B4E9; yellow = 0xF0E442; vermillion = 0xD55E00
grey_dark = 0x666666; grey = 0x999999; grey_light = 0xCCCCCC; grey_pale = 0xEEEEEE

width = 1000; left = 86; right = 24; top = 100; bottom = 46
sx(pixel) = pixel / real(width)
sy(pixel) = 1 - pixel / real(height)

set encoding utf8
set macros
set samples 2
unset key

# Bins of more than a minute are narrower than a pixel: a slope is as good as a step, and a tenth of the file.
fill = bin > 1 ? "filledcurves y1=0" : "fillsteps"
edge = bin > 1 ? "lines" : "steps"

# After `height` is known.
open_paper = format eq "png" ? \
    "set terminal pngcairo size 2*width,2*height noenhanced background 'white' font 'DejaVu Sans,11' fontscale 1.8 ".\
        "linewidth 2 pointscale 2 butt" : \
    "set terminal svg size width,height dynamic noenhanced background 'white' font 'Arial,12' butt"

# One time axis for all panels of a figure; only the lowest has labels.
set xrange [start:finish]
time_tics = "set xtics first_tic, tic nomirror out scale 0.5 font ',11'"
tic_labels = sprintf("set format x '%s' timedate", tic_format)

# Steps of 1, 2 or 5 that leave the numbers of an axis room above each other; `plot_height` is the figure's.
rounded_up(number, power) = power * (number <= power ? 1 : number <= 2 * power ? 2 : number <= 5 * power ? 5 : 10)
step_to(ceiling) = rounded_up(24.0 * ceiling / plot_height, 10 ** floor(log10(24.0 * ceiling / plot_height)))
tics(axis, step) = sprintf("set %stics %.15g nomirror out scale 0.5 font ',11'", axis, step)
# Tasks and messages are whole.
whole_tics(ceiling) = tics("y", step_to(ceiling) < 1 ? 1 : step_to(ceiling))

# Heading above, provenance below.
head = "set label 1 heading at screen sx(left), sy(22) font ',15'; ".\
    "set label 2 footer at screen sx(width - right), sy(height - 8) right font ',9' tc rgb grey_dark"

# Legend entries: number, pixels from the left edge of the plot, row 1 or 2, style, text.
legend_x(x) = sx(left + x)
legend_y(row) = sy(26 + 18 * row)
legend_text(k, x, row, text) = sprintf("set label %d '%s' at screen %g,%g font ',11'; ", \
    10 + k, text, legend_x(x + 30), legend_y(row))
legend_area(k, x, row, style, text) = legend_text(k, x, row, text).sprintf( \
    "set object %d rect from screen %g,%g to screen %g,%g %s", \
    k, legend_x(x), legend_y(row) - 5.0 / height, legend_x(x + 24), legend_y(row) + 5.0 / height, style)
legend_line(k, x, row, style, text) = legend_text(k, x, row, text).sprintf( \
    "set arrow %d from screen %g,%g to screen %g,%g nohead %s", \
    k, legend_x(x), legend_y(row), legend_x(x + 24), legend_y(row), style)
legend_point(k, x, row, style, text) = legend_text(k, x, row, text).sprintf( \
    "set label %d '' at screen %g,%g point %s", 40 + k, legend_x(x + 12), legend_y(row), style)

# An empty plot carries what stands outside the panels.
paint_head = "unset border; unset tics; set tmargin at screen sy(1); set bmargin at screen sy(2); ".\
    "set lmargin at screen sx(left); set rmargin at screen sx(width - right); set yrange [0:1]; ".\
    "plot NaN; unset object; unset arrow; unset label"
