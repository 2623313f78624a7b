import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { keyFileText, makeKeyFile } from "../../../src/infra/secrets/SecretKeys.ts"
import { TestServer } from "../../support/eventstoredb/TestServer.ts"
import { canaryLogin } from "./canaryLogin.ts"
import { credtrailIn, temporary, writeLines } from "./credtrail.ts"

const patience = 240_000
const directory = temporary()
const keyFile = (name: string): string => {
  const file = join(directory, name)
  writeFileSync(file, keyFileText(makeKeyFile()))
  return file
}
const shared = keyFile("shared.json")
const strange = keyFile("strange.json")

const logOf = (decky: string) =>
  writeLines(
    join(directory, decky, "opencanary.log"),
    ["orchid seven", "kestrel", "plinth 9"].map((password, n) =>
      canaryLogin({ decky, password, ip: `192.0.2.${n + 1}` }, n),
    ),
  )
const [first, second] = [logOf("gate-1"), logOf("gate-2")]

let server: TestServer
beforeAll(async () => {
  server = await TestServer.start()
})
afterAll(() => server.stop())

/** What a machine with a data directory and keys of its own says. */
const on = async (machine: string, keys: string, ...args: ReadonlyArray<string>) =>
  credtrailIn(
    { CREDTRAIL_KEY_FILE: keys },
    ...args,
    ...["--data", join(directory, machine), "--eventstore", server.connectionString],
  )
const asked = async (...call: Parameters<typeof on>) => {
  const { code, stdout, stderr } = await on(...call, "--json")
  if (code !== 0) throw new Error(stderr)
  return JSON.parse(stdout)
}

describe("several machines on one server", () => {
  it(
    "with the same keys know a secret by the same ids",
    async () => {
      expect((await on("a", shared, "ingest", first)).code).toBe(0)
      expect(await asked("b", shared, "ingest", first)).toMatchObject({
        captures: 0,
        duplicates: 3,
      })
      expect(await asked("b", shared, "ingest", second)).toMatchObject({ captures: 3 })
      expect((await on("a", shared, "ingest", first)).code).toBe(0)
      const [ofA, ofB] = [
        await asked("a", shared, "findings"),
        await asked("b", shared, "findings"),
      ]
      expect(ofA.findings).toHaveLength(3)
      expect(ofA).toEqual(ofB)
    },
    patience,
  )

  it(
    "are refused with other keys, with a sentence and before anything is written",
    async () => {
      const before = server.log.records.length
      for (const [machine, ...args] of [
        ["new", "ingest", second],
        ["b", "ingest", second],
        ["b", "keys"],
        ["b", "findings", "--reveal", "--reason", "test"],
      ] as const) {
        const { code, stdout, stderr } = await on(machine, strange, ...args)
        expect([args, code, stdout]).toEqual([args, 5, ""])
        expect(stderr).toMatch(/keys at hand are not those of the log.*Nothing was written/s)
      }
      expect(server.log.records).toHaveLength(before)
    },
    patience,
  )
})
