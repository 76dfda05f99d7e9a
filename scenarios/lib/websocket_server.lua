-- The WebSocket server of AWS's sample (PROT-63 to PROT-68, PROT-73): protected from its first connection until its last one
-- has closed. `open` counts connections by task.

local sim = require "sim"
local protection_manager = require "lib.protection_manager"

local websocket_server = { open = {} }
local open = websocket_server.open

-- settings: log, to write the sample's lines, with a ping every so many seconds; protect = false, to do without protection.
function websocket_server.app(settings)
    local log = settings.log and sim.log or function() end
    return function(task)
        local protection = protection_manager.new(task, { minutes = 30, maintain = 0, refresh = 0.8, interval = 10 })
        local function acquire()
            protection:acquire()
            log "protection acquired"
        end
        local function release()
            protection:release()
            log "protection released"
        end
        local function ping()
            sim.sleep(settings.log)
            while open[task] > 0 do
                log "ping .."
                sim.sleep(settings.log)
            end
        end
        open[task] = 0
        task:serve {
            on_connect = function()
                log "connection opened"
                open[task] = open[task] + 1
                if open[task] > 1 then return end
                if settings.protect ~= false then task:spawn(acquire) end
                if settings.log then task:spawn(ping) end
            end,
            on_disconnect = function()
                log "connection closed"
                open[task] = open[task] - 1
                if open[task] > 0 then return end
                log "zero connections"
                if settings.protect ~= false then task:spawn(release) end
            end,
        }
    end
end

return websocket_server
