import { createRequire } from "node:module"
import * as client from "@eventstore/db-client"
import { describe, expect, it } from "vitest"
import {
  type EventStoreFailure,
  eventStoreFailure,
  noAnswer,
} from "../../../../src/infra/eventlog/eventstoredb/eventStoreFailure.ts"

type Expected = readonly [
  does: EventStoreFailure["does"],
  kind: EventStoreFailure["kind"],
  stuck?: "stuck",
]

const { convertToCommandError }: { convertToCommandError: (error: unknown) => unknown } =
  createRequire(import.meta.url)("@eventstore/db-client/dist/utils/CommandError.js")
const { Metadata }: typeof import("@grpc/grpc-js") = createRequire(import.meta.url)("@grpc/grpc-js")

/** An error as gRPC throws it. */
const raw = (code: number, details: string, trailers: Readonly<Record<string, string>> = {}) => {
  const metadata = new Metadata()
  for (const [key, value] of Object.entries(trailers)) metadata.set(key, value)
  return Object.assign(new Error(`${code} ${details}`), { code, details, metadata })
}

/** The same, as the client makes it one of its own. */
const own = (...error: Parameters<typeof raw>): unknown => convertToCommandError(raw(...error))

const leader = { "leader-endpoint-host": "two", "leader-endpoint-port": "2113" }

const table: ReadonlyArray<readonly [what: string, thrown: unknown, expected: Expected]> = [
  ["no connection", own(14, "No connection established"), ["retry", "unreachable"]],
  ["a node that stops", own(1, "Operation was cancelled"), ["retry", "unreachable"]],
  ["a server that is too slow", own(10, "Operation timed out: commit"), ["retry", "unreachable"]],
  ["a deadline that is over", own(4, "Deadline exceeded"), ["retry", "unreachable"]],
  ["another leader", own(5, "", { exception: "not-leader", ...leader }), ["wait", "not-ready"]],
  ["no leader", own(2, "No leader info available in response"), ["wait", "not-ready"]],
  ["an election", own(14, "Server Is Not Ready"), ["wait", "not-ready"]],
  ["overload", own(14, "Server Is Too Busy"), ["wait", "not-ready"]],
  [
    "an election, in a batch",
    new client.UnknownError(undefined, "Could not recognize Server Is Not Ready"),
    ["wait", "not-ready"],
  ],
  ["no permission", own(7, "", { exception: "access-denied" }), ["give-up", "access-denied"]],
  ["a wrong password", own(16, "Unauthenticated"), ["give-up", "access-denied"]],
  [
    "a stream that was deleted for ever",
    own(9, "deleted", { exception: "stream-deleted", "stream-name": "s" }),
    ["give-up", "refused"],
  ],
  [
    "an append that is too large",
    own(3, "", { exception: "maximum-append-size-exceeded", "maximum-append-size": "9" }),
    ["give-up", "event-too-large"],
  ],
  [
    "an event that is too large",
    own(3, "Maximum event size of 16 exceeded.", {
      exception: "maximum-append-event-size-exceeded",
    }),
    ["give-up", "event-too-large"],
  ],
  [
    "an event that is too large, in a batch",
    own(3, "MaximumAppendEventSizeExceeded of 16"),
    ["give-up", "event-too-large"],
  ],
  ["a place that is none", own(3, "Invalid position."), ["give-up", "foreign-position"]],
  [
    "a certificate of somebody else",
    own(14, "unable to verify the first certificate"),
    ["give-up", "untrusted"],
  ],
  ["a client given up", own(1, "Cancelled on client"), ["retry", "unreachable"]],
  ["a channel that is closed", own(2, "Channel has been shut down"), ["retry", "unreachable"]],
  ["what nobody has heard of", own(13, "Something"), ["retry", "refused", "stuck"]],
  // What the client has not made its own is what it keeps, and gives again without asking.
  ["no connection, kept", raw(14, "No connection"), ["retry", "unreachable", "stuck"]],
  ["no leader, kept", raw(2, "No leader info available"), ["wait", "not-ready", "stuck"]],
  ["no permission, kept", raw(7, "Access Denied"), ["give-up", "access-denied", "stuck"]],
  ["a wrong password, kept", raw(16, ""), ["give-up", "access-denied", "stuck"]],
  ["something strange, kept", raw(13, "Something"), ["retry", "unreachable", "stuck"]],
  [
    "nobody found, kept",
    new Error("Failed to discover after 10 attempts."),
    ["retry", "unreachable", "stuck"],
  ],
  ["a mistake in the client", new TypeError("x is not a function"), ["bug", "refused", "stuck"]],
  ["what is no error at all", "nonsense", ["bug", "refused", "stuck"]],
  ["no answer", undefined, ["retry", "unreachable", "stuck"]],
]

describe("what an error of the event store calls for", () => {
  for (const [what, thrown, [does, kind, stuck]] of table) {
    it(`${what}: ${does}, ${kind}${stuck === undefined ? "" : ", with another client"}`, () => {
      const failure = thrown === undefined ? noAnswer(500) : eventStoreFailure(thrown)
      expect(failure).toMatchObject({ does, kind, stuck: stuck !== undefined })
    })
  }

  it("is said in words that are bounded and on one line, without what may be a secret", () => {
    const long = eventStoreFailure(own(13, `first\nsecond ${"x".repeat(5_000)}`))
    expect(long.reason.length).toBeLessThan(300)
    expect(long.reason).not.toContain("\n")
    const denied = eventStoreFailure(own(16, "user ops with password hunter2"))
    expect(denied.reason).not.toContain("hunter2")
  })
})
