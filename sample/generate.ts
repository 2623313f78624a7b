import { rmSync, writeFileSync } from "node:fs"
import { parseArgs } from "node:util"
import { defaultOptions, type SampleOptions } from "./generator/plan.ts"
import { writeFleet } from "./generator/writeFleet.ts"

const usage = `node sample/generate.ts --out DIR [--seed N] [--captures N] [--deckies N] [--days N]

Writes the log files of a made-up honeypot fleet into DIR, which is emptied first, and what is in
them into DIR.manifest.json. The same numbers give the same files.`

const { values } = parseArgs({
  options: {
    out: { type: "string" },
    seed: { type: "string" },
    captures: { type: "string" },
    deckies: { type: "string" },
    days: { type: "string" },
    help: { type: "boolean" },
  },
})

const fail = (reason: string): never => {
  console.error(`${reason}\n\n${usage}`)
  process.exit(2)
}

const number = (name: keyof SampleOptions, least: number, most: number): number => {
  const text = values[name]
  if (text === undefined) return defaultOptions[name]
  const value = Number(text)
  const good = /^\d+$/.test(text) && value >= least && value <= most
  return good ? value : fail(`--${name} takes a whole number from ${least} to ${most}, not ${text}`)
}

if (values.help === true) {
  console.log(usage)
} else {
  const out = values.out?.replace(/\/+$/, "") || fail("--out is missing")
  const options: SampleOptions = {
    seed: number("seed", 0, 0xffff_ffff),
    captures: number("captures", 1, 1_000_000_000),
    deckies: number("deckies", 3, 1000),
    days: number("days", 1, 3650),
  }
  rmSync(out, { recursive: true, force: true })
  const manifest = writeFleet(out, options)
  writeFileSync(`${out}.manifest.json`, `${JSON.stringify(manifest, null, 2)}\n`)
  const lines = manifest.files.reduce((sum, file) => sum + file.lines, 0)
  console.log(
    `${options.captures} captures, ${lines} lines, ${manifest.files.length} files in ${out}`,
  )
}
