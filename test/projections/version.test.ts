import { describe, expect, it } from "vitest"
import { sha256Hex } from "../../src/domain/event/digest.ts"
import type { FindingId } from "../../src/domain/event/ids.ts"
import {
  oldestReadableVersion,
  readModelSchema,
  readModelVersion,
} from "../../src/projections/schema.ts"
import { readModelContents } from "../infra/readmodel/readModelContents.ts"
import { newHistory } from "./captureEvents.ts"
import { foldedReadModel } from "./foldedReadModel.ts"

/** A history with everything in it that the fold tells apart. */
const history = () => {
  const { captured, identified, policyChanged, triaged } = newHistory()
  const captures = (count: number) =>
    Array.from({ length: count }, (_, n) =>
      captured({
        decky: `decky-${n % 5}`,
        service: n % 13 === 0 ? "unknown" : n % 3 === 0 ? "telnet" : "ssh",
        ip: n % 29 === 0 ? null : `192.0.2.${(n % 17) + 1}`,
        principal: n % 11 === 0 ? null : `user-${n % 2}`,
        password: n % 23 === 0 ? null : `tin-${n % 7}`,
        outcome: n % 4 === 0 ? "failure" : n % 6 === 1 ? "success" : null,
      }),
    )
  return [
    ...captures(200),
    identified({ ip: "192.0.2.3", uuid: "7c1f6f1e-7a4e-4f0e-9a53-3f0f3c9b2d11" }),
    policyChanged({ minTargets: 4 }),
    ...captures(100),
    policyChanged({ minTargets: 3 }),
    triaged({ type: "finding.muted", findingId: muted, reason: "ours" } as const),
  ]
}

const muted = "0d5c1a9e-7b1f-4c7e-9a54-2f8f0a4be001" as FindingId // any will do

const digestOf = (text: string): string => sha256Hex(Buffer.from(text)).slice(0, 16)

describe("the version of the read models", () => {
  // Where this fails, the tables or what the fold writes into them have changed: read models that are
  // there are rebuilt only if `readModelVersion` is counted up, and are read until then by queries
  // that have to understand them, or `oldestReadableVersion` has to be counted up too. Then the new
  // digests belong here.
  it("is another one whenever the tables or the fold are", () => {
    const contents = readModelContents(foldedReadModel(history(), 7))
    expect({
      readModelVersion,
      oldestReadableVersion,
      tables: digestOf(readModelSchema.replaceAll(/--.*$/gm, "").replaceAll(/\s+/g, " ")),
      fold: digestOf(JSON.stringify(contents)),
    }).toEqual({
      readModelVersion: 8,
      oldestReadableVersion: 8,
      tables: "5e71e898c186abca",
      fold: "41ad4004e0fbb7d5",
    })
  })
})
