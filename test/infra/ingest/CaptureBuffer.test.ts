import * as Result from "effect/Result"
import { describe, expect, it } from "vitest"
import { decodeEvent } from "../../../src/domain/event/codec.ts"
import type { RecordedEvent } from "../../../src/domain/event/events.ts"
import type { EventId } from "../../../src/domain/event/ids.ts"
import type { Position } from "../../../src/domain/event/position.ts"
import { CaptureBuffer } from "../../../src/infra/ingest/CaptureBuffer.ts"
import { startProgress } from "../../../src/infra/ingest/IngestProgress.ts"
import {
  keptOfLongRecord,
  longestRecord,
  RecordSplitter,
} from "../../../src/infra/ingest/RecordSplitter.ts"
import { cowrie } from "../../../src/infra/sources/cowrie/cowrie.ts"
import { heraldingAuth } from "../../../src/infra/sources/heralding/heraldingAuth.ts"
import { RecordReader } from "../../../src/infra/sources/RecordReader.ts"
import { SessionMemory } from "../../../src/infra/sources/SessionMemory.ts"
import type { RecordParser, SourceAdapter } from "../../../src/infra/sources/SourceAdapter.ts"
import { sealing } from "../../support/sealing.ts"
import { cowrieLine, heraldingHeader, heraldingRow } from "./honeypotLogs.ts"

const readerOf = (adapter: SourceAdapter) =>
  new RecordReader(adapter, adapter.parser({ zone: () => 0 }))

const take = (
  lines: ReadonlyArray<string | Buffer>,
  given: {
    readonly decky?: string
    readonly rule?: string
    readonly adapter?: SourceAdapter
  } = {},
) => {
  const { adapter = cowrie, decky, rule } = given
  const progress = startProgress()
  const source = {
    ...{ name: "the.source", adapter, decky, fallbackDecky: "the-dir", files: [] },
    rules: { decky: rule },
  }
  const buffer = new CaptureBuffer(source, progress, [], new SessionMemory(1e9), sealing)
  const reader = readerOf(adapter)
  reader.startFile()
  const splitter = new RecordSplitter(adapter.isJson === true)
  for (const line of lines) {
    for (const placed of splitter.push(Buffer.concat([Buffer.from(line), Buffer.from("\n")]))) {
      buffer.take(reader, placed, "/a/file")
    }
  }
  return { buffer, progress, reader, warnings: [...progress.warnings] }
}

const deckies = ({ buffer }: ReturnType<typeof take>) =>
  buffer.events.map(({ data }) => ("decky" in data ? data.decky : ""))

const recorded: RecordedEvent = {
  position: "1" as Position, // any will do
  stream: "s",
  revision: 0,
  id: "00000000-0000-5000-8000-000000000000" as EventId, // as above
  type: "",
  recordedAt: 0,
  data: {},
  metadata: {},
}

describe("a CaptureBuffer", () => {
  it("holds captures with where they were read, and rejects with why", () => {
    const { buffer, progress } = take([cowrieLine(1), "gibberish", "", cowrieLine(2)])
    const [first] = [cowrieLine(1).length + 1]
    expect(buffer.events.map(({ metadata }) => metadata.source)).toEqual([
      { file: "/a/file", line: 1 },
      { file: "/a/file", line: 4 },
    ])
    expect(buffer.rejects).toEqual([
      {
        line: 2,
        offset: first + 10,
        reason: "not-json",
        bytes: Buffer.from("gibberish"),
        length: 9,
      },
    ])
    expect(progress).toMatchObject({ blankLines: 1, rejected: 1 })
    expect([...progress.rejectedByReason]).toEqual([["not-json", 1]])
  })

  it("rejects a line that is too long unread, and keeps its beginning and its length", () => {
    const line = cowrieLine(1, { more: "x".repeat(longestRecord) })
    const { buffer } = take([line, cowrieLine(2)])
    expect(buffer.events).toHaveLength(1)
    const [reject] = buffer.rejects
    expect(reject).toMatchObject({ reason: "too-long", line: 1, length: line.length })
    expect(Buffer.from(reject?.bytes ?? []).toString()).toBe(line.slice(0, keptOfLongRecord))
  })

  /** An adapter with a mistake in it: what it makes of a line that says so is no valid event. */
  const mistaken: SourceAdapter = {
    ...cowrie,
    parser: (settings) => {
      const parser = cowrie.parser(settings)
      const parse: RecordParser["parse"] = (line) => {
        const parsed = parser.parse(line)
        if ("rejected" in parsed || !line.text.includes("mistaken")) return parsed
        const [capture] = parsed.captures
        if (capture === undefined) return parsed
        return {
          captures: [
            { ...capture, service: "" },
            { ...capture, outcome: null },
          ],
        }
      }
      return { ...parser, parse }
    },
  }

  it("rejects what an adapter makes of a line where it would not decode, and keeps the rest", () => {
    const lines = [cowrieLine(1), cowrieLine(2, { mistaken: true }), cowrieLine(3)]
    const { buffer } = take(lines, { adapter: mistaken })
    expect(buffer.rejects).toMatchObject([{ reason: "invalid-event", line: 2 }])
    expect(buffer.events.map(({ metadata }) => metadata.source?.line)).toEqual([1, 2, 3])
    for (const { type, data } of buffer.events) {
      const stored = { ...recorded, type, data: JSON.parse(JSON.stringify(data)) }
      expect(Result.isSuccess(decodeEvent(stored))).toBe(true)
    }
  })

  it("keeps no more than the beginning of any line that is rejected", () => {
    const { buffer } = take(["x".repeat(longestRecord)])
    expect(buffer.rejects[0]).toMatchObject({ reason: "not-json", length: longestRecord })
    expect(buffer.rejects[0]?.bytes).toHaveLength(keptOfLongRecord)
  })

  it("keeps the bytes of a rejected line, not a view of the piece it came in", () => {
    const progress = startProgress()
    const source = {
      ...{ name: "s", adapter: cowrie, decky: "d", fallbackDecky: "d", files: [] },
      rules: { decky: undefined },
    }
    const buffer = new CaptureBuffer(source, progress, [], new SessionMemory(1e9), sealing)
    const piece = Buffer.from("gibberish\n")
    for (const placed of new RecordSplitter().push(piece)) {
      buffer.take(readerOf(cowrie), placed, "/a/file")
    }
    piece.fill(0)
    expect(Buffer.from(buffer.rejects[0]?.bytes ?? []).toString()).toBe("gibberish")
  })

  it("rejects a record that is still open at the end of a file", () => {
    const { buffer, reader } = take(
      [heraldingHeader.trimEnd(), heraldingRow(1, "a\nb").split("\n", 1)[0] ?? ""],
      {
        adapter: heraldingAuth,
        decky: "d",
      },
    )
    expect(buffer.rejects).toEqual([])
    const end = { bytes: Buffer.alloc(0), line: 3, end: 99, length: 0 }
    buffer.endFile(reader, end, "/a/file")
    expect(buffer.rejects).toMatchObject([{ reason: "cut-line", line: 2 }])
  })

  const unquoted = (n: number): string => heraldingRow(n, "pw").trimEnd().replaceAll('"', "")

  it("rejects the line with a stray quote, and reads the lines behind it all the same", () => {
    const rows = Array.from({ length: 150 }, (_, index) => unquoted(index + 1))
    const stray = unquoted(0).replace(",pw,", ',"pw,')
    const { buffer, reader } = take([heraldingHeader.trimEnd(), stray, ...rows], {
      adapter: heraldingAuth,
      decky: "d",
    })
    buffer.endFile(reader, { bytes: Buffer.alloc(0), line: 153, end: 99, length: 0 }, "/a/file")
    expect(buffer.rejects.map(({ line }) => line)).toEqual([2])
    expect(buffer.events.map(({ metadata }) => metadata.source?.line)).toEqual(
      rows.map((_, index) => index + 3),
    )
  })

  it("calls the host what the operator says, else what the log says, else after the directory", () => {
    const lines = [cowrieLine(1), cowrieLine(2, { sensor: undefined })]
    expect(deckies(take(lines, { decky: "mine" }))).toEqual(["mine", "mine"])
    expect(deckies(take(lines))).toEqual(["trap-01", "the-dir"])
  })

  it("calls the host what the log does rather than after the path, unless that is no name", () => {
    const lines = ["svr04", "0123456789ab", "ip-10-20-0-7", undefined].map((sensor, n) =>
      cowrieLine(n, { sensor }),
    )
    const byPath = take(lines, { rule: "{dir}" })
    expect(deckies(byPath)).toEqual(["svr04", "the-dir", "the-dir", "the-dir"])
    expect(byPath.warnings).toEqual([
      'the.source: the host\'s name "svr04" is taken from the log, not from the path; if that name ever changes, map it with --deckies',
    ])
    expect(deckies(take(lines))).toEqual(["svr04", "the-dir", "ip-10-20-0-7", "the-dir"])
  })

  it("warns of nothing when the operator has named the host", () => {
    const lines = [cowrieLine(1), cowrieLine(2, { sensor: "0123456789ab" })]
    expect(take(lines, { decky: "mine" }).warnings).toEqual([])
  })

  it("warns once of a host named by the log, and of each that looks like a container", () => {
    const named = take([cowrieLine(1), cowrieLine(2), cowrieLine(3, { sensor: "trap-02" })])
    expect(named.warnings).toHaveLength(1)
    expect(named.warnings[0]).toContain('"trap-01" is taken from the log')
    const contained = take([
      cowrieLine(1, { sensor: "0123456789ab" }),
      cowrieLine(2, { sensor: "0123456789ab" }),
      cowrieLine(3, { sensor: "ba9876543210" }),
    ])
    expect(deckies(contained)).toEqual(["the-dir", "the-dir", "the-dir"])
    expect(contained.warnings).toHaveLength(2)
    expect(contained.warnings[0]).toContain('"0123456789ab", which looks like a container id')
    expect(contained.warnings[1]).toContain('"ba9876543210"')
  })

  it("warns that the directory's name is taken where the log names no host", () => {
    const { warnings } = take([cowrieLine(1, { sensor: undefined })])
    expect(warnings).toEqual([
      'the.source: the log does not name its host, so the directory\'s name "the-dir" is taken; name it with --decky',
    ])
  })

  it("does not warn of more hosts than anybody would read about", () => {
    const lines = Array.from({ length: 3000 }, (_, n) =>
      cowrieLine(n, { sensor: n.toString(16).padStart(12, "0") }),
    )
    expect(take(lines).warnings.length).toBe(20)
  })
})
