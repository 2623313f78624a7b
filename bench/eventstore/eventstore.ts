import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { paired, runSide } from "../paired.ts"
import { temporary } from "../temporary.ts"

const script = join(import.meta.dirname, "side.ts")
const double = join(import.meta.dirname, "../../test/support/eventstoredb/serve.ts")

/**
 * The event store: appends in batches and one by one, and a catch-up into all read models, each
 * beside the bare client doing the same, against the tests' server in a process of its own.
 */
export const eventstore = async (captures: number, runs: number): Promise<void> => {
  const directory = temporary("eventstore")
  const compare = async (
    title: string,
    what: string,
    count: number,
    baseline: "bare" | "plain" = "bare",
  ): Promise<void> => {
    const { url, server } = await serve()
    if (what === "catch-up") runSide(script, "bare", "batches", url, String(count))
    let run = 0
    const one = (which: string) =>
      runSide(
        script,
        which,
        what,
        url,
        String(count),
        join(directory, `${what}-${baseline}-${run++}.sqlite`),
      )
    paired(
      `event store: ${title}`,
      runs,
      () => one("ours"),
      () => one(baseline),
    )
    server.stdin?.end()
    await once(server, "exit")
  }
  await compare("appends of 500 events, beside the bare client", "batches", captures)
  await compare(
    "appends of one event, one after the other, beside the bare client",
    "one by one",
    captures / 20,
  )
  await compare(
    "a catch-up into all read models, beside the bare client and a plain loop into the same tables",
    "catch-up",
    captures,
    "plain",
  )
  await compare(
    "a catch-up into all read models, beside the bare client, which keeps nothing",
    "catch-up",
    captures,
  )
}

const serve = async (): Promise<{ readonly url: string; readonly server: ChildProcess }> => {
  const server = spawn(process.execPath, [double], { stdio: ["pipe", "pipe", "inherit"] })
  for await (const url of createInterface({ input: server.stdout })) return { url, server }
  throw new Error("the double of EventStoreDB has not started")
}
