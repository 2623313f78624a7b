import { availableParallelism } from "node:os"
import { join } from "node:path"
import { defineConfig } from "vitest/config"

// Suites are told apart by folder and by name: the pure rooms are `unit`; what starts programs of
// its own, kills them or takes long is `*.process.test.ts`; everything else is `integration`.
const unit = "test/{domain,projections,actors,scripts}/**/*.test.ts"
const processes = "test/**/*.process.test.ts"

export default defineConfig({
  test: {
    pool: "threads",
    // The keys of the sample, so that ids and digests are the same on every machine.
    env: { CREDTRAIL_KEY_FILE: join(import.meta.dirname, "sample", "keys.json") },
    // Files share modules, which saves half of the time and shows tests that depend on others. Many
    // wait for a server more than they work, so there are more workers than processors.
    isolate: false,
    maxWorkers: 2 * availableParallelism(),
    testTimeout: 60_000,
    hookTimeout: 60_000,
    projects: [
      { extends: true, test: { name: "unit", include: [unit], exclude: [processes] } },
      {
        extends: true,
        test: { name: "integration", include: ["test/**/*.test.ts"], exclude: [unit, processes] },
      },
      {
        extends: true,
        test: {
          name: "process",
          include: [processes],
          maxWorkers: availableParallelism(),
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
})
