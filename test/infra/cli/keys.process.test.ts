import { readFileSync, rmSync, writeFileSync } from "node:fs"
import { userInfo } from "node:os"
import { join } from "node:path"
import Sqlite from "better-sqlite3"
import * as Effect from "effect/Effect"
import { describe, expect, it } from "vitest"
import { keyFileText, makeKeyFile } from "../../../src/infra/secrets/SecretKeys.ts"
import { residuesIn } from "../../support/residues.ts"
import { startCredtrail } from "../ingest/runCredtrail.ts"
import { canaryLogin } from "./canaryLogin.ts"
import { copyOf, temporary, writeLines } from "./credtrail.ts"
import { credtrailProcess, killedAfter } from "./credtrailProcess.ts"

const patience = 300_000
const directory = temporary()
const passwords = ["kestrel-plinth", "vQ7ueL2xoZ", "orchid seven"]
const log = writeLines(join(directory, "logs", "opencanary.log"), [
  ...passwords.flatMap((password, n) => [
    canaryLogin({ decky: "gate-1", password }, n),
    canaryLogin({ decky: "gate-2", password }, n + 10),
  ]),
])
writeFileSync(
  log,
  `${readFileSync(log, "utf8")}{"logtype": 2000, "logdata": {"PASSWORD": "cut off\n`,
)

/** Keys in the data directory, as without any setting. */
const own = { CREDTRAIL_KEY_FILE: "", CREDTRAIL_KEY_COMMAND: "" }

const run = async (args: ReadonlyArray<string>, env: Readonly<Record<string, string>> = own) => {
  const ended = await credtrailProcess(args, { env })
  if (ended.code !== 0) throw new Error(`${args.join(" ")}: ${ended.code} ${ended.stderr}`)
  return ended.stdout
}
const ask = async (args: ReadonlyArray<string>, env?: Readonly<Record<string, string>>) =>
  JSON.parse(await run([...args, "--json"], env))

const ingested = async (
  name: string,
  env?: Readonly<Record<string, string>>,
  ...flags: ReadonlyArray<string>
) => {
  const data = join(directory, name)
  await run(["ingest", log, "--data", data, ...flags], env)
  return data
}

const revealed = async (data: string, env?: Readonly<Record<string, string>>) => {
  const { findings } = await ask(["findings", "--reveal", "--data", data], env)
  return findings.map(({ secret }: { secret: { printable?: string } }) => secret.printable).sort()
}

const events = (data: string): ReadonlyArray<unknown> => {
  const file = new Sqlite(join(data, "log.sqlite"), { readonly: true })
  try {
    return file.prepare("SELECT * FROM events").raw().all()
  } finally {
    file.close()
  }
}

const keysIn = (data: string): ReadonlyArray<string> =>
  JSON.parse(readFileSync(join(data, "keys", "keys.json"), "utf8")).keys

describe("credtrail keys rotate", () => {
  it(
    "puts a new key in place of the old one, and changes no event",
    async () => {
      const data = await ingested("rotated")
      const [old] = keysIn(data)
      const before = events(data)
      expect(await ask(["keys", "--data", data])).toMatchObject({ sealed: 3, underOlderKeys: 0 })
      expect(await ask(["keys", "rotate", "--data", data])).toMatchObject({
        rewrappedSecrets: 3,
        rewrappedLines: 1,
      })
      expect(keysIn(data)).toHaveLength(1)
      expect(keysIn(data)).not.toContain(old)
      expect(events(data)).toEqual(before)
      expect(await revealed(data)).toEqual(passwords.toSorted())
      expect(await run(["rejects", "--reveal", "--data", data])).toContain("cut off")
    },
    patience,
  )

  it(
    "is finished by one more run after a kill at each of its commits",
    async () => {
      const whole = await ingested("whole")
      for (let at = 1, killed = true; killed; at++) {
        const data = copyOf(whole, join(directory, `killed-${at}`))
        const env = { ...own, ...killedAfter(at) }
        const { signal, stderr } = await credtrailProcess(["keys", "rotate", "--data", data], {
          env,
        })
        killed = signal === "SIGKILL"
        if (!killed) expect(stderr).toBe("")
        expect(await revealed(data)).toEqual(passwords.toSorted())
        await run(["keys", "rotate", "--data", data])
        expect(keysIn(data)).toHaveLength(1)
        expect(keysIn(data)).not.toEqual(keysIn(whole))
        expect(await revealed(data)).toEqual(passwords.toSorted())
        expect(await run(["rejects", "--reveal", "--data", data])).toContain("cut off")
        if (!killed) expect(at).toBeGreaterThan(2)
        rmSync(data, { recursive: true })
      }
    },
    patience,
  )

  it(
    "wraps by the key that an operator has put first, and leaves his file alone",
    async () => {
      const file = join(directory, "operator.json")
      const made = makeKeyFile()
      writeFileSync(file, keyFileText(made))
      const env = { ...own, CREDTRAIL_KEY_FILE: file }
      const data = await ingested("operator", env)
      expect(await ask(["keys", "rotate", "--data", data], env)).toMatchObject({
        rewrappedSecrets: 0,
      })
      const [added] = makeKeyFile().keys
      writeFileSync(file, keyFileText({ ...made, keys: [added, ...made.keys] }))
      expect(await ask(["keys", "--data", data], env)).toMatchObject({ underOlderKeys: 3 })
      expect(await ask(["keys", "rotate", "--data", data], env)).toMatchObject({
        rewrappedSecrets: 3,
      })
      writeFileSync(file, keyFileText({ ...made, keys: [added] }))
      expect(await revealed(data, env)).toEqual(passwords.toSorted())
    },
    patience,
  )

  it("is refused while a service would go on with the old key", () =>
    Effect.gen(function* () {
      const data = join(directory, "running")
      const running = yield* startCredtrail(["run", log, "--data", data], { env: own })
      const isRunning = async () => (await ask(["status", "--data", data])).processes.length > 0
      while (!(yield* Effect.promise(() => isRunning().catch(() => false)))) yield* Effect.sleep(50)
      const refused = yield* Effect.promise(() =>
        credtrailProcess(["keys", "rotate", "--data", data], { env: own }),
      )
      expect(refused.code).toBe(4)
      expect(refused.stderr).toContain("stop it, rotate, and start it again")
      running.signal("SIGTERM")
      yield* running.ended
    }).pipe(Effect.scoped, Effect.runPromise))
})

describe("a data directory that keeps no plaintext", () => {
  it(
    "holds the bytes of no secret and no rejected line, and finds the same",
    async () => {
      const with_ = await ingested("with")
      const keys = { ...own, CREDTRAIL_KEY_FILE: join(with_, "keys", "keys.json") }
      const without = await ingested("without", keys, "--no-plaintext")
      const list = (data: string) => ask(["findings", "--data", data], keys)
      expect(await list(without)).toEqual(await list(with_))
      expect(await revealed(without, keys)).toEqual([undefined, undefined, undefined])
      expect(await run(["rejects", "--reveal", "--data", without], keys)).not.toContain("cut off")
      const later = join(directory, "later.log")
      writeFileSync(later, `${JSON.stringify(canaryLogin({ password: "much later" }, 40))}\n`)
      await run(["ingest", later, "--data", without, "--no-plaintext"], keys)
      await run(["ingest", later, "--data", without], keys)
      expect(await ask(["keys", "--data", without], keys)).toMatchObject({
        sealed: 0,
        keepsBytes: false,
      })
      const { entries } = await ask(["audit", "--data", without], keys)
      expect(entries.filter(({ type }: { type: string }) => type === "keeping.ended")).toEqual([
        expect.objectContaining({ by: userInfo().username, command: "ingest" }),
      ])
      expect(residuesIn(without, "orchid seven")).toEqual([])
    },
    patience,
  )
})

describe("a secret whose sealed bytes are damaged", () => {
  it(
    "is named, and no other secret is lost with it",
    async () => {
      const data = await ingested("damaged")
      const vault = new Sqlite(join(data, "secrets.sqlite"))
      const row = vault
        .prepare<[], { digest: Buffer; envelope: Buffer }>("SELECT * FROM secrets LIMIT 1")
        .get()
      if (row === undefined) throw new Error("nothing is sealed")
      row.envelope[row.envelope.length - 1] = (row.envelope.at(-1) ?? 0) ^ 4
      vault
        .prepare("UPDATE secrets SET envelope = ? WHERE digest = ?")
        .run(row.envelope, row.digest)
      vault.close()
      const { code, stdout, stderr } = await credtrailProcess(
        ["findings", "--reveal", "--json", "--data", data],
        { env: own },
      )
      expect(code).toBe(0)
      const secrets = JSON.parse(stdout).findings.map(
        ({ secret }: { secret: Readonly<Record<string, string>> }) => secret,
      )
      const [damaged, ...others] = [
        ...secrets.filter(({ notRevealed }: { notRevealed?: string }) => notRevealed),
        ...secrets.filter(({ notRevealed }: { notRevealed?: string }) => !notRevealed),
      ]
      const digest = row.digest.toString("hex")
      expect(damaged).toMatchObject({ digest, notRevealed: "damaged" })
      expect(others).toHaveLength(passwords.length - 1)
      for (const { printable } of others) expect(passwords).toContain(printable)
      expect(stderr).toContain(`the sealed bytes of secret ${digest} are damaged`)
    },
    patience,
  )
})

describe("data whose keys are lost", () => {
  it(
    "still has its captures, counts and findings",
    async () => {
      const data = await ingested("lost")
      const found = await ask(["findings", "--data", data])
      rmSync(join(data, "keys"), { recursive: true })
      expect(await ask(["findings", "--data", data])).toEqual(found)
      expect((await credtrailProcess(["verify", "--data", data], { env: own })).code).toBe(0)
      const ended = await credtrailProcess(["findings", "--reveal", "--data", data], { env: own })
      expect(ended.code).toBe(5)
      expect(ended.stderr).toContain("restore it from a backup")
      const again = await credtrailProcess(["ingest", log, "--data", data], { env: own })
      expect(again.code).toBe(5)
      const doctor = await credtrailProcess(["doctor", "--json", "--data", data], { env: own })
      expect(doctor.code).toBe(1)
      expect(JSON.parse(doctor.stdout).findings).toContainEqual(
        expect.objectContaining({ check: "keys", verdict: "problem" }),
      )
    },
    patience,
  )
})
