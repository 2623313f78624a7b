import { jsonEvent } from "@eventstore/db-client"
import shared from "@eventstore/db-client/generated/shared_pb.js"
import grpc from "@eventstore/db-client/generated/streams_grpc_pb.js"
import pb from "@eventstore/db-client/generated/streams_pb.js"
import { ChannelCredentials } from "@grpc/grpc-js"
import { describe, expect, it } from "vitest"
import { appendError, drained, rawEvents, unary, until, withRawClient } from "./withRawClient.ts"

/** How the index of the leader decides on a write, and what each of the two calls makes of it. */
describe("the double, when appended to", () => {
  for (const [path, options] of [
    ["in batches", {}],
    ["by single calls", unary],
  ] as const) {
    it(
      `answers with revision and position, and tells a wrong revision, ${path}`,
      withRawClient({}, async (client, server) => {
        const written = await client.appendToStream("s", rawEvents(3), {
          expectedRevision: "no_stream",
          ...options,
        })
        expect(written).toMatchObject({ success: true, nextExpectedRevision: 2n })
        const [last] = await drained(
          client.readAll({ direction: "backwards", maxCount: 1, fromPosition: "end" }),
        )
        expect(written.position).toEqual(last?.position)
        const error = await appendError(client, "s", rawEvents(1), {
          expectedRevision: 1n,
          ...options,
        })
        expect(error).toMatchObject({
          type: "wrong-expected-version",
          expectedVersion: 1n,
          actualVersion: 2n,
          message: "",
        })
        expect(
          await appendError(client, "none", rawEvents(1), { expectedRevision: 1n, ...options }),
        ).toMatchObject({ actualVersion: "no_stream" })
        expect(server.traffic.calls(path === "in batches" ? "batch" : "append")).toBeGreaterThan(0)
        expect(server.traffic.calls(path === "in batches" ? "append" : "batch")).toBe(0)
      }),
    )

    it(
      `names its limit when an append is too large, ${path}`,
      withRawClient({ maxAppendSize: 5_000 }, async (client) => {
        const event = jsonEvent({ type: "a", data: "x".repeat(5_000) })
        expect(await appendError(client, "s", [event], options)).toMatchObject({
          type: "maximum-append-size-exceeded",
          maxAppendSize: 5_000,
        })
      }),
    )
  }

  it(
    "writes nothing of a single call that is given up before its end",
    withRawClient({}, async (client, server) => {
      const { host, port } = server.nodes[0]?.link.endpoint ?? { host: "", port: 0 }
      const streams = new grpc.StreamsClient(`${host}:${port}`, ChannelCredentials.createInsecure())
      const call = streams.append(() => {}) // how it ended is seen below
      const stream = new shared.StreamIdentifier().setStreamName(
        Buffer.from("s").toString("base64"),
      )
      const options = new pb.AppendReq.Options()
        .setStreamIdentifier(stream)
        .setAny(new shared.Empty())
      call.write(new pb.AppendReq().setOptions(options))
      await until(() => server.traffic.open("append") === 1)
      call.cancel()
      await until(() => server.traffic.open("append") === 0)
      // A call that comes later is done later.
      await drained(client.readStream("s")).catch(() => {}) // which there is not
      expect(server.traffic.appends).toBe(0)
      streams.close()
    }),
  )

  it(
    "takes a repeat at a revision for done, by its ids alone, also after a restart",
    withRawClient({}, async (client, server) => {
      const events = rawEvents(3)
      const first = await client.appendToStream("s", events, { expectedRevision: "no_stream" })
      await client.appendToStream("s", rawEvents(2), { expectedRevision: 2n })
      await server.down()
      await server.up()
      const other = events.map((event) => ({ ...event, type: "another" }))
      await until(() => server.connections === 0)
      const again = await client
        .appendToStream("s", other, { expectedRevision: "no_stream", ...unary })
        .catch(() => client.appendToStream("s", other, { expectedRevision: "no_stream", ...unary }))
      expect(again).toEqual(first)
      for (const part of [events.slice(1), [...events, ...rawEvents(1)], [events[0], events[2]]]) {
        const write = part.filter((event) => event !== undefined)
        const error = await appendError(client, "s", write, { expectedRevision: "no_stream" })
        // The first two of a repeat that is cut short are there, one after the other.
        expect(error).toMatchObject({ type: "wrong-expected-version" })
      }
    }),
  )

  it(
    "does not look at the ids of a write at the last revision: an id may be there twice",
    withRawClient({}, async (client) => {
      const [event] = rawEvents(1)
      if (event === undefined) throw new Error("one event was made")
      await client.appendToStream("s", event, { expectedRevision: "no_stream" })
      await client.appendToStream("s", event, { expectedRevision: 0n })
      expect((await drained(client.readStream("s"))).map(({ id }) => id)).toEqual([
        event.id,
        event.id,
      ])
    }),
  )

  it(
    "remembers ids of writes at any revision only until it restarts",
    withRawClient({}, async (client, server) => {
      const events = rawEvents(2)
      const first = await client.appendToStream("s", events)
      expect(await client.appendToStream("s", events)).toEqual(first)
      expect(await appendError(client, "s", [...events, ...rawEvents(1)])).toMatchObject({
        type: "wrong-expected-version",
      })
      server.lead(0)
      expect(await client.appendToStream("s", events)).toMatchObject({ nextExpectedRevision: 3n })
    }),
  )

  it(
    "goes on with the revisions of a deleted stream, and never again with those of a tombstone",
    withRawClient({}, async (client) => {
      await client.appendToStream("s", rawEvents(3))
      await client.deleteStream("s")
      await expect(drained(client.readStream("s"))).rejects.toMatchObject({
        type: "stream-not-found",
      })
      const written = await client.appendToStream("s", rawEvents(1), {
        expectedRevision: "no_stream",
      })
      expect(written.nextExpectedRevision).toBe(3n)
      expect((await drained(client.readStream("s"))).map(({ revision }) => revision)).toEqual([3n])
      await client.tombstoneStream("s")
      expect(await appendError(client, "s", rawEvents(1))).toMatchObject({ type: "stream-deleted" })
      expect(await appendError(client, "s", rawEvents(1), unary)).toMatchObject({
        type: "stream-deleted",
      })
    }),
  )

  it(
    "leaves the client waiting for ever when it does not answer or ends the stream of appends",
    withRawClient({}, async (client, server) => {
      let settled = false
      const settle = (): void => {
        settled = true
      }
      server.faults.order("append", { kind: "silence", when: "after" })
      void client.appendToStream("silent", rawEvents(1)).then(settle, settle)
      await until(() => server.log.stream("silent") !== undefined)
      await client.appendToStream("next", rawEvents(1))
      server.faults.order("append", { kind: "end", when: "after" })
      void client.appendToStream("ended", rawEvents(1)).then(settle, settle)
      await until(() => server.traffic.open("batch") === 0)
      void client.appendToStream("later", rawEvents(1)).then(settle, settle)
      await client.appendToStream("apart", rawEvents(1), unary)
      expect(server.log.stream("later")).toBeUndefined() // the client still writes to what has ended
      expect(server.log.stream("ended")?.records).toHaveLength(1)
      expect(settled).toBe(false)
    }),
  )

  for (const when of ["before", "after"] as const) {
    it(
      `breaks the connection ${when} the write`,
      withRawClient({}, async (client, server) => {
        await client.appendToStream("other", rawEvents(1))
        server.faults.order("append", { kind: "drop", when })
        expect(await appendError(client, "s", rawEvents(1))).toMatchObject({ type: "unavailable" })
        expect(server.log.stream("s")?.records.length).toBe(when === "after" ? 1 : undefined)
      }),
    )
  }

  it(
    "says that it is busy or not ready in words alone on the stream of appends",
    withRawClient({}, async (client, server) => {
      for (const [kind, words] of [
        ["too-busy", "Server Is Too Busy"],
        ["not-ready", "Server Is Not Ready"],
      ] as const) {
        server.faults.order("append", { kind: "refuse", with: { kind } }, 2)
        expect(await appendError(client, "s", rawEvents(1))).toMatchObject({
          type: "unknown",
          message: `Could not recognize ${words}`,
        })
        expect(await appendError(client, "s", rawEvents(1), unary)).toMatchObject({
          type: "unavailable",
        })
      }
    }),
  )

  it(
    "refuses appends whose deadline has passed by its own clock",
    withRawClient({}, async (client) => {
      const late = await client
        .appendToStream("s", rawEvents(1), { deadline: -60_000 })
        .catch((error: unknown) => error)
      expect(late).toMatchObject({ type: "deadline-exceeded" })
    }),
  )

  it(
    "gives errors for features that the client keeps for ever",
    withRawClient({}, async (client, server) => {
      server.faults.order("features", { kind: "refuse", with: { kind: "internal" } })
      for (let n = 0; n < 3; n++) {
        expect(await appendError(client, "s", rawEvents(1))).toMatchObject({ code: 13 })
      }
      expect(server.traffic.calls("features")).toBe(1)
    }),
  )
})
