-- Do the library's loads have the shapes that they promise?

local sim = require "sim"
local loads = require "lib.loads"

sim.scenario { duration = "1m" }

local DAY = 86400

-- The area under `points` in one lap, or up to the last point.
local function area(points)
    local sum, last = 0, points[1]
    if points.every then sum = last[1] * last[2] end
    for i = 2, #points do
        sum, last = sum + (points[i][1] - last[1]) * (points[i][2] + last[2]) / 2, points[i]
    end
    return points.every and sum + (points.every - last[1]) * last[2] or sum
end

local function near(a, b) return math.abs(a - b) <= 1e-9 * math.max(1, math.abs(b)) end

local function equal(what, a, b)
    if not near(a, b) then error(("%s: expected %.12g, found %.12g"):format(what, b, a), 2) end
end

-- The list is { time, rate, time, rate, ... }.
local function same(what, points, flat)
    equal(what .. ", points", #points, #flat // 2)
    for i, point in ipairs(points) do
        equal(("%s, time %d"):format(what, i), point[1], flat[2 * i - 1])
        equal(("%s, rate %d"):format(what, i), point[2], flat[2 * i])
    end
end

local function refused(what, message, ...)
    local ok, found = pcall(...)
    if ok or not found:find(message, 1, true) then error(("%s: expected %s, found %s"):format(what, message, found), 2) end
end

-- Shapes.
local day = loads.diurnal(2, 0.5, 14 * 3600)
equal("diurnal, mean", area(day), 2 * DAY)
equal("diurnal, peak", day[1 + 14 * 4][2], 3)
equal("diurnal, trough", day[1 + 2 * 4][2], 1)
local profile = loads.profile(3, { 1, 2, 6, 3 }, DAY)
equal("profile, mean", area(profile), 3 * DAY)
same("profile", profile, { 0, 2, 10800, 1, 32400, 2, 54000, 6, 75600, 3, DAY, 2 })
local week = loads.weekly(profile, { 1, 1, 1, 1, 1, 0.5, 0 })
equal("weekly, mean", area(week), 5.5 * 3 * DAY)
equal("weekly, period", week.every, 7 * DAY)
same("ramp", loads.ramp(1, 3, 10, 20), { 0, 1, 10, 1, 20, 3 })
same("spike", loads.spike(2, 3, 10, 5), { 0, 2, 10, 2, 10, 6, 15, 6, 15, 2 })

local crowd = loads.flash_crowd(1, 9, 100, 10, 60)
same("flash crowd, rise", { crowd[1], crowd[2], crowd[3] }, { 0, 1, 100, 1, 110, 9 })
equal("flash crowd, a half-life later", crowd[7][1], 170)
equal("flash crowd, half of it left", crowd[7][2], 5)
equal("flash crowd, end", crowd[#crowd][2], 1)
assert(crowd[#crowd - 1][2] > 1.08 and crowd[#crowd - 1][2] < 1.1, "the crowd ends at a hundredth")

-- MMPP: of three states the third follows the first and the second alike, and the first follows the third.
local states = { { 1, 100, { 0, 1, 1 } }, { 5, 50, { 0, 0, 1 } }, { 9, 10, { 1 } } }
local spells = loads.mmpp("three", states, 1e6)
local length, visits = { [1] = 0, [5] = 0, [9] = 0 }, { [1] = 0, [5] = 0, [9] = 0 }
for i = 1, #spells, 2 do
    local from, to = spells[i], spells[i + 1]
    assert(from[2] == to[2] and (i == 1 or from[1] == spells[i - 1][1]), "spells are level and follow each other")
    visits[from[2]] = visits[from[2]] + 1
    length[from[2]] = length[from[2]] + to[1] - from[1]
    if from[2] == 5 and spells[i + 2] then assert(spells[i + 2][2] == 9, "9 follows 5") end
    if from[2] == 9 and spells[i + 2] then assert(spells[i + 2][2] == 1, "1 follows 9") end
end
assert(spells[#spells][1] >= 1e6 and spells[#spells - 1][1] < 1e6, "spells reach the end")
assert(math.abs(visits[5] / visits[1] - 0.5) < 0.05, "half of the visits to 1 lead to 5")
for rate, mean in pairs { [1] = 100, [5] = 50, [9] = 10 } do
    assert(math.abs(length[rate] / visits[rate] / mean - 1) < 0.1, "a spell is as long as it should be")
end
local bursts = loads.bursts("bursts", 1, 4, 60, 20, 600)
assert(bursts[1][2] == 1 and bursts[3][2] == 4 and bursts[5][2] == 1, "quiet and busy alternate")

-- Named hours.
local office = loads.schedule(1, { { "Mon-Fri 09:00-17:00", 10 }, { "Fri 12:00-17:00", 5 }, { "Sun 22:00-02:00", 3 } })
local hour = 3600
equal("schedule, area", area(office), 168 * hour + 9 * 35 * hour + 4 * 5 * hour + 2 * 4 * hour)
same("schedule, Monday", { table.unpack(office, 1, 6) },
     { 0, 3, 2 * hour, 3, 2 * hour, 1, 9 * hour, 1, 9 * hour, 10, 17 * hour, 10 })
equal("schedule, Sunday night", office[#office][2], 3)
equal("days without hours of their own", area(loads.schedule(2, {})), 7 * DAY * 2)
equal("all day", area(loads.schedule(0, { { "Wed,Sat 00:00-24:00", 1 } })), 2 * DAY)
equal("across the weekend", area(loads.schedule(0, { { "Sat-Mon 08:00-09:00", 1 } })), 3 * hour)
refused("day", "'Tusday' is none of Mon Tue", loads.schedule, 1, { { "Tusday 09:00-10:00", 1 } })
refused("hour", "'9:00' is no time of day", loads.schedule, 1, { { "Tue 9:00-10:00", 1 } })
refused("form", "expected days and hours such as", loads.schedule, 1, { { "weekends", 1 } })
refused("entry", "loads.schedule: hours[1]: expected { \"Mon-Fri 09:00-17:00\", rate }, got a string", loads.schedule, 1, { "Tue", 4 })

-- What is given is checked, by name.
refused("nothing", "loads.diurnal: mean: expected a number, not below 0, got a nil", loads.diurnal)
refused("time as text", "loads.diurnal: peak: expected a number, got a string", loads.diurnal, 1, 0.5, "14h")
refused("swing", "loads.diurnal: swing: expected a share of the mean, from 0 to 1, got 2", loads.diurnal, 1, 2, 0)
refused("no figures", "loads.profile: figures: expected a list of numbers, got an empty list", loads.profile, 1, {}, 300)
refused("all zero", "loads.profile: sum of the figures: expected a number above 0, got 0", loads.profile, 1, { 0, 0 }, 300)
refused("week of a level", "loads.weekly: day: expected points with every = 86400, got a nil", loads.weekly, { { 0, 1 } }, { 1 })
refused("short week", "loads.weekly: factors: expected seven numbers", loads.weekly, day, { 1, 1 })
refused("backwards", "loads.ramp: to: expected a number, not below 20, got 10", loads.ramp, 1, 5, 20, 10)
refused("no half-life", "loads.flash_crowd: half_life: expected a number above 0, got 0", loads.flash_crowd, 1, 5, 20, 10, 0)
refused("no end", "loads.flash_crowd: factor: expected a number, not below 1, got inf", loads.flash_crowd, 1, math.huge, 20, 10, 5)
refused("no states", "loads.mmpp: states: expected a list of { rate, mean length }, got an empty list", loads.mmpp, "none", {}, 9)
refused("unknown state", "loads.mmpp: states[1]: weights: expected at most 1, one of each state, got 2", loads.mmpp, "two",
        { { 1, 10, { 1, 1 } } }, 9)
refused("no points", "loads.scale: expected a list of points { time, rate }, got 5", loads.scale, 5, 2)
refused("time of a point", "loads.shift: point 2: time: expected a number, got a string", loads.shift, { { 0, 1 }, { "1h", 2 } }, 5)
refused("no duration", "loads.sum: duration: expected a number, not below 0, got a table", loads.sum, { { 0, 1 } }, { { 0, 2 } })
refused("speed", "loads.replay: speed: expected a number above 0, got 0", loads.replay, { file = "none" }, 0)

-- Changes.
same("scale", loads.scale(loads.ramp(1, 3, 10, 20), 2), { 0, 2, 10, 2, 20, 6 })
same("stretch", loads.stretch(loads.ramp(1, 3, 10, 20), 0.5), { 0, 1, 5, 1, 10, 3 })
equal("stretch, period", loads.stretch(day, 0.5).every, DAY / 2)
same("shift", loads.shift(loads.ramp(1, 3, 10, 20), 5), { 5, 1, 15, 1, 25, 3 })
local turned = loads.shift(day, 3600)
equal("shift, area", area(turned), 2 * DAY)
equal("shift, period", turned.every, DAY)
local highest = turned[1]
for _, point in ipairs(turned) do highest = point[2] > highest[2] and point or highest end
equal("shift, peak", highest[1], 15 * 3600)
same("shift of steps", loads.shift({ { 10, 1 }, { 20, 3 }, every = 40 }, -15), { 0, 2, 5, 3, 25, 3, 25, 1, 35, 1, 40, 2 })
same("sum", loads.sum(100, loads.spike(1, 2, 50, 10), loads.ramp(0, 10, 0, 100)),
     { 0, 1, 50, 6, 50, 7, 60, 8, 60, 7, 100, 11 })
equal("sum, mean", area(loads.sum(7 * DAY, day, office)), 7 * 2 * DAY + area(office))

-- Cosine, exponential and logarithm are the simulator's own, on every machine the same.
equal("cos", math.cos(1), 0.54030230586814)
equal("cos beyond its range", math.cos(1e7), -0.907270386182)
equal("exp", math.exp(1), 2.718281828459045)
equal("log", math.log(10), 2.302585092994046)
assert(math.log(8, 2) == 3 and math.log(0) == -math.huge and math.exp(-math.huge) == 0 and math.exp(0 / 0) ~= 1)
