import { describe, expect, it } from "vitest"
import { adapters, recogniseFormat } from "../../../src/infra/sources/adapters.ts"
import { formatNotes } from "../../../src/infra/sources/formatNotes.ts"
import { RecordReader } from "../../../src/infra/sources/RecordReader.ts"
import { SourceRecord } from "../../../src/infra/sources/SourceRecord.ts"

describe("what is said of formats", () => {
  it.each(formatNotes.map((note) => [note.format, note] as const))(
    "gives an example that is recognised and read: %s",
    (format, { example, timeZone }) => {
      const record = SourceRecord.of(Buffer.from(example))
      expect(recogniseFormat([record])?.format).toBe(format)
      const adapter = adapters.find((one) => one.format === format)
      if (adapter === undefined) throw new Error(`no adapter reads ${format}`)
      const reader = new RecordReader(adapter, adapter.parser({ zone: () => 0 }))
      reader.startFile()
      const [parsed] = reader.read(record)
      if (parsed === undefined || "rejected" in parsed) throw new Error("it is understood")
      const [capture] = parsed.captures
      const secret = Buffer.from(capture?.secret?.bytes ?? []).toString()
      expect([capture?.attackerIp, secret]).toEqual(["192.0.2.7", "orchid-7"])
      expect(capture?.observedAt).toMatch(/^2026-03-01T10:00:0/)
      expect(timeZone.includes("none")).toBe(adapter.zoneless)
    },
  )
})
