import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { EventStoreDBClient, jsonEvent } from "@eventstore/db-client"
import Sqlite from "better-sqlite3"
import * as Effect from "effect/Effect"
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest"
import { readPage, root } from "../docs/pages.ts"
import { credtrail } from "../infra/cli/credtrail.ts"
import { TestServer } from "../support/eventstoredb/TestServer.ts"
import { eventually } from "../support/eventually.ts"

// A process of its own against a double in this one, on a machine that may have a lot to do.
const patience = 240_000
const program = join(root, "sample/alerts/alerts.ts")
const directory = mkdtempSync(join(tmpdir(), "credtrail-alerts-"))

let server: TestServer
const running: Array<ChildProcess> = []

const start = (file: string): { readonly child: ChildProcess; readonly errors: () => string } => {
  const child = spawn(process.execPath, [program, file], {
    env: { ...process.env, ALERTS_SERVER: server.connectionString },
    stdio: ["ignore", "inherit", "pipe"],
  })
  running.push(child)
  let errors = ""
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    errors += text
  })
  return { child, errors: () => errors }
}

const kill = async (child: ChildProcess): Promise<void> => {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, "close")
  child.kill("SIGKILL")
  await ended
}

const until = (isSo: () => boolean): Promise<void> =>
  Effect.runPromise(eventually(Effect.sync(isSo)).pipe(Effect.timeout("60 seconds")))

const announced = (): ReadonlyArray<string> =>
  server.log.records.filter(({ type }) => type === "credential.reuse.detected").map(({ id }) => id)

const kept = (file: string): ReadonlyArray<string> => {
  if (!existsSync(file)) return []
  const alerts = new Sqlite(file, { readonly: true })
  try {
    return alerts.prepare<[], string>("SELECT event FROM alerts").pluck().all()
  } catch {
    return [] // the table has not been made yet
  } finally {
    alerts.close()
  }
}

/** Appends an announcement that says this, and answers its id. */
const append = async (stream: string, data: Readonly<Record<string, unknown>>): Promise<string> => {
  const client = EventStoreDBClient.connectionString(server.connectionString)
  const event = jsonEvent({ type: "credential.reuse.detected", data: { ...data } })
  await client.appendToStream(stream, [event])
  await client.dispose()
  return event.id
}

beforeAll(async () => {
  server = await TestServer.start()
  const { code, stderr } = await credtrail(
    ...["ingest", join(root, "sample/fleet"), "--decky", "{dir}"],
    ...["--data", join(directory, "data"), "--eventstore", server.connectionString],
  )
  if (code !== 0) throw new Error(stderr)
}, patience)

afterEach(async () => {
  for (const child of running.splice(0)) await kill(child)
  server.groups.clear()
})

afterAll(async () => {
  await server.stop()
  rmSync(directory, { recursive: true, force: true })
})

describe("the example of a program that subscribes", () => {
  it(
    "keeps every announcement once, though it is killed, cut off and has a double",
    async () => {
      const file = join(directory, "killed.sqlite")
      const first = start(file)
      await until(() => kept(file).length > 20)
      await kill(first.child)
      expect(kept(file).length).toBeLessThan(announced().length)
      start(file)
      start(file)
      await until(() => kept(file).length > 60)
      server.cut()
      await until(() => kept(file).length === announced().length)
      expect(kept(file).toSorted()).toEqual(announced().toSorted())
      for (const child of running.splice(0)) await kill(child)

      // Everything comes once more, and then something new.
      server.groups.clear()
      const fresh = await append("reuse-fresh", {
        ...{ findingId: "x", change: "opened", version: 1, principal: "root", targetCount: 2 },
      })
      start(file)
      await until(() => kept(file).includes(fresh))
      expect(kept(file)).toHaveLength(announced().length)
    },
    patience,
  )

  it(
    "parks what it does not understand, and goes on",
    async () => {
      const nonsense = await append("reuse-nonsense", { said: "hello" })
      const file = join(directory, "parked.sqlite")
      start(file)
      await until(() => kept(file).length === announced().length - 1)
      expect(kept(file)).not.toContain(nonsense)
      await until(() => [...server.groups.values()].some(({ parked }) => parked.length === 1))
    },
    patience,
  )

  it(
    "waits where what it does with an announcement cannot be done, and loses none",
    async () => {
      const file = join(directory, "locked.sqlite")
      const { errors } = start(file)
      await until(() => kept(file).length > 10)
      const other = new Sqlite(file)
      other.exec("BEGIN EXCLUSIVE")
      await until(() => errors().includes("subscribing again: database is locked"))
      other.exec("COMMIT")
      other.close()
      await until(() => kept(file).length >= announced().length - 1)
    },
    patience,
  )

  it("stands in the documentation as it is", () => {
    const { text } = readPage("docs/how-to/subscribe-to-events.md")
    const source = readFileSync(program, "utf8")
    const parts = [...source.matchAll(/^\/\/ #region (\w+)\n([\s\S]*?)^\/\/ #endregion$/gm)]
    expect(parts.map(([, name]) => name)).toEqual(["group", "once", "consume"])
    for (const [, , code = ""] of parts) expect(text).toContain(`\`\`\`ts\n${code}\`\`\`\n`)
  })
})
