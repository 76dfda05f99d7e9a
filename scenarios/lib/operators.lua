-- What people and tools do to a service from outside while it runs.

local ecs, elb = require "ecs", require "elb"

local operators = {}

-- Gives the tasks that ECS wants to be rid of no new sessions, so that they run empty: those of an old revision first, then
-- those with the fewest. Call it every minute; `open` counts sessions by task, `cordoned` keeps who was chosen. Returns
-- those chosen now. One that is empty when ECS no longer wants to be rid of it is replaced: nothing takes it back into the
-- target group.
function operators.cordon_surplus(service, target_group, open, cordoned)
    local seen = ecs.describe_services { services = { service } }.services[1]
    local tasks = ecs.list_tasks { service_name = service, desired_status = "RUNNING" }.task_arns
    local function is_old(task) return task.task_definition_arn ~= seen.task_definition and 0 or 1 end
    table.sort(tasks, function(a, b)
        if is_old(a) ~= is_old(b) then return is_old(a) < is_old(b) end
        return (open[a] or 0) < (open[b] or 0)
    end)
    local surplus, chosen = #tasks - seen.desired_count, {}
    for i, task in ipairs(tasks) do
        if i <= surplus and not cordoned[task] then
            cordoned[task] = elb.deregister_targets { target_group_arn = target_group, targets = { task } } ~= nil
            if cordoned[task] then chosen[#chosen + 1] = task end
        elseif i > surplus and cordoned[task] and (open[task] or 0) == 0 then
            ecs.stop_task { task = task, reason = "cordoned" }
        end
    end
    return chosen
end

return operators
