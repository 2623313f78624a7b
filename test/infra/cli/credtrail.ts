import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import { afterAll } from "vitest"
import { exitCodeOf } from "../../../src/infra/cli/exitCodes.ts"
import { runCredtrail } from "../../../src/main.ts"

const root = join(import.meta.dirname, "../../..")

/** What a call of credtrail came to. */
export interface Called {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** Calls credtrail in this process, on the layers of the program itself. */
export const credtrail = (...args: ReadonlyArray<string>): Promise<Called> =>
  credtrailIn({ ...process.env }, ...args)

/** Calls credtrail in this process, with these environment variables. */
export const credtrailIn = async (
  env: Readonly<Record<string, string | undefined>>,
  ...args: ReadonlyArray<string>
): Promise<Called> => {
  const out: Array<string> = []
  const err: Array<string> = []
  const to =
    (lines: Array<string>) =>
    (...said: ReadonlyArray<unknown>): void => {
      lines.push(`${said.join(" ")}\n`)
    }
  // Of a console, only these are called.
  const console = { ...globalThis.console, log: to(out), error: to(err) } as Console.Console
  const exit = await Effect.runPromiseExit(
    runCredtrail(args).pipe(
      Effect.provideService(Console.Console, console),
      Effect.provideService(
        ConfigProvider.ConfigProvider,
        ConfigProvider.fromEnv({
          env: definedOnly({ CREDTRAIL_KEY_FILE: process.env.CREDTRAIL_KEY_FILE, ...env }),
        }),
      ),
    ),
  )
  return { code: exitCodeOf(exit), stdout: out.join(""), stderr: err.join("") }
}

const definedOnly = (env: Readonly<Record<string, string | undefined>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  )

/** The answer of a call with `--json` that is to succeed. */
export const answer = async (...args: ReadonlyArray<string>) => {
  const called = await credtrail(...args, "--json")
  if (called.code !== 0) throw new Error(`${args.join(" ")}: ${called.code} ${called.stderr}`)
  return JSON.parse(called.stdout)
}

/** A directory for the tests of a file, gone when they are done. */
export const temporary = (): string => {
  const directory = mkdtempSync(join(tmpdir(), "credtrail-cli-"))
  afterAll(() => rmSync(directory, { recursive: true, force: true }))
  return directory
}

/** Reads the bundled fleet into a new data directory. */
export const ingestFleet = async (data: string): Promise<string> => {
  const fleet = join(root, "sample", "fleet")
  const { code, stderr } = await credtrail("ingest", fleet, "--decky", "{dir}", "--data", data)
  if (code !== 0) throw new Error(`ingest: ${code} ${stderr}`)
  return data
}

/** A copy of a data directory that nobody has open. */
export const copyOf = (data: string, copy: string): string => {
  cpSync(data, copy, { recursive: true })
  chmodSync(copy, 0o700)
  return copy
}

/** Writes a file of lines, and the directories above it. */
export const writeLines = (file: string, lines: ReadonlyArray<unknown>): string => {
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, lines.map((line) => `${JSON.stringify(line)}\n`).join(""))
  return file
}
