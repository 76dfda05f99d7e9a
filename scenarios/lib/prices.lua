-- What Fargate charges for Linux in us-east-1 (COST-02), USD per vCPU and per GB of memory and hour.

local prices = {}

prices.x86 = { vcpu = 0.04048, gb = 0.004445 }
prices.arm = { vcpu = 0.03238, gb = 0.00356 }
prices.x86_spot = { vcpu = 0.01288871, gb = 0.00141527 }
prices.arm_spot = { vcpu = 0.01030969, gb = 0.00113349 }

prices.HOURS_A_MONTH, prices.HOURS_A_WEEK = 730, 168

-- Of one task and hour; `cpu` in units, `memory` in MiB, as in a task definition. Which price: x86 if it is not said.
function prices.task(cpu, memory, price)
    price = price or prices.x86
    return cpu / 1024 * price.vcpu + memory / 1024 * price.gb
end

return prices
