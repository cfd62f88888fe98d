import { appendFileSync } from "node:fs";

// Loaded into each process that is measured: when it ends, it says what it has used.
process.once("exit", () => {
  const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage();
  const used = { peakMiB: maxRSS / 1024, cpuSeconds: (userCPUTime + systemCPUTime) / 1e6 };
  appendFileSync(process.env.SCALE_USAGE ?? "/dev/null", `${JSON.stringify(used)}\n`);
});
