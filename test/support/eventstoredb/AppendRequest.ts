import type { Metadata } from "@grpc/grpc-js"
import { refusedAccess } from "./access.ts"
import type { NodeContext } from "./Cluster.ts"
import type { AppendOutcome, Expected } from "./commitCheck.ts"
import type { AppendFault } from "./Faults.ts"
import { type ProposedRecord, sizeOf } from "./LogRecord.ts"
import type { Refusal } from "./Refusal.ts"

/** One append, by whichever call it came. */
export interface AppendRequest {
  readonly stream: string
  readonly expected: Expected
  /** `undefined` for an event whose id is no UUID. */
  readonly events: ReadonlyArray<ProposedRecord | undefined>
  /** When the caller gives up, in milliseconds since 1970. */
  readonly deadline?: number
}

/** What can be done about an append; each call has its own way. */
export interface AppendAnswer {
  readonly done: (outcome: AppendOutcome) => void
  readonly refuse: (refusal: Refusal) => void
  readonly drop: () => void
  /** Ends the call as if all were well. */
  readonly end: () => void
  readonly unknownError: () => void
  readonly noDetails: () => void
  readonly strange: () => void
}

/** Does an append, or what was ordered instead. */
export const performAppend = (
  node: NodeContext,
  metadata: Metadata,
  request: AppendRequest,
  answer: AppendAnswer,
): void => {
  const { cluster } = node
  cluster.traffic.appends++
  const refused =
    refusedAccess(node, metadata, { stream: request.stream, write: true }) ??
    refusedRequest(node, request)
  const write = (): AppendOutcome =>
    cluster.log.append(
      request.stream,
      request.expected,
      request.events.filter((event) => event !== undefined),
    )
  if (refused !== undefined) {
    answer.refuse(refused)
    return
  }
  const fault = cluster.faults.next("append")
  if (fault === undefined) answer.done(write())
  else befall(fault, write, answer)
}

const refusedRequest = (
  { cluster: { settings } }: NodeContext,
  { deadline, events, stream }: AppendRequest,
): Refusal | undefined => {
  if (deadline !== undefined && deadline <= Date.now() + settings.clockSkew)
    return { kind: "timeout", of: "deadline" }
  if (stream === "") return { kind: "bad-request", text: "the stream has no name" }
  let size = 0
  for (const event of events) {
    if (event === undefined) return { kind: "bad-request", text: "an event id is no UUID" }
    const one = sizeOf(event)
    if (one > settings.maxEventSize) {
      return { kind: "event-too-large", limit: settings.maxEventSize }
    }
    size += one
  }
  return size > settings.maxAppendSize
    ? { kind: "append-too-large", limit: settings.maxAppendSize }
    : undefined
}

const befall = (fault: AppendFault, write: () => AppendOutcome, answer: AppendAnswer): void => {
  if ("when" in fault && fault.when === "after") write()
  switch (fault.kind) {
    case "drop":
      answer.drop()
      return
    case "end":
      answer.end()
      return
    case "silence":
      return
    case "late": {
      const outcome = write()
      setTimeout(() => answer.done(outcome), fault.millis).unref()
      return
    }
    case "refuse":
      answer.refuse(fault.with)
      return
    case "unknown-error":
      answer.unknownError()
      return
    case "no-details":
      answer.noDetails()
      return
    case "strange-answer":
      answer.strange()
  }
}
