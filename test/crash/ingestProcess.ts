import { spawn } from "node:child_process"
import { once } from "node:events"
import { existsSync, readdirSync } from "node:fs"
import { join } from "node:path"
import { setTimeout as elapsed } from "node:timers/promises"
import { pathToFileURL } from "node:url"

const program = join(import.meta.dirname, "../../bin/credtrail")

export interface IngestOptions {
  readonly data: string
  readonly decky: string
  readonly files: ReadonlyArray<string>
  /** A module that is loaded before the program, and what is in its environment. */
  readonly preload?: { readonly file: string; readonly env: Readonly<Record<string, string>> }
}

/** How a process ended: by itself with an exit code, or by a signal. */
interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stderr: string
}

export interface IngestProcess {
  /** Whether it has come so far that it shows itself to other processes; its work begins there. */
  readonly isAtWork: () => boolean
  readonly kill: () => void
  readonly ended: Promise<Ended>
}

/** Starts `credtrail ingest` as an operator does. */
export const startIngest = (options: IngestOptions): IngestProcess => {
  const { data, decky, files, preload } = options
  const child = spawn(program, ["ingest", ...files, "--data", data, "--decky", decky], {
    stdio: ["ignore", "ignore", "pipe"],
    env: {
      ...process.env,
      ...(preload === undefined
        ? {}
        : { ...preload.env, NODE_OPTIONS: `--import=${pathToFileURL(preload.file)}` }),
    },
  })
  let stderr = ""
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text
  })
  return {
    isAtWork: () => {
      const registry = join(data, "processes")
      return (
        existsSync(registry) &&
        readdirSync(registry).some((entry) => entry.startsWith(`${child.pid}-`))
      )
    },
    kill: () => {
      child.kill("SIGKILL")
    },
    ended: once(child, "close").then(([code, signal]) => ({ code, signal, stderr })),
  }
}

/** Runs it to its end, whose exit code must be 0. */
export const ingest = async (options: IngestOptions): Promise<void> => {
  await endedWell(startIngest(options))
}

/** The same, and returns for how many milliseconds it worked. */
export const measuredIngest = async (options: IngestOptions): Promise<number> => {
  const running = startIngest(options)
  const atWork = await whenAtWork(running)
  await endedWell(running)
  if (atWork === undefined) throw new Error("ingest ended before it was seen at work")
  return performance.now() - atWork
}

const endedWell = async ({ ended }: IngestProcess): Promise<void> => {
  const { code, stderr } = await ended
  if (code !== 0) throw new Error(`ingest ended with ${code}: ${stderr}`)
}

/**
 * Runs it and kills it so many milliseconds after its work has begun, or after its start. Answers
 * whether it was killed; if not, it had come to its end before.
 */
export const ingestAndKill = async (
  options: IngestOptions,
  after: number,
  from: "start" | "work",
): Promise<boolean> => {
  const running = startIngest(options)
  if (from === "work") await whenAtWork(running)
  await Promise.race([elapsed(after), running.ended])
  running.kill()
  const ended = await running.ended
  if (ended.signal === "SIGKILL") return true
  if (ended.code !== 0) throw new Error(`ingest ended with ${ended.code}: ${ended.stderr}`)
  return false
}

/** Waits until it is at work; returns when that was, or nothing if it ended before. */
const whenAtWork = async (running: IngestProcess): Promise<number | undefined> => {
  let over = false
  void running.ended.then(() => {
    over = true
  })
  while (!over && !running.isAtWork()) await elapsed(4)
  return over ? undefined : performance.now()
}
