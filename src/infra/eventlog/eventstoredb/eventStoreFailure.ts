import { EventLogUnavailable } from "../EventLog.ts"

/**
 * What went wrong in a call.
 *
 * - `retry`: the connection; the call is repeated at once, and then more and more slowly.
 * - `wait`: the server is there and says that it cannot now; the same, for as long.
 * - `give-up`: it will be the same next time, until somebody does something.
 * - `bug`: nothing that a server can do; a mistake of ours or the client's.
 */
export interface EventStoreFailure {
  readonly does: "retry" | "wait" | "give-up" | "bug"
  readonly kind: EventLogUnavailable["kind"]
  /** In plain words, and what to do about it. */
  readonly reason: string
  /** Whether the client that says so may be stuck with it, and another one has to be made. */
  readonly stuck: boolean
}

type Row = readonly [
  does: EventStoreFailure["does"],
  kind: EventLogUnavailable["kind"],
  reason: string,
  stuck?: "stuck",
]

const noConnection: Row = ["retry", "unreachable", "there is no connection to it"]
const accessDenied: Row = [
  "give-up",
  "access-denied",
  "it denies access: give a user and password that may read $all and append, or change its access control",
]

/** Every error of the client that can come of what we call, by its `type`. */
const byType: Readonly<Record<string, Row>> = {
  unavailable: noConnection,
  cancelled: ["retry", "unreachable", "it has ended the call, as a node does that stops"],
  timeout: ["retry", "unreachable", "it was too slow, or too busy, to finish the call"],
  "deadline-exceeded": ["retry", "unreachable", "it did not finish the call in time"],
  "not-leader": [
    "wait",
    "not-ready",
    "the node asked is not the leader, which is being looked for",
  ],
  "access-denied": accessDenied,
  "stream-deleted": [
    "give-up",
    "refused",
    "the stream has been deleted for good, and its name can never be used again",
  ],
  "maximum-append-size-exceeded": ["give-up", "event-too-large", "the append is too large for it"],
}

const noTrust = (reason: string): Row => ["give-up", "untrusted", reason]

/** Why no TLS connection can be made. Node's words and OpenSSL's, special ones first. */
const untrusted: ReadonlyArray<readonly [RegExp, Row]> = [
  [
    /cert(?:ificate)?.has.expired/i,
    noTrust("its certificate has expired: renew it on the server, or look at the clock here"),
  ],
  [
    /cert(?:ificate)?.(?:is.)?not.yet.valid/i,
    noTrust("its certificate is not valid yet: compare the clocks here and there"),
  ],
  [
    /altname/i,
    noTrust(
      "its certificate is for other names: address it by one of these, or give it a certificate for this one",
    ),
  ],
  [
    /alert (?:certificate required|unknown ca|bad certificate)|certificate unknown|handshake failure/i,
    noTrust(
      "it does not take the certificate that it is shown, or wants one: name one of its users with userCertFile and userKeyFile",
    ),
  ],
  [
    /self.signed.cert|unable.to.(?:verify|get)/i,
    noTrust(
      "its certificate is from no CA that is trusted here: name the CA with tlsCAFile, if this is the right server",
    ),
  ],
  [
    /wrong version number|SSL routines/i,
    noTrust("it speaks no TLS there: say tls=false if that is meant, or give the port with TLS"),
  ],
]

/** What the server says in words alone, in errors that the client does not recognise. */
const byText: ReadonlyArray<readonly [RegExp, Row]> = [
  ...untrusted,
  [
    /maximum.?(?:append.?)?event.?size/i,
    ["give-up", "event-too-large", "an event is too large for it"],
  ],
  [/server is not ready/i, ["wait", "not-ready", "it is not ready, as while a leader is elected"]],
  [/server is (?:too )?busy/i, ["wait", "not-ready", "it is too busy"]],
  [/no leader info/i, ["wait", "not-ready", "the cluster has no leader now"]],
  [/failed to discover/i, ["retry", "unreachable", "no node of the cluster answers"]],
  [/cancelled on client/i, ["retry", "unreachable", "the connection was given up"]],
  [
    /channel (?:has been )?(?:shut ?down|closed)|closed (?:channel|client)|write after end/i,
    ["retry", "unreachable", "the connection was given up"],
  ],
  [/invalid position|unaligned/i, ["give-up", "foreign-position", "it has no such position"]],
]

const unauthenticated = 16
const permissionDenied = 7
const unavailable = 14

/** The failure that something thrown by the client is. */
export const eventStoreFailure = (thrown: unknown): EventStoreFailure => {
  const message = textOf(thrown)
  const row = byText.find(([pattern]) => pattern.test(message))?.[1]
  const type = property(thrown, "type")
  if (typeof type === "string") return failure(row ?? byType[type] ?? refused, message)
  // Not an error of the client's own: the one that it keeps when it cannot ask the server for its
  // features, and then gives to every append without asking again.
  return { ...failure(row ?? rowOfCode(property(thrown, "code")), message), stuck: true }
}

const rowOfCode = (code: unknown): Row => {
  if (code === unauthenticated || code === permissionDenied) return accessDenied
  if (code === unavailable) return noConnection
  return typeof code === "number" ? strange : bug
}

const refused: Row = ["retry", "refused", "it refuses the call", "stuck"]
const strange: Row = ["retry", "unreachable", "it does not answer as expected"]
const bug: Row = ["bug", "refused", "the client does not do what it should"]

const failure = ([does, kind, reason, stuck]: Row, message: string): EventStoreFailure => ({
  does,
  kind,
  reason: message === "" || kind === "access-denied" ? reason : `${reason} (${message})`,
  stuck: stuck === "stuck",
})

/** No answer in the time of a call, which the client does not notice by itself. */
export const noAnswer = (milliseconds: number): EventStoreFailure => ({
  does: "retry",
  kind: "unreachable",
  reason: `no answer for ${milliseconds / 1000} s`,
  stuck: true,
})

/** A failure as callers of the port see it. */
export const asUnavailable = (
  operation: string,
  location: string,
  { kind, reason }: EventStoreFailure,
): EventLogUnavailable =>
  new EventLogUnavailable({ operation, kind, reason: `the event store at ${location}: ${reason}` })

const textOf = (thrown: unknown): string => {
  const text = thrown instanceof Error ? thrown.message : String(thrown)
  return text.replace(/\s+/g, " ").replace(wrapping, "").trim().slice(0, 200)
}

// What gRPC puts around the words that matter, and Node's advice, which is for its own users.
const wrapping =
  /^\d+ [A-Z_]+: |No connection established\. Last error: (?:Error(?: \[\w+\])?: )?|; if the root CA is installed locally, [^.]*--use-system-ca\.?|Resolution note: *$/g

const property = (thrown: unknown, name: string): unknown =>
  typeof thrown === "object" && thrown !== null && name in thrown
    ? (thrown as Record<string, unknown>)[name] // there, as has just been asked
    : undefined
