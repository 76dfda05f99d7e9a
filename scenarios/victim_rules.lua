-- Which task does scale-in stop, and what would a better choice save?
-- Look for: the rules that know nothing of work stop as many busy tasks as chance does; of these oldest loses most work per
-- job cut, newest least. To know who is idle comes close to protection. ECS knows nothing of it.
-- Now change: slots=1. Which rules are one rule then? Then load=0.6: what is left of idle_first when hardly anybody is
-- idle? Then job_mean=2m: does age still matter?
-- Fails under: order=newest
-- Rules: PROT-53 PROT-61 SCHED-44..50. Closed forms: F4.

local sim, ecs, sqs = require "sim", require "ecs", require "sqs"

local ORDERS = { "ecs", "random", "newest", "oldest", "idle_first", "fewest_jobs", "least_remaining", "least_lost" }
local p = sim.params {
    tasks = { 10, "tasks before a scale-in", min = 2 },
    remove = { 4, "tasks that each scale-in takes away, and the next scale-out gives back", min = 1 },
    cycle = { "1h", "between two scale-ins; half of it the fleet is small" },
    load = { 0.4, "share of the slots of the full fleet that jobs keep busy", min = 0, max = 1 },
    slots = { 2, "jobs that a task takes at once", min = 1 },
    job_mean = { "15m", "mean work of a job" },
    order = { "each", "victim order of all sides; each: its own", { "each", table.unpack(ORDERS) } },
}
sim.scenario { duration = "5d" }

local jobs = {}                                          -- in progress, by task: what a blind rule does not look at

local function consume(task, queue)                      -- one poller feeds the slots
    local guarded, freed = task.environment.SIDE == "protected", sim.channel()
    local function process(message)
        task:work(message)
        message:delete()
        jobs[task] = jobs[task] - 1
        freed:put(true)
    end
    jobs[task] = 0
    while not task.stopping do
        if jobs[task] == p.slots then
            freed:get()
        elseif guarded and jobs[task] == 0 and not task:protect(2880) then
            sim.sleep(5)                                 -- refused: ECS wants to stop somebody
        else
            local message = queue:receive()
            if message then
                jobs[task] = jobs[task] + 1
                task:spawn(process, message)
            elseif guarded and jobs[task] == 0 then
                task:unprotect()
            end
        end
    end
    while jobs[task] > 0 do freed:get() end              -- what is nearly done ends before SIGKILL
end

local function note_chance(side, tally)                  -- F4: k of n tasks go, b are busy: k b / n busy stops
    local tasks, b = ecs.list_tasks { service_name = side, desired_status = "RUNNING" }.task_arns, 0
    for _, task in ipairs(tasks) do
        if (jobs[task] or 0) > 0 then b = b + 1 end
    end
    tally:add(p.remove * b / #tasks)
end

local queues = {}
local function add_side(side, order)
    local queue = sqs.create_queue {
        queue_name = side .. "_jobs", visibility_timeout = "2h", receive_message_wait_time_seconds = 20 }
    local by_chance = sim.tally(side .. "_by_chance", "tasks")
    queues[#queues + 1] = queue
    ecs.create_service {
        service_name = side, desired_count = p.tasks, assume = { victim_order = order },
        availability_zone_rebalancing = "DISABLED",      -- it would stop more, on the sides that leave zones uneven
        task_definition = ecs.register_task_definition {
            family = side, cpu = 256, memory = 512, container_definitions = { {
                app = consume, queues = { queue }, slots = p.slots, usage = { cpu_percent = 100 / p.slots },
                environment = { SIDE = side } } },
        },
    }
    sim.every(p.cycle, function()
        note_chance(side, by_chance)
        ecs.update_service { service = side, desired_count = p.tasks - p.remove }
        sim.sleep(p.cycle / 2)
        ecs.update_service { service = side, desired_count = p.tasks }
    end)
end

for _, order in ipairs(ORDERS) do add_side(order, p.order == "each" and order or p.order) end
add_side("protected", p.order == "each" and "ecs" or p.order)
sim.arrivals { rate = p.load * p.tasks * p.slots / p.job_mean, into = queues, work = sim.random {
    name = "job size", distribution = "lognormal", mean = p.job_mean, cv = 1.5, max = 5400 } }

for _, blind in ipairs { "ecs", "random" } do            -- F4
    local chance = ("%s_by_chance.mean * %s_by_chance.count"):format(blind, blind)
    sim.expect { ("%s.busy_stops{scale_in} > 0.85 * %s"):format(blind, chance),
                 ("%s.busy_stops{scale_in} < 1.15 * %s"):format(blind, chance) }
end
sim.expect { ["protected.work_lost_s{scale_in}"] = 0, "idle_first.jobs_cut{scale_in} < 0.5 * ecs.jobs_cut{scale_in}",
             "least_lost.work_lost_s{scale_in} < 0.1 * ecs.work_lost_s{scale_in}",
             "newest.work_lost_s{scale_in} < oldest.work_lost_s{scale_in}" }
