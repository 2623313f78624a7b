import { spawn } from "node:child_process"
import { once } from "node:events"
import { join } from "node:path"
import { pathToFileURL } from "node:url"

const program = join(import.meta.dirname, "../../../bin/credtrail")

/** How a process ended, and what it printed. */
export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

/** Runs credtrail in a process of its own, with this on its standard input. */
export const credtrailProcess = async (
  args: ReadonlyArray<string>,
  { input = "", env = {} }: { input?: string; env?: Readonly<Record<string, string>> } = {},
): Promise<Ended> => {
  const child = spawn(program, args, { env: { ...process.env, ...env } })
  let stdout = ""
  let stderr = ""
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text
  })
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text
  })
  child.stdin.on("error", () => {}) // it may be killed before it reads
  child.stdin.end(input)
  const [code, signal] = await once(child, "close")
  return { code, signal, stdout, stderr }
}

/** What makes a process kill itself after so many commits, whichever database they are of. */
export const killedAfter = (commits: number): Readonly<Record<string, string>> => ({
  NODE_OPTIONS: `--import=${pathToFileURL(join(import.meta.dirname, "../../crash/killAtCommit.ts"))}`,
  CREDTRAIL_KILL: `after any ${commits}`,
})
