-- The queue consumer of AWS's sample, its behaviour and its defects (PROT-63 to PROT-76), and the same loop without
-- protection. It writes the sample's log lines, so use it for one task and few jobs.

local sim = require "sim"
local protection_manager = require "lib.protection_manager"

local queue_consumer = {}

local function take_one_message(task, queue)
    sim.log "Long polling for messages"
    local message = queue:receive()
    if not message then return end
    sim.log("Received message, working for %.0f ms", 1000 * message:work_left())
    task:work(message)
    message:delete()
    sim.log "Done with message"
end

-- PROT-69: protection is acquired before the poll and released after the job, or after an empty poll.
function queue_consumer.protected(task, queue)
    local quit = false                                   -- PROT-70, PROT-71: looked at only after a release
    local function leave() quit = true end
    task:on_sigterm(leave)
    local protection = protection_manager.new(task, {
        minutes = 1, maintain = 0.1, refresh = 0.8, interval = 10, on_rejected = leave,
    })
    repeat
        sim.log "Acquiring task protection"
        protection:acquire()
        take_one_message(task, queue)
        sim.log "Releasing task protection"
        protection:release()
        sim.log "Task protection released"
    until quit
end

function queue_consumer.unprotected(task, queue)
    while not task.stopping do
        take_one_message(task, queue)
    end
end

return queue_consumer
