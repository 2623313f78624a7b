import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

/** A directory for the files of a benchmark, removed when the process ends however it ends. */
export const temporary = (name: string): string => {
  const directory = mkdtempSync(join(tmpdir(), `credtrail-bench-${name}-`))
  process.on("exit", () => rmSync(directory, { recursive: true, force: true }))
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => process.exit(130))
  return directory
}
